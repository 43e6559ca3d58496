"""The differences between SQLite and PostgreSQL, all of them, in this one file.

SQLite is one writer and one connection, so that nothing in the process ever waits for its own lock.
PostgreSQL is a pool; each transaction sets its own time-outs, which PgBouncer's transaction mode keeps. What
a session would have to keep (prepared statements, LISTEN) is the business of `pooler`.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from psycopg import AsyncConnection as Connected
from psycopg import errors as pg
from sqlalchemy import (
    JSON,
    URL,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    ExceptionContext,
    String,
    Table,
    Text,
    TextClause,
    bindparam,
    cast,
    column,
    event,
    func,
    inspect,
    literal_column,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, DisconnectionError, NoSuchTableError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler

from reconcile_tui.core.store.given_rows import GIVEN, GivenRows, encoders_of, without_nul
from reconcile_tui.core.store.own_tables import OwnTables
from reconcile_tui.core.store.pooler import Pooler, WayToServer, is_lost_with_its_session
from reconcile_tui.core.store.shop_times import (
    AsStored,
    IntegerOf,
    IsBefore,
    IsNoText,
    TimeColumn,
    UuidOf,
    WholeMinor,
)
from reconcile_tui.core.store.sqlite_file import FILE, IS_UTF8, NEEDS_ANOTHER_CONNECTION, SqliteFile
from reconcile_tui.core.time_proof import DateKind

WRITING = "reconcile_writing"
"""The execution option of a connection whose transaction writes."""
ANNOUNCING = "reconcile_announcing"
"""The execution option of a connection whose transaction tells other processes that it was committed."""
CHANNEL = "reconcile_tui"
"""Where it tells them; every database of a server has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLimits:
    """How long the database may keep a unit of work waiting, and how many run at once.

    Attributes:
        lock: for a lock that somebody has, where it is not passed over. Short: who waits keeps its own locks
            meanwhile.
    """

    connect: timedelta = timedelta(seconds=10)
    statement: timedelta = timedelta(seconds=30)
    lock: timedelta = timedelta(seconds=2)
    idle_in_transaction: timedelta = timedelta(seconds=60)
    pool_size: int = 8


class Upsert(Protocol):
    """`INSERT … ON CONFLICT`, alike on both databases."""

    def from_select(self, names: Any, select: Any) -> "Upsert": ...

    @property
    def excluded(self) -> Any: ...
    def on_conflict_do_nothing(self, *, index_elements: Any) -> Any: ...
    def on_conflict_do_update(self, *, index_elements: Any, set_: Any, where: Any = None) -> Any: ...


class Backend(Protocol):
    """One kind of database."""

    name: str

    def __hash__(self) -> int: ...

    @property
    def pooled(self) -> bool | None:
        """Whether a pooler was met on the way to the server; None: nobody looked, or there is no server."""
        ...

    def engine(self, url: URL, limits: DatabaseLimits) -> AsyncEngine:
        """An engine whose transactions are bounded by `limits`."""
        ...

    def upsert(self, table: Table) -> Upsert: ...

    def given(self, columns: Sequence[Column[Any]]) -> GivenRows:
        """Rows with these columns, to be given to a statement as one JSON parameter."""
        ...

    @property
    def own_schema(self) -> str | None:
        """The schema of the tool's own tables; None: not known yet, or a database without schemas."""
        ...

    async def find_own_tables(self, connection: AsyncConnection) -> str | None:
        """Look for that schema (`OwnTables.find`)."""
        ...

    async def migrate_in_one_schema(self, connection: AsyncConnection) -> str | None:
        """Make this transaction ready to migrate them (`OwnTables.migrate_in_one`)."""
        ...

    def now(self) -> ColumnElement[datetime]:
        """The database's clock at the start of the statement."""
        ...

    async def time_columns(
        self, connection: AsyncConnection, table: str, schema: str | None
    ) -> dict[str, TimeColumn]:
        """How each column of a table of the shop's holds times. A table that is not there has none."""
        ...

    async def schemas_with(self, connection: AsyncConnection, table: str) -> Sequence[str]:
        """The schemas that hold a table or view of this name; none where a database has no schemas."""
        ...

    def date_kind(self, type_code: object) -> DateKind | None:
        """What a column's type says of its dates, by the driver's code; None where only its values tell."""
        ...

    def statement_bound(self, limit: timedelta) -> TextClause | None:
        """What bounds each statement of a transaction that follows; None where nothing does."""
        ...

    def session_zones(self) -> TextClause | None:
        """The time zones that sessions of this database begin with, whoever's; None where they have none."""
        ...

    def part_of(self, document: ColumnElement[Any], *path: str) -> ColumnElement[str]:
        """A value inside of a small JSON object that is kept as text, as text; NULL where it is null."""
        ...

    def may_run_again(self, error: DBAPIError, run: int) -> bool:
        """Whether the whole unit may run again after its run number `run`, from 1: a lost race, not a wrong
        statement."""
        ...

    def warning(self) -> str | None:
        """What an operator should know of this database's version, and of the way to it."""
        ...

    async def listening(self, url: URL, limits: DatabaseLimits) -> Connected | None:
        """A connection of its own that hears what is announced; None where the database tells of nothing.

        Raises:
            psycopg.Error: the database is away, or refuses.
        """
        ...


_PSYCOPG = "postgresql+psycopg"
_POSTGRESQL_DIALECT: Dialect = postgresql.psycopg.PGDialect_psycopg()  # type: ignore[no-untyped-call]
_SQLITE_DIALECT = sqlite.dialect()


def _with_nul(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """What `without_nul` was made of."""
    nul = func.replace(text, func.char(1, 3), func.char(0))
    return func.replace(nul, func.char(1, 2), func.char(1))


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

    def __init__(self, pooler: Pooler = Pooler.AUTO, schema: str | None = None) -> None:
        self._way = WayToServer(pooler)
        self._own = OwnTables(schema)

    @property
    def pooled(self) -> bool | None:
        return self._way.pooled

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
            connection.exec_driver_sql(bounds_and_news if announcing else bounds)

        @event.listens_for(engine.sync_engine, "handle_error")
        def leave_what_stays_broken(context: ExceptionContext) -> None:
            # A failover: every connection of the pool leads there, and another server may write. What a
            # connection prepared stays wrong as long.
            error = context.original_exception
            if isinstance(error, pg.UndefinedTable):
                self._own.forget()
            if isinstance(error, pg.ReadOnlySqlTransaction) or is_lost_with_its_session(error):
                context.is_disconnect = True

        self._way.watch(engine.sync_engine)
        self._own.qualify(engine.sync_engine)
        return engine

    def upsert(self, table: Table) -> Upsert:
        return postgresql.insert(table)

    def given(self, columns: Sequence[Column[Any]]) -> GivenRows:
        typed = [column(each.name, each.type) for each in columns]
        rows = func.json_to_recordset(cast(bindparam(GIVEN, type_=Text), JSON)).table_valued(
            *typed, name=GIVEN
        )
        return GivenRows(
            rows.render_derived(name=GIVEN, with_types=True), encoders_of(columns, _POSTGRESQL_DIALECT)
        )

    @property
    def own_schema(self) -> str | None:
        return self._own.schema

    async def find_own_tables(self, connection: AsyncConnection) -> str | None:
        return await self._own.find(connection)

    async def migrate_in_one_schema(self, connection: AsyncConnection) -> str | None:
        return await self._own.migrate_in_one(connection)

    async def time_columns(
        self, connection: AsyncConnection, table: str, schema: str | None
    ) -> dict[str, TimeColumn]:
        names = {"named": table, "within": schema}
        return {row.column: TimeColumn(row.kind) for row in await connection.execute(_TIME_COLUMNS, names)}

    async def schemas_with(self, connection: AsyncConnection, table: str) -> Sequence[str]:
        return (await connection.execute(_SCHEMAS_WITH, {"named": table})).scalars().all()

    def date_kind(self, type_code: object) -> DateKind | None:
        return _DATE_KINDS.get(type_code, DateKind.UNREADABLE)

    def statement_bound(self, limit: timedelta) -> TextClause | None:
        bound = text("SELECT set_config('statement_timeout', :limit, true)")
        return bound.bindparams(limit=_milliseconds(limit))

    def session_zones(self) -> TextClause | None:
        return _SESSION_ZONES

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
        return self._way.warning()

    async def listening(self, url: URL, limits: DatabaseLimits) -> Connected | None:
        if not self._way.may_listen:
            return None
        # The dialect's own reading of the URL, as for the engine: hosts, TLS, services.
        with_driver = url.set(drivername=_PSYCOPG)
        positional, named = with_driver.get_dialect()().create_connect_args(with_driver)
        connection = await Connected.connect(
            *positional, **{**named, **_connect_args(url, limits)}, autocommit=True
        )
        try:
            is_direct = await self._way.is_direct(connection)
            if is_direct:
                await connection.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            await connection.close()
            raise
        if is_direct:
            return connection
        await connection.close()
        return None


_SCHEMAS_WITH = text(
    "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relname = :named AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY n.nspname"
)
_TIME_COLUMNS = text(
    "SELECT a.attname AS column,"
    " CASE WHEN t.typname IN ('timestamptz', 'timestamp', 'date') THEN 'time'"
    " WHEN t.typcategory = 'S' THEN 'text' ELSE 'other' END AS kind"
    " FROM pg_attribute a JOIN pg_type own ON own.oid = a.atttypid"
    " JOIN pg_type t ON t.oid = CASE WHEN own.typtype = 'd' THEN own.typbasetype ELSE own.oid END"
    " WHERE a.attnum > 0 AND NOT a.attisdropped"
    " AND a.attrelid = to_regclass(concat_ws('.', quote_ident(:within), quote_ident(:named)))"
)

_PG_DATE = (
    "\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))"
)
_PG_CLOCK = "([ T]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d([.]\\d{1,9})?)?)"
_PG_NAIVE = f"^{_PG_DATE}{_PG_CLOCK}?$"
_PG_ZONED = f"^{_PG_DATE}{_PG_CLOCK} ?(Z|UTC|[+-](0\\d|1[0-4])(:?[0-5]\\d)?)$"
"""Texts that PostgreSQL surely reads as a time. It can only be asked by trying, and an error ends the query:
what is not among them (the 29th of February) is read row by row."""


@compiles(AsStored)
def _as_text(element: AsStored, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS TEXT)"


@compiles(WholeMinor)
def _whole_minor(element: WholeMinor, compiler: SQLCompiler, **options: Any) -> str:
    amount = f"CAST({compiler.process(element.clauses, **options)} AS TEXT)"
    return f"CASE WHEN {amount} ~ '^ *[+-]?[0-9]{{1,18}} *$' THEN CAST({amount} AS BIGINT) END"


@compiles(IntegerOf)
def _integer_of(element: IntegerOf, compiler: SQLCompiler, **options: Any) -> str:
    text_id = compiler.process(element.clauses, **options)
    fits = f"CAST({text_id} AS NUMERIC) BETWEEN -9223372036854775808 AND 9223372036854775807"
    return (
        f"CASE WHEN {text_id} ~ '^-?[0-9]{{1,18}}$' THEN CAST({text_id} AS BIGINT)"
        f" WHEN {text_id} ~ '^-?[0-9]{{19}}$' THEN CASE WHEN {fits} THEN CAST({text_id} AS BIGINT) END END"
    )


@compiles(IsNoText)
def _is_no_text(element: IsNoText, compiler: SQLCompiler, **options: Any) -> str:
    return f"(CAST({compiler.process(element.clauses, **options)} AS TEXT) = '')"


@compiles(UuidOf)
def _uuid_of(element: UuidOf, compiler: SQLCompiler, **options: Any) -> str:
    text_id = compiler.process(element.clauses, **options)
    return (
        f"CASE WHEN {text_id} ~* '^[0-9a-f]{{8}}-?([0-9a-f]{{4}}-?){{3}}[0-9a-f]{{12}}$'"
        f" THEN CAST({text_id} AS UUID) END"
    )


@compiles(IsBefore)
def _is_before(element: IsBefore, compiler: SQLCompiler, **options: Any) -> str:
    column, local, utc = (compiler.process(clause, **options) for clause in element.clauses)
    return (
        f"CASE WHEN {column} ~ '{_PG_ZONED}' THEN CAST({column} AS timestamptz) < CAST({utc} AS timestamptz)"
        f" WHEN {column} ~ '{_PG_NAIVE}' THEN CAST({column} AS timestamp) < CAST({local} AS timestamp) END"
    )


_DATE_KINDS: dict[object, DateKind | None] = {
    1184: DateKind.ZONED,
    1114: DateKind.NAIVE,
    1082: DateKind.DAYS,
    **dict.fromkeys((25, 1042, 1043)),
}
"""timestamptz, timestamp, date; text, char and varchar. An answer names the type behind a domain."""

_SESSION_ZONES = text(
    "SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'"
    " UNION ALL SELECT substr(setting, length('timezone=') + 1)"
    " FROM pg_db_role_setting AS settings, unnest(settings.setconfig) AS setting"
    " WHERE lower(setting) LIKE 'timezone=%' AND settings.setdatabase IN"
    " (0, (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
"""The reset value is what this role's sessions begin with; the shop's own role may be another one."""


def _connect_args(url: URL, limits: DatabaseLimits) -> dict[str, Any]:
    """What a connection is opened with beside what its URL says."""
    unless_said = {
        "connect_timeout": max(1, round(limits.connect.total_seconds())),
        "target_session_attrs": "read-write",
        "application_name": "reconcile-tui",
        **_NOTICES_SILENCE,
    }
    # Through a pooler nothing may be prepared: `WayToServer` allows it where none was found.
    return {
        "prepare_threshold": None,
        **{name: value for name, value in unless_said.items() if name not in url.query},
    }


def _bounds(limits: DatabaseLimits, more: str) -> str:
    idle = _milliseconds(limits.idle_in_transaction)
    return (
        f"SELECT set_config('statement_timeout', '{_milliseconds(limits.statement)}', true),"
        f" set_config('lock_timeout', '{_milliseconds(limits.lock)}', true),"
        f" set_config('idle_in_transaction_session_timeout', '{idle}', true),"
        " set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true)"
        f"{more}"
    )


class SQLite:
    """SQLite over aiosqlite."""

    name = "sqlite"
    pooled = None
    own_schema = None

    def engine(self, url: URL, limits: DatabaseLimits) -> AsyncEngine:
        file = SqliteFile(url.database or "")
        engine = create_async_engine(
            url.set(drivername="sqlite+aiosqlite"),
            poolclass=AsyncAdaptedQueuePool,
            pool_size=1,
            max_overflow=0,
            pool_timeout=limits.statement.total_seconds(),
            hide_parameters=True,
            connect_args={"timeout": limits.lock.total_seconds(), "async_creator_fn": file.opened},
        )
        journal_mode = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"

        @event.listens_for(engine.sync_engine, "connect")
        def on_connect(connection: Any, entry: ConnectionPoolEntry) -> None:
            entry.info[FILE] = file.which()
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

        @event.listens_for(engine.sync_engine, "checkout")
        def leave_a_file_that_is_gone(_: Any, entry: ConnectionPoolEntry, __: Any) -> None:
            if entry.info[FILE] != file.which():
                raise DisconnectionError("another file, or none, is at the path now")

        @event.listens_for(engine.sync_engine, "handle_error")
        def leave_what_stays_broken(context: ExceptionContext) -> None:
            code = getattr(context.original_exception, "sqlite_errorcode", 0)
            if code & 0xFF in NEEDS_ANOTHER_CONNECTION:
                context.is_disconnect = True

        @event.listens_for(engine.sync_engine, "begin")
        def on_begin(connection: Connection) -> None:
            writing = connection.get_execution_options().get(WRITING, False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

        return engine

    def upsert(self, table: Table) -> Upsert:
        return sqlite.insert(table)

    def given(self, columns: Sequence[Column[Any]]) -> GivenRows:
        each = func.json_each(bindparam(GIVEN, type_=Text)).table_valued("value", name="each")
        encoders = encoders_of(columns, _SQLITE_DIALECT)
        values: list[ColumnElement[Any]] = []
        for it in columns:
            value: ColumnElement[Any] = func.json_extract(
                each.c.value, literal_column(f"'$.{it.name}'"), type_=it.type
            )
            if encoders[it.name] is None and isinstance(it.type.dialect_impl(_SQLITE_DIALECT), String):
                encoders[it.name] = without_nul
                value = type_coerce(_with_nul(value), it.type)
            values.append(value.label(it.name))
        return GivenRows(select(*values).subquery(GIVEN), encoders)

    async def find_own_tables(self, connection: AsyncConnection) -> str | None:
        return None

    async def migrate_in_one_schema(self, connection: AsyncConnection) -> str | None:
        return None

    async def time_columns(
        self, connection: AsyncConnection, table: str, schema: str | None
    ) -> dict[str, TimeColumn]:
        columns = await connection.run_sync(lambda sync: _sqlite_columns(sync, table, schema))
        return dict.fromkeys(columns, TimeColumn.TEXT)

    async def schemas_with(self, connection: AsyncConnection, table: str) -> Sequence[str]:
        return ()

    def date_kind(self, type_code: object) -> DateKind | None:
        return None

    def statement_bound(self, limit: timedelta) -> TextClause | None:
        return None

    def session_zones(self) -> TextClause | None:
        return None

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


def _sqlite_columns(connection: Connection, table: str, schema: str | None) -> list[str]:
    try:
        return [column["name"] for column in inspect(connection).get_columns(table, schema)]
    except NoSuchTableError:
        return []


@compiles(AsStored, "sqlite")
def _as_it_is(element: AsStored, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})"


@compiles(IntegerOf, "sqlite")
def _integer_of_on_sqlite(element: IntegerOf, compiler: SQLCompiler, **options: Any) -> str:
    text_id = compiler.process(element.clauses, **options)
    number = f"CAST({text_id} AS INTEGER)"
    return f"CASE WHEN CAST({number} AS TEXT) = {text_id} THEN {number} END"


@compiles(IsNoText, "sqlite")
def _is_no_text_on_sqlite(element: IsNoText, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    is_no_utf8 = f"{column} GLOB '*[^ -~]*' AND NOT {IS_UTF8}(CAST({column} AS BLOB))"
    return f"(typeof({column}) NOT IN ('text', 'integer') OR {column} = '' OR ({is_no_utf8}))"


@compiles(UuidOf, "sqlite")
def _uuid_of_on_sqlite(element: UuidOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})"


@compiles(WholeMinor, "sqlite")
def _whole_minor_on_sqlite(element: WholeMinor, compiler: SQLCompiler, **options: Any) -> str:
    amount = compiler.process(element.clauses, **options)
    digits = f"ltrim(trim({amount}), '+-')"
    return (
        f"CASE typeof({amount}) WHEN 'integer'"
        f" THEN CASE WHEN abs({amount} / 10) < 100000000000000000 THEN {amount} END"
        f" WHEN 'text' THEN CASE WHEN length({digits}) BETWEEN 1 AND 18 AND {digits} NOT GLOB '*[^0-9]*'"
        f" THEN CAST(trim({amount}) AS INTEGER) END END"
    )


@compiles(IsBefore, "sqlite")
def _is_before_on_sqlite(element: IsBefore, compiler: SQLCompiler, **options: Any) -> str:
    column, local, utc = (compiler.process(clause, **options) for clause in element.clauses)
    date = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"
    said = f"replace(upper(rtrim({column})), ',', '.')"
    # What other programs write and SQLite's own functions do not read: UTC by name, +0000, +00.
    moment = (
        f"CASE WHEN {said} GLOB '*:*UTC' THEN substr({said}, 1, length({said}) - 3) || 'Z'"
        f" WHEN {said} GLOB '*:*[+-][0-9][0-9][0-9][0-9]'"
        f" THEN substr({said}, 1, length({said}) - 2) || ':' || substr({said}, -2)"
        f" WHEN {said} GLOB '*:*[+-][0-9][0-9]' THEN {said} || ':00' ELSE {said} END"
    )
    has_offset = (
        f"{said} GLOB '*:*Z' OR {said} GLOB '*:*UTC' OR {said} GLOB '*:*[+-][0-9][0-9]'"
        f" OR {said} GLOB '*:*[+-][0-9][0-9][0-9][0-9]' OR {said} GLOB '*:*[+-][0-9][0-9]:[0-9][0-9]'"
    )
    return (
        f"CASE WHEN typeof({column}) = 'text' AND {column} GLOB '{date}'"
        f" THEN strftime('%Y-%m-%d %H:%M:%f', {moment})"
        f" < CASE WHEN {has_offset} THEN {utc} ELSE {local} END END"
    )


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether WAL is free of the race between several writing processes (3.7.0 to 3.51.2; mended in
    3.51.3, 3.50.7 and 3.44.6)."""
    if version >= (3, 51, 3):
        return True
    mended = {(3, 50): 7, (3, 44): 6}
    return version[2] >= mended.get(version[:2], version[2] + 1)


def backend_for(url: URL, pooler: Pooler = Pooler.AUTO, schema: str | None = None) -> Backend:
    """The backend of a database URL. `pooler`, `schema`: what the settings say of a PostgreSQL server.

    Raises:
        ValueError: neither SQLite nor PostgreSQL.
    """
    match url.get_backend_name():
        case "postgresql":
            return PostgreSQL(pooler, schema)
        case "sqlite":
            return SQLite()
        case other:
            raise ValueError(f"{other!r} is not supported: use sqlite or postgresql")


def _milliseconds(duration: timedelta) -> str:
    return str(max(1, round(duration.total_seconds() * 1000)))
