"""A batch: a fixed set of rows on its way from the first read to the receipt. Plain values, no terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from reconcile_tui.core.decisions import Unreadable
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import Plan, PlannedRow

if TYPE_CHECKING:
    from reconcile_tui.core.planning import Planning
    from reconcile_tui.core.psp.breaker import Tripped
    from reconcile_tui.core.shop_answers import Shut

MOST_ROWS: Final = 1_000
"""Rows of one batch at most, as of a plan file: what a person can look through, and memory can hold."""


class Purpose(StrEnum):
    """What a batch is for."""

    SYNC = "sync"
    SWEEP = "sweep"
    RETRY = "retry"
    SEND_AGAIN = "send_again"
    DRY_RUN = "dry_run"


class Stage(StrEnum):
    """How far it is."""

    READING = "reading"
    ASKING = "asking"
    """The plan is whole, and waits for a person."""
    APPLYING = "applying"
    ENDED = "ended"
    DROPPED = "dropped"
    """Nobody agreed to it: nothing was applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undertaking:
    """What somebody wants to do, to which rows.

    Attributes:
        refs: the rows, fixed; never "all that match now".
        beyond: rows that were meant too and are more than one batch takes.
    """

    purpose: Purpose
    refs: tuple[RowRef, ...]
    beyond: int = 0

    def __post_init__(self) -> None:
        if not self.refs:
            raise ValueError("an undertaking is about rows")
        if len(self.refs) > MOST_ROWS or len(set(self.refs)) != len(self.refs):
            raise ValueError(f"an undertaking holds each row once, and {MOST_ROWS} at most")

    @classmethod
    def of(cls, purpose: Purpose, refs: tuple[RowRef, ...]) -> Undertaking:
        """The same, of the first rows where there are too many."""
        once = tuple(dict.fromkeys(refs))
        return cls(purpose=purpose, refs=once[:MOST_ROWS], beyond=max(len(once) - MOST_ROWS, 0))

    @property
    def is_dry_run(self) -> bool:
        return self.purpose is Purpose.DRY_RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRow:
    """A row of the plan and what became of it. `result` None: not known; the journal may know."""

    planned: PlannedRow
    result: Result | None


@dataclass(slots=True, kw_only=True)
class Batch:
    """One undertaking.

    Attributes:
        began: when its reads, or its applying, began (monotonic seconds).
        answers: what came so far, with what would follow from each alone; the plan counts.
        planning: the plan, once it is whole.
        planned_at: when it was (UTC, this machine's clock).
        reason: why, as the journal has it; None before somebody agreed.
        begun: whether any row may have been begun: False is a promise that none was.
        results: what became of rows, in the order in which they ended.
        stopping: no new row begins.
        trouble: why it ended early, in words.
        ended_at: UTC, this machine's clock.
        shut: why the shop got no more events.
    """

    undertaking: Undertaking
    began: float
    stage: Stage = Stage.READING
    answers: dict[RowRef, PlannedRow] = field(default_factory=dict)
    planning: Planning | None = None
    planned_at: datetime | None = None
    reason: str | None = None
    begun: bool = False
    results: dict[RowRef, EndedRow] = field(default_factory=dict)
    stopping: bool = False
    trouble: str | None = None
    ended_at: datetime | None = None
    shut: Shut | None = None

    @property
    def refs(self) -> tuple[RowRef, ...]:
        return self.undertaking.refs

    @property
    def plan(self) -> Plan | None:
        return self.planning.plan if self.planning is not None else None

    @property
    def to_apply(self) -> tuple[PlannedRow, ...]:
        """What would change; nothing before the plan is whole."""
        return self.plan.to_apply if self.plan is not None else ()

    @property
    def barred_by(self) -> Tripped | None:
        """What ended the reading, where nothing of the plan can be applied therefore."""
        if self.planning is None or (self.planning.may_apply and self.to_apply):
            return None
        return self.planning.tripped

    @property
    def rows(self) -> tuple[PlannedRow, ...]:
        """The plan's rows; before it is whole, the answers so far in the order of the rows."""
        if self.plan is not None:
            return self.plan.rows
        return tuple(self.answers[ref] for ref in self.refs if ref in self.answers)

    @property
    def not_read(self) -> tuple[RowRef, ...]:
        """Rows that are not in the plan: not begun, or gone from the shop."""
        known = {row.ref for row in self.rows}
        return tuple(ref for ref in self.refs if ref not in known)

    @property
    def gone(self) -> int:
        """How many of those the shop has no more."""
        return len(self.not_read) - self.planning.not_begun if self.planning is not None else 0

    @property
    def is_over(self) -> bool:
        return self.stage in (Stage.ENDED, Stage.DROPPED)

    @property
    def ended_rows(self) -> tuple[EndedRow, ...]:
        """Every row that was to be applied, in the order of the plan, with what is known of it."""
        return tuple(self.results.get(row.ref, EndedRow(planned=row, result=None)) for row in self.to_apply)

    def is_stale(self, *, now: datetime, fresh_for: timedelta) -> bool:
        """Whether the plan waits for so long that the PSP will be asked again (`now`: UTC)."""
        return self.planned_at is not None and now - self.planned_at > fresh_for

    def left_to_retry(self) -> tuple[RowRef, ...]:
        """Rows that another plan may heal: not closed, not read, or unreadable. What only a person or
        *send again* moves is not among them."""
        open_rows = {
            row.planned.ref
            for row in self.ended_rows
            if row.result is None or not (row.result.outcome.closes or _only_again(row.result))
        }
        unread = {row.ref for row in self.rows if isinstance(row.decision, Unreadable)} | set(self.not_read)
        return tuple(ref for ref in self.refs if ref in open_rows | unread)

    def left_unchanged(self) -> tuple[RowRef, ...]:
        """Rows whose event was acknowledged without effect: an operator may send it again."""
        return tuple(
            row.planned.ref for row in self.ended_rows if row.result is not None and _only_again(row.result)
        )


def _only_again(result: Result) -> bool:
    return result.outcome is Outcome.UNCHANGED
