"""The words for a step of the journal: `fixed: the row now says what the PSP says; pending → completed`."""

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.wording import event_words, outcome_words, reason_words


def step_words(
    *,
    event: Event | None,
    attempt: int | None,
    outcome: Outcome | None,
    refusal: Refusal | None,
    status_before: str | None,
    status_after: str | None,
    detail: str | None,
    contradicts: bool = False,
    despite: Reason | None = None,
) -> str:
    """What a step tells. It may hold foreign text.

    Args:
        contradicts: see `contradiction.contradicts`: that says more than its outcome.
        status_before, status_after: the row's own status, where the step says it.
        attempt: the same event sent again deliberately has the next number.
        despite: what an operator set aside by it, knowingly.
    """
    parts = []
    if outcome is not None and contradicts:
        parts.append(contradiction_words(outcome))
    elif outcome is not None:
        parts.append(outcome_words(outcome, refusal))
    elif event is not None:
        again = f", attempt {attempt}" if attempt and attempt > 1 else ""
        parts.append(f"{event}: {event_words(event)}{again}")
    if despite is not None:
        parts.append(f"ALTHOUGH {reason_words(despite)}")
    if status_before and status_after:
        if status_before != status_after:
            parts.append(f"{status_before} → {status_after}")
    elif status_after:
        parts.append(f"now {status_after}")
    if detail:
        parts.append(detail)
    return "; ".join(parts)


def contradiction_words(outcome: Outcome) -> str:
    """What an outcome comes to that left its row final, and otherwise than its event; one way everywhere."""
    return f"{outcome.value.replace('_', ' ')}: {reason_words(Reason.CONTRADICTION)}"
