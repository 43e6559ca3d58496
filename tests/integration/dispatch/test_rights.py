"""What rights it takes: with HTTP dispatch SELECT on the shop's tables, and the tool's own tables."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from reconcile_tui.core.store.schema import require_schema
from reconcile_tui.core.store.store import Store
from tests.integration.dispatch.conftest import Delivering, a_delivering_world
from tests.postgres import PostgresServer
from tests.world import DAEMON, World, outcomes

ROLE = "reconcile"
PAGE = Path(__file__).parents[3] / "docs" / "webhook-handler.md"


@pytest.fixture
def shop_url(postgres: PostgresServer, postgres_template: str) -> URL:
    """A PostgreSQL shop; the tests' own user owns its tables."""
    return postgres.make_numbered(postgres_template)


@pytest.fixture
async def delivering(shop_url: URL) -> AsyncIterator[Delivering]:
    async with a_delivering_world(shop_url) as made:
        yield made


def documented_grants() -> list[str]:
    """The statements that the documentation tells a shop to run."""
    block = PAGE.read_text(encoding="utf-8").partition("```sql")[2].partition("```")[0]
    return [statement.strip() for statement in block.split(";") if statement.strip()]


def grant(url: URL) -> URL:
    """The same database for a user who has the documented rights alone."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone():
            connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
        for statement in documented_grants():
            connection.execute(statement.encode())
    return url.set(username=ROLE, password=None)


async def test_http_dispatch_heals_with_select_alone_on_the_shops_tables(
    delivering: Delivering, shop_url: URL
) -> None:
    world = delivering.world
    await every_kind_of_row(world)
    own = Store.at(await asyncio.to_thread(grant, shop_url), clock=world.database_clock)
    try:
        await require_schema(own.database)
        reader = world.reconciler(dispatcher=delivering.dispatcher(database=own.database), store=own)
        report = await reader.run_once(DAEMON)
    finally:
        await own.close()

    assert outcomes(report) == {"o-1": "fixed", "o-2": "fixed", "r-1": "fixed"}
    assert await world.attention() == {"r-2": "no_event"}
    assert [await world.status(row) for row in ("o-1", "o-2", "r-1")] == ["completed", "failed", "succeeded"]


async def test_database_dispatch_with_these_rights_changes_nothing_and_says_so(
    delivering: Delivering, shop_url: URL
) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    own = Store.at(await asyncio.to_thread(grant, shop_url), clock=world.database_clock)
    try:
        report = await world.reconciler(store=own).run_once(DAEMON)
    finally:
        await own.close()

    assert outcomes(report) == {"o-1": "undelivered"}
    [piece] = [piece for piece in report.slices if piece.receipt]
    assert piece.receipt is not None
    assert "permission denied" in str(piece.receipt.rows[0].result.detail)
    assert await world.status("o-1") == "pending"


async def every_kind_of_row(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="failed")
    await world.paid_order("o-3", amount=5000)
    await world.refund("r-1", of="o-3", amount=700, psp="succeeded")
    await world.paid_order("o-4")
    await world.orphan("r-2", of="o-4")
