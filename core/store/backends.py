"""The differences between SQLite and PostgreSQL, all of them, in this one file.

SQLite is one writer and one connection, so that nothing in the process ever waits for its own lock.
PostgreSQL is a pool; each transaction sets its own time-outs, which PgBouncer's transaction mode keeps.
"""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import aiosqlite
from psycopg import AsyncConnection as Connected
from psycopg import errors as pg
from sqlalchemy import (
    JSON,
    URL,
    ColumnElement,
    Connection,
    ExceptionContext,
    Table,
    Text,
    TextClause,
    cast,
    event,
    func,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

WRITING = "reconcile_writing"
"""The execution option of a connection whose transaction writes."""
ANNOUNCING = "reconcile_announcing"
"""The execution option of a connection whose transaction tells other processes that it was committed."""
CHANNEL = "reconcile_tui"
"""Where it tells them; every database of a server has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLimits:
    """How long the database may keep a unit of work waiting, and how many run at once."""

    connect: timedelta = timedelta(seconds=10)
    statement: timedelta = timedelta(seconds=30)
    lock: timedelta = timedelta(seconds=5)
    idle_in_transaction: timedelta = timedelta(seconds=60)
    pool_size: int = 8


class Upsert(Protocol):
    """`INSERT … ON CONFLICT`, alike on both databases."""

    @property
    def excluded(self) -> Any: ...
    def on_conflict_do_nothing(self, *, index_elements: Any) -> Any: ...
    def on_conflict_do_update(self, *, index_elements: Any, set_: Any, where: Any = None) -> Any: ...


class Backend(Protocol):
    """One kind of database."""

    name: str

    def engine(self, url: URL, limits: DatabaseLimits) -> AsyncEngine:
        """An engine whose transactions are bounded by `limits`."""
        ...

    def upsert(self, table: Table) -> Upsert: ...

    def now(self) -> ColumnElement[datetime]:
        """The database's clock at the start of the statement."""
        ...

    def part_of(self, document: ColumnElement[Any], *path: str) -> ColumnElement[str]:
        """A value inside of a small JSON object that is kept as text, as text; NULL where it is null."""
        ...

    def may_run_again(self, error: DBAPIError, run: int) -> bool:
        """Whether the whole unit may run again after its run number `run`, from 1: a lost race, not a wrong
        statement."""
        ...

    def warning(self) -> str | None:
        """What an operator should know of this database's version."""
        ...

    async def listening(self, url: URL, limits: DatabaseLimits) -> Connected | None:
        """A connection of its own that hears what is announced; None where the database tells of nothing.

        Raises:
            psycopg.Error: the database is away, or refuses.
        """
        ...


_PSYCOPG = "postgresql+psycopg"
_NOTICES_SILENCE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""A server that vanished without a word (a failover, a firewall) is noticed within a minute. The system's
own default is two hours, and a unit of work is never cancelled. Seconds, a count, and milliseconds."""


class PostgreSQL:
    """PostgreSQL over psycopg 3."""

    name = "postgresql"

    def engine(self, url: URL, limits: DatabaseLimits) -> AsyncEngine:
        engine = create_async_engine(
            url.set(drivername=_PSYCOPG),
            pool_size=limits.pool_size,
            max_overflow=0,
            pool_pre_ping=False,
            pool_timeout=limits.statement.total_seconds(),
            hide_parameters=True,
            connect_args=_connect_args(url, limits),
        )
        bounds = _bounds(limits, "")
        # Sent with what is sent anyway, and heard of only when the transaction is committed.
        bounds_and_news = _bounds(limits, f", pg_notify('{CHANNEL}', '')")

        @event.listens_for(engine.sync_engine, "begin")
        def set_bounds(connection: Connection) -> None:
            announcing = connection.get_execution_options().get(ANNOUNCING, False)
            connection.execute(bounds_and_news if announcing else bounds)

        @event.listens_for(engine.sync_engine, "handle_error")
        def leave_a_server_that_is_read_only(context: ExceptionContext) -> None:
            # A failover: every connection of the pool leads there, and another server may write.
            if isinstance(context.original_exception, pg.ReadOnlySqlTransaction):
                context.is_disconnect = True

        return engine

    def upsert(self, table: Table) -> Upsert:
        return postgresql.insert(table)

    def part_of(self, document: ColumnElement[Any], *path: str) -> ColumnElement[str]:
        part: ColumnElement[str] = cast(type_coerce(document, Text), JSON)[path].as_string()
        return part

    def now(self) -> ColumnElement[datetime]:
        return func.clock_timestamp()

    def may_run_again(self, error: DBAPIError, run: int) -> bool:
        if isinstance(error.orig, pg.LockNotAvailable):
            # It waited its whole time already, and the rows beside it wait with it.
            return run == 1
        return isinstance(error.orig, pg.SerializationFailure | pg.DeadlockDetected)

    def warning(self) -> str | None:
        return None

    async def listening(self, url: URL, limits: DatabaseLimits) -> Connected | None:
        # The dialect's own reading of the URL, as for the engine: hosts, TLS, services.
        with_driver = url.set(drivername=_PSYCOPG)
        positional, named = with_driver.get_dialect()().create_connect_args(with_driver)
        connection = await Connected.connect(
            *positional, **{**named, **_connect_args(url, limits)}, autocommit=True
        )
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            await connection.close()
            raise
        return connection


def _connect_args(url: URL, limits: DatabaseLimits) -> dict[str, Any]:
    """What a connection is opened with beside what its URL says."""
    return {
        "connect_timeout": max(1, round(limits.connect.total_seconds())),
        "target_session_attrs": "read-write",
        "application_name": "reconcile-tui",
        **{name: value for name, value in _NOTICES_SILENCE.items() if name not in url.query},
    }


def _bounds(limits: DatabaseLimits, more: str) -> TextClause:
    return text(
        "SELECT set_config('statement_timeout', :statement, true),"
        " set_config('lock_timeout', :lock, true),"
        " set_config('idle_in_transaction_session_timeout', :idle, true),"
        f" set_config('TimeZone', 'UTC', true){more}"
    ).bindparams(
        statement=_milliseconds(limits.statement),
        lock=_milliseconds(limits.lock),
        idle=_milliseconds(limits.idle_in_transaction),
    )


class _SqliteConnection(aiosqlite.Connection):
    """Remembers the end of its thread, which aiosqlite 0.22 does not wait for where opening fails: the
    thread then reports to an event loop that may be closed, with a traceback on the terminal."""

    stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        self.stopped = super().stop()
        return self.stopped


async def _opened(database: str, **options: Any) -> aiosqlite.Connection:
    connection = _SqliteConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    try:
        return await connection
    except BaseException:
        if connection.stopped is not None:
            await connection.stopped
        raise


class SQLite:
    """SQLite over aiosqlite."""

    name = "sqlite"

    def engine(self, url: URL, limits: DatabaseLimits) -> AsyncEngine:
        engine = create_async_engine(
            url.set(drivername="sqlite+aiosqlite"),
            poolclass=AsyncAdaptedQueuePool,
            pool_size=1,
            max_overflow=0,
            pool_timeout=limits.statement.total_seconds(),
            hide_parameters=True,
            connect_args={"timeout": limits.lock.total_seconds(), "async_creator_fn": _opened},
        )
        journal_mode = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"

        @event.listens_for(engine.sync_engine, "connect")
        def on_connect(connection: Any, _: ConnectionPoolEntry) -> None:
            # The driver must not begin transactions of its own: `begin` below says which kind.
            connection.isolation_level = None
            try:
                cursor = connection.cursor()
                for pragma in (f"journal_mode={journal_mode}", "foreign_keys=ON", "synchronous=FULL"):
                    cursor.execute(f"PRAGMA {pragma}")
                cursor.close()
            except BaseException:
                # Nobody else knows this connection yet; its thread would outlive the event loop.
                connection.close()
                raise

        @event.listens_for(engine.sync_engine, "begin")
        def on_begin(connection: Connection) -> None:
            writing = connection.get_execution_options().get(WRITING, False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

        return engine

    def upsert(self, table: Table) -> Upsert:
        return sqlite.insert(table)

    def part_of(self, document: ColumnElement[Any], *path: str) -> ColumnElement[str]:
        part: ColumnElement[str] = type_coerce(document, JSON)[path].as_string()
        return part

    def now(self) -> ColumnElement[datetime]:
        return func.strftime("%Y-%m-%d %H:%M:%f000", "now")

    def may_run_again(self, error: DBAPIError, run: int) -> bool:
        code = getattr(error.orig, "sqlite_errorcode", None)
        return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

    def warning(self) -> str | None:
        if wal_is_safe(sqlite3.sqlite_version_info):
            return None
        return (
            f"SQLite {sqlite3.sqlite_version} can corrupt a WAL database that several processes write:"
            " using DELETE mode (SQLite 3.51.3 or newer needs no such care)"
        )

    async def listening(self, url: URL, limits: DatabaseLimits) -> Connected | None:
        return None


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether WAL is free of the race between several writing processes (3.7.0 to 3.51.2; mended in
    3.51.3, 3.50.7 and 3.44.6)."""
    if version >= (3, 51, 3):
        return True
    mended = {(3, 50): 7, (3, 44): 6}
    return version[2] >= mended.get(version[:2], version[2] + 1)


def backend_for(url: URL) -> Backend:
    """The backend of a database URL.

    Raises:
        ValueError: neither SQLite nor PostgreSQL.
    """
    match url.get_backend_name():
        case "postgresql":
            return PostgreSQL()
        case "sqlite":
            return SQLite()
        case other:
            raise ValueError(f"{other!r} is not supported: use sqlite or postgresql")


def _milliseconds(duration: timedelta) -> str:
    return str(max(1, round(duration.total_seconds() * 1000)))
