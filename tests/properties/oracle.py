"""The oracle: what the state machine of the shop allows, written down a second time.

From the tables of transitions and of the PSP's statuses in the design, and from nothing in the code that it
judges: all words are plain strings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

TARGETS: Final = {
    "payment.succeeded": "completed",
    "payment.failed": "failed",
    "payment.cancelled": "cancelled",
    "payment.expired": "cancelled",
    "refund.succeeded": "succeeded",
    "refund.failed": "failed",
    "orphan.failed": "failed",
}
"""What an event makes of its own row; an adoption leaves it pending."""

SAYS: Final = {
    "payment.succeeded": "succeeded",
    "payment.failed": "failed",
    "payment.cancelled": "cancelled",
    "payment.expired": "expired",
    "refund.succeeded": "succeeded",
    "refund.failed": "failed",
}
"""The PSP's status that justifies an event."""

UNPAID: Final = frozenset({"failed", "cancelled"})
PAID: Final = frozenset({"completed", "refund_pending", "refunded"})
OPEN_TO_REFUNDS: Final = {
    "succeeded": frozenset({"refund_pending", "completed"}),
    "failed": frozenset({"refund_pending", "completed", "refunded"}),
}
"""What the order must be when a refund of it gets this status."""

FINAL_PAYMENTS: Final = {"succeeded": PAID, "failed": UNPAID, "cancelled": UNPAID, "expired": UNPAID}
"""The PSP's final words, and the local statuses that agree."""

NO_MONEY_HELD: Final = frozenset(
    {"requires_customer_action", "requires_payment_method", "requires_confirmation"}
)
"""Open at the PSP, yet not against an order that was given up."""

NEEDS_A_PERSON: Final = frozenset(
    {
        "cancelled_post_capture",
        "partially_captured",
        "partially_captured_and_capturable",
        "partially_authorized_and_requires_capture",
        "partially_captured_and_processing",
        "conflicted",
        "review",
        "teleported",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRefund:
    """Another refund of the same order."""

    status: str
    amount: int


def own_change_is_legal(kind: str, old: str, new: str) -> bool:
    """Whether an event may move a row of this kind so, the order of a refund included."""
    if kind == "refund":
        return old == "pending" and new in ("pending", "succeeded", "failed")
    if old == "pending":
        return new in ("completed", "failed", "cancelled")
    return (old, new) in {
        ("refund_pending", "completed"),
        ("refund_pending", "refunded"),
        ("completed", "refunded"),
        ("completed", "refund_pending"),
    }


def order_after(
    refund: str, *, amount: int, order: str, order_amount: int, others: Iterable[OtherRefund]
) -> str | None:
    """What the order is once a refund of it got the status `refund`; None: it must not have got it."""
    others = list(others)
    if order not in OPEN_TO_REFUNDS[refund]:
        return None
    waiting = any(other.status == "pending" for other in others)
    if refund == "failed":
        return "completed" if order == "refund_pending" and not waiting else order
    back = amount + sum(other.amount for other in others if other.status == "succeeded")
    if back > order_amount:
        return None
    if back == order_amount:
        return "refunded"
    return "refund_pending" if waiting else "completed"


def agrees(kind: str, local: str, psp: str) -> bool:
    """Whether a final row and the PSP say the same, or nothing against each other."""
    if kind == "refund":
        return local == psp
    if psp in FINAL_PAYMENTS:
        return local in FINAL_PAYMENTS[psp]
    return local in UNPAID and psp in NO_MONEY_HELD
