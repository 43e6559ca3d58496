"""A world on PostgreSQL alone, and a proxy before its database that breaks connections."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import URL

from reconcile_tui.core.store.store import Store
from tests.pg_proxy import PgProxy
from tests.postgres import PostgresServer
from tests.world import World


@pytest.fixture
def database_url(postgres: PostgresServer, postgres_template: str) -> Iterator[URL]:
    """A shop's database with empty tables, the tool's own beside them."""
    url = postgres.make_numbered(postgres_template)
    yield url
    postgres.drop(url)


@pytest.fixture
async def proxy(world: World) -> AsyncIterator[PgProxy]:
    async with PgProxy(world.url) as proxy:
        yield proxy


@pytest.fixture
async def through_proxy(world: World, proxy: PgProxy) -> AsyncIterator[Store]:
    """The store of a process whose connections can be broken; the world's own cannot."""
    store = Store.at(proxy.url, clock=world.database_clock)
    yield store
    await store.close()
