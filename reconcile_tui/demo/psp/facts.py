"""Facts: what a payment or a refund is at one moment, for the processor or for Hyperswitch.

Statuses are plain words, so that a book can hold one that nobody knows yet. Amounts are minor units.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacts:
    """A payment at one moment.

    Attributes:
        amount_received: captured so far; None where nothing ever was.
        amount_capturable: what could still be captured.
    """

    status: str
    amount_received: int | None = None
    amount_capturable: int = 0
    error_code: str | None = None
    error_message: str | None = None
    cancellation_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFacts:
    """A refund at one moment."""

    status: str
    error_code: str | None = None
    error_message: str | None = None


def payment_facts(
    status: str,
    *,
    net_amount: int,
    amount_received: int | None = None,
    error_code: str | None = None,
    error_message: str | None = None,
    cancellation_reason: str | None = None,
) -> PaymentFacts:
    """What follows from a status where nothing else is said.

    Args:
        net_amount: what the customer was to pay.
        amount_received: said for a capture that differs from the usual one of the status.
    """
    received = amount_received
    if received is None and status in _CAPTURED:
        received = net_amount
    elif received is None and status in _PARTLY_CAPTURED:
        received = net_amount // 2
    declined = status == "failed"
    return PaymentFacts(
        status=status,
        amount_received=received,
        amount_capturable=0 if status in _NOTHING_LEFT else net_amount - (received or 0),
        error_code=error_code or ("card_declined" if declined else None),
        error_message=error_message or ("The issuer declined the payment" if declined else None),
        cancellation_reason=cancellation_reason
        or ("requested_by_customer" if status == "cancelled" else None),
    )


def refund_facts(
    status: str, *, error_code: str | None = None, error_message: str | None = None
) -> RefundFacts:
    """What follows from a refund's status where nothing else is said."""
    refused = status == "failed"
    return RefundFacts(
        status=status,
        error_code=error_code or ("refund_declined" if refused else None),
        error_message=error_message or ("The processor declined the refund" if refused else None),
    )


_CAPTURED: Final = frozenset({"succeeded", "cancelled_post_capture"})
_PARTLY_CAPTURED: Final = frozenset(
    {"partially_captured", "partially_captured_and_capturable", "partially_captured_and_processing"}
)
_NOTHING_LEFT: Final = frozenset(
    {"succeeded", "failed", "cancelled", "cancelled_post_capture", "expired", "partially_captured"}
)
