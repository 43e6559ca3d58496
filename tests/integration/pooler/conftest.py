"""A shop whose database is reached through a real PgBouncer in transaction mode."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.integration.cli.conftest import Stage, a_stage
from tests.pgbouncer import MISSING, PROGRAM, running_pgbouncer
from tests.postgres import PostgresServer
from tests.postgres_pool import PostgresPool


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a pooler."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.pooler)


@pytest.fixture(scope="session")
def pgbouncer(postgres: PostgresServer) -> Iterator[URL]:
    """The way through the pooler to the server of this run."""
    if PROGRAM is None:
        pytest.fail(MISSING, pytrace=False)
    with running_pgbouncer(postgres.url_of("postgres")) as url:
        yield url


@pytest.fixture
def direct_url(postgres_pool: PostgresPool) -> Iterator[URL]:
    """A shop's database with empty tables, reached without the pooler."""
    with postgres_pool.database() as url:
        yield url


@pytest.fixture
def pooled_url(direct_url: URL, pgbouncer: URL) -> URL:
    """The same database through the pooler."""
    return pgbouncer.set(database=direct_url.database)


@pytest.fixture
async def stage(pooled_url: URL, tmp_path: Path) -> AsyncIterator[Stage]:
    """A shop, its PSP and the program, which reaches the database through the pooler."""
    async with a_stage(pooled_url, tmp_path) as stage:
        yield stage
