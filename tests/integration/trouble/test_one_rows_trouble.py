"""One row's trouble in PostgreSQL stays one row's: locked, refused or deadly, its neighbours are healed."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.store.backends import DatabaseLimits
from reconcile_tui.core.store.rows import RowLock, ShopRows
from reconcile_tui.core.store.store import Store
from tests.pg_proxy import Cut, PgProxy
from tests.properties.incidents import INCIDENTS, End, empty
from tests.world import DAEMON, World, outcomes, ref

LIMITS = DatabaseLimits(lock=timedelta(milliseconds=50))


@pytest.fixture
async def impatient(world: World) -> AsyncIterator[Store]:
    """The store of a process that waits for a lock for 50 ms at a time."""
    store = Store.at(world.url, clock=world.database_clock, limits=LIMITS)
    yield store
    await store.close()


@asynccontextmanager
async def locked(world: World, table: str, row_id: str) -> AsyncIterator[None]:
    """Somebody else's transaction holds a row."""
    address = world.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address) as connection:
        query = psycopg.sql.SQL("SELECT 1 FROM {} WHERE id = %s FOR UPDATE")
        await connection.execute(query.format(psycopg.sql.Identifier(table)), [row_id])
        yield
        await connection.rollback()


async def when_changed(world: World, row_id: str, does: str, *, times: int | None = None) -> None:
    """From now on a change of that order sets off a statement, for so many times."""
    counted = "" if times is None else f"AND nextval('changes') <= {times}"
    body = f"BEGIN IF NEW.id = '{row_id}' {counted} THEN {does}; END IF; RETURN NEW; END"
    statements = (
        "CREATE SEQUENCE changes",
        f"CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        "CREATE TRIGGER trouble BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION trouble()",
    )

    async def unit(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement))

    await world.store.database.write(unit)


async def three_stuck_orders(world: World) -> None:
    for number in (1, 2, 3):
        await world.order(f"o-{number}", psp="succeeded")


DIES = "PERFORM pg_terminate_backend(pg_backend_pid())"
REFUSES = "RAISE EXCEPTION 'the shop has a trigger of its own'"


async def test_a_row_that_is_locked_for_long_is_left_and_its_neighbours_are_healed(
    world: World, impatient: Store
) -> None:
    await three_stuck_orders(world)
    reconciler = world.reconciler(store=impatient)

    async with locked(world, "orders", "o-2"):
        report = await reconciler.run_once(DAEMON)

    assert outcomes(report) == {"o-1": "fixed", "o-2": "refused", "o-3": "fixed"}
    assert await world.status("o-2") == "pending"
    [late] = [e for e in await world.history("o-2") if e.outcome is Outcome.REFUSED]
    assert late.refusal is Refusal.LOCKED

    assert outcomes(await reconciler.run_once(DAEMON)) == {"o-2": "fixed"}
    assert await world.steps("o-2") == ["intended", "refused", "resumed", "applied", "fixed"]


async def test_a_row_that_stays_locked_is_tried_ever_more_seldom_and_needs_nobody(
    world: World, impatient: Store
) -> None:
    await world.order("o-1", psp="succeeded")
    reconciler = world.reconciler(store=impatient)
    tried = []
    async with locked(world, "orders", "o-1"):
        for _ in range(9):
            tried.append(len(outcomes(await reconciler.run_once(DAEMON))))
            world.later("60m")

    assert tried == [1, 1, 1, 0, 1, 0, 0, 0, 1]
    assert await world.attention() == {}


async def test_a_refund_whose_order_is_locked_is_left_and_its_neighbours_are_healed(
    world: World, impatient: Store
) -> None:
    for number in (1, 2):
        await world.paid_order(f"o-{number}")
        await world.refund(f"r-{number}", of=f"o-{number}", psp="succeeded")
    reconciler = world.reconciler(store=impatient)

    async with locked(world, "orders", "o-1"):
        report = await reconciler.run_once(DAEMON)

    assert outcomes(report) == {"r-1": "refused", "r-2": "fixed"}
    assert outcomes(await reconciler.run_once(DAEMON)) == {"r-1": "fixed"}


async def test_a_refund_goes_with_a_sibling_that_is_locked(world: World, impatient: Store) -> None:
    """Without it the refunds of the order would add up to less than they do."""
    await world.paid_order("o-1")
    await world.refund("r-1", of="o-1", psp="succeeded", amount=2100)
    await world.refund("r-2", of="o-1", status="succeeded", refund_id="ref_2", amount=2100)
    reconciler = world.reconciler(store=impatient)

    async with locked(world, "refunds", "r-2"):
        report = await reconciler.run_once(DAEMON)

    assert outcomes(report) == {"r-1": "refused"}
    assert await world.status("r-1") == "pending"
    assert outcomes(await reconciler.run_once(DAEMON)) == {"r-1": "fixed"}
    assert await world.status("o-1") == "refunded"


async def test_rows_that_the_shop_holds_are_not_awaited_and_keep_nobody_else(
    world: World, impatient: Store
) -> None:
    for number in range(8):
        await world.order(f"o-{number}", psp="succeeded")
    reconciler = world.reconciler(store=impatient)

    async with locked(world, "orders", "o-1"), locked(world, "orders", "o-5"):
        report = await reconciler.run_once(DAEMON)

    assert Counter(outcomes(report).values()) == {"fixed": 6, "refused": 2}


async def test_a_row_that_is_being_changed_keeps_no_row_that_points_at_it_from_being_written(
    world: World,
) -> None:
    await world.order("o-1", psp="succeeded")
    rows = ShopRows(world.store.shop)

    async def unit(connection: AsyncConnection) -> None:
        await connection.execute(text("CREATE TABLE lines (order_id text REFERENCES orders (id))"))

    async def held(connection: AsyncConnection) -> None:
        await rows.state(connection, [ref("o-1")], lock=RowLock.SKIP)
        await world.store.database.write(a_line)

    async def a_line(connection: AsyncConnection) -> None:
        await connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        await connection.execute(text("INSERT INTO lines VALUES ('o-1')"))

    await world.store.database.write(unit)
    await world.store.database.write(held)


async def test_a_lock_is_waited_for_twice_and_no_more(world: World, impatient: Store) -> None:
    await world.order("o-1")
    runs = 0

    async def unit(connection: AsyncConnection) -> None:
        nonlocal runs
        runs += 1
        await connection.execute(text("SELECT 1 FROM orders FOR UPDATE"))

    async with locked(world, "orders", "o-1"):
        with pytest.raises(DBAPIError):
            await impatient.database.write(unit)
    assert runs == 2


@pytest.mark.parametrize("does", [DIES, REFUSES], ids=["kills its backend", "is refused"])
async def test_a_row_whose_change_fails_is_left_and_its_neighbours_are_healed(
    world: World, does: str
) -> None:
    await three_stuck_orders(world)
    await when_changed(world, "o-2", does)

    report = await world.tick()

    assert outcomes(report) == {"o-1": "fixed", "o-2": "undelivered", "o-3": "fixed"}
    assert await world.status("o-2") == "pending"
    assert await world.steps("o-2") == ["intended", "undelivered"]


async def test_a_backend_that_is_terminated_in_mid_transaction_costs_no_row_anything(world: World) -> None:
    await three_stuck_orders(world)
    await when_changed(world, "o-2", DIES, times=1)

    report = await world.tick()

    assert outcomes(report) == {"o-1": "fixed", "o-2": "fixed", "o-3": "fixed"}
    for number in (1, 2, 3):
        assert await world.steps(f"o-{number}") == ["intended", "applied", "fixed"]


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("incident", ["a_batch_of_three", "an_orphan_that_is_adopted"])
async def test_whichever_statement_of_a_tick_the_connection_breaks_at_the_end_is_the_same(
    world: World, proxy: PgProxy, through_proxy: Store, incident: str
) -> None:
    arrange, phases = INCIDENTS[incident]

    async def end_of(at: int) -> End:
        await empty(world.store.database)
        suffix = f"{next(world.processes)}n"
        await arrange(world, suffix)
        proxy.strike(Cut.STATEMENT, at=at)
        for _ in range(2):
            await world.reconciler(store=through_proxy).run_once(DAEMON, phases=phases)
        return await End.of(world.store.database, suffix)

    undisturbed = await end_of(10_000)
    for at in range(500):
        end = await end_of(at)
        if not proxy.struck:
            break
        assert end == undisturbed, f"at statement {at}"
    assert at > 50
