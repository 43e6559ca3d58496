"""Plans: the frozen list of decisions that an apply will hold to (design rule 3)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from reconcile_tui.core.amounts import (
    given_back_unlisted,
    is_disputed,
    standing_disputes,
    unclaimed_refunds,
)
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
from reconcile_tui.core.statuses import (
    DisputeStatus,
    OrderStatus,
    PaymentStatus,
    PspRefundStatus,
    RefundStatus,
    UnknownStatus,
)

Fact = str | int | list[str] | list[list[str | int]] | None
Facts = dict[str, Fact]
"""What decides of one side, by name, as plain JSON. Equal facts decide the same."""


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
    return row_facts(seen) != row_facts(now)


def psp_differs(seen: PspState, now: PspState) -> bool:
    """Whether the PSP says another thing than the plan saw: status, amounts, currency, ids, candidates."""
    return psp_facts(seen) != psp_facts(now)


def row_facts(row: LocalRow) -> Facts:
    """What decides of a row: status, amounts, currency, ids, nothing else."""
    match row:
        case LocalOrder():
            return {"id": row.row_id, "status": _word(row.status), "payment_id": row.payment_id} | _money(row)
        case LocalRefund():
            facts: Facts = {"id": row.row_id, "status": _word(row.status), "refund_id": row.refund_id}
            # Not the order's status: a sibling's refund moves it, which the transition allows for.
            order: Facts = {"id": row.order.row_id, "payment_id": row.order.payment_id} if row.order else {}
            money = _money(row.order) if row.order else {}
            return facts | _money(row) | {f"order_{name}": fact for name, fact in (order | money).items()}
        case _:
            assert_never(row)


def psp_facts(state: PspState) -> Facts:
    """What decides of a state: status, amounts, currency, ids, an orphan's candidates, nothing else."""
    match state:
        case PaymentSeen():
            return _of_payment(state) | _against(state)
        case RefundSeen():
            return {
                "refund_id": state.refund_id,
                "payment_id": state.payment_id,
                "status": _word(state.status),
                "amount": state.amount,
                "currency": state.currency,
            }
        case OrphanEvidence():
            return _of_payment(state.payment) | _facts_of_refunds(state)
        case NotFound():
            return {"not_found": state.what, "id": state.psp_id}
        case ReadFailed():
            return {"unreadable": state.kind.value}
        case _:
            assert_never(state)


def _of_payment(payment: PaymentSeen) -> Facts:
    return {
        "payment_id": payment.payment_id,
        "status": _word(payment.status),
        "amount": payment.amount,
        "currency": payment.currency,
        "net_amount": payment.net_amount,
        "amount_received": payment.amount_received,
    }


def _against(payment: PaymentSeen) -> Facts:
    """What speaks against the money, named where there is something alone: the facts of most payments are
    few, and a plan of an older version knows no others."""
    given_back: list[list[str | int]] = [
        [refund.refund_id, _word(refund.status), refund.amount, refund.currency]
        for refund in sorted(unclaimed_refunds(payment), key=lambda refund: refund.refund_id)
    ]
    disputes: list[list[str | int]] = [
        [dispute.dispute_id, _word(dispute.status)]
        for dispute in sorted(standing_disputes(payment), key=lambda dispute: dispute.dispute_id)
    ]
    facts: Facts = {
        "given_back": given_back,
        "given_back_unlisted": given_back_unlisted(payment),
        "disputes": disputes,
        "disputed": "yes" if is_disputed(payment) and not disputes else None,
        "voided": "yes" if payment.is_voided else None,
        "captured": payment.captured,
        "capturable": payment.amount_capturable,
    }
    return {name: fact for name, fact in facts.items() if fact}


def _facts_of_refunds(evidence: OrphanEvidence) -> Facts:
    candidates: list[list[str | int]] = [
        [refund.refund_id, refund.payment_id, _word(refund.status), refund.amount, refund.currency]
        for refund in sorted(evidence.refunds, key=lambda refund: refund.refund_id)
    ]
    return {
        "refunds": candidates,
        "claimed": sorted(map(str, evidence.claimed)),
        "rivals": evidence.rivals,
        "named": sorted(map(str, evidence.named)),
    }


def _money(row: LocalRow) -> Facts:
    money = row.money
    return {"amount": money.minor if money else None, "currency": money.currency if money else None}


def _word(
    status: OrderStatus | RefundStatus | PaymentStatus | PspRefundStatus | DisputeStatus | UnknownStatus,
) -> str:
    """The status as a word. The shop's own word may be one of ours and mean another thing."""
    return f"unknown: {status.value}" if isinstance(status, UnknownStatus) else status.value


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
