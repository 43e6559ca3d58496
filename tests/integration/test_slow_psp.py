"""A PSP that is slow, or lets little through: whatever its pace, each row is read at most twice, and every
row that can be healed is healed in one tick (design rule 9)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest

from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import NotFound, PaymentSeen, ReadFailed, ReadHow, RefundList, RefundSeen
from reconcile_tui.core.store.store import Store
from tests.builders import NOW
from tests.clocks import DatabaseClockOf, EventClock
from tests.world import DAEMON, World, outcomes

ROWS = 50
T = TypeVar("T")


@dataclass
class PacedPsp:
    """A PSP's reader that takes its time: so many seconds an answer, and so many answers a second at most."""

    reader: PspReader
    clock: EventClock
    seconds: float = 0.0
    rate: float | None = None
    asked: Counter[str] = field(default_factory=Counter)
    on_the_wire: int = 0
    _free_at: float = 0.0

    async def payment(self, payment_id: PaymentId, *, how: ReadHow) -> PaymentSeen | NotFound | ReadFailed:
        return await self._after_a_while(payment_id, lambda: self.reader.payment(payment_id, how=how))

    async def refund(self, refund_id: RefundId, *, how: ReadHow) -> RefundSeen | NotFound | ReadFailed:
        return await self._after_a_while(refund_id, lambda: self.reader.refund(refund_id, how=how))

    async def refunds_of(self, payment_id: PaymentId) -> RefundList | ReadFailed:
        return await self._after_a_while(payment_id, lambda: self.reader.refunds_of(payment_id))

    async def aclose(self) -> None:
        await self.reader.aclose()

    async def _after_a_while(self, its_id: str, ask: Callable[[], Awaitable[T]]) -> T:
        self.asked[its_id] += 1
        if self.rate is not None:
            turn = max(self._free_at, self.clock.monotonic())
            self._free_at = turn + 1 / self.rate
            await self.clock.sleep(turn - self.clock.monotonic())
        await self.clock.sleep(self.seconds)
        self.on_the_wire += 1
        try:
            return await ask()
        finally:
            self.on_the_wire -= 1


@asynccontextmanager
async def paced(world: World, *, seconds: float, rate: float | None) -> AsyncIterator[tuple[World, PacedPsp]]:
    """The world with a PSP of this pace, on a clock that nobody has to wait for."""
    clock = EventClock(NOW)
    database_clock = DatabaseClockOf(clock)
    store = Store.at(world.url, clock=database_clock)
    world.book.clock = clock
    slow = replace(world, clock=clock, database_clock=database_clock, store=store)
    reader = slow.reader(LocalBudget(rate=None, at_once=16, clock=clock))
    psp = PacedPsp(reader, clock, seconds=seconds, rate=rate)
    units = store.database._under_way
    time = asyncio.create_task(clock.go_on(lambda: bool(psp.on_the_wire or units)))
    try:
        yield slow, psp
    finally:
        time.cancel()
        with suppress(asyncio.CancelledError):
            await time
        await store.close()


@pytest.mark.parametrize(
    ("database_url", "seconds", "rate"),
    [
        ("postgresql", 20.0, None),
        ("sqlite", 0.1, 1.0),
        ("postgresql", 0.1, 0.5),
        ("sqlite", 0.1, 0.2),
    ],
    indirect=["database_url"],
)
async def test_every_row_is_healed_in_one_tick_and_read_at_most_twice(
    world: World, seconds: float, rate: float | None
) -> None:
    for number in range(ROWS):
        await world.order(f"o-{number}", psp="succeeded")

    async with paced(world, seconds=seconds, rate=rate) as (slow, psp):
        report = await slow.reconciler(psp=psp).run_once(DAEMON)

    assert Counter(outcomes(report).values()) == {"fixed": ROWS}
    assert max(psp.asked.values()) <= 2
