"""What the shop's tables show of their dates: types, recent values, the newest row, rows of the future.

Cheap on tables of any size: a column's type is that of an empty answer; the dates are those of the newest
pending rows, which the index over pending rows holds in their order, and a short time-out bounds the look
where there is no such index. Nothing else of a row is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from reconcile_tui.core.shop_values import Trouble, has_offset, read_moment
from reconcile_tui.core.statuses import OrderStatus, RefundStatus
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.shop import OrdersTable, RefundsTable, Shop
from reconcile_tui.core.store.shop_times import AsStored
from reconcile_tui.core.time_proof import MOST_COUNTED, Column, DateKind, TableFacts, changes_clocks

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
    """Looks at the dates of the shop's tables. `patience`: how long a statement over their rows may take."""

    def __init__(self, database: Database, shop: Shop, *, patience: timedelta = PATIENCE) -> None:
        self._patience = patience
        self._database = database
        self._shop = shop

    async def facts(self, *, now: datetime, tolerance: timedelta) -> TimeFacts:
        """How they are now.

        Args:
            now: UTC, database clock.
            tolerance: how far apart clocks may be: a row that is less ahead does not lie in the future.
        """
        orders = _Dates(self._shop.orders, self._shop.orders.has_status(OrderStatus.PENDING))
        refunds = _Dates(self._shop.refunds, self._shop.refunds.has_status(RefundStatus.PENDING))
        types, server_zone = await self._database.read(lambda it: self._types(it, (orders, refunds)))
        seen = await self._values((orders, refunds), types)
        zone = self._shop.mapping.zone
        of_orders, of_refunds = (
            _facts(dates, what, zone=zone, now=now, tolerance=tolerance)
            for dates, what in zip((orders, refunds), seen, strict=True)
        )
        return TimeFacts(orders=of_orders, refunds=of_refunds, server_zone=server_zone)

    async def _types(
        self, connection: AsyncConnection, tables: Sequence["_Dates"]
    ) -> tuple[list["_Kinds"], str | None]:
        """What the columns' types say, and a zone that sessions of this database begin with: `DEFAULT now()`
        writes it into a column that has none. The tool's own sessions use UTC, whatever is set."""
        backend = self._database.backend
        codes = [await connection.run_sync(_type_codes, dates.columns) for dates in tables]
        kinds = [tuple(backend.date_kind(code) for code in each) for each in codes]
        if (query := backend.session_zones()) is None:
            return kinds, None
        zones = (await connection.execute(query)).scalars()
        return kinds, next((zone for zone in zones if zone.strip("'\"").upper() not in _UTC), None)

    async def _values(self, tables: Sequence["_Dates"], types: Sequence["_Kinds"]) -> list["_Seen"]:
        """What the tables' newest rows hold; where that takes too long of one, the other's all the same."""
        both = list(zip(tables, types, strict=True))
        try:
            return await self._look(both)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
        seen: list[_Seen] = []
        for each in both:
            try:
                seen += await self._look([each])
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise
                seen.append(_Seen(kinds=tuple(kind or DateKind.UNKNOWN for kind in each[1])))
        return seen

    async def _look(self, tables: Sequence[tuple["_Dates", "_Kinds"]]) -> list["_Seen"]:
        """The dates of the newest pending rows; where none is pending, those of the last rows by id."""
        bound = self._database.backend.statement_bound(self._patience)

        async def unit(connection: AsyncConnection) -> list[_Seen]:
            if bound is not None:
                await connection.execute(bound)
            seen: list[_Seen] = []
            for dates, kinds in tables:
                pending = await _rows(connection, dates.newest_pending(kinds))
                is_of_texts = not pending and None in kinds
                others = await _rows(connection, dates.last) if is_of_texts else []
                seen.append(_Seen(kinds=kinds, pending=pending, others=others))
            return seen

        return await self._database.read(unit)


_Kinds = tuple[DateKind | None, ...]
"""What the types of the columns say; None where only their values do."""


@dataclass(frozen=True, slots=True)
class _Dates:
    """The dates of a table, as queries."""

    table: OrdersTable | RefundsTable
    is_pending: ColumnElement[bool]

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        """Those that an age is counted from."""
        return [self.table.c[key] for key in ("created_at", "pending_since") if key in self.table.c]

    def newest_pending(self, kinds: _Kinds) -> Select[Any]:
        since = self._counted_from(kinds)
        query = self._stored.where(self.is_pending, since.is_not(None))
        return query.order_by(since.desc()).limit(MOST_COUNTED)

    @property
    def last(self) -> Select[Any]:
        return self._stored.order_by(self.table.c.id.desc()).limit(MOST_COUNTED)

    @property
    def _stored(self) -> Select[Any]:
        values: Select[Any] = select(*(AsStored(column) for column in self.columns))
        return values

    def _counted_from(self, kinds: _Kinds) -> ColumnElement[Any]:
        """What an age is counted from, as the index over pending rows has it."""
        columns = self.columns
        if len(columns) == 1:
            return columns[0]
        alike = len({kind in _TIMES for kind in kinds}) == 1
        return func.coalesce(*(column if alike else AsStored(column) for column in reversed(columns)))


def _type_codes(connection: Connection, columns: Sequence[ColumnElement[Any]]) -> list[object]:
    """The driver's codes of the columns' types, from an answer without rows: it follows the mapped schema,
    the search path and views, and names the type behind a domain."""
    empty = select(*(type_coerce(column, NullType()) for column in columns)).limit(0)
    return [column[1] for column in connection.execute(empty).cursor.description]


async def _rows(connection: AsyncConnection, query: Select[Any]) -> Values:
    return [tuple(row) for row in await connection.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was seen of a table.

    Attributes:
        kinds: by the columns' types; None where only the values can tell.
        pending: the newest pending rows.
        others: other rows, where none is pending.
    """

    kinds: _Kinds
    pending: Values = ()
    others: Values = ()


@dataclass(frozen=True, slots=True)
class _Date:
    """A value that was read: what kind it is, and the earliest moment that it means (UTC)."""

    kind: DateKind
    moment: datetime


def _facts(dates: _Dates, seen: _Seen, *, zone: tzinfo, now: datetime, tolerance: timedelta) -> TableFacts:
    columns = [column.name for column in dates.columns]
    kinds = [
        kind or _kind_of([row[place] for row in (*seen.pending, *seen.others)], zone)
        for place, kind in enumerate(seen.kinds)
    ]
    created = [date for row in seen.pending if (date := _read(row[0], zone)) is not None]
    since = [date for row in seen.pending if (date := _since(row, zone)) is not None]
    ahead = [date for date in since if date.moment - now > tolerance]
    past = [date.moment for date in created if date.kind is not DateKind.DAYS and date.moment <= now]
    return TableFacts(
        table=dates.table.table.name,
        columns=tuple(Column(name=name, kind=kind) for name, kind in zip(columns, kinds, strict=True)),
        future=len(ahead),
        leads=tuple(
            date.moment - now
            for date in ahead
            if date.kind is DateKind.NAIVE and not changes_clocks(date.moment, zone)
        ),
        newest=max(past, default=None),
    )


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
