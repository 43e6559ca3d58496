"""Plans: the frozen list of decisions that an apply will hold to (design rule 3)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconcile_tui.core.clock import must_be_utc
from reconcile_tui.core.decisions import Applicable, Decision, applicable
from reconcile_tui.core.findings import Finding, LocalOrder, LocalRefund, LocalRow, RowRef
from reconcile_tui.core.policy import Actor
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    ReadHow,
    RefundSeen,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """One row: what was seen of it here and at the PSP (None: there was nothing to ask), and what follows."""

    finding: Finding
    state: PspState | None
    decision: Decision

    @property
    def ref(self) -> RowRef:
        return self.finding.ref

    @property
    def action(self) -> Applicable | None:
        return applicable(self.decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A fixed set of rows, decided. It is applied as it is, or not.

    Attributes:
        made_at: UTC, database clock.
        reason: why, in the words of whoever asked.
    """

    plan_id: str
    made_at: datetime
    actor: Actor
    rows: tuple[PlannedRow, ...]
    reason: str | None = None

    def __post_init__(self) -> None:
        must_be_utc(self.made_at)
        refs = [row.ref for row in self.rows]
        if len(set(refs)) != len(refs):
            raise ValueError("a plan holds each row once")

    @property
    def to_apply(self) -> tuple[PlannedRow, ...]:
        return tuple(row for row in self.rows if row.action is not None)


def is_fresh(state: PspState, *, now: datetime, fresh_for: timedelta) -> bool:
    """Whether a state may be applied at `now` (UTC, this machine's clock) without reading it again."""
    if isinstance(state, ReadFailed) or not is_forced(state):
        return False
    return timedelta(0) <= now - state.stamp.at <= fresh_for


def is_forced(state: PspState | None) -> bool:
    """Whether the processor was asked too: only such a state may be applied."""
    return not isinstance(state, ReadFailed | None) and state.stamp.how is ReadHow.FORCED


def row_differs(seen: LocalRow, now: LocalRow) -> bool:
    """Whether the row is another than the plan saw: status, amounts, currency, ids, nothing else."""
    return _row_facts(seen) != _row_facts(now)


def psp_differs(seen: PspState, now: PspState) -> bool:
    """Whether the PSP says another thing than the plan saw: status, amounts, currency, ids, candidates."""
    return psp_facts(seen) != psp_facts(now)


def _row_facts(row: LocalRow) -> tuple[object, ...]:
    match row:
        case LocalOrder():
            return (row.ref, row.status, row.payment_id, row.money)
        case LocalRefund():
            # Not the order's status: a sibling's refund moves it, which the transition allows for.
            order = (row.order.ref, row.order.payment_id, row.order.money) if row.order else None
            return (row.ref, row.status, row.refund_id, row.money, order)


def psp_facts(state: PspState) -> tuple[object, ...]:
    """What decides of a state: status, amounts, currency, ids, an orphan's candidates, nothing else."""
    match state:
        case PaymentSeen():
            received = (state.net_amount, state.amount_received)
            return (state.payment_id, state.status, state.amount, state.currency, *received)
        case RefundSeen():
            return (state.refund_id, state.payment_id, state.status, state.amount, state.currency)
        case OrphanEvidence():
            candidates = frozenset(psp_facts(refund) for refund in state.refunds)
            return (*psp_facts(state.payment), candidates, state.claimed, state.rivals, state.named)
        case NotFound():
            return ("not_found", state.what, state.psp_id)
        case ReadFailed():
            return ("unreadable", state.kind)


def without_bodies(row: PlannedRow) -> PlannedRow:
    """The same row without the PSP's full objects: for whoever keeps many of them."""
    match row.state:
        case PaymentSeen() as payment:
            return replace(row, state=_slim_payment(payment))
        case RefundSeen() as refund:
            return replace(row, state=replace(refund, body={}))
        case OrphanEvidence() as evidence:
            refunds = tuple(replace(refund, body={}) for refund in evidence.refunds)
            return replace(
                row, state=replace(evidence, payment=_slim_payment(evidence.payment), refunds=refunds)
            )
        case _:
            return row


def _slim_payment(payment: PaymentSeen) -> PaymentSeen:
    refunds = tuple(replace(refund, body={}) for refund in payment.refunds)
    return replace(payment, body={}, refunds=refunds)
