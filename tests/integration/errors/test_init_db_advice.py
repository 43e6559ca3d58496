"""Why `init-db` cannot make its tables on PostgreSQL, each with the advice that fits."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from reconcile_tui.cli.init_db import init_database
from reconcile_tui.exit_codes import ExitCode
from tests.integration.cli.conftest import Ended, Stage, a_stage
from tests.postgres_pool import PostgresPool

ROLE = f"reconcile_newcomer_{os.getpid()}"
MADE = "The tool's own tables were made"


@pytest.fixture
def url(postgres_pool: PostgresPool) -> Iterator[URL]:
    """A shop's database, and a user of it who has no rights."""
    with postgres_pool.database() as url:
        run(url, f"DROP ROLE IF EXISTS {ROLE}", f"CREATE ROLE {ROLE} LOGIN")
        yield url
        run(url, f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")


@pytest.fixture
async def stage(url: URL, tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(url, tmp_path) as stage:
        yield stage


def run(url: URL, *statements: str) -> None:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def words(ran: Ended) -> str:
    """What it said, however the lines are broken."""
    return " ".join(ran.err.split())


async def as_newcomer(stage: Stage, *, schema: str = "") -> Ended:
    url = stage.world.url.set(username=ROLE).render_as_string(hide_password=False)
    ran = await stage.perform(init_database, DATABASE_URL=url, RECONCILE_SCHEMA=schema)
    assert ran.code == ExitCode.DATABASE
    assert MADE not in ran.out
    return ran


async def test_a_right_that_is_missing_is_named(stage: Stage) -> None:
    url = stage.world.url
    not_the_owner = await as_newcomer(stage)
    run(url, "GRANT ALL ON ALL TABLES IN SCHEMA public TO " + ROLE)
    run(url, "UPDATE reconcile_schema_version SET version_num = '0003'")
    not_to_alter = await as_newcomer(stage)
    run(url, "CREATE SCHEMA till")
    run(url, *(f"DROP TABLE {table}" for table in own_tables(url)))
    not_to_create = await as_newcomer(stage)
    nor_in_another = await as_newcomer(stage, schema="till")

    assert "everything on the reconcile_ tables" in words(not_the_owner)
    assert "Run init-db as the database user that made" in words(not_to_alter)
    assert "GRANT USAGE, CREATE ON SCHEMA public" in words(not_to_create)
    assert "GRANT USAGE, CREATE ON SCHEMA" in words(nor_in_another)


async def test_another_version_or_place_is_named(stage: Stage) -> None:
    url = stage.world.url
    run(url, "UPDATE reconcile_schema_version SET version_num = '9999'")
    newer = await stage.perform(init_database)
    run(url, *(f"DROP TABLE {table}" for table in own_tables(url)))
    nowhere = url.update_query_dict({"options": "-csearch_path=nowhere"}).render_as_string(
        hide_password=False
    )
    no_path = await stage.perform(init_database, DATABASE_URL=nowhere)
    run(url, "CREATE SCHEMA shop", "ALTER TABLE orders SET SCHEMA shop", "DROP TABLE refunds")
    no_shop = await stage.perform(init_database)

    assert {newer.code, no_path.code, no_shop.code} == {ExitCode.DATABASE}
    assert "Install the newer version." in words(newer)
    assert "orders is in the schema public" in words(no_path)
    assert "orders is in the schema shop: set its schema in [mapping]" in words(no_shop)
    assert own_tables(url) == []


def own_tables(url: URL) -> list[str]:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'reconcile_%'")
        return [name for (name,) in found.fetchall()]
