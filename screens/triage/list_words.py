"""What is said about a list as a whole: the filter in force, how far it was read, and why nothing is seen."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from reconcile_tui.core.filter import Filter
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.wording import spoken_age
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.triage.roster import MOST_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """How a list stands.

    Attributes:
        seen, rows: rows that the filter means, of how many.
        expected: how many the database counts; None before it did.
        range_rows: rows from where a range was begun to the cursor; 0: none is.
        unread: left out because nothing was read of what the filter asks.
        gone: attention items whose rows the shop's tables hold no more.
        marks_dropped: marks that the filter took away when it came.
        read_ago: how long ago the list was read; None: never.
        trouble: why it cannot be read just now.
        next_step: what a person may do about that.
        range_key, let_go_key, filter_key: what a text calls the keys that mark a range, give up what there is
            to give up, and ask for a filter.
    """

    tab: Tab = Tab.ORDERS
    wanted: Filter
    seen: int
    rows: int
    expected: int | None = None
    marks: int = 0
    range_rows: int = 0
    gone: int = 0
    marks_dropped: int = 0
    unread: int = 0
    was_read: bool = False
    read_ago: timedelta | None = None
    trouble: str | None = None
    next_step: str = ""
    range_key: str = "v"
    let_go_key: str = "escape"
    filter_key: str = "/"


def displaced_words(gone: RowRef, by: RowRef) -> str:
    """Why a key did nothing: another row came under the cursor before it was pressed."""
    here, there = (harmless(each.row_id, limit=60) for each in (by, gone))
    return (
        f"Nothing was done: {here} came under the cursor only just, in place of {there}. "
        "Look at it, and press again."
    )


def state_line(state: ListState) -> str:
    """One line above the rows. It is always there: one that came and went would move the rows."""
    parts: list[str] = []
    if state.range_rows:
        rows = _counted(state.range_rows, "row")
        parts.append(f"RANGE of {rows}: {state.range_key} marks it, {state.let_go_key} gives it up")
    if not state.was_read and state.rows:
        parts.append(_progress(state))
    if state.rows >= MOST_ROWS:
        parts.append(f"the first {state.rows:,} rows; there are more: heal these first")
    if state.wanted:
        parts.append(f"only {harmless(str(state.wanted), limit=80)}: {state.seen:,} of {state.rows:,}")
    elif state.was_read:
        parts.append(_counted(state.rows, "row"))
    if state.marks:
        parts.append(f"{state.marks:,} marked")
    if state.marks_dropped:
        parts.append(f"{_counted(state.marks_dropped, 'mark')} outside the filter dropped")
    if state.gone:
        parts.append(f"{_counted(state.gone, 'item')} more about {_rows_gone(state.gone)}: {_SHOWN_BY}")
    if state.unread:
        parts.append(f"{_counted(state.unread, 'row')} not read yet, being asked")
    return " · ".join(parts)


def notice(state: ListState) -> tuple[str, ...]:
    """What stands in place of rows where none is seen."""
    if state.wanted and state.rows:
        wanted = harmless(str(state.wanted), limit=80)
        keys = f"{state.let_go_key} clears the filter · {state.filter_key} changes it"
        if state.unread:
            return (
                f"No row is known to match `{wanted}` yet.",
                f"The PSP is being asked about {_counted(state.unread, 'row')} that nobody read so far.",
                keys,
            )
        return (f"No row matches `{wanted}`.", keys)
    if not state.was_read and state.trouble is not None:
        said = ("Nothing could be read yet.", harmless(state.trouble, limit=200))
        next_step = harmless(state.next_step, limit=200)
        return (*said, *([next_step] if next_step else []), "It is tried again by itself.")
    if not state.was_read:
        return (_progress(state),)
    if state.gone:
        return (
            f"{_counted(state.gone, 'item')} here, about {_rows_gone(state.gone)}.",
            f"{_SHOWN_BY} tells of it.",
        )
    how_old = "" if state.read_ago is None else f"Read {spoken_age(state.read_ago)} ago. "
    nothing, as_soon_as = _NOTHING[state.tab]
    return (nothing, f"{how_old}A row comes by itself as soon as {as_soon_as}.")


_NOTHING: Final = {
    Tab.ORDERS: ("No order hangs.", "one is stuck"),
    Tab.REFUNDS: ("No refund hangs.", "one is stuck"),
    Tab.ORPHANS: ("No refund is without its id.", "one is"),
    Tab.ATTENTION: ("Nothing needs a person.", "something does"),
    Tab.CUSTOMER: ("No order waits on its customer.", "one does"),
}
_SHOWN_BY: Final = "reconcile-tui list attention"


def _rows_gone(items: int) -> str:
    return "a row that is gone from the shop" if items == 1 else "rows that are gone from the shop"


def _progress(state: ListState) -> str:
    if not state.expected:
        return "reading…"
    return f"reading… {state.rows:,} of {state.expected:,}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
