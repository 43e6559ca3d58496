"""The words for what the last look at a row left behind in its check."""

from reconcile_tui.core.decisions import Event, Reason, WaitsFor
from reconcile_tui.core.findings import Check
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.psp_states import ReadFailureKind
from reconcile_tui.core.wording import (
    event_words,
    outcome_words,
    read_failure_words,
    reason_words,
    waits_words,
)


def look_words(check: Check) -> str:
    """What the last look at a row came to, for people."""
    detail = check.detail or ""
    word, _, _ = detail.partition(":")
    match check.decision:
        case None:
            return ""
        case _ if word in list(Outcome):
            return outcome_words(Outcome(word))
        case "sync":
            return f"sync: {Event(detail).target}" if detail in list(Event) else "sync"
        case "adopt" | "fail_orphan":
            return event_words(Event(detail)) if detail in list(Event) else check.decision
        case "still_pending" if detail in list(WaitsFor):
            return waits_words(WaitsFor(detail))
        case "attention" if detail in list(Reason):
            return reason_words(Reason(detail))
        case _ if word in list(ReadFailureKind):
            return read_failure_words(ReadFailureKind(word))
        case _:
            return check.decision.replace("_", " ")
