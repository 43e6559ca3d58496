"""A town: a shop, its PSP, its daemons and operators, and everything that can happen there.

Each method is one happening. None depends on how an earlier one ended: what there is nothing to do for is
left undone, so that a story can be shortened freely.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from reconcile_tui.core.plan import Plan
from reconcile_tui.core.store.database import CommitInDoubt
from reconcile_tui.demo import shop
from reconcile_tui.demo.psp.faults import Fault
from tests.builders import span
from tests.properties.ledger import BY_THE_SHOP, Books, read_books
from tests.properties.processes import Crash, Fate, Host, Mishap, Process, Way
from tests.world import ALICE, DAEMON, World, ref

ORDER_AMOUNT: Final = 4000
SPREAD: Final = timedelta(minutes=2)
"""How old the PSP's word may be when it is acted upon: fresh for half a minute, then leased for a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doom:
    """What shall befall a process: at its call number `at`, of those of one way where `only` names it."""

    mishap: Mishap
    at: int
    only: Way | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A process that stands still in the middle of its work."""

    process: Process
    work: "asyncio.Task[Any]"


@dataclass(slots=True, kw_only=True)
class Town:
    """One story's shop.

    Attributes:
        hosts: where the daemons run; the last is the operator's.
        known: what the PSP said of each object, and since when at the latest.
        mail: webhooks that the PSP made, as (kind, body); any may arrive at any time, and again.
        sent_again: rows for which an operator sent an event again.
        short: payments of which less than the amount was received.
    """

    world: World
    hosts: Sequence[Host]
    number: int
    orders: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    mail: list[tuple[str, bytes]] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    known: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    sent_again: set[str] = field(default_factory=set)
    short: set[str] = field(default_factory=set)
    paused: set[str | None] = field(default_factory=set)
    prompt: bool = False

    async def books(self) -> Books:
        """Everything that is written down."""
        return await read_books(self.world.store.database)

    def note_known(self, since: datetime) -> None:
        """Remember what the PSP says now, where that is news."""
        for entries in (self.world.book.payments, self.world.book.refunds):
            for psp_id, entry in entries.items():
                said = self.known.setdefault(psp_id, [])
                if not said or said[-1][1] != entry.known.status:
                    said.append((since, entry.known.status))

    def said_lately(self, psp_id: str, status: str, since: datetime) -> bool:
        """Whether the PSP gave an object this status at any time from `since` on."""
        said = self.known.get(psp_id, [])
        ends = [at for at, _ in said[1:]] + [None]
        return any(
            word == status and (end is None or end >= since)
            for (_, word), end in zip(said, ends, strict=True)
        )

    # What the shop does.

    async def a_new_order(
        self, *, age: str, psp: str, known: str | None, connector: str, trouble: str | None
    ) -> None:
        """An order whose webhook was lost. `trouble`: the PSP's amount or currency differ, it received
        less, or it does not know the payment."""
        name = self._new("o", self.orders)
        payment: dict[str, Any] = {"amount": ORDER_AMOUNT, "connector": connector, "created": -span(age)}
        match trouble:
            case "amount":
                payment["amount"] = ORDER_AMOUNT + 1
            case "currency":
                payment["currency"] = "USD"
            case "short":
                payment["amount_received"] = ORDER_AMOUNT - 1
                self.short.add(f"pay_{name}")
            case _:
                pass
        await self.world.order(name, stuck_for=age, amount=ORDER_AMOUNT)
        if trouble != "unknown":
            self.world.book.payment(f"pay_{name}", status=psp, known=known, **payment)

    async def a_new_refund(
        self, *, of: int | None, amount: int, age: str, psp: str | None, known: str | None, waits: bool
    ) -> None:
        """A refund that was sent to the PSP; `psp` None: the PSP does not know it.

        Args:
            of: which paid order's; None, or where there is none: a new one's.
            waits: the order waits for it; else the shop forgot to say so.
        """
        order = await self._a_paid_order(of)
        name = self._new("r", self.refunds)
        if waits:
            await self._change(shop.orders, order, status="refund_pending")
        await self.world.refund(name, of=order, amount=amount, stuck_for=age)
        payment = (await self.world.row(order))["payment_id"]
        if psp is not None and payment in self.world.book.payments:
            facts: dict[str, Any] = {"amount": amount, "created": -span(age)}
            self.world.book.refund(f"ref_{name}", payment=payment, status=psp, known=known, **facts)

    async def a_new_orphan(self, *, of: int | None, amount: int, age: str) -> None:
        """A refund that was written down, and the shop died; whether it was sent shows later."""
        order = await self._a_paid_order(of)
        await self._change(shop.orders, order, status="refund_pending")
        await self.world.orphan(self._new("r", self.refunds), of=order, amount=amount, stuck_for=age)

    async def the_shop_cancels(self, which: int) -> None:
        """The customer gave up."""
        name = self._of(await self._with_status("o-", "pending"), which)
        if name is not None:
            await self._change(shop.orders, name, status="cancelled")

    async def the_shop_opens_again(self, which: int) -> None:
        """Somebody sets a row that was final back to `pending`."""
        finals = ("completed", "failed", "cancelled", "succeeded", "refunded")
        name = self._of(
            [*await self._with_status("o-", *finals), *await self._with_status("r-", *finals)], which
        )
        if name is not None:
            await self._change(shop.refunds if name.startswith("r-") else shop.orders, name, status="pending")

    async def a_second_payment(self, which: int, *, psp: str) -> None:
        """The customer tries again: the order gets a new payment."""
        name = self._of(await self._with_status("o-", "pending"), which)
        if name is None:
            return
        payment = f"pay_{name}_{len(self.world.book.payments)}"
        self.world.book.payment(payment, status=psp, amount=ORDER_AMOUNT)
        await self._change(shop.orders, name, payment_id=payment)

    # What the PSP does.

    async def a_payment_becomes(self, which: int, status: str, *, hears: bool) -> None:
        """The truth moves on; `hears`: the PSP is told by the processor. Money taken stays taken."""
        now = self.world.clock.now()
        movable = [
            entry
            for entry in self._own(self.world.book.payments)
            if status in _AFTER_FAILED or entry.truth(now).status != "failed"
            if entry.truth(now).status not in _ENDS
        ]
        if movable:
            entry = movable[which % len(movable)]
            payment = entry.constants.payment_id
            received = ORDER_AMOUNT - 1 if payment in self.short and status == "succeeded" else None
            self.world.book.payment_becomes(payment, status, amount_received=received)
            if hears:
                entry.learns(now)

    async def a_refund_becomes(self, which: int, status: str, *, hears: bool) -> None:
        """The truth of a refund moves on."""
        now = self.world.clock.now()
        entries = self._own(self.world.book.refunds)
        movable = [entry for entry in entries if entry.truth(now).status in ("pending", "review")]
        if movable:
            entry = movable[which % len(movable)]
            self.world.book.refund_becomes(entry.constants.refund_id, status)
            if hears:
                entry.learns(now)

    async def an_orphans_refund_appears(
        self, which: int, *, names: str | None, psp: str, listed_in: str, amount: int | None
    ) -> None:
        """The call of an orphan had arrived after all. `names`: how the refund says whose it is."""
        rows = (await self.world.rows()).values()
        name = self._of([row["id"] for row in rows if row.get("hyperswitch_refund_id") == ""], which)
        if name is None:
            return
        row = await self.world.row(name)
        payment = (await self.world.row(row["order_id"]))["payment_id"]
        refund = name if names == "id" else f"ref_{name}_late"
        if refund in self.world.book.refunds or payment not in self.world.book.payments:
            return
        self.world.book.refund(
            refund,
            payment=payment,
            status=psp,
            amount=amount or row["amount"],
            metadata={"shop_refund_id": name} if names == "metadata" else None,
            created=timedelta(0),
            listed_at=span(listed_in),
        )

    async def the_psp_is_unwell(self, *faults: Fault | None) -> None:
        """The next answers go wrong, one each."""
        self.world.psp.faults.script("*", *faults)

    async def a_connector_fails(self, connector: str) -> None:
        """Until all is well again."""
        self.world.psp.faults.connector_fails(connector)

    async def all_is_well_at_the_psp(self) -> None:
        self.world.psp.faults.stop("*")
        for connector in ("stripe", "adyen"):
            self.world.psp.faults.connector_recovers(connector)

    # Webhooks.

    async def the_psp_writes_a_webhook(self, which: int, *, comes: bool) -> None:
        """What the PSP knows of an object goes into the mail; `comes`: and arrives at once."""
        entries = [*self._own(self.world.book.payments), *self._own(self.world.book.refunds)]
        if not entries:
            return
        object_id = entries[which % len(entries)].constants.object_id
        kind = "payment" if object_id in self.world.book.payments else "refund"
        try:
            body = self.world.psp.webhook_of(object_id).body
        except ValueError:
            return
        self.mail.append((kind, body))
        if comes:
            await self.deliver(kind, body)

    async def the_mail_comes(self, which: int) -> None:
        """One of the webhooks that were ever written arrives, for the first time or again."""
        if self.mail:
            kind, body = self.mail[which % len(self.mail)]
            await self.deliver(kind, body)

    async def deliver(self, kind: str, body: bytes) -> None:
        handlers = self.world.handlers
        await (handlers.process_payment_webhook if kind == "payment" else handlers.process_refund_webhook)(
            body
        )

    # What the reconciler does.

    async def ticks(self, *dooms: Doom | None, drain: bool = False) -> None:
        """A daemon's tick, or several daemons' at once."""
        await self._together(
            *(
                self._done_by(host, doom, lambda process: process.reconciler.run_once(DAEMON, drain=drain))
                for host, doom in zip(self.hosts, dooms, strict=False)
            )
        )

    async def an_operator_sends_again(self, row: int, doom: Doom | None) -> None:
        """What was delivered without effect is sent again, on purpose."""
        name = self._of([*self.orders, *self.refunds], row)
        if name is None:
            return
        self.sent_again.add(name)

        async def send(process: Process) -> None:
            plan = (await process.reconciler.plan([ref(name)], ALICE)).plan
            await process.reconciler.apply(plan, again=True)

        await self._done_by(self.hosts[-1], doom, send)

    async def an_operator_plans(self, rows: Sequence[int], doom: Doom | None) -> None:
        """A plan over some rows, to be applied whenever."""
        names = sorted({name for row in rows if (name := self._of([*self.orders, *self.refunds], row))})

        async def plan(process: Process) -> None:
            self.plans.append((await process.reconciler.plan([ref(name) for name in names], ALICE)).plan)

        if names:
            await self._done_by(self.hosts[-1], doom, plan)

    async def an_operator_applies(
        self, which: int, doom: Doom | None, *, beside: Doom | None, tick: bool
    ) -> None:
        """A plan that was made at some time is confirmed; `tick`: while a daemon is at work."""
        if not self.plans:
            return
        plan = self.plans[which % len(self.plans)]
        work = [self._done_by(self.hosts[-1], doom, lambda process: process.reconciler.apply(plan))]
        if tick:
            work.append(
                self._done_by(self.hosts[0], beside, lambda process: process.reconciler.run_once(DAEMON))
            )
        await self._together(*work)

    async def somebody_pauses(self, connector: str | None) -> None:
        now = self.world.clock.now()
        await self.world.store.controls.pause(actor="bob", reason="stop", now=now, connector=connector)
        self.paused.add(connector)

    async def somebody_resumes(self) -> None:
        for connector in self.paused:
            now = self.world.clock.now()
            await self.world.store.controls.resume(actor="bob", now=now, connector=connector)
        self.paused.clear()

    async def a_process_wakes(self, which: int) -> None:
        """One that stood still goes on as if no time had passed."""
        if self.standing:
            standing = self.standing.pop(which % len(self.standing))
            standing.process.fate.thawed.set()
            await asyncio.wait({standing.work})
            _must_have_ended_well(standing.process, standing.work)

    async def close(self) -> None:
        """Nobody is left standing."""
        for standing in self.standing:
            standing.process.fate.dead = True
            standing.process.fate.thawed.set()
            await asyncio.wait({standing.work})
            standing.work.exception()
        self.standing.clear()

    async def _done_by(
        self, host: Host, doom: Doom | None, work: Callable[[Process], Coroutine[Any, Any, Any]]
    ) -> None:
        """A new process on `host` does its work, up to its doom."""
        fate = Fate(doom.mishap, doom.at, doom.only) if doom else Fate()
        process = Process.on(host, fate)
        task = asyncio.create_task(work(process))
        still = asyncio.create_task(fate.frozen.wait())
        await asyncio.wait({task, still}, return_when=asyncio.FIRST_COMPLETED)
        still.cancel()
        if task.done():
            _must_have_ended_well(process, task)
        else:
            self.standing.append(Standing(process, task))

    async def _together(self, *work: Coroutine[Any, Any, None]) -> None:
        for ended in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended

    async def _a_paid_order(self, which: int | None) -> str:
        """One that was paid, or a new one."""
        paid = await self._with_status("o-", "completed", "refund_pending")
        if which is not None and paid:
            return paid[which % len(paid)]
        name = self._new("o", self.orders)
        await self.world.order(name, stuck_for="50h", status="completed", amount=ORDER_AMOUNT)
        self.world.book.payment(f"pay_{name}", amount=ORDER_AMOUNT, created=-span("50h"))
        return name

    async def _with_status(self, kind: str, *statuses: str) -> list[str]:
        rows = (await self.world.rows()).values()
        return sorted(row["id"] for row in rows if row["id"].startswith(kind) and row["status"] in statuses)

    async def _change(self, table: Any, name: str, **values: Any) -> None:
        await self.world.change(table, name, updated_at=BY_THE_SHOP, **values)

    def _new(self, letter: str, names: list[str]) -> str:
        names.append(f"{letter}-{self.number}-{len(names) + 1}")
        return names[-1]

    def _of(self, names: Sequence[str], which: int) -> str | None:
        return names[which % len(names)] if names else None

    def _own(self, entries: dict[str, Any]) -> list[Any]:
        """The objects of this story: the PSP keeps those of earlier ones."""
        return [entry for psp_id, entry in entries.items() if f"-{self.number}-" in psp_id]


def _must_have_ended_well(process: Process, work: "asyncio.Task[Any]") -> None:
    """It did its work, was killed, or met the trouble that was its fate; nothing else may come out."""
    error = work.exception()
    if error is None:
        return
    if process.fate.dead and _all(error, Crash):
        return
    if process.fate.struck is not None and _all(error, DBAPIError, CommitInDoubt):
        return
    raise error


def _all(error: BaseException, *kinds: type[BaseException]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_all(one, *kinds) for one in error.exceptions)
    return isinstance(error, kinds)


_ENDS: Final = frozenset({"succeeded", "cancelled", "expired"})
_AFTER_FAILED: Final = frozenset({"succeeded", "processing"})
