"""A small world to test in: a shop's database, a simulated PSP over real HTTP, and a reconciler between.

    await world.order("o-1", stuck_for="45m", psp="succeeded")
    await world.tick()
    assert await world.status("o-1") == "completed"

Every default agrees with every other; time stands still unless a test moves it.
"""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.apply import Receipt
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.dispatcher import Dispatcher
from reconcile_tui.core.dispatch.handlers import ShopHandlers
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.plan import Plan
from reconcile_tui.core.policy import Actor, ActorKind, Policy, Role
from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.reconciler import Reconciler, TickReport
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.journal_entries import Entry, Step
from reconcile_tui.core.store.mapping import DEMO_SHOP, ShopMapping
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.store.tables import checks
from reconcile_tui.core.tellings import Listener, Telling, chained
from reconcile_tui.core.transitions import Effect
from reconcile_tui.demo import shop
from reconcile_tui.demo.psp import Book, Deliver, SimulatedPsp
from tests.builders import NOW, span
from tests.clocks import DatabaseClockOf, SkippingClock

DAEMON = Actor(name="daemon", kind=ActorKind.DAEMON)
ALICE = Actor(name="alice", kind=ActorKind.OPERATOR)
VIEWER = Actor(name="victor", kind=ActorKind.OPERATOR, role=Role.VIEWER)


@dataclass(kw_only=True)
class World:
    """Everything a test of the reconciler needs."""

    url: URL
    clock: SkippingClock
    database_clock: DatabaseClockOf
    store: Store
    book: Book
    psp: SimulatedPsp
    handlers: ShopHandlers
    policy: Policy = field(default_factory=Policy)
    told: list[Telling] = field(default_factory=list)
    api_key: str | None = None
    readers: list[HyperswitchReader] = field(default_factory=list)
    processes: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @asynccontextmanager
    async def at(
        cls, url: URL, *, mapping: ShopMapping = DEMO_SHOP, deliver: Deliver | None = None
    ) -> AsyncIterator["World"]:
        """A world over the database at `url`, which has the tables."""
        clock = SkippingClock(NOW)
        database_clock = DatabaseClockOf(clock)
        store = Store.at(url, mapping=mapping, clock=database_clock)
        book = Book(clock=clock)
        world: World | None = None
        try:
            async with SimulatedPsp(book, deliver=deliver) as psp:
                handlers = ShopHandlers(store.database, store.shop, watch=Policy().reversal_watch)
                world = cls(
                    url=url,
                    clock=clock,
                    database_clock=database_clock,
                    store=store,
                    book=book,
                    psp=psp,
                    handlers=handlers,
                )
                try:
                    yield world
                finally:
                    for reader in world.readers:
                        await reader.aclose()
        finally:
            await store.close()

    def reconciler(
        self,
        *,
        holder: str | None = None,
        dispatcher: Dispatcher | None = None,
        psp: PspReader | None = None,
        store: Store | None = None,
        jitter: Callable[[], float] = lambda: 0.0,
        budget: LocalBudget | None = None,
        listener: Listener = lambda _: None,
    ) -> Reconciler:
        """A process of its own, as far as leases and budgets go."""
        budget = budget or LocalBudget(rate=None, at_once=16, clock=self.clock)
        process = holder or f"process-{next(self.processes)}"
        numbers = itertools.count(1)
        store = store or self.store
        return Reconciler(
            store=store,
            psp=psp or self.reader(budget),
            budget=budget,
            dispatcher=dispatcher
            or DatabaseDispatcher(store.database, store.shop, merchant_id="merchant_demo"),
            clock=self.clock,
            policy=self.policy,
            holder=process,
            new_id=lambda: f"plan-{process}-{next(numbers)}",
            jitter=jitter,
            listener=chained(self.told.append, listener),
        )

    def reader(self, budget: LocalBudget) -> HyperswitchReader:
        """A reader of the simulated PSP."""
        reader = HyperswitchReader(
            base_url=self.psp.url,
            api_key=SecretStr(self.api_key or self.psp.api_key),
            budget=budget,
            clock=self.clock,
            jitter=lambda: 0.0,
        )
        self.readers.append(reader)
        return reader

    async def tick(self, *, actor: Actor = DAEMON, **options: Any) -> TickReport:
        """One tick of a daemon."""
        return await self.reconciler().run_once(actor, **options)

    async def sync(self, *row_ids: str, actor: Actor = ALICE, again: bool = False) -> Receipt:
        """What an operator does: plan these rows, and apply the plan."""
        reconciler = self.reconciler()
        plan = await self.plan(*row_ids, actor=actor, reconciler=reconciler)
        return await reconciler.apply(plan, again=again)

    async def plan(self, *row_ids: str, actor: Actor = ALICE, reconciler: Reconciler | None = None) -> Plan:
        """A plan over these rows, of forced reads."""
        refs = [ref for row_id in row_ids for ref in await self.store.findings.look_up(row_id)]
        return (await (reconciler or self.reconciler()).plan(refs, actor)).plan

    def set(self, **limits: Any) -> None:
        """Change the policy."""
        self.policy = replace(self.policy, **limits)

    def later(self, text: str) -> None:
        """Time goes by: `later("61m")`."""
        self.clock.advance(span(text))

    async def order(
        self,
        row_id: str = "o-1",
        *,
        stuck_for: str = "45m",
        status: str = "pending",
        payment_id: str | None = "",
        amount: int | None = 4200,
        currency: str | None = "EUR",
        psp: str | None = None,
        **payment: Any,
    ) -> str:
        """An order, and with `psp` its payment there with this status; its payment id.

        `payment_id` "" makes one up; None leaves it empty.
        """
        its_id = f"pay_{row_id}" if payment_id == "" else payment_id
        at = self.clock.now() - span(stuck_for)
        await self.insert(
            shop.orders,
            id=row_id,
            status=status,
            payment_id=its_id or "",
            amount=amount,
            currency=currency,
            customer_email="carla.cliente@example.com",
            created_at=at,
            updated_at=at,
        )
        if psp is not None:
            facts: dict[str, Any] = {"amount": amount or 4200, "currency": currency or "EUR", "created": at}
            facts |= payment
            self.book.payment(its_id or f"pay_{row_id}", status=psp, **facts)
        return its_id or ""

    async def refund(
        self,
        row_id: str = "r-1",
        *,
        of: str = "o-1",
        stuck_for: str = "45m",
        status: str = "pending",
        refund_id: str | None = "",
        amount: int | None = 4200,
        psp: str | None = None,
        **refund: Any,
    ) -> str:
        """A refund of an order, and with `psp` the refund there; its PSP id. `refund_id=None`: an orphan."""
        its_id = f"ref_{row_id}" if refund_id == "" else refund_id
        at = self.clock.now() - span(stuck_for)
        await self.insert(
            shop.refunds,
            id=row_id,
            order_id=of,
            status=status,
            hyperswitch_refund_id=its_id or "",
            amount=amount,
            reason="customer_request",
            created_at=at,
            updated_at=at,
        )
        if psp is not None:
            facts: dict[str, Any] = {"amount": amount or 4200, "payment": f"pay_{of}", "created": at}
            facts |= refund
            self.book.refund(its_id or f"ref_{row_id}", status=psp, **facts)
        return its_id or ""

    async def orphan(
        self, row_id: str = "r-1", *, of: str = "o-1", stuck_for: str = "10m", **row: Any
    ) -> None:
        """A refund that was written down; nothing says that it was sent."""
        await self.refund(row_id, of=of, stuck_for=stuck_for, refund_id=None, **row)

    async def paid_order(self, row_id: str = "o-1", *, status: str = "refund_pending", **order: Any) -> str:
        """An order that was paid and completed, with its payment at the PSP."""
        return await self.order(row_id, status=status, psp="succeeded", **order)

    async def insert(self, table: Any, **values: Any) -> None:
        """Write a row of the shop's, as the shop does."""

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(insert(table), values)

        await self.store.database.write(unit)

    async def insert_many(self, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write many rows of the shop's at once."""

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(insert(table), [dict(row) for row in rows])

        await self.store.database.write(unit)

    async def delete(self, table: Any, row_id: str) -> None:
        """Take a row of the shop's away."""

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(delete(table).where(table.c.id == row_id))

        await self.store.database.write(unit)

    async def change(self, table: Any, row_id: str, **values: Any) -> None:
        """Change a row of the shop's, as the shop does."""

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(update(table).where(table.c.id == row_id).values(**values))

        await self.store.database.write(unit)

    async def forget_checks(self) -> None:
        """Take away what earlier looks left of every row."""

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(delete(checks))

        await self.store.database.write(unit)

    async def status(self, row_id: str) -> str:
        """The local status of an order (`o-…`) or refund (`r-…`)."""
        return str((await self.row(row_id))["status"])

    async def row(self, row_id: str) -> Mapping[str, Any]:
        """A row of the shop's, as it stands."""
        table = shop.refunds if row_id.startswith("r-") else shop.orders

        async def unit(connection: AsyncConnection) -> Mapping[str, Any]:
            return dict(
                (await connection.execute(select(table).where(table.c.id == row_id))).mappings().one()
            )

        return await self.store.database.read(unit)

    async def rows(self) -> dict[str, dict[str, Any]]:
        """Every row of the shop's by id, to compare with later."""
        found: dict[str, dict[str, Any]] = {}

        async def unit(connection: AsyncConnection) -> None:
            for table in (shop.orders, shop.refunds):
                for row in (await connection.execute(select(table))).mappings():
                    found[row["id"]] = dict(row)

        await self.store.database.read(unit)
        return found

    async def history(self, row_id: str) -> list[Entry]:
        """The journal of a row, oldest first."""
        return list(reversed(await self.store.journal.history(ref(row_id))))

    async def steps(self, row_id: str) -> list[str]:
        """The journal of a row in short: its steps, an outcome by its name."""
        return [
            str(entry.outcome) if entry.step is Step.OUTCOME else str(entry.step)
            for entry in await self.history(row_id)
        ]

    async def attention(self) -> dict[str, str]:
        """The open attention items: row id to reason."""
        items = await self.store.attention.open_items(limit=1000)
        return {item.ref.row_id: item.reason.value for item in items}

    async def real_webhook(self, object_id: str) -> Effect:
        """The real webhook of a payment or refund arrives, as the PSP knows it now."""
        body = self.psp.webhook_of(object_id).body
        if object_id in self.book.payments:
            return await self.handlers.process_payment_webhook(body)
        return await self.handlers.process_refund_webhook(body)


def ref(row_id: str) -> RowRef:
    """The reference of an order (`o-…`) or refund (`r-…`)."""
    return RowRef(Kind.REFUND if row_id.startswith("r-") else Kind.ORDER, row_id)


def decisions(report: TickReport) -> dict[str, str]:
    """What a tick decided, by row id."""
    return {
        row.ref.row_id: row.decision.kind for piece in report.slices if piece.plan for row in piece.plan.rows
    }


def outcomes(report: TickReport | Receipt) -> dict[str, str]:
    """What became of the rows that were to be applied, by row id."""
    receipts: Sequence[Receipt | None] = (
        [piece.receipt for piece in report.slices] if isinstance(report, TickReport) else [report]
    )
    return {
        row.planned.ref.row_id: row.result.outcome.value
        for receipt in receipts
        if receipt is not None
        for row in receipt.rows
    }
