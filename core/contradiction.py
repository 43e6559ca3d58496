"""Contradictions: outcomes after which a row says otherwise than its event, as the journal tells of them."""

from typing import Final

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.statuses import Kind, OrderStatus, RefundStatus
from reconcile_tui.core.store.journal_entries import Entry
from reconcile_tui.core.transitions import status_agrees

_MAY: Final = (Outcome.OVERTAKEN, Outcome.CHANGED)
_OPEN: Final = (OrderStatus.PENDING, RefundStatus.PENDING)


def contradicts(entry: Entry) -> bool:
    """Whether an outcome left its row final, and otherwise than its event: a person must look."""
    return says_otherwise(entry.ref.kind, entry.event, entry.outcome, (entry.after or {}).get("status"))


def says_otherwise(kind: Kind, event: Event | None, outcome: Outcome | None, word: str | None) -> bool:
    """The same, of the parts of an entry. `word`: the row's status after it, in the tool's words."""
    if outcome not in _MAY or event is None or event.target is None:
        return False
    statuses = OrderStatus if kind is Kind.ORDER else RefundStatus
    if word not in list(statuses):
        return False
    status = statuses(word)
    return status not in _OPEN and not status_agrees(status, event)
