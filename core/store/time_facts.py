"""What the shop's tables show of their dates: types, recent values, the newest row, rows of the future.

Cheap on tables of any size: a column's type is that of an empty answer; the dates are those of the newest
pending rows, which the index over pending rows holds in their order, and a short time-out bounds the look
where there is no such index. Nothing else of a row is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from reconcile_tui.core.shop_values import Trouble, has_offset, read_moment
from reconcile_tui.core.statuses import OrderStatus, RefundStatus
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.shop import OrdersTable, RefundsTable, Shop
from reconcile_tui.core.store.shop_times import AsStored
from reconcile_tui.core.time_proof import Column, DateKind, TableFacts, changes_clocks

SAMPLE: Final = 200
"""The newest pending rows that are looked at. Rows of the future beyond them are not counted."""
PATIENCE: Final = timedelta(seconds=2)
"""How long a look at them may take where no index helps; the types are known all the same."""

Values = Sequence[tuple[object, ...]]
"""Rows of dates as they are stored, in the order of the columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFacts:
    """Both tables' facts. `server_zone`: of the database's sessions, where it is another one than UTC."""

    orders: TableFacts
    refunds: TableFacts
    server_zone: str | None = None


class TimeFactsQuery:
    """Looks at the dates of the shop's tables."""

    def __init__(self, database: Database, shop: Shop) -> None:
        self._database = database
        self._shop = shop

    async def facts(self, *, now: datetime, tolerance: timedelta) -> TimeFacts:
        """How they are now.

        Args:
            now: UTC, database clock.
            tolerance: how far apart clocks may be: a row that is less ahead does not lie in the future.
        """
        orders, refunds = self._shop.orders, self._shop.refunds

        async def of(table: OrdersTable | RefundsTable, is_pending: ColumnElement[bool]) -> TableFacts:
            seen = await self._look(table, is_pending)
            return _facts(table, seen, zone=self._shop.mapping.zone, now=now, tolerance=tolerance)

        return TimeFacts(
            orders=await of(orders, orders.has_status(OrderStatus.PENDING)),
            refunds=await of(refunds, refunds.has_status(RefundStatus.PENDING)),
            server_zone=await self._server_zone(),
        )

    async def _look(self, table: OrdersTable | RefundsTable, is_pending: ColumnElement[bool]) -> "_Seen":
        columns = _dates(table)
        kinds = await self._kinds(columns)
        try:
            return await self._values(table, columns, is_pending, kinds)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return _Seen(kinds=tuple(kind or DateKind.UNKNOWN for kind in kinds))

    async def _kinds(self, columns: Sequence[ColumnElement[Any]]) -> tuple[DateKind | None, ...]:
        """What the columns' types say; None where only their values do."""
        empty = select(*(type_coerce(column, NullType()) for column in columns)).limit(0)

        def described(connection: Connection) -> list[Any]:
            description = connection.execute(empty).cursor.description
            return [column[1] for column in description]

        codes = await self._database.read(lambda connection: connection.run_sync(described))
        return tuple(self._database.backend.date_kind(code) for code in codes)

    async def _values(
        self,
        table: OrdersTable | RefundsTable,
        columns: Sequence[ColumnElement[Any]],
        is_pending: ColumnElement[bool],
        kinds: tuple[DateKind | None, ...],
    ) -> "_Seen":
        """The dates of the newest pending rows; where none is pending, those of the last rows by id."""
        values, since = [AsStored(column) for column in columns], _counted_from(columns, kinds)
        newest = select(*values).where(is_pending, since.is_not(None)).order_by(since.desc()).limit(SAMPLE)
        last = select(*values).order_by(table.c.id.desc()).limit(SAMPLE)
        bound = self._database.backend.statement_bound(PATIENCE)

        async def unit(connection: AsyncConnection) -> _Seen:
            if bound is not None:
                await connection.execute(bound)
            pending: Values = [tuple(row) for row in await connection.execute(newest)]
            others: Values = []
            if not pending and None in kinds:
                others = [tuple(row) for row in await connection.execute(last)]
            return _Seen(kinds=kinds, pending=pending, others=others)

        return await self._database.read(unit)

    async def _server_zone(self) -> str | None:
        """A zone that sessions of this database begin with: `DEFAULT now()` writes it into a column that has
        none. The tool's own sessions use UTC, whatever is set."""
        query = self._database.backend.session_zones()
        if query is None:
            return None

        async def unit(connection: AsyncConnection) -> str | None:
            zones = (await connection.execute(query)).scalars()
            return next((zone for zone in zones if zone.strip("'\"").upper() not in _UTC), None)

        return await self._database.read(unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was seen of a table.

    Attributes:
        kinds: by the columns' types; None where only the values can tell.
        pending: the newest pending rows.
        others: other rows, where none is pending.
    """

    kinds: tuple[DateKind | None, ...]
    pending: Values = ()
    others: Values = ()


@dataclass(frozen=True, slots=True)
class _Date:
    """A value that was read: what kind it is, and the earliest moment that it means (UTC)."""

    kind: DateKind
    moment: datetime


def _facts(
    table: OrdersTable | RefundsTable, seen: _Seen, *, zone: tzinfo, now: datetime, tolerance: timedelta
) -> TableFacts:
    columns = [column.name for column in _dates(table)]
    kinds = [
        kind or _kind_of([row[place] for row in (*seen.pending, *seen.others)], zone)
        for place, kind in enumerate(seen.kinds)
    ]
    created = [date for row in seen.pending if (date := _read(row[0], zone)) is not None]
    since = [date for row in seen.pending if (date := _since(row, zone)) is not None]
    ahead = [date for date in since if date.moment - now > tolerance]
    past = [date.moment for date in created if date.kind is not DateKind.DAYS and date.moment <= now]
    return TableFacts(
        table=table.table.name,
        columns=tuple(Column(name=name, kind=kind) for name, kind in zip(columns, kinds, strict=True)),
        future=len(ahead),
        leads=tuple(
            date.moment - now
            for date in ahead
            if date.kind is DateKind.NAIVE and not changes_clocks(date.moment, zone)
        ),
        newest=max(past, default=None),
    )


def _dates(table: OrdersTable | RefundsTable) -> list[ColumnElement[Any]]:
    """The columns that an age is counted from."""
    return [table.c[key] for key in ("created_at", "pending_since") if key in table.c]


def _counted_from(
    columns: Sequence[ColumnElement[Any]], kinds: Sequence[DateKind | None]
) -> ColumnElement[Any]:
    """What an age is counted from, as the index over pending rows has it."""
    if len(columns) == 1:
        return columns[0]
    alike = len({kind in _TIMES for kind in kinds}) == 1
    return func.coalesce(*(column if alike else AsStored(column) for column in reversed(columns)))


def _since(row: Sequence[object], zone: tzinfo) -> _Date | None:
    """What a row's age is counted from."""
    return _read(next((value for value in reversed(row) if value is not None), None), zone)


def _kind_of(values: Sequence[object], zone: tzinfo) -> DateKind:
    """What a column of texts holds: dates with a zone only where each of them has one."""
    given = [value for value in values if value not in (None, "")]
    if not given:
        return DateKind.UNSEEN
    kinds = [date.kind for value in given if (date := _read(value, zone)) is not None]
    return min(kinds, key=_LEAST_TRUSTED.index, default=DateKind.UNREADABLE)


def _read(value: object, zone: tzinfo) -> _Date | None:
    read = read_moment(value, zone)
    if isinstance(read, Trouble):
        return None
    if has_offset(value):
        return _Date(DateKind.ZONED, read.earliest)
    return _Date(DateKind.NAIVE if read.earliest == read.latest else DateKind.DAYS, read.earliest)


_LEAST_TRUSTED: Final = [DateKind.NAIVE, DateKind.DAYS, DateKind.ZONED]
_TIMES: Final = (DateKind.ZONED, DateKind.NAIVE, DateKind.DAYS)
"""Kinds of types that the database compares with each other."""
_UTC: Final = frozenset(
    {"UTC", "GMT", "UCT", "ZULU", "UNIVERSAL", "GREENWICH", "ETC/UTC", "ETC/GMT", "ETC/UCT"}
)
