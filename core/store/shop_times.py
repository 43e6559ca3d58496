"""Times of the shop's columns in SQL: which rows are older than a moment, and which must be read to know.

A column that the database knows for a time is compared as it is, so that an index fits. Text is compared as
the time that it says, with its offset. Whatever SQL finds, the row's own reading
(`reconcile_tui.core.shop_values`) has the last word: what SQL cannot tell is found, and read.

How each database compiles the elements stands in `reconcile_tui.core.store.backends`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Uuid,
    and_,
    bindparam,
    false,
    func,
    or_,
    type_coerce,
)
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean, NullType, UserDefinedType

from reconcile_tui.core.shop_values import EARLIEST

_MARGIN: Final = timedelta(days=2)
"""Text is compared as text first, so that an index fits: no two zones are further apart than this."""
_FAR: Final = timedelta(days=800)
_ENDLESS: Final = "9999-12-31"


class TimeColumn(StrEnum):
    """How the database holds a time. SQLite's columns hold what each row holds: text, as far as it is one."""

    TIME = "time"
    """A timestamp with or without a zone, or a date."""
    TEXT = "text"
    OTHER = "other"
    """A number, or anything else that is compared with no time: each row is read to say so."""


class ShopMoment(UserDefinedType[datetime]):
    """A moment to compare a shop's column with, or to write into it. Takes aware ones alone.

    PostgreSQL gets a literal of local time with its offset, to be read as the column's own type: a column
    with a zone takes the offset, one without keeps the local time, a date its day. SQLite gets local time.
    """

    cache_ok = True

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone

    def get_col_spec(self, **_: Any) -> str:
        return "TIMESTAMP"

    def bind_processor(self, dialect: Dialect) -> Any:
        zone, on_sqlite = self.zone, dialect.name == "sqlite"

        def process(value: datetime | None) -> str | None:
            if value is None:
                return None
            if value.tzinfo is None:
                raise ValueError(f"{value!r} has no time zone")
            local = value.astimezone(zone)
            return (local.replace(tzinfo=None) if on_sqlite else local).isoformat(" ", "microseconds")

        return process


class Stored(UserDefinedType[object]):
    """A value as a column of the shop's holds it: given back for a comparison as it was read."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TEXT"


class AsStored(FunctionElement[Any]):
    """A column's value in a form that no driver fails over: text on PostgreSQL, as it is on SQLite."""

    type = NullType()
    inherit_cache = True


class WholeMinor(FunctionElement[int]):
    """An amount where it is a whole number that adds up; NULL where it is none."""

    type = BigInteger()
    inherit_cache = True


class IntegerOf(FunctionElement[int]):
    """A text as an integer; NULL where it is none that the database could read."""

    type = BigInteger()
    inherit_cache = True


class IsNoText(FunctionElement[bool]):
    """Whether a value is neither text that can be read nor a whole number, or is an empty text."""

    type = Boolean()
    inherit_cache = True


class UuidOf(FunctionElement[str]):
    """A text as a UUID; NULL where it is none that the database could read."""

    type = Uuid(as_uuid=False)
    inherit_cache = True


class IsBefore(FunctionElement[bool]):
    """Whether the time that a text says is before a moment; NULL where it says none.

    Arguments: the column, the moment in local time, and in UTC for texts that have an offset.
    """

    type = Boolean()
    inherit_cache = True


class ShopTime:
    """A time of a row: the first of `columns` that is not NULL.

    Args:
        columns: each with how the database holds it.
        zone: of times without one.
    """

    def __init__(self, columns: Sequence[tuple[ColumnElement[Any], TimeColumn]], zone: tzinfo) -> None:
        self._columns = columns
        self._zone = zone
        kinds = {kind for _, kind in columns}
        # What is no time need not have an order, or a least value, of its own: JSON, a flag, a range.
        as_text = len(kinds) > 1 or TimeColumn.OTHER in kinds
        names = [AsStored(column) if as_text else column for column, _ in columns]
        self.raw: ColumnElement[Any] = names[0] if len(names) == 1 else func.coalesce(*names)
        """The column itself, to order by: nearly the order of time where texts are written differently."""

    def is_before(self, moment: datetime) -> ColumnElement[bool]:
        """Whether the time is before `moment`, or on its day where only a date is stored, or cannot be told
        though it stands among such times."""
        moment = max(moment, EARLIEST)
        return self._each(lambda column, kind: self._before(column, kind, moment))

    def is_from(self, moment: datetime) -> ColumnElement[bool]:
        """The opposite, of times that can be told."""
        moment = max(moment, EARLIEST)
        return self._each(lambda column, kind: self._from(column, kind, moment))

    def is_unclear(self, now: datetime) -> ColumnElement[bool]:
        """Whether the row must be read to know: no time, an endless one, or text that is none and stands
        among no others."""
        return self._each(lambda column, kind: self._unclear(column, kind, now))

    def is_told(self, now: datetime) -> ColumnElement[bool]:
        """Whether the time can be told without reading the row."""
        return self._each(lambda column, kind: self._told(column, kind, now))

    def _each(self, of: Any) -> ColumnElement[bool]:
        (first, kind), *others = self._columns
        found: ColumnElement[bool] = of(first, kind)
        for column, its_kind in others:
            found = or_(and_(first.is_not(None), found), and_(first.is_(None), of(column, its_kind)))
        return found

    def _before(self, column: ColumnElement[Any], kind: TimeColumn, moment: datetime) -> ColumnElement[bool]:
        match kind:
            case TimeColumn.TIME:
                # A date is compared with the moment's own date, which must not be left out.
                return column <= self._moment(moment)
            case TimeColumn.TEXT:
                before = self._is_before(column, moment)
                return and_(column < _text(_day(moment + _MARGIN)), or_(before, before.is_(None)))
            case TimeColumn.OTHER:
                return column.is_not(None)

    def _from(self, column: ColumnElement[Any], kind: TimeColumn, moment: datetime) -> ColumnElement[bool]:
        match kind:
            case TimeColumn.TIME:
                return column > self._moment(moment)
            case TimeColumn.TEXT:
                before = self._is_before(column, moment)
                return and_(column >= _text(_day(moment - _MARGIN)), or_(~before, before.is_(None)))
            case TimeColumn.OTHER:
                return column.is_not(None)

    def _unclear(self, column: ColumnElement[Any], kind: TimeColumn, now: datetime) -> ColumnElement[bool]:
        match kind:
            case TimeColumn.TIME:
                return or_(column.is_(None), column < self._moment(EARLIEST), column >= _text(_ENDLESS))
            case TimeColumn.TEXT:
                ahead = column >= _text(_day(now - _MARGIN))
                no_time = or_(self._is_before(column, now).is_(None), column >= _text(_day(now + _FAR)))
                return or_(column.is_(None), column < _text(_day(EARLIEST)), and_(ahead, no_time))
            case TimeColumn.OTHER:
                return column.is_(None)

    def _told(self, column: ColumnElement[Any], kind: TimeColumn, now: datetime) -> ColumnElement[bool]:
        match kind:
            case TimeColumn.TIME:
                return ~self._unclear(column, kind, now)
            case TimeColumn.TEXT:
                return and_(self._is_before(column, now).is_not(None), column >= _text(_day(EARLIEST)))
            case TimeColumn.OTHER:
                return false()

    def _is_before(self, column: ColumnElement[Any], moment: datetime) -> ColumnElement[bool]:
        return IsBefore(column, self._moment(moment), type_coerce(moment, ShopMoment(UTC)))

    def _moment(self, moment: datetime) -> ColumnElement[Any]:
        return type_coerce(moment, ShopMoment(self._zone))


def _text(text: str) -> ColumnElement[Any]:
    """A literal that the database reads as the type of what it is compared with."""
    return bindparam(None, text, Stored())


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
