"""Decisions: what follows from a finding and the PSP's state, as a closed union of values.

They are made by `reconcile_tui.core.decide`; an illegal one (a sync without an event) cannot be built.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from reconcile_tui.core.findings import RefundId
from reconcile_tui.core.statuses import Kind, OrderStatus, RefundStatus


class Event(StrEnum):
    """What a dispatch delivers.

    The payment and refund events are Hyperswitch's own webhooks in the journal's spelling. The orphan
    ones have no webhook: nothing at the PSP ever happened, or its id has to be written first.
    """

    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_CANCELLED = "payment.cancelled"
    PAYMENT_EXPIRED = "payment.expired"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    ORPHAN_ADOPTED = "orphan.adopted"
    ORPHAN_FAILED = "orphan.failed"

    @property
    def kind(self) -> Kind:
        return Kind.ORDER if self.value.startswith("payment.") else Kind.REFUND

    @property
    def webhook_type(self) -> str | None:
        """Hyperswitch's `event_type`; None for an orphan's event."""
        return None if self.value.startswith("orphan.") else self.value.replace(".", "_")

    @property
    def target(self) -> OrderStatus | RefundStatus | None:
        """The local status that the row itself gets; None where it stays (`adopt`)."""
        return _TARGETS.get(self)


_TARGETS: dict[Event, OrderStatus | RefundStatus] = {
    Event.PAYMENT_SUCCEEDED: OrderStatus.COMPLETED,
    Event.PAYMENT_FAILED: OrderStatus.FAILED,
    Event.PAYMENT_CANCELLED: OrderStatus.CANCELLED,
    Event.PAYMENT_EXPIRED: OrderStatus.CANCELLED,
    Event.REFUND_SUCCEEDED: RefundStatus.SUCCEEDED,
    Event.REFUND_FAILED: RefundStatus.FAILED,
    Event.ORPHAN_FAILED: RefundStatus.FAILED,
}


class WaitsFor(StrEnum):
    """Whom an open payment or refund waits for."""

    PROCESSOR = "processor"
    CUSTOMER = "customer"
    MERCHANT = "merchant"
    AGE = "age"
    """Nobody: the row is younger than its limit, or was never sent."""


class Reason(StrEnum):
    """Why a person must look."""

    AMOUNT_MISMATCH = "amount_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    RECEIVED_MISMATCH = "received_mismatch"
    MISSING_AMOUNT = "missing_amount"
    REFUND_TOO_LARGE = "refund_too_large"
    REFUNDS_EXCEED_ORDER = "refunds_exceed_order"
    PARTIAL_CAPTURE = "partial_capture"
    VOIDED_AFTER_CAPTURE = "voided_after_capture"
    CONFLICTED = "conflicted"
    IN_REVIEW = "in_review"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_LOCAL_STATUS = "unknown_local_status"
    MALFORMED_ROW = "malformed_row"
    """A value of the row, or a field of the PSP's answer about it, cannot be read."""
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    WRONG_PAYMENT = "wrong_payment"
    PROCESSING_TOO_LONG = "processing_too_long"
    REFUND_NEVER_SENT = "refund_never_sent"
    CONTRADICTION = "contradiction"
    REVIVED = "revived"
    ORPHAN_NO_PAYMENT = "orphan_no_payment"
    ORPHAN_PAYMENT_DIFFERS = "orphan_payment_differs"
    ORPHAN_AMBIGUOUS = "orphan_ambiguous"
    ORPHAN_UNCLAIMED_REFUND = "orphan_unclaimed_refund"
    ORPHAN_CLAIMED_BY_OTHER = "orphan_claimed_by_other"
    ORDER_MISSING = "order_missing"
    TOO_OLD = "too_old"
    """Older than RECONCILE_AUTO_MAX_AGE: an operator may apply it."""
    ORPHAN_CAP = "orphan_cap"
    """More orphans to fail in one interval than RECONCILE_ORPHAN_AUTO_LIMIT: an operator may apply it."""
    SHARED_PSP_ID = "shared_psp_id"
    """Another row holds the same payment or refund id: one truth cannot settle two rows."""
    NO_EVENT = "no_event"
    """The shop's own handler has no event for it: an orphan, with HTTP dispatch."""
    NO_EFFECT = "no_effect"
    """Delivered, acknowledged, and nothing happened."""
    UNDELIVERABLE = "undeliverable"
    """Its event was refused three times in a row, by the shop's database or its handler."""
    GIVEN_BACK = "given_back"
    """Paid, and given back at the PSP by a refund that no row here claims: an operator may apply it."""
    DISPUTED = "disputed"
    """Paid, and the customer's bank claims the money back: an operator may apply it."""

    @property
    def operator_may_apply(self) -> bool:
        """Whether an operator may apply, knowingly, what the daemon must not."""
        return self.is_of_policy or self.is_of_money

    @property
    def is_of_policy(self) -> bool:
        """Age or a cap: the facts agree, and only the daemon is not trusted with it."""
        return self in (Reason.TOO_OLD, Reason.ORPHAN_CAP)

    @property
    def is_of_money(self) -> bool:
        """The payment succeeded, and the PSP says that its money may not stay."""
        return self in (Reason.GIVEN_BACK, Reason.DISPUTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """Feed the webhook that never arrived.

    Attributes:
        despite: what the PSP says of the money against it; only an operator applies it then, knowingly.
    """

    event: Event
    despite: Reason | None = None
    kind: Literal["sync"] = "sync"

    def __post_init__(self) -> None:
        if self.event in (Event.ORPHAN_ADOPTED, Event.ORPHAN_FAILED):
            raise ValueError(f"{self.event} is no webhook")
        if self.despite is not None and not self.despite.is_of_money:
            raise ValueError(f"{self.despite} cannot be set aside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt:
    """Write the id of the one refund at the PSP that is this orphan's. `matched_by`: its proof."""

    refund_id: RefundId
    matched_by: Literal["id", "metadata", "amount"]
    event: Literal[Event.ORPHAN_ADOPTED] = Event.ORPHAN_ADOPTED
    kind: Literal["adopt"] = "adopt"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailOrphan:
    """The refund never reached the PSP: fail it and roll its order back. `listed`: refunds looked at."""

    listed: int
    event: Literal[Event.ORPHAN_FAILED] = Event.ORPHAN_FAILED
    kind: Literal["fail_orphan"] = "fail_orphan"


Applicable = Sync | Adopt | FailOrphan


@dataclass(frozen=True, slots=True, kw_only=True)
class StillPending:
    """Open at the PSP too: leave it."""

    waits_for: WaitsFor
    kind: Literal["still_pending"] = "still_pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """A person must look.

    Attributes:
        withheld: what an operator may still apply, knowingly; nothing, where the row is final already.
    """

    reason: Reason
    withheld: Applicable | None = None
    kind: Literal["attention"] = "attention"

    def __post_init__(self) -> None:
        if self.withheld is None and not self.reason.is_of_policy:
            return
        if self.withheld is None or not self.reason.operator_may_apply:
            raise ValueError(f"{self.reason}: an operator may apply what is withheld, nothing else")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The PSP could not be read: the row stays, the next tick tries again."""

    kind: Literal["unreadable"] = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyResolved:
    """The row is final and the PSP agrees."""

    kind: Literal["already_resolved"] = "already_resolved"


Decision = Applicable | StillPending | Attention | Unreadable | AlreadyResolved


def applicable(decision: Decision) -> Applicable | None:
    """What an apply would carry out, or None."""
    match decision:
        case Sync() | Adopt() | FailOrphan():
            return decision
        case _:
            return None
