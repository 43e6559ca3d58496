"""Several processes behind PgBouncer in transaction mode: their transactions share two sessions of the
server, and none may meet what another left there."""

import asyncio
from collections import Counter
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL, Row, TextClause, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.cli.init_db import init_database
from reconcile_tui.core.store.announcements import announcements
from reconcile_tui.core.store.backends import DatabaseLimits
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.core.store.pooler import PREPARE_AFTER, Pooler, PoolerInTransactionMode
from reconcile_tui.core.store.store import Store
from reconcile_tui.demo import shop
from reconcile_tui.errors import explain_error
from reconcile_tui.exit_codes import ExitCode
from tests.integration.cli.conftest import Stage, ended, says
from tests.pgbouncer import SESSIONS, running_pgbouncer
from tests.world import ALICE, World, outcomes

ROWS = 120
PROCESSES = 3


async def fill(world: World, rows: int) -> None:
    at = world.clock.now() - timedelta(minutes=45)
    await world.insert_many(
        shop.orders,
        [
            {
                "id": f"o-{number}",
                "status": "pending",
                "payment_id": f"pay_{number}",
                "amount": 4200,
                "currency": "EUR",
                "customer_email": "carla.cliente@example.com",
                "created_at": at,
                "updated_at": at,
            }
            for number in range(rows)
        ],
    )
    for number in range(rows):
        world.book.payment(f"pay_{number}", status="succeeded", amount=4200, currency="EUR", created=at)


async def test_drains_of_several_processes_heal_each_row_once(pooled_url: URL) -> None:
    async with World.at(pooled_url) as world:
        await fill(world, ROWS)
        stores = [Store.at(pooled_url, clock=world.database_clock) for _ in range(PROCESSES)]
        try:
            reports = await asyncio.gather(
                *(world.reconciler(store=store).run_once(ALICE, drain=True) for store in stores)
            )
        finally:
            for store in stores:
                await store.close()
        told = Counter(outcome for report in reports for outcome in outcomes(report).values())
        assert told["fixed"] == ROWS
        assert {row["status"] for row in (await world.rows()).values()} == {"completed"}
        for row_id in ("o-0", f"o-{ROWS - 1}"):
            assert [entry.step for entry in await world.history(row_id)].count(Step.APPLIED) == 1


async def test_processes_of_the_program_heal_each_row_once(stage: Stage) -> None:
    await fill(stage.world, ROWS)

    runs = await asyncio.gather(*(stage.run("--once", "--drain") for _ in range(PROCESSES)))

    # One that ends while another still has rows in hand says that they are left.
    assert {run.code for run in runs} <= {ExitCode.OK, ExitCode.LEFT}, [run.err for run in runs]
    assert not any('"level": "error"' in run.err for run in runs)
    assert {row["status"] for row in (await stage.world.rows()).values()} == {"completed"}
    applied = text("SELECT count(*), count(DISTINCT row_id) FROM reconcile_journal WHERE step = 'applied'")
    assert await one(stage.world.store.database, applied) == (ROWS, ROWS)
    assert (await stage.run("--once", "--drain")).code == ExitCode.OK


async def test_a_daemon_heals_and_says_that_it_met_a_pooler(stage: Stage) -> None:
    await fill(stage.world, 3)

    daemon = await stage.start("--daemon", RECONCILE_LOG_FORMAT="json")
    async with asyncio.timeout(60):
        await says(daemon, "reconcile.daemon.pooler_found")
        daemon.terminate()
        end = await ended(daemon)

    assert end.code == 0, end.err
    assert {row["status"] for row in (await stage.world.rows()).values()} == {"completed"}


async def test_what_a_transaction_sets_holds_in_it_and_reaches_nobody_else(pooled_url: URL) -> None:
    limits = DatabaseLimits(statement=timedelta(milliseconds=50), lock=timedelta(milliseconds=40))
    ours = Database(pooled_url, limits=limits)
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
    asked = text("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
    as_before = await in_the_shops_transaction(pooled_url, asked)
    try:
        with pytest.raises(OperationalError, match="statement timeout"):
            await one(ours, text("SELECT pg_sleep(5)"))
        for _ in range(SESSIONS * 2):
            assert await one(ours, asked) == ("50ms", "40ms", "1min", "UTC")
            assert await in_the_shops_transaction(pooled_url, asked) == as_before
    finally:
        await ours.close()


async def test_who_would_listen_leaves_no_session_listening_and_is_polled(
    pooled_url: URL, direct_url: URL
) -> None:
    pooled, direct = Database(pooled_url), Database(direct_url)
    try:
        async with aclosing(announcements(pooled)) as heard:
            assert [None async for _ in heard] == []
        listening = text("SELECT count(*) FROM pg_listening_channels()")
        for _ in range(SESSIONS * 2):
            assert await in_the_shops_transaction(pooled_url, listening) == (0,)

        async with aclosing(announcements(direct)) as heard, asyncio.timeout(10):
            await anext(heard)
            await pooled.write(lambda connection: connection.execute(text("SELECT 1")))
            await anext(heard)
    finally:
        await pooled.close()
        await direct.close()


async def test_nothing_is_prepared_through_it_and_init_db_says_so(stage: Stage) -> None:
    assert await stage.world.store.database.read(prepared) == 0
    assert "pooler" in (await stage.perform(init_database)).err


async def test_who_says_that_there_is_none_is_refused_before_a_statement_meets_another_session(
    pooled_url: URL,
) -> None:
    database = Database(pooled_url, pooler=Pooler.NO)
    try:
        with pytest.raises(PoolerInTransactionMode) as refused:
            await asyncio.gather(*(database.now() for _ in range(10 * SESSIONS)))
    finally:
        await database.close()
    assert "RECONCILE_DATABASE_POOLER=auto" in explain_error(refused.value).next_step


async def test_a_pooler_in_session_mode_may_be_said_to_be_none(direct_url: URL) -> None:
    with running_pgbouncer(direct_url, mode="session") as url:
        database = Database(url, pooler=Pooler.NO)
        try:
            assert await database.read(prepared) > 0
            async with aclosing(announcements(database)) as heard, asyncio.timeout(10):
                await anext(heard)
        finally:
            await database.close()


async def test_an_option_that_it_refuses_is_told_with_the_mend(stage: Stage, pooled_url: URL) -> None:
    url = pooled_url.update_query_dict({"options": "-c search_path=elsewhere"})

    ran = await stage.perform(init_database, DATABASE_URL=url.render_as_string(hide_password=False))

    assert ran.code == ExitCode.DATABASE
    assert "ignore_startup_parameters" in ran.err


async def test_a_pooler_that_allows_no_transactions_is_told(direct_url: URL) -> None:
    with running_pgbouncer(direct_url, mode="statement") as url:
        database = Database(url)
        try:
            with pytest.raises(DBAPIError) as refused:
                await database.ping()
        finally:
            await database.close()
    assert "pool_mode to transaction or session" in explain_error(refused.value).next_step


async def one(database: Database, statement: TextClause) -> tuple[Any, ...]:
    return tuple(await database.read(lambda connection: _one(connection, statement)))


async def prepared(connection: AsyncConnection) -> int:
    """How many statements are prepared once one was executed often enough; a rollback forgets them all."""
    for _ in range(2 * PREPARE_AFTER):
        await connection.execute(text("SELECT 1"))
    found: int = (await connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))).scalar_one()
    return found


async def _one(connection: AsyncConnection, statement: TextClause) -> Row[Any]:
    return (await connection.execute(statement)).one()


async def in_the_shops_transaction(url: URL, statement: TextClause) -> tuple[Any, ...]:
    """What another client of the pooler gets to see, in a session that this program used before."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, prepare_threshold=None) as connection:
        return await (await connection.execute(str(statement).encode())).fetchone() or ()
