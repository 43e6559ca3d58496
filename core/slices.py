"""Slices: the unit of work, and the small planner that says which are due.

A slice is a phase, at most N rows, and a deadline. It is resumable from the tables alone: what it read is
in the checks, what it began is in the journal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.core.phases import PHASES, Phase, PhaseName
from reconcile_tui.core.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One piece of work.

    Attributes:
        limit: rows at most.
        deadline: monotonic seconds after which no new row begins; None: no deadline.
        tried_before: leave out rows read at or after this moment (UTC, database clock).
    """

    phase: Phase
    limit: int
    deadline: float | None = None
    tried_before: datetime | None = None


def due_slices(
    *,
    policy: Policy,
    phases: Sequence[PhaseName] | None = None,
    deadline: float | None = None,
    tried_before: datetime | None = None,
) -> list[Slice]:
    """The slices of one tick, in the order of the phases; `phases` None means all."""
    return [
        Slice(phase=phase, limit=policy.batch_limit, deadline=deadline, tried_before=tried_before)
        for phase in PHASES
        if phases is None or phase.name in phases
    ]


def stopper(
    piece: Slice, *, monotonic: Callable[[], float], should_stop: Callable[[], bool]
) -> Callable[[], bool]:
    """Whether a slice must begin no new row: somebody said stop, or its time is over."""

    def stop() -> bool:
        return should_stop() or (piece.deadline is not None and monotonic() >= piece.deadline)

    return stop
