"""The closed vocabularies: local statuses, and the PSP's.

A shop's own words are mapped to the local ones (`reconcile_tui.core.store.mapping`). A status that this
version does not know is a value of its own, `UnknownStatus`: the PSP's list grew from 11 to 17 before.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Which of the shop's tables a row stands in."""

    ORDER = "order"
    REFUND = "refund"


class OrderStatus(StrEnum):
    """The local status of an order."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUND_PENDING = "refund_pending"
    REFUNDED = "refunded"

    @property
    def is_final(self) -> bool:
        return self is not OrderStatus.PENDING


class RefundStatus(StrEnum):
    """The local status of a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self is not RefundStatus.PENDING


class PaymentStatus(StrEnum):
    """Hyperswitch's IntentStatus (API reference, November 2026)."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CANCELLED_POST_CAPTURE = "cancelled_post_capture"
    EXPIRED = "expired"
    PROCESSING = "processing"
    REQUIRES_CUSTOMER_ACTION = "requires_customer_action"
    REQUIRES_MERCHANT_ACTION = "requires_merchant_action"
    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_CAPTURE = "requires_capture"
    PARTIALLY_CAPTURED = "partially_captured"
    PARTIALLY_CAPTURED_AND_CAPTURABLE = "partially_captured_and_capturable"
    PARTIALLY_AUTHORIZED_AND_REQUIRES_CAPTURE = "partially_authorized_and_requires_capture"
    PARTIALLY_CAPTURED_AND_PROCESSING = "partially_captured_and_processing"
    CONFLICTED = "conflicted"
    REVIEW = "review"


WAITS_ON_CUSTOMER = frozenset(
    {
        PaymentStatus.REQUIRES_PAYMENT_METHOD,
        PaymentStatus.REQUIRES_CUSTOMER_ACTION,
        PaymentStatus.REQUIRES_CONFIRMATION,
    }
)
"""Statuses of a payment whose customer has a step to do: an order that has one is no money at risk."""


class PspRefundStatus(StrEnum):
    """Hyperswitch's RefundStatus (API reference, November 2026)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVIEW = "review"


class DisputeStatus(StrEnum):
    """Hyperswitch's DisputeStatus (API reference, November 2026)."""

    OPENED = "dispute_opened"
    EXPIRED = "dispute_expired"
    """Nobody answered in time: it is lost (source: its mapping to Stripe's `lost`)."""
    ACCEPTED = "dispute_accepted"
    CANCELLED = "dispute_cancelled"
    """The customer or the bank took it back."""
    CHALLENGED = "dispute_challenged"
    WON = "dispute_won"
    LOST = "dispute_lost"


@dataclass(frozen=True, slots=True)
class UnknownStatus:
    """A word that this version has no meaning for, kept as it came."""

    value: str


def payment_status(word: str) -> PaymentStatus | UnknownStatus:
    """The PSP's payment status for `word`; unknown words are values, not errors."""
    try:
        return PaymentStatus(word)
    except ValueError:
        return UnknownStatus(word)


def refund_status(word: str) -> PspRefundStatus | UnknownStatus:
    """The PSP's refund status for `word`; unknown words are values, not errors."""
    try:
        return PspRefundStatus(word)
    except ValueError:
        return UnknownStatus(word)


def dispute_status(word: str) -> DisputeStatus | UnknownStatus:
    """The PSP's dispute status for `word`; unknown words are values, not errors."""
    try:
        return DisputeStatus(word)
    except ValueError:
        return UnknownStatus(word)
