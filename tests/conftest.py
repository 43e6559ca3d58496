"""Databases for the tests: every test that asks for one runs on SQLite and on a real PostgreSQL."""

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.demo.shop import create_shop
from tests.postgres import PostgresServer, running_server
from tests.postgres_pool import PostgresPool
from tests.shop_endpoint.endpoint import ShopEndpoint
from tests.world import World


def pytest_collection_finish() -> None:
    """Spare what lives to the end: a third of a dashboard's test was the collector going through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this run."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer, worker_id: str) -> str:
    """The name of a database with the demo shop's and the tool's tables."""
    name = f"reconcile_template_{worker_id}"
    asyncio.run(_create(postgres.make_database(name)))
    return name


@pytest.fixture(scope="session")
def postgres_pool(postgres: PostgresServer, postgres_template: str) -> PostgresPool:
    """Databases like the template, one after another."""
    return PostgresPool(postgres, postgres_template)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the demo shop's and the tool's tables."""
    path = tmp_path_factory.mktemp("template") / "shop.sqlite3"
    asyncio.run(_create(URL.create("sqlite", database=str(path))))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A shop's database with empty tables, the tool's own beside them."""
    if request.param == "sqlite":
        path = tmp_path / "shop.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield URL.create("sqlite", database=str(path))
        return
    pool: PostgresPool = request.getfixturevalue("postgres_pool")
    with pool.database() as url:
        yield url


@pytest.fixture
def shop_url(tmp_path: Path, sqlite_template: Path) -> URL:
    """The same on SQLite alone: for what no database decides."""
    path = tmp_path / "shop.sqlite3"
    shutil.copy(sqlite_template, path)
    return URL.create("sqlite", database=str(path))


@pytest.fixture
async def world(database_url: URL) -> AsyncIterator[World]:
    """A shop, its PSP and a reconciler, on a clock that nobody waits for."""
    async with World.at(database_url) as world:
        yield world


@pytest.fixture
async def endpoint(world: World) -> AsyncIterator[ShopEndpoint]:
    """The webhook endpoint of the world's shop, with a handler of its own."""
    async with ShopEndpoint(world.url, clock=world.clock) as endpoint:
        yield endpoint


async def _create(url: URL) -> None:
    database = Database(url)
    try:
        await create_shop(database)
        await migrate(database)
    finally:
        await database.close()
