"""The words for what people did beside dispatches: `paused adyen until 16:30 UTC`."""

from typing import assert_never

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.store.actions import Action, ActionKind
from reconcile_tui.core.wording import reason_words


def action_words(action: Action) -> str:
    """What somebody did, as a clause without who and why; foreign text in it is harmless."""
    until = f" until {action.until:%Y-%m-%d %H:%M} UTC" if action.until else ""
    what = harmless(action.connector, limit=80) if action.connector else "everything"
    row = harmless(str(action.ref), limit=100) if action.ref else "a row"
    why = f": {reason_words(action.attention)}" if action.attention else ""
    match action.kind:
        case ActionKind.PAUSED:
            return f"paused {what}{until or ', without an end'}"
        case ActionKind.RESUMED:
            return f"resumed {what}"
        case ActionKind.ACKNOWLEDGED:
            return f"acknowledged {row}{until}{why}"
        case ActionKind.UNBLOCKED:
            return f"let the PSP be asked again, which asked to be left alone{until}"
        case ActionKind.UNACKNOWLEDGED:
            return f"took back the acknowledgement of {row}{why}"
        case _:
            assert_never(action.kind)
