"""The three phases of a sweep as one description each: what is stuck, and from what age on."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from reconcile_tui.core.findings import FindingClass
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.statuses import Kind


class PhaseName(StrEnum):
    """A phase by its name on the command line."""

    ORDERS = "orders"
    REFUNDS = "refunds"
    ORPHANS = "orphans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What a phase looks for.

    Attributes:
        has_psp_id: whether the row's PSP id must be there (True) or must be empty (False).
        needs_agreeing_clocks: whether a clock skew, or dates of an unknown time zone, stop it (an orphan's
            window compares two clocks).
    """

    name: PhaseName
    kind: Kind
    cls: FindingClass
    has_psp_id: bool
    needs_agreeing_clocks: bool = False

    def stuck_after(self, policy: Policy) -> timedelta:
        """How old a row of this phase must be."""
        match self.name:
            case PhaseName.ORDERS:
                return policy.order_stuck_after
            case PhaseName.REFUNDS:
                return policy.refund_stuck_after
            case PhaseName.ORPHANS:
                return policy.refund_orphan_after


ORDERS = Phase(name=PhaseName.ORDERS, kind=Kind.ORDER, cls=FindingClass.STUCK_ORDER, has_psp_id=True)
REFUNDS = Phase(name=PhaseName.REFUNDS, kind=Kind.REFUND, cls=FindingClass.STUCK_REFUND, has_psp_id=True)
ORPHANS = Phase(
    name=PhaseName.ORPHANS,
    kind=Kind.REFUND,
    cls=FindingClass.ORPHAN_REFUND,
    has_psp_id=False,
    needs_agreeing_clocks=True,
)
PHASES = (ORDERS, REFUNDS, ORPHANS)
