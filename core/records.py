"""Records: rows, PSP states and decisions as the small documents that the journal keeps.

They hold what decided and nothing else: no customer, no card, no secret.
"""

from collections.abc import Mapping
from typing import Any, assert_never

from reconcile_tui.core.amounts import given_back_unlisted, standing_disputes, unclaimed_refunds
from reconcile_tui.core.decisions import (
    Adopt,
    AlreadyResolved,
    Attention,
    Decision,
    FailOrphan,
    StillPending,
    Sync,
    Unreadable,
)
from reconcile_tui.core.findings import LocalOrder, LocalRefund, LocalRow
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.masking import masked
from reconcile_tui.core.money import Money
from reconcile_tui.core.psp.whole_object import digest
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    ReadFailureKind,
    ReadStamp,
    RefundSeen,
)
from reconcile_tui.core.statuses import UnknownStatus


def row_record(row: LocalRow) -> dict[str, Any]:
    """The local facts of a row."""
    match row:
        case LocalOrder():
            record: dict[str, Any] = {"status": _word(row.status), "payment_id": row.payment_id}
        case LocalRefund():
            record = {"status": _word(row.status), "refund_id": row.refund_id}
            if row.order is not None:
                record["order"] = {"id": row.order.row_id, "status": _word(row.order.status)}
                record["payment_id"] = row.order.payment_id
        case _:
            assert_never(row)
    if row.malformed:
        record["malformed"] = [[each.column, each.trouble.value] for each in row.malformed]
    return record | _money(row.money)


def recorded_money(record: Mapping[str, Any] | None) -> Money | None:
    """The amount that a row's record holds; None where the row had none."""
    if record is None or record.get("amount") is None or record.get("currency") is None:
        return None
    return Money(record["amount"], record["currency"])


def psp_record(state: PspState) -> dict[str, Any]:
    """The deciding fields of a PSP state, when and how it was read."""
    match state:
        case PaymentSeen():
            return _payment(state) | _against(state)
        case RefundSeen():
            return _stamp(state.stamp) | _refund(state)
        case OrphanEvidence():
            return _stamp(state.stamp) | {
                "payment": _payment(state.payment),
                "refunds": [_refund(refund) for refund in state.refunds],
                "claimed": sorted(state.claimed),
                "rivals": state.rivals,
            }
        case NotFound():
            return _stamp(state.stamp) | {"not_found": state.what, "id": state.psp_id}
        case ReadFailed():
            failed = {"at": state.at.isoformat(), "unreadable": state.kind.value, "http": state.http_status}
            said = state.kind in (ReadFailureKind.MALFORMED_FIELD, ReadFailureKind.DEFECT)
            return failed | ({"detail": harmless(masked(state.detail))} if said else {})
        case _:
            assert_never(state)


def _payment(payment: PaymentSeen) -> dict[str, Any]:
    return _stamp(payment.stamp) | {
        "payment_id": payment.payment_id,
        "status": _word(payment.status),
        "amount": payment.amount,
        "net_amount": payment.net_amount,
        "amount_received": payment.amount_received,
        "currency": payment.currency,
        "connector": payment.connector,
        "error_code": payment.error_code,
    }


def _against(payment: PaymentSeen) -> dict[str, Any]:
    """What speaks against the money of a payment; nothing where nothing does."""
    given_back = [_refund(refund) for refund in unclaimed_refunds(payment)]
    disputes = [
        {"dispute_id": dispute.dispute_id, "status": _word(dispute.status), "amount": dispute.amount}
        for dispute in standing_disputes(payment)
    ]
    record = {
        "given_back": given_back,
        "given_back_unlisted": given_back_unlisted(payment),
        "disputes": disputes,
        "total_disputed": payment.total_disputed,
        "voided": payment.is_voided,
        "captured": payment.captured,
        "amount_capturable": payment.amount_capturable,
    }
    return {name: fact for name, fact in record.items() if fact}


def psp_digest(state: PspState) -> str | None:
    """SHA-256 of the PSP's whole answer; None where there was none."""
    match state:
        case PaymentSeen() | RefundSeen():
            return digest(state.body)
        case OrphanEvidence():
            return digest(
                {"payment": state.payment.body, "refunds": [refund.body for refund in state.refunds]}
            )
        case NotFound() | ReadFailed():
            return None
        case _:
            assert_never(state)


def decision_record(decision: Decision) -> dict[str, Any]:
    """A decision with what it carries."""
    match decision:
        case Sync():
            despite = {"despite": decision.despite.value} if decision.despite else {}
            return {"kind": decision.kind, "event": decision.event.value} | despite
        case Adopt():
            return {"kind": decision.kind, "refund_id": decision.refund_id, "matched_by": decision.matched_by}
        case FailOrphan():
            return {"kind": decision.kind, "listed": decision.listed}
        case StillPending():
            return {"kind": decision.kind, "waits_for": decision.waits_for.value}
        case Attention():
            withheld = {"withheld": decision_record(decision.withheld)} if decision.withheld else {}
            return {"kind": decision.kind, "reason": decision.reason.value} | withheld
        case Unreadable() | AlreadyResolved():
            return {"kind": decision.kind}
        case _:
            assert_never(decision)


def facts_record(row: LocalRow, state: PspState | None) -> dict[str, Any]:
    """What an acknowledgement of an attention item is about: when it changes, the item comes back."""
    psp = (
        {key: value for key, value in psp_record(state).items() if key not in ("at", "how")}
        if state
        else None
    )
    return {"row": row_record(row), "psp": psp}


def psp_status_word(state: PspState) -> str | None:
    """The PSP's status in its own word; None where nothing was read."""
    match state:
        case PaymentSeen() | RefundSeen():
            return _word(state.status)
        case OrphanEvidence():
            return _word(state.payment.status)
        case NotFound():
            return "not_found"
        case ReadFailed():
            return None
        case _:
            assert_never(state)


def _word(status: Any) -> str:
    return masked(status.value) if isinstance(status, UnknownStatus) else str(status)


def _money(money: Money | None) -> dict[str, Any]:
    return {"amount": money.minor if money else None, "currency": money.currency if money else None}


def _stamp(stamp: ReadStamp) -> dict[str, Any]:
    return {"at": stamp.at.isoformat(), "how": stamp.how.value}


def _refund(refund: RefundSeen) -> dict[str, Any]:
    return {
        "refund_id": refund.refund_id,
        "payment_id": refund.payment_id,
        "status": _word(refund.status),
        "amount": refund.amount,
        "currency": refund.currency,
        "connector": refund.connector,
        "error_code": refund.error_code,
        "created_at": refund.created_at.isoformat() if refund.created_at else None,
    }
