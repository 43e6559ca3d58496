"""What somebody left: an intent whose holder did not live to say what became of it (design rule 5).

Pure: by how far the dispatch came, and by the row as it is now.
"""

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import LocalRow, is_open
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.store.journal_entries import OpenIntent
from reconcile_tui.core.transitions import agrees


def ended_by_the_row(row: LocalRow | None, left: OpenIntent) -> Result | None:
    """What became of an intent, where the row says it without another look at the PSP; None where the event
    may still be due. `row`: as it is now; None: it is gone."""
    if row is None:
        return Result(outcome=Outcome.CHANGED, detail="the row is gone")
    if left.was_applied or left.was_delivered:
        return _of_delivered(row, left)
    return None if is_open(row) else _of_final(row, left)


def _of_delivered(row: LocalRow, left: OpenIntent) -> Result:
    """The delivery was committed, or acknowledged; the process died before it could say what became of it."""
    if left.intent.event.target is None or (not is_open(row) and agrees(row, left.intent.event)):
        return Result(outcome=Outcome.FIXED, after=row, detail="delivered before the interruption")
    if is_open(row):
        detail = "delivered before the interruption, yet the row is open"
        return Result(outcome=Outcome.UNCHANGED, after=row, attention=Reason.NO_EFFECT, detail=detail)
    return Result(outcome=Outcome.OVERTAKEN, after=row, attention=Reason.CONTRADICTION)


def _of_final(row: LocalRow, left: OpenIntent) -> Result:
    """Nothing was delivered, and the row is final: somebody else was faster."""
    if agrees(row, left.intent.event):
        if left.was_sent:
            detail = "sent before the interruption; the answer was never heard, but the row shows it"
            return Result(outcome=Outcome.FIXED, after=row, detail=detail)
        return Result(outcome=Outcome.ALREADY_RESOLVED, after=row)
    return Result(outcome=Outcome.CHANGED, after=row, attention=Reason.CONTRADICTION)
