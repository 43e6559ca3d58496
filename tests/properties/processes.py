"""Processes that end badly: a reconciler whose every way out can fail, freeze, or be its last.

The database, the PSP and the clock are its ways out. A process that has crashed gets nothing through any of
them any more, so that no clean-up code of its own can put right what a killed process would have left.
"""

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import NotFound, PaymentSeen, ReadFailed, ReadHow, RefundList, RefundSeen
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.store.database import CommitInDoubt, Database, Unit
from reconcile_tui.core.store.store import Store
from tests.world import World

T = TypeVar("T")


class Crash(BaseException):
    """The process was killed here."""


class Mishap(StrEnum):
    """What happens to a process at one of its calls."""

    CRASH_BEFORE = "crash before the call"
    CRASH_DURING = "crash before the commit"
    CRASH_AFTER = "crash after the call"
    FREEZE_BEFORE = "frozen before the call"
    FREEZE_AFTER = "frozen after the call"
    DOUBT_COMMITTED = "committed, and nobody heard it"
    DOUBT_LOST = "not committed, and nobody heard it"
    REFUSED = "the database refuses"


CRASHES = (Mishap.CRASH_BEFORE, Mishap.CRASH_DURING, Mishap.CRASH_AFTER)
DOUBTS = (Mishap.DOUBT_COMMITTED, Mishap.DOUBT_LOST)
FREEZES = (Mishap.FREEZE_BEFORE, Mishap.FREEZE_AFTER)


class Way(StrEnum):
    """What a call goes to."""

    READ = "database read"
    WRITE = "database write"
    PSP = "psp"
    SLEEP = "sleep"


_ANY = frozenset(Way)
_STRIKES_AT = {
    Mishap.CRASH_BEFORE: _ANY,
    Mishap.CRASH_DURING: frozenset({Way.WRITE}),
    # After a read nothing is otherwise than before it: that death is the one after the last change.
    Mishap.CRASH_AFTER: _ANY - {Way.READ},
    Mishap.FREEZE_BEFORE: _ANY,
    Mishap.FREEZE_AFTER: _ANY,
    Mishap.DOUBT_COMMITTED: frozenset({Way.WRITE}),
    Mishap.DOUBT_LOST: frozenset({Way.WRITE}),
    Mishap.REFUSED: frozenset({Way.READ, Way.WRITE}),
}


@dataclass(slots=True)
class Fate:
    """What befalls a process, and where: at its call number `at` of those it can strike at, from 0.

    Attributes:
        only: the one kind of calls that it strikes at; None: every kind that fits it.
        calls: how many of those there were.
        struck: the way that the mishap struck at; None where the process never came so far.
        frozen: set while the process stands still; it goes on when `thawed` is set.
    """

    mishap: Mishap | None = None
    at: int = 0
    only: Way | None = None
    calls: int = 0
    struck: Way | None = None
    dead: bool = False
    frozen: asyncio.Event = field(default_factory=asyncio.Event)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)

    def doom(self, mishap: Mishap, at: int, only: Way | None = None) -> None:
        """Decide the fate of a process that lived well so far; calls count from now on."""
        self.mishap, self.at, self.only, self.calls = mishap, at, only, 0

    async def read(self, call: Callable[[], Awaitable[T]]) -> T:
        return await self._through(Way.READ, call)

    async def ask(self, call: Callable[[], Awaitable[T]]) -> T:
        return await self._through(Way.PSP, call)

    async def sleep(self, call: Callable[[], Awaitable[T]]) -> T:
        return await self._through(Way.SLEEP, call)

    async def write(self, database: Database, unit: Unit[T], *, repeatable: bool) -> T:
        mishap = await self._before(Way.WRITE)
        match mishap:
            case Mishap.CRASH_DURING:
                await self._end_before_commit(database, unit)
                raise Crash
            case Mishap.DOUBT_LOST:
                await self._end_before_commit(database, unit)
            case Mishap.DOUBT_COMMITTED:
                await database.write(unit)
            case _:
                pass
        if mishap in DOUBTS and not repeatable:
            raise CommitInDoubt("the connection was lost while the commit was under way")
        result = await database.write(unit)
        await self._after(mishap)
        return result

    async def _through(self, way: Way, call: Callable[[], Awaitable[T]]) -> T:
        mishap = await self._before(way)
        result = await call()
        await self._after(mishap)
        return result

    async def _before(self, way: Way) -> Mishap | None:
        """Count a call; the mishap that strikes at it."""
        await self._stand_still()
        if self.mishap is None or way not in _STRIKES_AT[self.mishap] or self.only not in (None, way):
            return None
        number, self.calls = self.calls, self.calls + 1
        if number != self.at:
            return None
        self.struck = way
        if self.mishap in CRASHES:
            self.dead = True
        match self.mishap:
            case Mishap.CRASH_BEFORE:
                raise Crash
            case Mishap.REFUSED:
                raise OperationalError("the statement", None, sqlite3.OperationalError("disk I/O error"))
            case Mishap.FREEZE_BEFORE:
                self.frozen.set()
                await self._stand_still()
            case _:
                pass
        return self.mishap

    async def _after(self, mishap: Mishap | None) -> None:
        if mishap is Mishap.FREEZE_AFTER:
            self.frozen.set()
        await self._stand_still()

    async def _stand_still(self) -> None:
        if self.frozen.is_set():
            await self.thawed.wait()
        if self.dead:
            raise Crash

    async def _end_before_commit(self, database: Database, unit: Unit[T]) -> None:
        async def cut(connection: AsyncConnection) -> None:
            await unit(connection)
            raise _CutOff

        with contextlib.suppress(_CutOff):
            await database.write(cut)


class _CutOff(BaseException):
    """The unit was done, and is rolled back."""


class FragileDatabase(Database):
    """A database as one process has it. The connections are another's: they are closed with that one."""

    def __init__(self, real: Database, fate: Fate) -> None:
        self.backend = real.backend
        self.url = real.url
        self.clock = real.clock
        self._real = real
        self._fate = fate

    @property
    def dialect(self) -> Dialect:
        return self._real.dialect

    async def read(self, unit: Unit[T]) -> T:
        return await self._fate.read(lambda: self._real.read(unit))

    async def write(self, unit: Unit[T], *, repeatable: bool = False, announced: bool = True) -> T:
        return await self._fate.write(self._real, unit, repeatable=repeatable)

    async def now(self) -> datetime:
        return await self._fate.read(self._real.now)

    async def close(self) -> None:
        """Nothing of its own is open."""


class FragileReader:
    """A PSP as one process has it."""

    def __init__(self, real: PspReader, fate: Fate) -> None:
        self._real = real
        self._fate = fate

    async def payment(self, payment_id: PaymentId, *, how: ReadHow) -> PaymentSeen | NotFound | ReadFailed:
        return await self._fate.ask(lambda: self._real.payment(payment_id, how=how))

    async def refund(self, refund_id: RefundId, *, how: ReadHow) -> RefundSeen | NotFound | ReadFailed:
        return await self._fate.ask(lambda: self._real.refund(refund_id, how=how))

    async def refunds_of(self, payment_id: PaymentId) -> RefundList | ReadFailed:
        return await self._fate.ask(lambda: self._real.refunds_of(payment_id))

    async def aclose(self) -> None:
        await self._real.aclose()


class FragileClock:
    """A clock as one process has it."""

    def __init__(self, real: Clock, fate: Fate) -> None:
        self._real = real
        self._fate = fate

    def now(self) -> datetime:
        return self._real.now()

    def monotonic(self) -> float:
        return self._real.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._fate.sleep(lambda: self._real.sleep(seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Where processes run, one after the other: connections to the database and the PSP, which are dear."""

    world: World
    database: Database
    budget: LocalBudget
    reader: PspReader

    @classmethod
    def of(cls, world: World, database: Database | None = None) -> "Host":
        """`database`: whose connections to use; the world's own by default."""
        budget = LocalBudget(rate=None, at_once=16, clock=world.clock)
        return cls(
            world=world,
            database=database or world.store.database,
            budget=budget,
            reader=world.reader(budget),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A reconciler as a process of its own, with its fate."""

    holder: str
    fate: Fate
    reconciler: Reconciler

    @classmethod
    def on(cls, host: Host, fate: Fate | None = None) -> "Process":
        """A new process; leases know it by a name of its own."""
        world, fate = host.world, fate or Fate()
        holder = f"process-{next(world.processes)}"
        store = Store.over(FragileDatabase(host.database, fate), world.store.shop)
        numbers = itertools.count(1)
        reconciler = Reconciler(
            store=store,
            psp=FragileReader(host.reader, fate),
            budget=host.budget,
            dispatcher=DatabaseDispatcher(store.database, store.shop, merchant_id="merchant_demo"),
            clock=FragileClock(world.clock, fate),
            policy=world.policy,
            holder=holder,
            new_id=lambda: f"plan-{holder}-{next(numbers)}",
            jitter=lambda: 0.0,
            listener=world.told.append,
        )
        return cls(holder=holder, fate=fate, reconciler=reconciler)
