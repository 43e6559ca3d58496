"""The words for what looks at a row came to: the last one, by its check, and one that forced nothing."""

from typing import Final

from reconcile_tui.core.decisions import Event, Reason, StillPending, WaitsFor
from reconcile_tui.core.findings import Check
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp_states import ReadFailureKind, is_last_known
from reconcile_tui.core.wording import (
    event_words,
    label,
    outcome_words,
    read_failure_words,
    reason_words,
    waits_words,
)

ASK_FIRST: Final = "ask:"
"""Before a state that is only known as it was: a sync would ask the processor first, and then decide."""


def would_words(planned: PlannedRow) -> str:
    """What a sync would do, by a look: where it found the row open without force, a sync asks first."""
    words = label(planned.decision)
    if isinstance(planned.decision, StillPending) and is_last_known(planned.state):
        return f"{ASK_FIRST} {words}"
    return words


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
