"""The book: every payment and refund of the simulated PSP. Its builders read like an incident.

    book.payment("pay_1", status="succeeded", known="processing", amount=1299, connector="adyen")
    book.refund("ref_1", payment="pay_1", status="pending", then=[(timedelta(days=1), "succeeded")])

`status` is the truth at the processor, `known` what Hyperswitch last knew of it (by default the same).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from reconcile_tui.core.clock import Clock, SystemClock, as_utc
from reconcile_tui.demo.psp.entries import (
    Dispute,
    PaymentConstants,
    PaymentEntry,
    RefundConstants,
    RefundEntry,
)
from reconcile_tui.demo.psp.events import event_type
from reconcile_tui.demo.psp.facts import payment_facts, refund_facts
from reconcile_tui.demo.psp.webhook_policy import WebhookPolicy

When = datetime | timedelta
"""A moment (UTC where naive), or how long after the call that says it; a negative one lies in the past."""

DEFAULT_AGE: Final = timedelta(hours=1)


class Book:
    """What the processors and Hyperswitch hold of one merchant's one profile.

    Args:
        clock: gives the moment at which truth and knowledge are looked at.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        merchant_id: str = "merchant_demo",
        profile_id: str = "pro_demo",
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.merchant_id = merchant_id
        self.profile_id = profile_id
        self.payments: dict[str, PaymentEntry] = {}
        self.refunds: dict[str, RefundEntry] = {}
        self._refunds_of: dict[str, list[RefundEntry]] = {}

    def payment(
        self,
        payment_id: str,
        *,
        status: str = "succeeded",
        known: str | None = None,
        amount: int = 1299,
        currency: str = "EUR",
        net_amount: int | None = None,
        amount_received: int | None = None,
        connector: str = "stripe",
        connector_transaction_id: str | None = "",
        metadata: Mapping[str, object] | None = None,
        order_reference: str | None = None,
        customer_id: str = "cus_privata",
        attempt_count: int = 1,
        manual_retry_allowed: bool | None = None,
        capture_method: str = "automatic",
        error_code: str | None = None,
        error_message: str | None = None,
        cancellation_reason: str | None = None,
        created: When = -DEFAULT_AGE,
        then: Iterable[tuple[When, str]] = (),
        learns_at: Sequence[When] = (),
        webhook: WebhookPolicy | None = None,
        event_sent: bool = True,
    ) -> PaymentEntry:
        """Write down a payment.

        Args:
            amount: minor units, as are `net_amount` (default: `amount`) and `amount_received`.
            connector_transaction_id: "" makes one up; None: the processor never got it, so it is never asked.
            then: when the truth becomes something else ("failed, and paid days later").
            learns_at: when Hyperswitch hears the truth by itself, from the processor's own webhook.
            event_sent: False: the event of what is `known` was never sent; the first read sends it.

        Raises:
            ValueError: the id is taken.
        """
        if payment_id in self.payments:
            raise ValueError(f"payment {payment_id} is in the book already")
        net = amount if net_amount is None else net_amount
        said = {"error_code": error_code, "error_message": error_message}
        truth = payment_facts(
            status,
            net_amount=net,
            amount_received=amount_received,
            cancellation_reason=cancellation_reason,
            **said,
        )
        entry = PaymentEntry(
            PaymentConstants(
                payment_id=payment_id,
                amount=amount,
                net_amount=net,
                currency=currency,
                connector=connector,
                connector_transaction_id=f"txn_{payment_id}"
                if connector_transaction_id == ""
                else connector_transaction_id,
                customer_id=customer_id,
                metadata=metadata,
                merchant_order_reference_id=order_reference,
                attempt_count=attempt_count,
                manual_retry_allowed=manual_retry_allowed,
                capture_method=capture_method,
            ),
            created=self._moment(created),
            truth=truth,
            known=truth if known in (None, status) else payment_facts(str(known), net_amount=net),
            learns_at=[self._moment(at) for at in learns_at],
            webhook=webhook,
        )
        if event_sent and (event := event_type(entry)):
            entry.sent.add(event)
        self.payments[payment_id] = entry
        for at, later in then:
            self.payment_becomes(payment_id, later, at=at)
        return entry

    def refund(
        self,
        refund_id: str,
        *,
        payment: str,
        status: str = "succeeded",
        known: str | None = None,
        amount: int | None = None,
        currency: str | None = None,
        connector_refund_id: str | None = "",
        reason: str | None = "customer_request",
        metadata: Mapping[str, object] | None = None,
        error_code: str | None = None,
        error_message: str | None = None,
        created: When = -DEFAULT_AGE,
        then: Iterable[tuple[When, str]] = (),
        learns_at: Sequence[When] = (),
        listed_at: When | None = None,
        embedded_at: When | None = None,
        webhook: WebhookPolicy | None = None,
        event_sent: bool = True,
    ) -> RefundEntry:
        """Write down a refund of a payment that is in the book.

        Args:
            amount: minor units (default: the whole payment).
            connector_refund_id: "" makes one up; None: the processor never got it.
            listed_at: lists do not show it before (default: at once).
            embedded_at: its payment's `refunds[]` does not show it before (default: `listed_at`).

        Raises:
            KeyError: no such payment.
            ValueError: the id is taken.
        """
        if refund_id in self.refunds:
            raise ValueError(f"refund {refund_id} is in the book already")
        paid = self.payments[payment].constants
        moment = self._moment(created)
        listed = moment if listed_at is None else self._moment(listed_at)
        truth = refund_facts(status, error_code=error_code, error_message=error_message)
        entry = RefundEntry(
            RefundConstants(
                refund_id=refund_id,
                payment_id=payment,
                amount=paid.amount if amount is None else amount,
                currency=currency or paid.currency,
                connector=paid.connector,
                connector_refund_id=f"rtx_{refund_id}" if connector_refund_id == "" else connector_refund_id,
                listed_at=listed,
                embedded_at=listed if embedded_at is None else self._moment(embedded_at),
                reason=reason,
                metadata=metadata,
            ),
            created=moment,
            truth=truth,
            known=truth if known in (None, status) else refund_facts(str(known)),
            learns_at=[self._moment(at) for at in learns_at],
            webhook=webhook,
        )
        if event_sent and (event := event_type(entry)):
            entry.sent.add(event)
        self.refunds[refund_id] = entry
        self._refunds_of.setdefault(payment, []).append(entry)
        for at, later in then:
            self.refund_becomes(refund_id, later, at=at)
        return entry

    def dispute(
        self,
        payment_id: str,
        *,
        status: str = "dispute_opened",
        amount: int | None = None,
        opened: When = timedelta(0),
    ) -> None:
        """The customer's bank disputes a payment, or the dispute that it opened moves on.

        Args:
            amount: minor units (default: the whole payment).

        Raises:
            KeyError: no such payment.
        """
        entry = self.payments[payment_id]
        dispute = Dispute(
            dispute_id=f"dp_{payment_id}",
            status=status,
            amount=entry.constants.net_amount if amount is None else amount,
            opened=self._moment(opened),
        )
        entry.disputes[dispute.dispute_id] = dispute
        entry.version += 1

    def payment_becomes(
        self,
        payment_id: str,
        status: str,
        *,
        at: When = timedelta(0),
        amount_received: int | None = None,
        error_code: str | None = None,
        error_message: str | None = None,
    ) -> None:
        """The truth moves, now or `at`; Hyperswitch does not know yet."""
        entry = self.payments[payment_id]
        facts = payment_facts(
            status,
            net_amount=entry.constants.net_amount,
            amount_received=amount_received,
            error_code=error_code,
            error_message=error_message,
        )
        entry.moves(self._moment(at), facts)

    def refund_becomes(
        self,
        refund_id: str,
        status: str,
        *,
        at: When = timedelta(0),
        error_code: str | None = None,
        error_message: str | None = None,
    ) -> None:
        """The truth moves, now or `at`; Hyperswitch does not know yet."""
        facts = refund_facts(status, error_code=error_code, error_message=error_message)
        self.refunds[refund_id].moves(self._moment(at), facts)

    def refunds_of(self, payment_id: str) -> Sequence[RefundEntry]:
        """Refunds of a payment, in the order in which they were written down."""
        return self._refunds_of.get(payment_id, ())

    def _moment(self, when: When) -> datetime:
        return self.clock.now() + when if isinstance(when, timedelta) else as_utc(when)
