"""A desk whose reads and deliveries wait until a test lets them go: a batch in the middle, no sleep."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.dispatcher import Delivery, DeliveryReport, Dispatcher
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import NotFound, PaymentSeen, ReadFailed, ReadHow, RefundList, RefundSeen
from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.desk.heard import Heard
from reconcile_tui.desk.work import ReconcilerWork
from reconcile_tui.screens.desk.desk import Desk
from tests.dashboards import desk_of
from tests.world import ALICE, World


@dataclass(kw_only=True)
class Gate:
    """Whoever comes waits, until it is opened."""

    waiting: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def passed(self) -> None:
        self.waiting += 1
        await self.opened.wait()

    def open(self) -> None:
        """Let all go, who wait and who will come."""
        self.opened.set()


@dataclass(kw_only=True)
class HeldDispatcher:
    """Delivers once its gate is open."""

    real: Dispatcher
    gate: Gate

    @property
    def handles(self) -> frozenset[Event]:
        return self.real.handles

    @property
    def remote(self) -> frozenset[Event]:
        return self.real.remote

    async def deliver(
        self, deliveries: Sequence[Delivery], *, by: Authorship, time: DatabaseTime, door: Door
    ) -> list[DeliveryReport]:
        await self.gate.passed()
        return await self.real.deliver(deliveries, by=by, time=time, door=door)


@dataclass(kw_only=True)
class HeldReader:
    """Reads payments of some ids once its gate is open; everything else at once."""

    real: PspReader
    gate: Gate
    held: frozenset[str]

    async def payment(self, payment_id: PaymentId, *, how: ReadHow) -> PaymentSeen | NotFound | ReadFailed:
        if payment_id in self.held:
            await self.gate.passed()
        return await self.real.payment(payment_id, how=how)

    async def refund(self, refund_id: RefundId, *, how: ReadHow) -> RefundSeen | NotFound | ReadFailed:
        return await self.real.refund(refund_id, how=how)

    async def refunds_of(self, payment_id: PaymentId) -> RefundList | ReadFailed:
        return await self.real.refunds_of(payment_id)

    async def aclose(self) -> None:
        await self.real.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldWork(ReconcilerWork):
    """Work whose deliveries wait at a gate."""

    deliveries: Gate


def held_desk(
    world: World, *, deliveries: Gate | None = None, reads: Gate | None = None, ids: str = ""
) -> Desk:
    """A desk whose deliveries, or whose reads of these payments (split by blanks), wait at a gate."""
    open_gate = Gate()
    open_gate.open()
    heard = Heard()
    budget = LocalBudget(rate=None, at_once=16, clock=world.clock)
    real = DatabaseDispatcher(world.store.database, world.store.shop, merchant_id="merchant_demo")
    deliveries = deliveries or open_gate
    reconciler = world.reconciler(
        budget=budget,
        psp=HeldReader(real=world.reader(budget), gate=reads or open_gate, held=frozenset(ids.split())),
        dispatcher=HeldDispatcher(real=real, gate=deliveries),
        listener=heard,
    )
    work = HeldWork(reconciler=reconciler, actor=ALICE, heard=heard, deliveries=deliveries)
    return replace(desk_of(world), work=work)
