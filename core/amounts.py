"""Amounts: whether the PSP's money is the row's money (design rule 6).

Minor units are compared as both sides give them, never converted. What does not agree is never applied by
itself: every function answers with the first reason for a person to look, or None.
"""

from enum import StrEnum

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.findings import LocalOrder, LocalRefund
from reconcile_tui.core.money import Money
from reconcile_tui.core.psp_states import DisputeSeen, PaymentSeen, RefundSeen
from reconcile_tui.core.statuses import DisputeStatus

_MONEY_STAYS = (DisputeStatus.WON, DisputeStatus.CANCELLED)


class AmountIs(StrEnum):
    """Which of the PSP's amounts the shop stores on its order. The mapping says so."""

    AMOUNT = "amount"
    NET_AMOUNT = "net_amount"
    """The amount with surcharge, tax and shipping."""


def payment_disagrees(
    order: LocalOrder, payment: PaymentSeen, event: Event, amount_is: AmountIs
) -> Reason | None:
    """Why `event` may not be applied to `order` on the strength of `payment`, by their amounts."""
    if (reason := order_differs(order, payment, amount_is)) is not None:
        return reason
    if event is not Event.PAYMENT_SUCCEEDED:
        return None
    return _not_received(payment) or speaks_against(payment)


def speaks_against(payment: PaymentSeen) -> Reason | None:
    """What the PSP says against the money of a payment that succeeded: that it does not stay."""
    if payment.is_voided:
        return Reason.VOIDED_AFTER_CAPTURE
    if unclaimed_refunds(payment) or given_back_unlisted(payment) > 0:
        return Reason.GIVEN_BACK
    return Reason.DISPUTED if is_disputed(payment) else None


def unclaimed_refunds(payment: PaymentSeen) -> tuple[RefundSeen, ...]:
    """Refunds that did not fail and that the shop knows nothing of, whatever their amount."""
    return tuple(refund for refund in payment.live_refunds if refund.refund_id not in payment.claimed)


def given_back_unlisted(payment: PaymentSeen) -> int:
    """What the PSP's own sum says was given back beyond the refunds that are listed, in minor units."""
    listed = sum(refund.amount for refund in payment.live_refunds)
    return max((payment.total_refunded or 0) - listed, 0)


def given_back(payment: PaymentSeen) -> int:
    """What left again, or may be leaving, without any row here that knows of it, in minor units."""
    return sum(refund.amount for refund in unclaimed_refunds(payment)) + given_back_unlisted(payment)


def is_disputed(payment: PaymentSeen) -> bool:
    """Whether the bank claims the money back, or got it. Won, or taken back, a dispute changes nothing;
    expired it is lost, for nobody answered it. A sum without any listed dispute counts too."""
    if payment.disputes:
        return bool(standing_disputes(payment))
    return (payment.total_disputed or 0) > 0


def standing_disputes(payment: PaymentSeen) -> tuple[DisputeSeen, ...]:
    """The disputes that speak against the money; one of an unknown status does."""
    return tuple(dispute for dispute in payment.disputes if dispute.status not in _MONEY_STAYS)


def order_differs(order: LocalOrder, payment: PaymentSeen, amount_is: AmountIs) -> Reason | None:
    """Why `payment` is not for `order`'s money; None where amount and currency agree."""
    return _differs(order.money, stated_amount(payment, amount_is), payment.currency)


def stated_amount(payment: PaymentSeen, amount_is: AmountIs) -> int | None:
    """What the shop's own amount is compared with, in minor units; None where the PSP did not say."""
    return payment.amount if amount_is is AmountIs.AMOUNT else payment.net_amount


def refund_disagrees(row: LocalRefund, seen: RefundSeen, event: Event) -> Reason | None:
    """Why `event` may not be applied to `row` on the strength of `seen`, by their amounts."""
    if (reason := _differs(row.money, seen.amount, seen.currency)) is not None:
        return reason
    if (reason := refund_outgrows_order(row)) is not None:
        return reason
    return refunds_exceed_order(row) if event is Event.REFUND_SUCCEEDED else None


def refund_outgrows_order(row: LocalRefund) -> Reason | None:
    """Why a refund cannot be of its order, by the local rows alone."""
    if row.order is None:
        return Reason.ORDER_MISSING
    if row.money is None or row.order.money is None:
        return Reason.MISSING_AMOUNT
    if row.money.currency != row.order.money.currency:
        return Reason.CURRENCY_MISMATCH
    return Reason.REFUND_TOO_LARGE if row.money.minor > row.order.money.minor else None


def refunds_exceed_order(row: LocalRefund) -> Reason | None:
    """Why this refund and those that succeeded before it are more than their order, or cannot be summed."""
    if row.order is None or row.order.money is None or row.money is None or not row.siblings.summable:
        return Reason.MISSING_AMOUNT
    together = row.siblings.succeeded_minor + row.money.minor
    return Reason.REFUNDS_EXCEED_ORDER if together > row.order.money.minor else None


def _differs(local: Money | None, amount: int | None, currency: str) -> Reason | None:
    if local is None or amount is None:
        return Reason.MISSING_AMOUNT
    if local.currency != currency:
        return Reason.CURRENCY_MISMATCH
    return None if local.minor == amount else Reason.AMOUNT_MISMATCH


def _not_received(payment: PaymentSeen) -> Reason | None:
    """Why the payment is not paid in full. What an answer leaves out says nothing against it: older
    connectors leave `amount_received` null."""
    due = payment.amount if payment.net_amount is None else payment.net_amount
    if payment.amount_received not in (None, due) or payment.captured not in (None, due):
        return Reason.RECEIVED_MISMATCH
    return Reason.PARTIAL_CAPTURE if (payment.amount_capturable or 0) > 0 else None
