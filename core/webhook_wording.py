"""The words for what a webhook did when it arrived: `payment_succeeded arrived: the row said so already`."""

from typing import Final

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.transitions import Effect


def webhook_words(event_type: str, effect: Effect) -> str:
    """What arrived and what it did. Harmless."""
    return f"{harmless(event_type, limit=60)} arrived: {_EFFECTS[effect]}"


_EFFECTS: Final = {
    Effect.APPLIED: "applied",
    Effect.AGREES: "nothing to do, the row said so already",
    Effect.CONTRADICTS: "it contradicts the row, so it was kept and not applied",
    Effect.WITHHELD: "not applied, its amounts do not agree with the row's",
    Effect.NOT_FINAL: "nothing to do, it is not final",
    Effect.NO_ROW: "no row had this id then",
    Effect.AMBIGUOUS: "not applied, more than one row has this id",
}
