"""The last look: why a delivery must not happen, by what the database says right before it (design rule 4).

The tool's own handlers look in the transaction that changes the row; an event for the shop's own handler is
sent right after it.
"""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.amounts import speaks_against
from reconcile_tui.core.decisions import Adopt, Event, FailOrphan, Reason
from reconcile_tui.core.dispatch.dispatcher import Delivered, Delivery, DeliveryReport
from reconcile_tui.core.findings import LocalRefund, LocalRow, RefundId, is_open
from reconcile_tui.core.orphans import no_longer_so
from reconcile_tui.core.plan import PlannedRow, psp_differs, row_differs
from reconcile_tui.core.psp_states import OrphanEvidence, PaymentSeen
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.store.orphan_facts import OrphanFacts
from reconcile_tui.core.transitions import agrees

LOCKED_WORDS = "the shop holds this row, or one of its order, locked in the database"


def refused(
    delivery: Delivery,
    row: LocalRow | None,
    *,
    holds: bool,
    locked: bool = False,
    pause: Pause | None,
    shared: Collection[str],
    claimed: Collection[RefundId] = (),
    evidence: OrphanEvidence | None = None,
    payment: PaymentSeen | None = None,
) -> DeliveryReport | None:
    """Why a delivery must not reach the handler; None where it may.

    Args:
        row: as it is now; None: it is gone.
        holds: whether the row's lease is still ours.
        locked: whether somebody else holds the row, or one that its event needs, in the database.
        shared: PSP ids that more than one row holds.
        claimed: refunds of the PSP's that another row holds.
        evidence: an orphan's, with what the shop's tables say now; None: there was nothing to ask again.
        payment: the planned payment of an order, with what the shop knows of its refunds now.
    """
    if not holds:
        detail = "the lease ran out before the delivery"
        return DeliveryReport(delivered=Delivered.LEASE_LOST, row=row, detail=detail)
    if locked:
        return DeliveryReport(delivered=Delivered.LOCKED, detail=LOCKED_WORDS)
    if (over := ended(row, delivery.intent.event)) is not None:
        return over
    if pause is not None:
        return DeliveryReport(delivered=Delivered.PAUSED, row=row, detail=pause.words)
    if (other := differs(delivery.planned, row, shared)) is not None:
        return other
    if payment is not None and (other := claims_differ(delivery.planned, payment)) is not None:
        return replace(other, row=row)
    decision = delivery.planned.decision
    if isinstance(decision, Adopt) and decision.refund_id in claimed:
        return DeliveryReport(delivered=Delivered.WITHHELD, row=row, reason=Reason.ORPHAN_CLAIMED_BY_OTHER)
    seen = delivery.planned.state
    if not isinstance(seen, OrphanEvidence) or evidence is None:
        return None
    why = no_longer_so(seen, evidence)
    return None if why is None else DeliveryReport(delivered=Delivered.CHANGED, row=row, detail=why)


async def evidence_now(
    connection: AsyncConnection, facts: OrphanFacts, planned: PlannedRow, row: LocalRow | None
) -> OrphanEvidence | None:
    """The evidence that a verdict about an orphan rests on, asked of the shop's tables again; None where the
    row is no orphan any more, or nothing follows from evidence."""
    match planned.decision, planned.state, row:
        case Adopt() | FailOrphan(), OrphanEvidence() as seen, LocalRefund(refund_id=None) as orphan:
            return await facts.as_it_is(connection, orphan, seen)
        case _:
            return None


def ended(row: LocalRow | None, event: Event) -> DeliveryReport | None:
    """That there is nothing left to deliver to, or for; None where the row is there and open."""
    if row is None:
        return DeliveryReport(delivered=Delivered.CHANGED, detail="the row is gone")
    if is_open(row):
        return None
    verdict = Delivered.ALREADY if agrees(row, event) else Delivered.CONTRADICTED
    return DeliveryReport(delivered=verdict, row=row)


def differs(planned: PlannedRow, row: LocalRow | None, shared: Collection[str]) -> DeliveryReport | None:
    """That an open row is another than was planned, or shares its PSP id; None where it is as it was."""
    if row is None:
        return None
    if row_differs(planned.finding.row, row):
        return DeliveryReport(
            delivered=Delivered.CHANGED, row=row, detail="the row is not as the plan saw it"
        )
    if row.psp_id in shared:
        return DeliveryReport(delivered=Delivered.WITHHELD, row=row, reason=Reason.SHARED_PSP_ID)
    return None


def claims_differ(planned: PlannedRow, payment: PaymentSeen) -> DeliveryReport | None:
    """That the shop knows the payment's refunds otherwise than was planned; None where nothing changed."""
    if planned.state is None or not psp_differs(planned.state, payment):
        return None
    if (reason := speaks_against(payment)) is not None:
        return DeliveryReport(delivered=Delivered.WITHHELD, reason=reason)
    return DeliveryReport(
        delivered=Delivered.CHANGED, detail="the payment's refunds are claimed otherwise than the plan saw"
    )
