"""What real databases really say is told in words, on SQLite and PostgreSQL, with the mend."""

import asyncio
import sqlite3
import struct
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.backends import DatabaseLimits
from reconcile_tui.core.store.database import Database
from reconcile_tui.error_text import ErrorText
from reconcile_tui.errors import explain_error
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.settings.database_url import parse_database_url
from tests.postgres import PostgresServer

PASSWORD = "sw0rdfish"


@pytest.fixture
def server_url(postgres: PostgresServer) -> Iterator[URL]:
    """An empty PostgreSQL database."""
    url = postgres.make_numbered("template1")
    yield url
    postgres.drop(url)


def file_url(path: Path) -> URL:
    return URL.create("sqlite+aiosqlite", database=str(path))


async def told_of(url: URL, *statements: str, limits: DatabaseLimits | None = None) -> ErrorText:
    """The words for what the database answers to these statements in one transaction."""
    database = Database(url, limits=limits)
    try:
        await database.write(lambda connection: _run(connection, statements))
    except Exception as error:  # noqa: BLE001 whatever it is, it must be told
        shown = url.render_as_string(hide_password=True)
        return explain_error(error, database=shown)
    finally:
        await database.close()
    raise AssertionError("the database did not mind")


def told_of_driver(url: URL, statement: str) -> ErrorText:
    """The words for what SQLAlchemy's own driver says: no connection of ours is made ready first."""
    engine = create_engine(url)
    with pytest.raises(DBAPIError) as refused, engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
    return explain_error(refused.value, database=str(url))


async def _run(connection: AsyncConnection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        await connection.execute(text(statement))


def must_be(told: ErrorText, what: str, *, mend: str) -> None:
    assert told.what == what
    assert mend in told.next_step
    assert told.exit_code is ExitCode.DATABASE
    assert "No row is half changed" in told.untouched
    assert PASSWORD not in "\n".join(told.lines())
    assert len(told.on_what.splitlines()) == 1


async def test_a_file_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    told = await told_of(file_url(tmp_path / "no" / "shop.db"), "SELECT 1")
    must_be(told, "The database file cannot be opened.", mend="its folder exists")
    assert "shop.db" in told.on_what


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    told = told_of_driver(URL.create("sqlite", database=str(path)), "SELECT * FROM orders")
    must_be(told, "The file is no SQLite database, or is damaged.", mend="Check the path")


def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    sqlite3.connect(path).execute("CREATE TABLE orders (id)").connection.close()
    url = URL.create("sqlite", database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    told = told_of_driver(url, "INSERT INTO orders VALUES (1)")
    must_be(told, "The database is read-only.", mend="written")


async def test_a_file_that_somebody_else_has_locked(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE orders (id)")
    other.execute("BEGIN IMMEDIATE")
    limits = DatabaseLimits(lock=timedelta(milliseconds=50))
    try:
        told = await told_of(file_url(path), "INSERT INTO orders VALUES (1)", limits=limits)
    finally:
        other.close()
    must_be(told, "The database was locked by somebody else for too long.", mend="Try again")


OWN = "The tool's own tables are not there."
SHOPS = "The shop's tables are not as the mapping says."


@pytest.mark.parametrize(
    ("statement", "what", "mend"),
    [
        ("SELECT * FROM reconcile_checks", OWN, "init-db"),
        ("SELECT * FROM orders", SHOPS, "[mapping]"),
        ("SELECT nope FROM things", SHOPS, "[mapping]"),
    ],
)
async def test_a_table_or_column_that_is_missing(
    tmp_path: Path, server_url: URL, statement: str, what: str, mend: str
) -> None:
    create = "CREATE TABLE things (id integer)"
    must_be(await told_of(file_url(tmp_path / "shop.db"), create, statement), what, mend=mend)
    must_be(await told_of(server_url, create, statement), what, mend=mend)


async def test_a_schema_that_is_missing(server_url: URL) -> None:
    must_be(await told_of(server_url, "SELECT * FROM shop.orders"), SHOPS, mend="[mapping]")
    must_be(await told_of(server_url, "SELECT * FROM shop.reconcile_checks"), OWN, mend="init-db")


async def test_a_server_that_does_not_run() -> None:
    url = make_url(f"postgresql+psycopg://shop:{PASSWORD}@127.0.0.1:1/shop")
    must_be(await told_of(url, "SELECT 1"), "The database cannot be reached.", mend="host and port")


async def test_a_host_that_does_not_exist() -> None:
    url = make_url(f"postgresql+psycopg://shop:{PASSWORD}@no-such-host.invalid/shop")
    must_be(await told_of(url, "SELECT 1"), "The database's host is not known.", mend="host in DATABASE_URL")


async def test_a_database_that_the_server_does_not_have(server_url: URL) -> None:
    told = await told_of(server_url.set(database="nope", password=PASSWORD), "SELECT 1")
    must_be(told, "The server has no such database.", mend="the name at the end")


async def test_a_user_that_the_server_does_not_have(server_url: URL) -> None:
    told = await told_of(server_url.set(username="nobody", password=PASSWORD), "SELECT 1")
    must_be(told, "The database refused the user name or the password.", mend="Check DATABASE_URL")


async def test_a_server_that_lets_nobody_write(server_url: URL) -> None:
    database = Database(server_url)
    read_only = f'ALTER DATABASE "{server_url.database}" SET default_transaction_read_only = on'
    await database.write(lambda connection: _run(connection, (read_only,)))
    await database.close()
    told = await told_of(server_url, "SELECT 1")
    must_be(told, "The database is read-only.", mend="primary")


async def test_a_password_that_the_server_refuses() -> None:
    async with await asyncio.start_server(refuse_the_password, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = make_url(f"postgresql+psycopg://shop:{PASSWORD}@127.0.0.1:{port}/shop?gssencmode=disable")
        told = await told_of(url, "SELECT 1")
    must_be(told, "The database refused the user name or the password.", mend="%40")
    assert 'password authentication failed for user "shop"' in told.on_what


async def refuse_the_password(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A PostgreSQL server's side of a failed log-in (protocol 3.0)."""
    length, code = struct.unpack("!ii", await reader.readexactly(8))
    if code == 80877103:  # SSLRequest
        writer.write(b"N")
        length, code = struct.unpack("!ii", await reader.readexactly(8))
    await reader.readexactly(length - 8)
    writer.write(b"R" + struct.pack("!ii", 8, 3))
    (length,) = struct.unpack("!xi", await reader.readexactly(5))
    given = await reader.readexactly(length - 4)
    assert given == PASSWORD.encode() + b"\0"
    fields = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "shop"\0\0'
    writer.write(b"E" + struct.pack("!i", len(fields) + 4) + fields)
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("statements", "what", "mend"),
    [
        (
            ("SET LOCAL statement_timeout = '1ms'", "SELECT pg_sleep(5)"),
            "The database took too long for a statement.",
            "RECONCILE_DATABASE_STATEMENT_TIMEOUT",
        ),
        (
            ("SET TRANSACTION READ ONLY", "CREATE TABLE things (id integer)"),
            "The database is read-only.",
            "primary",
        ),
        (
            ("SET LOCAL ROLE pg_monitor", "SELECT * FROM pg_authid"),
            "The database's user may not do this.",
            "Grant",
        ),
        (
            ("SELECT pg_terminate_backend(pg_backend_pid())",),
            "The database cannot be reached.",
            "Check that it runs",
        ),
        (("SELECT 1 / 0",), "The database refused.", "RECONCILE_LOG_LEVEL=debug"),
    ],
)
async def test_what_a_server_refuses(
    server_url: URL, statements: tuple[str, ...], what: str, mend: str
) -> None:
    must_be(await told_of(server_url, *statements), what, mend=mend)


async def test_an_option_that_the_driver_does_not_know(server_url: URL) -> None:
    told = await told_of(server_url.update_query_dict({"nonsense": "1"}), "SELECT 1")
    must_be(told, "The database refused.", mend="RECONCILE_LOG_LEVEL=debug")
    assert 'invalid connection option "nonsense"' in told.on_what


@pytest.mark.parametrize("hosts", ["{folder}", "127.0.0.1:1,{folder}:5432"])
async def test_the_forms_of_libpq_lead_to_the_server(postgres: PostgresServer, hosts: str) -> None:
    url = postgres.url_of("postgres")
    folder = url.query.get("host")
    if not isinstance(folder, str):
        pytest.skip("the server that is named listens on no socket")
    written = f"postgres://{url.username}@{hosts.format(folder=quote(folder, safe=''))}/postgres"

    database = Database(parse_database_url(written))
    try:
        await database.ping()
    finally:
        await database.close()


async def test_an_option_whose_value_cannot_be_used(server_url: URL) -> None:
    for option, value in (("sslmode", "maybe"), ("connect_timeout", "soon")):
        told = await told_of(server_url.update_query_dict({option: value}), "SELECT 1")
        must_be(told, "An option of DATABASE_URL has a value that cannot be used.", mend="Correct it")
