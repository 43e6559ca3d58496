"""Values of the shop's columns as facts: the one door through which a row is read.

A column may hold anything that its type allows, and more on SQLite. What cannot be read is a fact that is
missing on that row, with the column's name and the kind of trouble; it is never an error of the whole list.
Values come as the database stores them: text from PostgreSQL (whatever the column's type), text, numbers and
blobs from SQLite.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from enum import StrEnum
from typing import Final

from reconcile_tui.core.money import Money


class Trouble(StrEnum):
    """Why a value cannot be read."""

    MISSING = "missing"
    NOT_TEXT = "not_text"
    """A blob, or bytes that are no UTF-8."""
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    """A decimal number where whole minor units are expected."""
    TOO_LARGE = "too_large"
    """More than 18 digits: no amount, and what does not add up any more."""
    NOT_A_CURRENCY = "not_a_currency"
    NOT_A_TIME = "not_a_time"
    OUT_OF_RANGE = "out_of_range"
    """An endless time, or one before anybody paid online: how programs write "no time" (year 1, 1970)."""


@dataclass(frozen=True, slots=True, order=True)
class Malformed:
    """A value that cannot be read.

    Attributes:
        column: as the shop calls it, with the table before it where it is of a refund's order.
        needed_by_refunds: on an order, whether its refunds cannot do without it.
    """

    column: str
    trouble: Trouble
    needed_by_refunds: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it was read (UTC).

    Attributes:
        earliest: the time itself; the begin of the day where only a date is stored.
        latest: the same; the end of the day where only a date is stored.
    """

    earliest: datetime
    latest: datetime


EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Nobody paid online before: an older time means that there is none."""

_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})"
    r"(?:[ Tt](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s?([Zz]|UTC|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?)?",
    re.ASCII,
)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+(\.\d*)?[eE][+-]?\d+)", re.ASCII)
_TOO_LARGE: Final = 10**18


def read_id(value: object) -> str | Trouble:
    """A row's own id as text."""
    match value:
        case None | "":
            return Trouble.MISSING
        case _:
            return _text(value)


def read_text(value: object) -> str | Trouble | None:
    """A text; None where it is empty or missing. Whole numbers are their digits."""
    return None if value is None or value == "" else _text(value)


def read_minor(value: object) -> int | Trouble | None:
    """An amount in whole minor units; None where it is missing."""
    match value:
        case None | "":
            return None
        case bool():
            return Trouble.NOT_A_NUMBER
        case int():
            return _within(value)
        case float():
            return Trouble.NOT_WHOLE
        case str() if _WHOLE.fullmatch(text := value.strip()):
            return _whole(text)
        case str() if _DECIMAL.fullmatch(value.strip()):
            return Trouble.NOT_WHOLE
        case _:
            return Trouble.NOT_A_NUMBER


def read_currency(value: object) -> str | Trouble | None:
    """An ISO 4217 code in capitals; None where it is missing."""
    if value is None:
        return None
    if not isinstance(value, str):
        return Trouble.NOT_A_CURRENCY
    code = value.strip().upper()
    if not code:
        return None
    try:
        return Money(0, code).currency
    except ValueError:
        return Trouble.NOT_A_CURRENCY


def read_moment(value: object, zone: tzinfo) -> Moment | Trouble:
    """A time. One without an offset is in `zone`; where clocks are set back, the later of two readings.

    A row must not look older than it is: an orphan that is too old is failed.
    """
    if value is None or value == "":
        return Trouble.MISSING
    if not isinstance(value, str) or (found := _TIME.fullmatch(value.strip())) is None:
        return Trouble.OUT_OF_RANGE if _is_endless(value) else Trouble.NOT_A_TIME
    date, clock, offset = found.groups()
    try:
        if clock is None:
            day = datetime.fromisoformat(date)
            return _in_range(
                Moment(_to_utc(day, zone), _to_utc(datetime.combine(day, time.max), zone)),
            )
        moment = datetime.fromisoformat(f"{date}T{clock}{_offset(offset)}")
        return _in_range(Moment(both := _to_utc(moment, zone), both))
    except ValueError:
        return Trouble.NOT_A_TIME
    except OverflowError:
        return Trouble.OUT_OF_RANGE


def has_offset(value: object) -> bool:
    """Whether a time says itself how far it is from UTC; nobody else's word is then needed."""
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    return found is not None and found.group(3) is not None


def read_money(amount: object, currency: object) -> tuple[Money | None, dict[str, Trouble]]:
    """An amount with its currency, and what of the two cannot be read: `amount`, `currency`.

    A value that is merely missing leaves no money and is no trouble of its own.
    """
    minor, code = read_minor(amount), read_currency(currency)
    troubles = {
        name: value for name, value in (("amount", minor), ("currency", code)) if isinstance(value, Trouble)
    }
    if isinstance(minor, int) and isinstance(code, str) and not troubles:
        return Money(minor, code), troubles
    return None, troubles


def is_unicode(text: str) -> bool:
    """Whether it was UTF-8: what was not is read as lone surrogates, which no database takes back."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _text(value: object) -> str | Trouble:
    match value:
        case str() if is_unicode(value):
            return value
        case bool():
            return Trouble.NOT_TEXT
        case int():
            return str(value)
        case _:
            return Trouble.NOT_TEXT


def _whole(digits: str) -> int | Trouble:
    return Trouble.TOO_LARGE if len(digits) > 40 else _within(int(digits))


def _within(minor: int) -> int | Trouble:
    return minor if abs(minor) < _TOO_LARGE else Trouble.TOO_LARGE


def _offset(text: str | None) -> str:
    return "+00:00" if text in ("Z", "z", "UTC") else text or ""


def _to_utc(moment: datetime, zone: tzinfo) -> datetime:
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return max(moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _in_range(moment: Moment) -> Moment | Trouble:
    return moment if moment.earliest >= EARLIEST else Trouble.OUT_OF_RANGE


def _is_endless(value: object) -> bool:
    """PostgreSQL's `infinity`, its years before Christ and those of five digits."""
    return isinstance(value, str) and (
        value.strip() in ("infinity", "-infinity")
        or value.rstrip().endswith(" BC")
        or re.match(r"\d{5,}-\d{2}-\d{2}", value.strip(), re.ASCII) is not None
    )
