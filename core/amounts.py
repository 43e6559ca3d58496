"""Amounts: whether the PSP's money is the row's money (design rule 6).

Minor units are compared as both sides give them, never converted. What does not agree is never applied by
itself: every function answers with the first reason for a person to look, or None.
"""

from enum import StrEnum

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.findings import LocalOrder, LocalRefund
from reconcile_tui.core.money import Money
from reconcile_tui.core.psp_states import PaymentSeen, RefundSeen


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
    if event is Event.PAYMENT_SUCCEEDED and not _received_in_full(payment):
        return Reason.RECEIVED_MISMATCH
    return None


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


def _received_in_full(payment: PaymentSeen) -> bool:
    """An answer without `amount_received` says nothing against it (older connectors leave it null)."""
    if payment.amount_received is None:
        return True
    due = payment.amount if payment.net_amount is None else payment.net_amount
    return payment.amount_received == due
