"""The ordering of a list: by any column, either way. What is unknown comes last both ways; ties by age."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import NO_TIME, RowRef
from reconcile_tui.screens.desk.lists import ListedRow, Tab


class ColumnId(StrEnum):
    """The columns, by the names under which choices are remembered."""

    ID = "id"
    AGE = "age"
    LOCAL = "local"
    AMOUNT = "amount"
    CONNECTOR = "connector"
    PSP = "psp"
    SYNC = "sync"
    CHECKED = "checked"
    REASON = "reason"
    SINCE = "since"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and whether from its far end. By age: the oldest first, unless reversed."""

    column: ColumnId = ColumnId.AGE
    is_reversed: bool = False


OLDEST_FIRST: Final = Order()


def usual_order(tab: Tab) -> Order:
    """The oldest first; of what wants a person, the loudest."""
    return Order(ColumnId.REASON if tab is Tab.ATTENTION else ColumnId.AGE)


Place = tuple[bool, object, datetime, str, RowRef]
"""Where a row stands: places compare as their rows do, and no two are equal."""


def place(ref: RowRef, row: ListedRow, order: Order) -> Place:
    """Where the row stands in this order."""
    local = row.finding.row
    if order == OLDEST_FIRST:
        return (False, None, local.pending_since or NO_TIME, local.row_id, ref)
    value: object = _VALUES[order.column](row)
    if value is not None and order.is_reversed:
        value = _inverse(value)
    return (value is None, value, local.pending_since or NO_TIME, local.row_id, ref)


_Value = float | str | tuple["str | float", ...]
"""What rows are compared by; within a column always of one form."""


def _inverse(value: object) -> object:
    """What compares the other way round. Of a tuple the last item alone: the others group."""
    match value:
        case int() | float():
            return -value
        case str():
            return value.encode("utf-8", "surrogatepass").translate(_INVERTED) + b"\xff"
        case tuple():
            return (*value[:-1], _inverse(value[-1]))
        case _:
            raise TypeError(f"{value!r} has no inverse")


_INVERTED: Final = bytes(255 - byte for byte in range(256))


def _age(row: ListedRow) -> _Value:
    return (row.finding.row.pending_since or NO_TIME).timestamp()


def _amount(row: ListedRow) -> _Value | None:
    """Currencies apart: an amount says nothing about one of another currency."""
    money = row.finding.row.money
    return None if money is None else (money.currency, float(money.minor))


def _checked(row: ListedRow) -> _Value | None:
    check = row.finding.check
    return None if check is None or check.last_read_at is None else check.last_read_at.timestamp()


def _sync(row: ListedRow) -> _Value | None:
    check = row.finding.check
    return None if check is None or check.decision is None else f"{check.decision} {check.detail or ''}"


def _loudness(row: ListedRow) -> _Value | None:
    """As the store lists them: what nobody saw, contradictions at the top, then since when."""
    mark = row.attention
    if mark is None:
        return None
    contradicts = mark.reason is Reason.CONTRADICTION
    rank = 2 * (mark.acknowledged_by is not None) + (not contradicts)
    return (float(rank), mark.since.timestamp())


def _since(row: ListedRow) -> _Value | None:
    return None if row.attention is None else row.attention.since.timestamp()


_VALUES: Final[dict[ColumnId, Callable[[ListedRow], _Value | None]]] = {
    ColumnId.ID: lambda row: row.finding.row.row_id,
    ColumnId.AGE: _age,
    ColumnId.LOCAL: lambda row: row.finding.row.status.value,
    ColumnId.AMOUNT: _amount,
    ColumnId.CONNECTOR: lambda row: row.finding.check.connector if row.finding.check else None,
    ColumnId.PSP: lambda row: row.finding.check.psp_status if row.finding.check else None,
    ColumnId.SYNC: _sync,
    ColumnId.CHECKED: _checked,
    ColumnId.REASON: _loudness,
    ColumnId.SINCE: _since,
    ColumnId.ACKNOWLEDGED: lambda row: row.attention.acknowledged_by if row.attention else None,
}
