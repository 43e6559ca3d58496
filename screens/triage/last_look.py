"""The words for what the last look at a row left in its check, where nobody looked since."""

from reconcile_tui.core.decisions import Event, Reason, WaitsFor
from reconcile_tui.core.findings import Check
from reconcile_tui.core.look_wording import ASK_FIRST
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.psp_states import ReadFailureKind
from reconcile_tui.core.wording import read_failure_words, reason_words, waits_words


def last_look(check: Check) -> str:
    """What the last look came to, in a few words for a column."""
    detail = check.detail or ""
    word = detail.partition(":")[0]
    match check.decision:
        case None:
            return "-"
        case _ if word in list(Outcome):
            return word.replace("_", " ")
        case "sync" if detail in list(Event):
            return f"sync: {Event(detail).target}"
        case "adopt":
            return "adopt"
        case "fail_orphan":
            return "fail the orphan"
        case "still_pending" if detail == WaitsFor.AGE:
            return waits_words(WaitsFor.AGE)
        case "still_pending" if detail in list(WaitsFor):
            return f"{ASK_FIRST} {waits_words(WaitsFor(detail))}"
        case "attention" if detail in list(Reason):
            return f"! {reason_words(Reason(detail))}"
        case "unreadable" if word in list(ReadFailureKind):
            return read_failure_words(ReadFailureKind(word))
        case decision:
            return decision.replace("_", " ")
