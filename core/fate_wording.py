"""The words for what rows came to: `order pending → completed: the payment succeeded`."""

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.incident_account import Fate
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.wording import NO_DAEMON, event_words, next_step, outcome_words, reason_words


def fate_words(fate: Fate, *, rows: int = 1) -> str:
    """What rows came to. `rows`: how many they are, for the grammar."""
    orphan = fate.event in (Event.ORPHAN_ADOPTED, Event.ORPHAN_FAILED)
    what = f"{'orphan' if orphan else fate.kind.value}{'' if rows == 1 else 's'}"
    if fate.outcome is None:
        return f"{what} begun and not concluded"
    if fate.contradicts:
        return f"{what} {fate.outcome.value}: {reason_words(Reason.CONTRADICTION)}"
    if fate.outcome is not Outcome.FIXED or fate.event is None:
        return f"{what} {outcome_words(fate.outcome, fate.refusal)}"
    if fate.event is Event.ORPHAN_ADOPTED:
        return f"{what} got {'its id' if rows == 1 else 'their ids'} at the PSP"
    return f"{what} pending → {fate.event.target}: {event_words(fate.event)}"


def fate_step(fate: Fate, *, daemon_heals: bool = True) -> str:
    """What a person may do about it now. `daemon_heals`: see `next_step`."""
    if fate.outcome is None and not daemon_heals:
        return f"Retry it: that settles it first, and {NO_DAEMON}."
    if fate.outcome is None:
        return "Nothing to do: the next tick settles it."
    if fate.contradicts:
        return next_step(Reason.CONTRADICTION)
    return next_step(fate.refusal or fate.outcome, daemon_heals=daemon_heals)
