"""A server that can write no more, and one that can again: nothing is half done, and nothing stays stuck."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database
from tests.world import ALICE, DAEMON, World, outcomes, ref

OPEN_CONNECTIONS = 5


async def fail_over(database: Database) -> None:
    """Every connection of a pool turns out to lead to a server that is read-only now; new ones do not."""
    ready = asyncio.Barrier(OPEN_CONNECTIONS)

    async def unit(connection: AsyncConnection) -> None:
        await connection.execute(text("SET default_transaction_read_only = on"))
        await ready.wait()

    await asyncio.gather(*(database.write(unit) for _ in range(OPEN_CONNECTIONS)))


async def server_becomes(world: World, *, read_only: bool, connections_stay: bool = False) -> None:
    """The server itself changes for whoever comes; whoever is connected is sent away."""
    address = world.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute("SET default_transaction_read_only = off")
        value = psycopg.sql.SQL("on" if read_only else "off")
        name = psycopg.sql.Identifier(world.url.database or "")
        await connection.execute(
            psycopg.sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}").format(name, value)
        )
        if connections_stay:
            return
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_after_a_failover_no_connection_to_the_old_server_is_used_again(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await fail_over(world.store.database)

    report = await world.tick()

    assert outcomes(report) == {"o-1": "fixed"}
    for _ in range(OPEN_CONNECTIONS):
        await world.store.controls.pause(actor="bob", reason="a look around", now=world.clock.now())


async def test_a_failover_between_plan_and_apply_costs_no_row_anything(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    await fail_over(world.store.database)

    assert outcomes(await world.reconciler().apply(plan)) == {"o-1": "fixed"}
    assert await world.steps("o-1") == ["intended", "applied", "fixed"]


async def test_a_server_that_is_read_only_changes_nothing_and_heals_all_once_it_is_back(
    world: World,
) -> None:
    await world.order("o-1", psp="succeeded")
    before = await world.rows()
    reconciler = world.reconciler()
    await reconciler.run_once(DAEMON, dry_run=True)
    await server_becomes(world, read_only=True)

    with pytest.raises(DBAPIError):
        await reconciler.run_once(DAEMON)

    await server_becomes(world, read_only=False)
    assert await world.rows() == before
    assert outcomes(await reconciler.run_once(DAEMON)) == {"o-1": "fixed"}


async def test_a_server_that_turns_read_only_under_a_plan_leaves_its_rows_as_they_are(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    reconciler = world.reconciler()
    plan = (await reconciler.plan([ref("o-1")], ALICE)).plan
    await fail_over(world.store.database)
    await server_becomes(world, read_only=True, connections_stay=True)

    receipt = await reconciler.apply(plan)

    assert outcomes(receipt) == {"o-1": "undelivered"}
    assert "read-only" in (receipt.rows[0].result.detail or "")
    await server_becomes(world, read_only=False)
    assert await world.status("o-1") == "pending"
    assert outcomes(await reconciler.apply(plan)) == {"o-1": "fixed"}
