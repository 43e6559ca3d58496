"""Outcomes: the closed list of what became of a planned row."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import LocalRow

UNDELIVERED: Final = "undelivered"
"""The fact of an attention item that keeps what the shop said to an event that it will not take."""


class Outcome(StrEnum):
    """One word for what happened to a row of a plan."""

    ALREADY_RESOLVED = "already_resolved"
    CHANGED = "changed"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    FIXED = "fixed"
    OVERTAKEN = "overtaken"
    SETTLING = "settling"
    UNCHANGED = "unchanged"
    UNDELIVERED = "undelivered"
    IN_DOUBT = "in_doubt"

    @property
    def closes(self) -> bool:
        """Whether the finding is over."""
        return self in (Outcome.ALREADY_RESOLVED, Outcome.FIXED, Outcome.OVERTAKEN)

    @property
    def ends_intent(self) -> bool:
        """Whether nobody has to settle the intent any more."""
        return self not in (Outcome.SETTLING, Outcome.IN_DOUBT)


class Refusal(StrEnum):
    """Why an apply was refused before a dispatch."""

    PAUSED = "paused"
    ROLE = "role"
    BREAKER = "breaker"
    SHOP = "shop"
    BUSY = "busy"
    LOCKED = "locked"
    """Somebody else holds the row locked in the database, or one of its order."""
    LATE = "late"
    """The time for which others wait for this process ran out before the event was delivered."""
    STOPPED = "stopped"
    NOT_APPLICABLE = "not_applicable"
    ORPHAN_CAP = "orphan_cap"
    """Other processes failed orphans meanwhile, and the cap leaves this one to an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An outcome with what it was about.

    Attributes:
        detail: a short text for people; may hold foreign text.
        after: the row as it was read again; None where it was not.
        attention: what the outcome itself raises (an `unchanged`, a contradiction).
    """

    outcome: Outcome
    refusal: Refusal | None = None
    detail: str | None = None
    after: LocalRow | None = None
    attention: Reason | None = None

    def __post_init__(self) -> None:
        if (self.refusal is not None) != (self.outcome is Outcome.REFUSED):
            raise ValueError("a refusal has its reason, and nothing else has one")
