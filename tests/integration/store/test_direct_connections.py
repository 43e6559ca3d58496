"""What a connection keeps that leads straight to PostgreSQL: prepared statements, as long as they fit.

Behind a pooler: tests/integration/pooler.
"""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import URL, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.announcements import announcements
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.pooler import PREPARE_AFTER, Pooler
from reconcile_tui.demo import shop
from reconcile_tui.settings.database_url import parse_database_url
from tests.pg_proxy import PgProxy
from tests.postgres_pool import PostgresPool


@pytest.fixture
def url(postgres_pool: PostgresPool) -> Iterator[URL]:
    with postgres_pool.database() as url:
        yield url


@pytest.fixture
async def database(url: URL) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


async def prepared(connection: AsyncConnection) -> int:
    """How many statements are prepared once one was executed often enough; a rollback forgets them all."""
    for _ in range(2 * PREPARE_AFTER):
        await connection.execute(text("SELECT 1"))
    found: int = (await connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))).scalar_one()
    return found


async def test_a_connection_that_leads_straight_to_the_server_prepares(database: Database, url: URL) -> None:
    assert await database.read(prepared) > 0
    assert database.backend.pooled is False

    async with PgProxy(url) as proxy:
        through = Database(proxy.url)
        assert await through.read(prepared) > 0, "a proxy that hands everything on is no pooler"
        await through.close()


async def test_libpqs_forms_lead_there_too(url: URL) -> None:
    """A host where nobody is, then the server by its socket's folder or its name."""
    host, port = url.host or str(url.query["host"]), url.port or 5432
    written = f"postgresql://{url.username}@127.0.0.1:1,{quote(host, safe='')}:{port}/{url.database}"
    database = Database(parse_database_url(f"{written}?connect_timeout=5"))

    assert await database.read(prepared) > 0
    await database.close()


async def test_where_a_pooler_is_said_to_be_nothing_is_prepared_and_nobody_listens(url: URL) -> None:
    database = Database(url, pooler=Pooler.YES)
    assert await database.read(prepared) == 0
    assert [None async for _ in announcements(database)] == []
    await database.close()


async def test_a_column_that_is_altered_under_a_prepared_statement_costs_no_unit(database: Database) -> None:
    async def look(connection: AsyncConnection) -> None:
        await connection.execute(select(shop.orders.c.amount))

    async def look_often(connection: AsyncConnection) -> None:
        for _ in range(2 * PREPARE_AFTER):
            await look(connection)

    await database.write(look_often, announced=False)
    migration = Database(database.url)
    await migration.write(
        lambda connection: connection.execute(text("ALTER TABLE orders ALTER amount TYPE numeric"))
    )
    await migration.close()

    await database.write(look, announced=False)
