"""A defect of the tool over one row, wherever it strikes, is that row's: the others of the check heal."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.dispatcher import Delivery, DeliveryReport
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import NotFound, PaymentSeen, ReadFailed, ReadHow, RefundList, RefundSeen
from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.core.tellings import Warned
from tests.builders import a_refund_seen
from tests.world import DAEMON, World, outcomes


class ReaderWithADefect(PspReader):
    """Fails over one payment as a defect does; `spoils` has it answer with another kind of object."""

    def __init__(self, reader: PspReader, bad: str, *, spoils: bool = False) -> None:
        self._reader = reader
        self._bad = bad
        self._spoils = spoils

    async def payment(self, payment_id: PaymentId, *, how: ReadHow) -> PaymentSeen | NotFound | ReadFailed:
        if payment_id != self._bad:
            return await self._reader.payment(payment_id, how=how)
        if self._spoils:
            return a_refund_seen()  # type: ignore[return-value]
        raise KeyError("a defect")

    async def refund(self, refund_id: RefundId, *, how: ReadHow) -> RefundSeen | NotFound | ReadFailed:
        if refund_id == self._bad:
            raise KeyError("a defect")
        return await self._reader.refund(refund_id, how=how)

    async def aclose(self) -> None:
        """The reader within is somebody else's to close."""

    async def refunds_of(self, payment_id: PaymentId) -> RefundList | ReadFailed:
        return await self._reader.refunds_of(payment_id)


class DispatcherWithADefect(DatabaseDispatcher):
    """Breaks off once its group was delivered, or before."""

    def __init__(self, world: World, *, after: bool) -> None:
        super().__init__(world.store.database, world.store.shop, merchant_id="merchant_demo")
        self._after = after

    async def deliver(
        self, deliveries: Sequence[Delivery], *, by: Authorship, time: DatabaseTime, door: Door
    ) -> list[DeliveryReport]:
        if self._after:
            await super().deliver(deliveries, by=by, time=time, door=door)
        raise KeyError("a defect")


async def three_stuck_orders(world: World) -> None:
    for number in (1, 2, 3):
        await world.order(f"o-{number}", psp="succeeded")


@pytest.mark.parametrize("spoils", [False, True], ids=["reading", "deciding"])
async def test_a_defect_over_one_rows_answer_is_that_rows(world: World, spoils: bool) -> None:
    await three_stuck_orders(world)
    reader = ReaderWithADefect(
        world.reader(LocalBudget(rate=None, at_once=16, clock=world.clock)), "pay_o-2", spoils=spoils
    )
    report = await world.reconciler(psp=reader).run_once(DAEMON)
    assert outcomes(report) == {"o-1": "fixed", "o-3": "fixed"}
    assert await world.attention() == {"o-2": "malformed_row"}
    [item] = await world.store.attention.open_items(limit=10)
    assert item.facts["psp"]["unreadable"] == "defect"
    assert item.facts["psp"]["detail"] in ("KeyError", "TypeError", "AttributeError")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after the delivery"])
async def test_a_dispatch_that_breaks_off_leaves_its_rows_in_doubt_and_the_next_check_settles_them(
    world: World, after: bool
) -> None:
    await three_stuck_orders(world)
    broken = world.reconciler(dispatcher=DispatcherWithADefect(world, after=after))
    report = await broken.run_once(DAEMON)
    rows = ("o-1", "o-2", "o-3")
    assert outcomes(report) == dict.fromkeys(rows, "in_doubt")
    world.later("61m")
    await world.tick()
    for row_id in rows:
        assert await world.status(row_id) == "completed"
        assert (await world.steps(row_id)).count("applied") == 1


@pytest.mark.parametrize(
    "table", ["reconcile_checks", "reconcile_journal", "reconcile_webhook_log", "reconcile_attention"]
)
async def test_a_row_that_the_tools_own_tables_refuse_is_left_and_the_others_heal(
    world: World, table: str
) -> None:
    await three_stuck_orders(world)
    await world.order("o-4", amount=4200, psp="succeeded", net_amount=4200)
    await world.order("o-5", psp="partially_captured")
    refused = "o-5" if table == "reconcile_attention" else "o-2"
    await _refuse(world, table, refused)
    report = await world.tick()
    healthy = {"o-1", "o-2", "o-3", "o-4"} - {refused}
    assert {row_id for row_id, came in outcomes(report).items() if came == "fixed"} == healthy
    assert await world.status(refused) == "pending"
    told = [telling.detail for telling in world.told if isinstance(telling, Warned)]
    if table in ("reconcile_checks", "reconcile_attention"):
        assert any(refused in detail for detail in told) or refused in await world.attention()


async def _refuse(world: World, table: str, row_id: str) -> None:
    """From now on the table takes nothing about that row, as one takes no text that is too long for it."""
    if world.url.get_backend_name() == "sqlite":
        statements = [
            f"CREATE TRIGGER refuses_{event} BEFORE {event} ON {table} WHEN NEW.row_id = '{row_id}'"
            " BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: of the test'); END"
            for event in ("INSERT", "UPDATE")
        ]
    else:
        statements = [f"ALTER TABLE {table} ADD CHECK (row_id IS DISTINCT FROM '{row_id}')"]

    async def unit(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement))

    await world.store.database.write(unit)
