"""Units of work: run to their end, never half, again after a lost race, and in doubt only at the COMMIT."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import URL, insert, literal, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.backends import SQLite, wal_is_safe
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.schema import SchemaOutdated, migrate, require_schema
from reconcile_tui.core.store.tables import controls
from tests.builders import NOW
from tests.postgres import PostgresServer


@pytest.fixture
async def database(database_url: URL) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def a_control(connection: AsyncConnection, name: str = "pause") -> None:
    values = {"name": name, "actor": "alice", "set_at": NOW}
    await connection.execute(insert(controls), [values])


async def names(database: Database) -> list[str]:
    async def unit(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(controls.c.name).order_by(controls.c.name))).scalars())

    return await database.read(unit)


async def test_a_unit_that_fails_leaves_nothing(database: Database) -> None:
    async def unit(connection: AsyncConnection) -> None:
        await a_control(connection)
        raise LookupError("half-way")

    with pytest.raises(LookupError):
        await database.write(unit)

    assert await names(database) == []


async def test_a_unit_that_is_cancelled_runs_to_its_end_first(database: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def unit(connection: AsyncConnection) -> None:
        await a_control(connection, "before")
        begun.set()
        await go_on.wait()
        await a_control(connection, "after")

    task = asyncio.create_task(database.write(unit))
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(database) == ["after", "before"]


async def test_a_lost_race_runs_the_whole_unit_again(database: Database) -> None:
    runs = 0

    async def unit(connection: AsyncConnection) -> None:
        nonlocal runs
        runs += 1
        await a_control(connection)
        if runs < 3:
            await _lose_a_race(connection)

    await database.write(unit)

    assert runs == 3
    assert await names(database) == ["pause"]


async def test_a_race_that_is_lost_for_ever_is_given_up_after_a_few_runs(database: Database) -> None:
    runs = 0

    async def unit(connection: AsyncConnection) -> None:
        nonlocal runs
        runs += 1
        await _lose_a_race(connection)

    with pytest.raises(DBAPIError):
        await database.write(unit)
    assert runs == 4


async def test_a_connection_that_is_lost_before_the_commit_runs_the_unit_again(
    postgres_only: Database,
) -> None:
    runs = 0

    async def unit(connection: AsyncConnection) -> None:
        nonlocal runs
        runs += 1
        await a_control(connection)
        if runs == 1:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    await postgres_only.write(unit)

    assert runs == 2
    assert await names(postgres_only) == ["pause"]


async def test_the_tables_are_migrated_once_and_asked_for_by_version(database: Database) -> None:
    await require_schema(database)
    assert await migrate(database) == ("0006", "0006")


async def test_missing_tables_are_said_to_be_missing(database: Database) -> None:
    await database.write(lambda connection: connection.execute(text("DROP TABLE reconcile_schema_version")))

    with pytest.raises(SchemaOutdated) as missing:
        await require_schema(database)
    assert missing.value.found is None


async def test_the_databases_clock_is_utc_and_about_now(database: Database) -> None:
    now = await database.now()

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=60)


async def test_a_database_that_is_away_is_an_error_at_once_and_used_again_when_it_is_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("away") / "not" / "there"
    database = Database(URL.create("sqlite", database=str(folder / "shop.sqlite3")))
    with pytest.raises(OperationalError):
        await database.ping()

    folder.mkdir(parents=True)
    await database.ping()
    await database.close()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_wal_is_used_where_it_is_mended(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe


def test_an_sqlite_that_is_not_mended_is_said_so() -> None:
    warning = SQLite().warning()
    assert (warning is None) is wal_is_safe(sqlite3.sqlite_version_info)


@pytest.fixture
async def postgres_only(postgres: PostgresServer, postgres_template: str) -> AsyncIterator[Database]:
    url = postgres.make_numbered(postgres_template)
    database = Database(url)
    yield database
    await database.close()
    postgres.drop(url)


async def _lose_a_race(connection: AsyncConnection) -> None:
    """The error of a lost race, as the database itself raises it."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("DO $$ BEGIN RAISE serialization_failure; END $$"))
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    raise OperationalError("COMMIT", {}, busy)


async def test_closing_waits_for_a_unit_that_is_under_way(database_url: URL) -> None:
    database = Database(database_url)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def unit(connection: AsyncConnection) -> str:
        begun.set()
        await go_on.wait()
        return str((await connection.execute(select(literal("done")))).scalar_one())

    work = asyncio.create_task(database.read(unit))
    await begun.wait()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    assert not closing.done()

    go_on.set()
    await closing
    assert await work == "done"
