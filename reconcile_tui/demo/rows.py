"""Rows: what the demo's shop holds, what the PSP holds of it, and what the author meant with each row.

They are plain data, so that a test can compare what the reconciler did with what was meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from reconcile_tui.core.decisions import Decision
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.demo.psp import Book, WebhookPolicy
from reconcile_tui.demo.psp.book import When


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A row of the demo shop's orders. Amounts are minor units, moments UTC."""

    row_id: str
    status: str
    payment_id: str | None
    amount: int | None
    currency: str
    customer_email: str
    created_at: datetime
    updated_at: datetime

    @property
    def ref(self) -> RowRef:
        return RowRef(Kind.ORDER, self.row_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRow:
    """A row of the demo shop's refunds. Without `refund_id` the PSP's answer never came: an orphan."""

    row_id: str
    order_id: str
    status: str
    refund_id: str | None
    amount: int
    reason: str
    error_message: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def ref(self) -> RowRef:
        return RowRef(Kind.REFUND, self.row_id)


class PaymentFacts(TypedDict, total=False):
    """What `Book.payment` is told beside the id; see there."""

    status: str
    known: str
    amount: int
    currency: str
    net_amount: int
    amount_received: int
    connector: str
    metadata: Mapping[str, object]
    order_reference: str
    customer_id: str
    attempt_count: int
    manual_retry_allowed: bool
    capture_method: str
    error_code: str
    error_message: str
    cancellation_reason: str
    created: When
    then: Sequence[tuple[When, str]]
    learns_at: Sequence[When]
    webhook: WebhookPolicy


class RefundFacts(TypedDict, total=False):
    """What `Book.refund` is told beside the ids; see there."""

    status: str
    known: str
    amount: int
    connector_refund_id: str | None
    metadata: Mapping[str, object]
    error_code: str
    error_message: str
    created: When
    then: Sequence[tuple[When, str]]
    learns_at: Sequence[When]
    listed_at: When
    webhook: WebhookPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAtPsp:
    """A payment of the PSP's book."""

    payment_id: str
    facts: PaymentFacts

    def write(self, book: Book) -> None:
        """Put it into the book."""
        book.payment(self.payment_id, **self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAtPsp:
    """A refund of the PSP's book; its payment must be there. `of`: the shop's row that it was made for."""

    refund_id: str
    payment_id: str
    facts: RefundFacts
    of: RowRef

    def write(self, book: Book) -> None:
        """Put it into the book."""
        book.refund(self.refund_id, payment=self.payment_id, **self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What the author meant with a row of the shop.

    Attributes:
        way: how it came to be as it is, in a few words.
        decisions: what the daemon must decide about it, look by look, until nothing is due; empty for a
            row that it must not touch.
        ends: the shop's word for its status after that.
        by_webhook: the real webhook may heal it before the tool does.
    """

    ref: RowRef
    way: str
    decisions: tuple[Decision, ...] = field(default=())
    ends: str
    by_webhook: bool = False
