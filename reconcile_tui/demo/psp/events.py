"""Which event a status sends, by the server's own table of statuses."""

from typing import Final

from reconcile_tui.demo.psp.entries import AnyEntry, PaymentConstants


def event_type(entry: AnyEntry) -> str | None:
    """The event of what Hyperswitch knows of `entry`; None for a status that sends none."""
    table = _OF_PAYMENTS if isinstance(entry.constants, PaymentConstants) else _OF_REFUNDS
    return table.get(entry.known.status)


_OF_PAYMENTS: Final = {
    "succeeded": "payment_succeeded",
    "failed": "payment_failed",
    "cancelled": "payment_cancelled",
    "cancelled_post_capture": "payment_cancelled_post_capture",
    "expired": "payment_expired",
    "processing": "payment_processing",
    "requires_customer_action": "action_required",
    "requires_merchant_action": "action_required",
    "requires_capture": "payment_authorized",
    "partially_captured": "payment_captured",
    "partially_captured_and_capturable": "payment_captured",
    "partially_authorized_and_requires_capture": "payment_partially_authorized",
}

_OF_REFUNDS: Final = {"succeeded": "refund_succeeded", "failed": "refund_failed"}
