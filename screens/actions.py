"""The actions that change something: a viewer does not have them, and no careless key may be bound to one."""

from typing import Final

from reconcile_tui.screens.desk.desk import Desk

CHANGES: Final = frozenset(
    ("sync", "sync_marked", "sweep", "acknowledge", "pause", "send_again", "retry_left", "confirm")
)
"""Names of actions that lead to a change. Each asks before it writes."""

BY_KEY_ALONE: Final = frozenset(("confirm", "lift", "take_back"))
"""Names of actions that agree to a change: no list in which Enter chooses may hold one."""


def is_offered(action: str, desk: Desk | None) -> bool:
    """Whether an action is there for whoever sits at this desk; the core refuses it anyhow."""
    return desk is None or desk.place.may_write or action not in CHANGES
