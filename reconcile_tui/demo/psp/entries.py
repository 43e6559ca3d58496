"""Entries of the book: one payment or refund, as the processor has it and as Hyperswitch last knew it.

The two are kept apart. The truth moves at moments that were written down; `known` follows only when
somebody asks the processor, or when Hyperswitch's own webhook intake was scripted to hear of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from reconcile_tui.demo.psp.facts import PaymentFacts, RefundFacts
from reconcile_tui.demo.psp.webhook_policy import WebhookPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentConstants:
    """What never changes about a payment. Amounts are minor units.

    Attributes:
        connector_transaction_id: None: the processor never got it, so Hyperswitch never asks about it.
    """

    payment_id: str
    amount: int
    net_amount: int
    currency: str
    connector: str
    connector_transaction_id: str | None
    customer_id: str
    metadata: Mapping[str, object] | None = None
    merchant_order_reference_id: str | None = None
    attempt_count: int = 1
    manual_retry_allowed: bool | None = None
    capture_method: str = "automatic"

    @property
    def object_id(self) -> str:
        return self.payment_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundConstants:
    """What never changes about a refund. Amounts are minor units.

    Attributes:
        connector_refund_id: None: the processor never got it, so Hyperswitch never asks about it.
        listed_at: from when lists show it (UTC).
        embedded_at: from when its payment's `refunds[]` shows it (UTC).
    """

    refund_id: str
    payment_id: str
    amount: int
    currency: str
    connector: str
    connector_refund_id: str | None
    listed_at: datetime
    embedded_at: datetime
    reason: str | None = None
    metadata: Mapping[str, object] | None = None

    @property
    def object_id(self) -> str:
        return self.refund_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A dispute of a payment. `amount`: minor units; `opened`: UTC."""

    dispute_id: str
    status: str
    amount: int
    opened: datetime


C = TypeVar("C", bound=PaymentConstants | RefundConstants)
F = TypeVar("F", bound=PaymentFacts | RefundFacts)


class Entry(Generic[C, F]):
    """One object of the book.

    Attributes:
        created: UTC.
        known: what Hyperswitch answers without asking anybody.
        known_since: when it came to be known (UTC): the body's time of modification.
        version: grows with every change of `known`, so that an encoded body can be kept until then.
        sent: event types that Hyperswitch has sent for this object, ever.
        webhook: how its next events are sent; None: as the server does it.
        disputes: of a payment, by id.
    """

    def __init__(
        self,
        constants: C,
        *,
        created: datetime,
        truth: F,
        known: F,
        learns_at: Sequence[datetime] = (),
        webhook: WebhookPolicy | None = None,
    ) -> None:
        self.constants = constants
        self.created = created
        self.known = known
        self.known_since = created
        self.version = 0
        self.sent: set[str] = set()
        self.webhook = webhook
        self.disputes: dict[str, Dispute] = {}
        self._steps: list[tuple[datetime, F]] = [(created, truth)]
        self._intakes = sorted(learns_at)

    def truth(self, now: datetime) -> F:
        """What the processor would say at `now`."""
        return next((facts for at, facts in reversed(self._steps) if at <= now), self._steps[0][1])

    def moves(self, at: datetime, facts: F) -> None:
        """Write down that the truth becomes `facts` at `at`, which may lie in the past."""
        self._steps.append((max(at, self.created), facts))
        self._steps.sort(key=lambda step: step[0])

    def learns(self, at: datetime) -> bool:
        """Hyperswitch hears the truth of `at`. Whether that was news."""
        facts = self.truth(at)
        if facts == self.known:
            return False
        self.known, self.known_since, self.version = facts, at, self.version + 1
        return True

    def hears_of_itself(self, now: datetime) -> None:
        """Carry out the webhook intakes that were scripted for moments up to `now`."""
        while self._intakes and self._intakes[0] <= now:
            self.learns(self._intakes.pop(0))


PaymentEntry = Entry[PaymentConstants, PaymentFacts]
RefundEntry = Entry[RefundConstants, RefundFacts]
AnyEntry = PaymentEntry | RefundEntry
