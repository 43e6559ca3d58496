"""A race: a daemon, two operators on the same rows, and the real webhooks, all at once, each event once.

On PostgreSQL and with real clocks. Every process has a name in the leases, connections and an HTTP client of
its own; they meet in the database alone.
"""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.clock import SystemClock
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.dispatcher import Dispatcher
from reconcile_tui.core.dispatch.endpoint import ShopEndpoint as Address
from reconcile_tui.core.dispatch.handlers import ShopHandlers
from reconcile_tui.core.dispatch.http import HttpDispatcher
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.store import tables
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import RowConcluded, Telling
from reconcile_tui.demo.psp import Book, SimulatedPsp
from reconcile_tui.demo.psp.chance import seeded
from tests.clocks import DatabaseClockOf, SkippingClock
from tests.postgres import PostgresServer
from tests.properties.ledger import install, states
from tests.shop_endpoint.endpoint import SECRET, ShopEndpoint
from tests.world import ALICE, DAEMON, World, ref

POLICY = replace(Policy(), webhook_grace=timedelta(milliseconds=20))
PHASES = (PhaseName.ORDERS, PhaseName.REFUNDS)
MOST_TOLD = 40
"""About what is told in a round."""
CLOSED = (Outcome.FIXED, Outcome.ALREADY_RESOLVED, Outcome.OVERTAKEN)
TAKEN = (Refusal.BUSY, Refusal.LOCKED)
"""Another process acts on the row, or the real webhook's transaction has it just now."""


class QuickClock(SystemClock):
    """The machine's clocks; whoever waits looks again soon."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.005))


@pytest.fixture
def database_url(postgres: PostgresServer, postgres_template: str) -> Iterator[URL]:
    url = postgres.make_numbered(postgres_template)
    yield url
    postgres.drop(url)


@pytest.mark.parametrize("dispatch", ["database", "http"])
async def test_in_twenty_rounds_each_event_is_applied_once(database_url: URL, dispatch: str) -> None:
    async with a_track(database_url, dispatch) as track:
        for number in range(20):
            await track.round(number)


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("dispatch", ["database", "http"])
async def test_in_a_thousand_rounds_each_event_is_applied_once(database_url: URL, dispatch: str) -> None:
    async with a_track(database_url, dispatch) as track:
        for number in range(1000):
            await track.round(number)
        assert {Outcome.FIXED, Outcome.ALREADY_RESOLVED} <= track.seen, "nobody met anybody"


@dataclass
class Told:
    """What all processes tell in a round."""

    tellings: list[Telling] = field(default_factory=list)
    all_said: bool = False
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        self.tellings.clear()
        self.all_said = False

    def hear(self, telling: Telling) -> None:
        self.tellings.append(telling)
        self._came.set()

    def end(self) -> None:
        self.all_said = True
        self._came.set()

    async def reach(self, tellings: int) -> None:
        """Come back once so much was told, or all of it."""
        while len(self.tellings) < tellings and not self.all_said:
            self._came.clear()
            await self._came.wait()


@dataclass(kw_only=True)
class Track:
    """Where they race. `seen`: what was said of rows in all rounds."""

    world: World
    daemon: Reconciler
    operators: Sequence[Reconciler]
    real_webhook: Callable[[str], Awaitable[object]]
    shop: ShopEndpoint | None
    chance: random.Random
    told: Told
    seen: set[Outcome] = field(default_factory=set)

    async def round(self, number: int) -> None:
        """Everybody at once on three rows whose webhooks were lost, and which come after all."""
        world, rows = self.world, Rows(number)
        world.clock.advance(datetime.now(UTC) - world.clock.now())
        await world.order(rows.paid, psp="succeeded")
        await world.order(rows.unpaid, psp="failed")
        await world.paid_order(rows.of_refund)
        await world.refund(rows.refund, of=rows.of_refund, psp="succeeded")
        self.told.begin()
        async with asyncio.TaskGroup() as mail:
            for object_id in rows.objects:
                mail.create_task(self._comes(object_id))
            async with asyncio.TaskGroup() as race:
                race.create_task(self._soon(partial(self.daemon.run_once, DAEMON, phases=PHASES)))
                for operator in self.operators:
                    race.create_task(self._soon(partial(_sync, operator, rows.stuck)))
            self.told.end()
        await self._judge(rows)

    async def _comes(self, object_id: str) -> None:
        """A real webhook, anywhere in what the processes do: by what they tell, for it must meet them at
        every step however long each of them takes."""
        await self.told.reach(self.chance.randrange(MOST_TOLD))
        await self._soon(partial(self.real_webhook, object_id))

    async def _soon(self, begin: Callable[[], Awaitable[object]]) -> None:
        """Begin when chance says."""
        for _ in range(self.chance.randrange(300)):
            await asyncio.sleep(0)
        await begin()

    async def _judge(self, rows: "Rows") -> None:
        for telling in self.told.tellings:
            if isinstance(telling, RowConcluded):
                result = telling.result
                assert result.outcome in CLOSED or result.refusal in TAKEN, telling
                self.seen.add(result.outcome)
        written = await self.world.store.database.read(lambda connection: _written(connection, rows))
        where = f"round {rows.number}"
        assert written.changes == rows.changes, where
        assert all(count == 1 for count in written.applied.values()), where
        assert written.unfinished == [], where
        assert written.leases == 0, where
        assert await self.world.attention() == {}, where
        if self.shop is not None:
            deeds = [deed.row_id for deed in await self.shop.deeds()]
            assert sorted(deeds) == sorted(rows.stuck), where
            assert all(request.genuine for request in self.shop.received), where
            await self.shop.forget()


@dataclass(frozen=True)
class Rows:
    """The rows of one round."""

    number: int

    @property
    def paid(self) -> str:
        return f"o-{self.number}-paid"

    @property
    def unpaid(self) -> str:
        return f"o-{self.number}-unpaid"

    @property
    def of_refund(self) -> str:
        return f"o-{self.number}-refunded"

    @property
    def refund(self) -> str:
        return f"r-{self.number}"

    @property
    def stuck(self) -> list[str]:
        return [self.paid, self.unpaid, self.refund]

    @property
    def objects(self) -> list[str]:
        return [f"pay_{self.paid}", f"pay_{self.unpaid}", f"ref_{self.refund}"]

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What must become of each row, once."""
        return sorted(
            [
                (self.paid, "pending", "completed"),
                (self.unpaid, "pending", "failed"),
                (self.refund, "pending", "succeeded"),
                (self.of_refund, "refund_pending", "refunded"),
            ]
        )


@dataclass(frozen=True)
class Written:
    """What stands in the database after a round.

    Attributes:
        changes: of the rows' status, as triggers noted them.
        applied: how often each event was called applied or fixed, by row.
        unfinished: intents without an outcome.
    """

    changes: list[tuple[str, str, str]]
    applied: dict[tuple[str, str], int]
    unfinished: list[int]
    leases: int


async def _written(connection: AsyncConnection, rows: Rows) -> Written:
    ids = [*rows.stuck, rows.of_refund]
    noted = await connection.execute(select(states).where(states.c.row_id.in_(ids)))
    entries: Sequence[Any] = (
        await connection.execute(select(tables.journal).where(tables.journal.c.row_id.in_(ids)))
    ).all()
    said = {entry.intent_id for entry in entries if entry.step == Step.OUTCOME}
    applied: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.step == Step.APPLIED or entry.outcome == Outcome.FIXED:
            key = (entry.row_id, entry.step)
            applied[key] = applied.get(key, 0) + 1
    return Written(
        changes=sorted((s.row_id, s.old, s.new) for s in noted if s.old is not None and s.old != s.new),
        applied=applied,
        unfinished=[entry.id for entry in entries if entry.step == Step.INTENDED and entry.id not in said],
        leases=len((await connection.execute(select(tables.leases))).all()),
    )


async def _sync(operator: Reconciler, row_ids: list[str]) -> None:
    plan = (await operator.plan([ref(row_id) for row_id in row_ids], ALICE)).plan
    await operator.apply(plan)


@asynccontextmanager
async def a_track(url: URL, dispatch: str) -> AsyncIterator[Track]:
    """A shop at this very moment, and three processes."""
    async with AsyncExitStack() as opened:
        world = await _world(url, opened)
        await install(world.store.database)
        told = Told()
        shop: ShopEndpoint | None = None
        if dispatch == "http":
            shop = await opened.enter_async_context(ShopEndpoint(url, clock=SystemClock()))
        daemon, *operators = (
            _process(name, world, shop, told, opened) for name in ("daemon", "alice's", "bob's")
        )
        yield Track(
            world=world,
            daemon=daemon,
            operators=operators,
            real_webhook=_mail(world, shop),
            shop=shop,
            chance=seeded(1),
            told=told,
        )


async def _world(url: URL, opened: AsyncExitStack) -> World:
    clock = SkippingClock(datetime.now(UTC))
    store = Store.at(url)
    opened.push_async_callback(store.close)
    book = Book(clock=clock)
    return World(
        url=url,
        clock=clock,
        database_clock=DatabaseClockOf(clock),
        store=store,
        book=book,
        psp=await opened.enter_async_context(SimulatedPsp(book)),
        handlers=ShopHandlers(store.database, store.shop, watch=POLICY.reversal_watch),
    )


def _mail(world: World, shop: ShopEndpoint | None) -> Callable[[str], Awaitable[object]]:
    """The way of the PSP's own webhooks."""

    async def over_http(object_id: str) -> None:
        webhook = world.psp.webhook_of(object_id)
        if shop is not None:
            await shop.deliver(webhook.body, webhook.headers)

    return world.real_webhook if shop is None else over_http


def _process(
    name: str, world: World, shop: ShopEndpoint | None, told: Told, opened: AsyncExitStack
) -> Reconciler:
    clock, store, numbers = QuickClock(), Store.at(world.url), itertools.count(1)
    opened.push_async_callback(store.close)
    budget = LocalBudget(rate=None, at_once=16, clock=clock)
    reader = HyperswitchReader(
        base_url=world.psp.url,
        api_key=SecretStr(world.psp.api_key),
        budget=budget,
        clock=clock,
        jitter=random.random,
    )
    opened.push_async_callback(reader.aclose)
    dispatcher: Dispatcher = DatabaseDispatcher(store.database, store.shop, merchant_id="merchant_demo")
    if shop is not None:
        dispatcher = by_http = HttpDispatcher(
            database=store.database,
            refunds=store.shop.mapping.refunds,
            endpoint=Address(url=SecretStr(shop.url), key=SecretStr(SECRET), merchant_id="merchant_demo"),
            orphans=DatabaseDispatcher(store.database, store.shop),
            clock=clock,
            lease=POLICY.lease,
        )
        opened.push_async_callback(by_http.aclose)
    return Reconciler(
        store=store,
        psp=reader,
        budget=budget,
        dispatcher=dispatcher,
        clock=clock,
        policy=POLICY,
        holder=name,
        new_id=lambda: f"plan-{name}-{next(numbers)}",
        jitter=random.random,
        listener=told.hear,
    )
