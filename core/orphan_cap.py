"""The cap on orphans that the daemon fails by itself: over it an operator decides (design rule 7).

It holds for an interval and for the whole shop, not for a slice, a tick or a process.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from reconcile_tui.core.decide import withhold
from reconcile_tui.core.decisions import Attention, FailOrphan, Reason
from reconcile_tui.core.plan import PlannedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class CapUse:
    """How much of the cap is taken, as ids of refund rows.

    Attributes:
        failed: orphans that daemons failed within the interval, or are about to.
        withheld: open orphans that the cap withheld, whenever that was.
    """

    failed: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()

    def is_over(self, failing: Collection[str], *, limit: int, others: int = 0) -> bool:
        """Whether to fail `failing`, and as many `others`, would be more than the cap allows."""
        return len(self.failed | self.withheld | frozenset(failing)) + others > limit


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphansLeft:
    """Orphans that are due beside a full slice.

    Attributes:
        unread: nobody looked at them, or the look failed: each may be one to fail, or to adopt.
        to_fail: by the last look, each is one to fail.
    """

    unread: int = 0
    to_fail: int = 0


NONE_LEFT = OrphansLeft()


def fails_an_orphan(row: PlannedRow) -> bool:
    """Whether an orphan would be failed."""
    return isinstance(row.decision, FailOrphan)


def is_withheld_by_cap(row: PlannedRow) -> bool:
    """Whether the cap keeps an orphan from being failed."""
    return isinstance(row.decision, Attention) and row.decision.reason is Reason.ORPHAN_CAP


def within_cap(
    rows: Sequence[PlannedRow], use: CapUse, *, limit: int, left: OrphansLeft = NONE_LEFT
) -> tuple[PlannedRow, ...]:
    """The rows of an automatic plan: over the cap no orphan is failed, nor ever what it withheld once."""
    failing = [row.ref.row_id for row in rows if fails_an_orphan(row)]
    over = use.is_over(failing, limit=limit, others=left.to_fail)
    return tuple(capped(row) if over or row.finding.is_capped else row for row in rows)


def waits_for_others(rows: Sequence[PlannedRow], use: CapUse, *, limit: int, left: OrphansLeft) -> bool:
    """Whether those to fail must wait for a look at the others: these may be too many, or none at all.

    They are not withheld, for what the cap withholds once stays with an operator.
    """
    failing = [row.ref.row_id for row in rows if fails_an_orphan(row)]
    return left.unread > 0 and use.is_over(failing, limit=limit, others=left.to_fail + left.unread)


def capped(row: PlannedRow) -> PlannedRow:
    """The same row, withheld by the cap; as it is where no orphan would be failed."""
    if not isinstance(row.decision, FailOrphan):
        return row
    return replace(row, decision=withhold(row.decision, Reason.ORPHAN_CAP))
