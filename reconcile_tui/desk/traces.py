"""Traces: what became of a row that left a list, by the journal, else by the row as it is now."""

from reconcile_tui.core.contradiction import contradicts
from reconcile_tui.core.findings import FindingClass, RowRef, is_open
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.statuses import WAITS_ON_CUSTOMER, OrderStatus, RefundStatus, UnknownStatus
from reconcile_tui.core.store.journal_entries import Entry
from reconcile_tui.core.store.row_leases import Held
from reconcile_tui.core.transitions import status_agrees
from reconcile_tui.screens.desk.lists import ListedRow, Trace, Way


def trace(ref: RowRef, outcome: Entry | None, row: ListedRow | None, held: Held | None = None) -> Trace:
    """What became of it. Only the journal proves who made a row final.

    Args:
        outcome: what the journal says of it last.
        row: as it is now; None where it is not there any more.
        held: who acts on it just now.
    """
    if row is None:
        return Trace(ref=ref, way=Way.GONE)
    status = row.finding.row.status
    word = status.value if isinstance(status, UnknownStatus) else str(status)
    if is_open(row.finding.row):
        return Trace(ref=ref, way=_where_it_is(row), status=word)
    if held is not None:
        return Trace(ref=ref, way=Way.UNDER_WAY, status=word, actor=held.actor or held.holder)
    if outcome is None or (way := _way_of(outcome, status)) is None:
        return Trace(ref=ref, way=Way.BY_ITSELF, status=word)
    return Trace(ref=ref, way=way, status=word, at=outcome.at, actor=outcome.actor)


def _way_of(outcome: Entry, status: OrderStatus | RefundStatus | UnknownStatus) -> Way | None:
    """How an outcome closed a row that has this final status now; None where it was not this outcome."""
    if contradicts(outcome):
        return Way.CONTRADICTED
    if outcome.outcome is None or not outcome.outcome.closes:
        return None
    if outcome.event is None or not status_agrees(status, outcome.event):
        return None
    return Way.FIXED if outcome.outcome is Outcome.FIXED else Way.RESOLVED


def _where_it_is(row: ListedRow) -> Way:
    """Where an open row went that is in another list now, or in none."""
    check = row.finding.check
    if row.finding.cls is FindingClass.STUCK_ORDER and check and check.psp_status in WAITS_ON_CUSTOMER:
        return Way.CUSTOMER
    if row.finding.cls in (FindingClass.STUCK_ORDER, FindingClass.STUCK_REFUND, FindingClass.ORPHAN_REFUND):
        return Way.STILL_OPEN
    return Way.NOT_STUCK
