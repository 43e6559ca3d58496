"""The database as units of work: each runs to its end or rolls back, and is never cancelled half-way.

A cancelled COMMIT may be committed all the same (measured: a time-out of 1 s raised after 6 s, and the
row was there), so stopping means starting no new unit. The database's own time-outs bound each one.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Dialect, literal, select, type_coerce
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, NotSupportedError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from reconcile_tui.core.clock import as_utc
from reconcile_tui.core.masking import masked
from reconcile_tui.core.store.backends import ANNOUNCING, WRITING, Backend, DatabaseLimits, backend_for
from reconcile_tui.core.store.moments import UtcMoment
from reconcile_tui.core.store.own_tables import MisplacedTables
from reconcile_tui.core.store.pooler import Pooler, PoolerInTransactionMode

T = TypeVar("T")
Unit = Callable[[AsyncConnection], Awaitable[T]]

RUNS_OF_A_UNIT = 4
ANNOUNCED_AT_MOST_EVERY = 0.2
"""Seconds. Who listens waits a little longer before it reads, so that nothing written meanwhile is missed."""


class CommitInDoubt(Exception):
    """The connection was lost while a COMMIT was under way: it happened, or it did not."""


DATABASE_TROUBLE = (DBAPIError, PoolTimeout, CommitInDoubt, PoolerInTransactionMode, MisplacedTables)
"""What a unit of work raises when the database is away, refuses, or keeps it waiting for too long."""


_REFUSED_VALUES = (DataError, IntegrityError, InterfaceError, NotSupportedError)
_TOO_LARGE = "54"
"""The class of PostgreSQL's errors about what is longer than an index or a row holds."""


def is_about_values(error: Exception) -> bool:
    """Whether a statement was refused for the values in it, or could not even be sent with them: the fault of
    the row that they are of, and no sign that the database is away."""
    if isinstance(error, DBAPIError):
        sqlstate = getattr(error.orig, "sqlstate", None) or ""
        refused = isinstance(error, _REFUSED_VALUES) or sqlstate.startswith(_TOO_LARGE)
        return refused and not error.connection_invalidated
    return not isinstance(error, DATABASE_TROUBLE)


def trouble_words(error: Exception) -> str:
    """The first line of what the database said, masked: it may quote a value of the shop's."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    return masked(said.splitlines()[0]) if said else type(error).__name__


class DatabaseClock(Protocol):
    """The clock that cut-offs and leases use."""

    async def now(self, connection: AsyncConnection) -> datetime:
        """UTC, as the database has it."""
        ...


class ServerClock:
    """The database's own clock."""

    def __init__(self, backend: Backend) -> None:
        self._now = select(type_coerce(backend.now(), UtcMoment).label("now"))

    async def now(self, connection: AsyncConnection) -> datetime:
        moment: datetime = (await connection.execute(self._now)).scalar_one()
        return as_utc(moment)


class Database:
    """An engine with units of work.

    `begin` is the only way in: a read unit and a write unit differ on SQLite alone, where a writer takes
    its lock at once.
    """

    def __init__(
        self,
        url: URL,
        *,
        limits: DatabaseLimits | None = None,
        clock: DatabaseClock | None = None,
        pooler: Pooler = Pooler.AUTO,
        schema: str | None = None,
    ) -> None:
        """
        Args:
            schema: which one holds the tool's own tables (PostgreSQL); None: the one where they are found.
        """
        self.backend = backend_for(url, pooler, schema)
        self.url = url
        self.limits = limits or DatabaseLimits()
        self._engine: AsyncEngine = self.backend.engine(url, self.limits)
        self.clock = clock or ServerClock(self.backend)
        self._announced_at = -math.inf
        self._under_way: set[asyncio.Future[Any]] = set()

    @property
    def dialect(self) -> Dialect:
        return self._engine.dialect

    async def read(self, unit: Unit[T]) -> T:
        """Run `unit` in a transaction that is rolled back."""
        return await self._to_its_end(self._again(unit, {WRITING: False}))

    async def write(self, unit: Unit[T], *, repeatable: bool = False, announced: bool = True) -> T:
        """Run `unit` in a transaction that is committed.

        A lost race (serialization, deadlock, lock time-out) or a connection lost before the COMMIT runs
        the whole unit again, a bounded number of times.

        Args:
            repeatable: once done, the unit changes nothing when it is done again; a COMMIT in doubt runs it
                again then, too.
            announced: tell every process that listens (`core.store.announcements`), if that was not done
                just before; not for what goes on all the time and interests nobody, as a heartbeat.

        Raises:
            CommitInDoubt: nobody heard whether the COMMIT happened.
            sqlalchemy.exc.DBAPIError: the database refused, or is away; nothing was written.
        """
        options = {WRITING: True, ANNOUNCING: announced and self._may_announce()}
        return await self._to_its_end(self._again(unit, options, repeatable=repeatable))

    async def now(self) -> datetime:
        """The database's clock, UTC."""
        return await self.read(self.clock.now)

    async def ping(self) -> None:
        """Raise what keeps the database from answering."""

        async def one(connection: AsyncConnection) -> None:
            await connection.execute(select(literal(1)))

        await self.read(one)

    async def run_sync(self, function: Callable[..., T]) -> T:
        """Run a synchronous function with a connection in a committed transaction (migrations)."""
        return await self.write(lambda connection: connection.run_sync(function))

    async def close(self) -> None:
        """Close every connection, once the units under way have ended: theirs would be left open. Without
        it an SQLite connection's thread keeps the process alive."""
        while self._under_way:
            await asyncio.wait(self._under_way)
        await self._engine.dispose()

    def _may_announce(self) -> bool:
        """Whether the last announcement is long enough ago. Transactions that announce are committed one
        after the other, in the whole database, and whoever heard of one reads a moment later anyway."""
        now = asyncio.get_running_loop().time()
        if now - self._announced_at < ANNOUNCED_AT_MOST_EVERY:
            return False
        self._announced_at = now
        return True

    async def _again(self, unit: Unit[T], options: Mapping[str, bool], *, repeatable: bool = False) -> T:
        for run in range(1, RUNS_OF_A_UNIT):
            try:
                return await self._once(unit, options)
            except CommitInDoubt:
                if not repeatable:
                    raise
            except DBAPIError as error:
                if not (error.connection_invalidated or self.backend.may_run_again(error, run)):
                    raise
        return await self._once(unit, options)

    async def _once(self, unit: Unit[T], options: Mapping[str, bool]) -> T:
        async with self._engine.connect() as connection:
            await connection.execution_options(**options)
            transaction = await connection.begin()
            try:
                if self.backend.own_schema is None:
                    await self.backend.find_own_tables(connection)
                result = await unit(connection)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    await transaction.rollback()
                raise
            except BaseException:
                await transaction.rollback()
                raise
            if not options[WRITING]:
                await transaction.rollback()
                return result
            try:
                await transaction.commit()
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise CommitInDoubt(str(error.orig)) from error
                raise
            return result

    async def _to_its_end(self, work: Awaitable[T]) -> T:
        """Wait for `work` even when cancelled meanwhile; the cancellation is raised after it."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            task.exception()
            raise cancelled
        return task.result()
