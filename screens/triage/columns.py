"""The columns of a list, as data: what each shows of a row, how wide it is, and which are left out first.

A cell is a text, already harmless, and the name of a style; nothing is said by the style alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from reconcile_tui.core.decisions import Attention
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.look_wording import would_words
from reconcile_tui.core.money import Money, exponent
from reconcile_tui.core.plan import PlannedRow, row_differs
from reconcile_tui.core.psp_states import NotFound, OrphanEvidence, PaymentSeen, ReadFailed, RefundSeen
from reconcile_tui.core.reason_wording import attention_words, item_words
from reconcile_tui.core.statuses import UnknownStatus
from reconcile_tui.core.wording import age, malformed_words, read_failure_words
from reconcile_tui.screens.desk.lists import Acting, ListedRow, Tab
from reconcile_tui.screens.live.looked import STALE_AFTER
from reconcile_tui.screens.triage.last_look import last_look
from reconcile_tui.screens.triage.ordering import ColumnId

Cell = tuple[str, str]
"""A text and a style: plain, muted, good, warning, bad."""

_PLAIN, _MUTED, _GOOD, _WARNING, _BAD = "plain", "muted", "good", "warning", "bad"
_LONG_AGO: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A row as it is drawn: the row, and what is known beside it.

    Attributes:
        now: the database's clock (UTC).
        looked: the latest look at the PSP; None where nobody looked yet.
        looked_ago: how long ago that was.
        decimals: the decimal places that amounts make room for.
    """

    row: ListedRow
    now: datetime
    looked: PlannedRow | None = None
    looked_ago: timedelta = timedelta(0)
    acting: Acting | None = None
    decimals: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        least, most: its width in cells; beyond `least` it grows as far as there is room.
        rank: the highest ranks are left out first where there is no room for all.
    """

    id: ColumnId
    heading: str
    least: int
    most: int
    rank: int
    cell: Callable[[Sight], Cell]
    to_the_right: bool = False
    falls: bool = False
    """Whether its usual order begins with what is most."""


@dataclass(frozen=True, slots=True)
class FittedColumn:
    """A column with the width it got."""

    column: Column
    width: int


GAP: Final = 1


def fit(
    columns: Sequence[Column], width: int, *, needs: Mapping[ColumnId, int] | None = None
) -> tuple[FittedColumn, ...]:
    """The columns that have room side by side, in their order, with their widths.

    Args:
        needs: how wide the contents of some columns are; an amount is never cut.
    """
    ranges = {column.id: _range(column, needs or {}) for column in columns}
    kept = list(columns)
    while len(kept) > 1 and sum(ranges[column.id][0] + GAP for column in kept) - GAP > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    spare = max(width - sum(ranges[column.id][0] + GAP for column in kept) + GAP, 0)
    widths = {}
    for column in sorted(kept, key=lambda column: column.rank):
        least, most = ranges[column.id]
        more = min(most - least, spare)
        spare -= more
        widths[column.id] = least + more
    return tuple(FittedColumn(column, widths[column.id]) for column in kept)


def _range(column: Column, needs: Mapping[ColumnId, int]) -> tuple[int, int]:
    need = needs.get(column.id)
    if need is None:
        return column.least, column.most
    if column.id is ColumnId.AMOUNT:
        return max(column.least, need), max(column.least, need)
    return column.least, min(max(column.least, need), column.most)


def amounts(most_money: Mapping[str, int]) -> tuple[int, int]:
    """The decimal places that amounts make room for, and how wide they get; of each currency's largest."""
    decimals = max((decimals_of(currency) for currency in most_money), default=2)
    texts = (_aligned(Money(minor, currency), decimals) for currency, minor in most_money.items())
    return decimals, max((len(text) for text in texts), default=0)


def ago(length: timedelta) -> str:
    """How long ago, in the shortest words."""
    return "just now" if length < timedelta(seconds=1) else f"{age(length)} ago"


def _id(sight: Sight) -> Cell:
    return harmless(sight.row.finding.row.row_id, limit=60), _PLAIN


def _age(sight: Sight) -> Cell:
    since = sight.row.finding.row.pending_since
    if since is None:
        return age(None), _WARNING
    length = sight.now - since
    return age(length), _WARNING if length >= _LONG_AGO else _PLAIN


def _local(sight: Sight) -> Cell:
    status = sight.row.finding.row.status
    if isinstance(status, UnknownStatus):
        return f"? {harmless(status.value, limit=40)}", _WARNING
    return status.value.replace("_", " "), _MUTED


def _amount(sight: Sight) -> Cell:
    money = sight.row.finding.row.money
    return ("no amount", _WARNING) if money is None else (_aligned(money, sight.decimals), _PLAIN)


def _aligned(money: Money, decimals: int) -> str:
    """With its decimal point where those of all others are."""
    number, _, currency = str(money).partition(" ")
    places = decimals_of(money.currency)
    wanting = decimals - places + (places == 0 and decimals > 0)
    return f"{number}{' ' * wanting} {currency}"


@lru_cache(maxsize=256)
def decimals_of(currency: str) -> int:
    """The decimal places of a currency."""
    return exponent(currency)


def _connector(sight: Sight) -> Cell:
    state = sight.looked.state if sight.looked else None
    check = sight.row.finding.check
    named = None
    match state:
        case PaymentSeen() | RefundSeen():
            named = state.connector
        case OrphanEvidence():
            named = state.payment.connector
        case _:
            pass
    named = named or (check.connector if check else None)
    return (harmless(named, limit=30), _PLAIN) if named else ("-", _MUTED)


def _psp(sight: Sight) -> Cell:
    state = sight.looked.state if sight.looked else None
    how_old = _how_old(sight.looked_ago) if sight.looked_ago > STALE_AFTER else ""
    style = _MUTED if how_old else _PLAIN
    match state:
        case PaymentSeen() | RefundSeen():
            return f"{how_old}{_word(state.status)}", style
        case OrphanEvidence():
            count = len(state.refunds)
            return f"{how_old}{count} refund{'' if count == 1 else 's'} listed", style
        case NotFound():
            return f"{how_old}! not found", _WARNING
        case ReadFailed():
            return f"! {read_failure_words(state.kind)}", _WARNING
        case _:
            return _last_psp_status(sight)


def _last_psp_status(sight: Sight) -> Cell:
    check = sight.row.finding.check
    if check is None or check.psp_status is None or check.psp_read_at is None:
        return "never read", _MUTED
    status = harmless(check.psp_status.replace("_", " "), limit=40)
    return f"{_how_old(sight.now - check.psp_read_at)}{status}", _MUTED


def _how_old(length: timedelta) -> str:
    """In front, where a narrow column cuts it last."""
    return f"▲{age(length)} "


def _word(status: object) -> str:
    if isinstance(status, UnknownStatus):
        return f"? {harmless(status.value, limit=40)}"
    return str(status).replace("_", " ")


def _sync(sight: Sight) -> Cell:
    if sight.acting is not None:
        return f"» {harmless(sight.acting.actor or 'somebody', limit=30)} is on it", _WARNING
    check = sight.row.finding.check
    if sight.looked is not None and row_differs(sight.looked.finding.row, sight.row.finding.row):
        return "the row changed", _MUTED
    if sight.looked is not None:
        decision = sight.looked.decision
        if isinstance(decision, Attention):
            words = attention_words(decision, sight.looked.finding.row, sight.looked.state)
            return f"! {words}", _STYLES.get(decision.kind, _PLAIN)
        words = would_words(sight.looked)
        return words, _STYLES.get(decision.kind, _PLAIN)
    if malformed := sight.row.finding.row.malformed:
        return f"! {malformed_words(malformed)}", _WARNING
    if check is None or check.decision is None:
        return "-", _MUTED
    return last_look(check), _STYLES.get(check.decision, _PLAIN)


_STYLES: Final = {
    "sync": _GOOD,
    "adopt": _GOOD,
    "fail_orphan": _BAD,
    "still_pending": _MUTED,
    "attention": _WARNING,
    "unreadable": _WARNING,
    "already_resolved": _MUTED,
}


def _checked(sight: Sight) -> Cell:
    check = sight.row.finding.check
    if check is None or check.last_read_at is None:
        return "never", _MUTED
    when = ago(sight.now - check.last_read_at)
    return (f"{when} ✗{check.failures}", _WARNING) if check.failures else (when, _MUTED)


def _reason(sight: Sight) -> Cell:
    mark = sight.row.attention
    if mark is None:
        return "-", _MUTED
    return item_words(mark.reason, mark.item.facts), _MUTED if mark.acknowledged_by else _WARNING


def _since(sight: Sight) -> Cell:
    mark = sight.row.attention
    return ("-", _MUTED) if mark is None else (ago(sight.now - mark.since), _PLAIN)


def _acknowledged(sight: Sight) -> Cell:
    mark = sight.row.attention
    by = mark.acknowledged_by if mark else None
    return (f"✓ {harmless(by, limit=30)}", _MUTED) if by else ("-", _MUTED)


COLUMNS: Final[dict[ColumnId, Column]] = {
    column.id: column
    for column in (
        Column(id=ColumnId.ID, heading="id", least=10, most=36, rank=0, cell=_id),
        Column(
            id=ColumnId.AGE, heading="age", least=6, most=6, rank=1, cell=_age, to_the_right=True, falls=True
        ),
        Column(id=ColumnId.LOCAL, heading="here", least=9, most=14, rank=10, cell=_local),
        Column(
            id=ColumnId.AMOUNT, heading="amount", least=13, most=16, rank=2, cell=_amount, to_the_right=True
        ),
        Column(id=ColumnId.CONNECTOR, heading="connector", least=9, most=14, rank=8, cell=_connector),
        Column(id=ColumnId.PSP, heading="PSP says", least=15, most=28, rank=6, cell=_psp),
        Column(id=ColumnId.SYNC, heading="a sync would", least=16, most=32, rank=5, cell=_sync),
        Column(
            id=ColumnId.CHECKED, heading="last check", least=10, most=14, rank=9, cell=_checked, falls=True
        ),
        Column(id=ColumnId.REASON, heading="why", least=28, most=60, rank=3, cell=_reason, falls=True),
        Column(id=ColumnId.SINCE, heading="since", least=9, most=12, rank=7, cell=_since, falls=True),
        Column(
            id=ColumnId.ACKNOWLEDGED, heading="acknowledged", least=12, most=20, rank=4, cell=_acknowledged
        ),
    )
}

_STUCK: Final = (
    ColumnId.ID,
    ColumnId.AGE,
    ColumnId.LOCAL,
    ColumnId.AMOUNT,
    ColumnId.CONNECTOR,
    ColumnId.PSP,
    ColumnId.SYNC,
    ColumnId.CHECKED,
)
_USUAL: Final = {
    Tab.ATTENTION: (
        ColumnId.ID,
        ColumnId.REASON,
        ColumnId.SINCE,
        ColumnId.ACKNOWLEDGED,
        ColumnId.AMOUNT,
        ColumnId.LOCAL,
        ColumnId.PSP,
    ),
}


def usual_columns(tab: Tab) -> tuple[ColumnId, ...]:
    """What a tab shows where nobody chose."""
    return _USUAL.get(tab, _STUCK)


def columns_of(tab: Tab) -> tuple[ColumnId, ...]:
    """What a tab may show: the reason for attention on its own tab alone."""
    attention = (ColumnId.REASON, ColumnId.SINCE, ColumnId.ACKNOWLEDGED)
    return tuple(each for each in ColumnId if tab is Tab.ATTENTION or each not in attention)
