"""The outbox: the real webhooks that reads make Hyperswitch send, signed by its own code.

One (object, event type) is sent once, ever, whatever is read later; a policy may lose it, delay it or
deliver it twice. Without a `deliver` the profile has no webhook URL, and no event is recorded at all.
"""

import asyncio
import hashlib
import hmac
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconcile_tui.demo.psp.answers import encoded
from reconcile_tui.demo.psp.bodies import Body, payment_body, refund_body
from reconcile_tui.demo.psp.book import Book
from reconcile_tui.demo.psp.entries import AnyEntry, PaymentConstants
from reconcile_tui.demo.psp.events import event_type
from reconcile_tui.demo.psp.webhook_policy import WebhookPolicy

Deliver = Callable[[bytes, Mapping[str, str]], Awaitable[None]]
"""Takes the exact body and the headers to the shop; what it raises comes out of `SimulatedPsp`."""

SIGNATURE_HEADER: Final = "x-webhook-signature-512"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A signed event."""

    object_id: str
    event_type: str
    event_id: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Waiting:
    webhook: Webhook
    policy: WebhookPolicy
    reads_left: int


class Outbox:
    """Sends the events of one book.

    Attributes:
        delivered: what was handed to `deliver`, in order.
    """

    def __init__(self, book: Book, *, deliver: Deliver | None, policy: WebhookPolicy, key: str) -> None:
        self.delivered: list[Webhook] = []
        self._book = book
        self._deliver = deliver
        self._policy = policy
        self._key = key.encode()
        self._waiting: dict[str, list[_Waiting]] = {}
        self._deliveries: set[asyncio.Task[None]] = set()

    def after_read(self, entry: AnyEntry, *, records: bool) -> None:
        """A read of `entry` ends. `records`: it is one that records the event of its status."""
        if self._deliver is None:
            return
        event = event_type(entry) if records else None
        if event and event not in entry.sent:
            entry.sent.add(event)
            self._record(entry)
        if self._waiting:
            self._count_read(entry.constants.object_id)

    def webhook(self, entry: AnyEntry) -> Webhook:
        """The signed event of what Hyperswitch knows of `entry` now.

        Raises:
            ValueError: its status sends no event.
        """
        event = event_type(entry)
        if event is None:
            raise ValueError(f"a {entry.known.status} {entry.constants.object_id} sends no event")
        book, it = self._book, entry.constants
        event_id = f"evt_{uuid.uuid5(_NAMESPACE, f'{it.object_id} {event}').hex}"
        if isinstance(it, PaymentConstants):
            content = {"type": "payment_details", "object": self._payment(it.payment_id)}
        else:
            content = {
                "type": "refund_details",
                "object": refund_body(book.refunds[it.refund_id], profile_id=book.profile_id),
            }
        body = encoded(
            {
                "merchant_id": book.merchant_id,
                "event_id": event_id,
                "event_type": event,
                "content": content,
                "timestamp": _stamp(book.clock.now()),
            }
        )
        signature = hmac.new(self._key, body, hashlib.sha512).hexdigest()
        headers = {"content-type": "application/json", SIGNATURE_HEADER: signature}
        return Webhook(
            object_id=it.object_id, event_type=event, event_id=event_id, body=body, headers=headers
        )

    def heard(self, entry: AnyEntry) -> Webhook | None:
        """Hyperswitch hears the truth of `entry`; the event that follows, None where it was sent before."""
        entry.learns(self._book.clock.now())
        event = event_type(entry)
        if event is None or event in entry.sent:
            return None
        entry.sent.add(event)
        return self.webhook(entry)

    async def settled(self) -> None:
        """Wait until every delivery that was begun is over; those that wait for a delay too.

        Raises:
            ExceptionGroup: deliveries failed.
        """
        await self._finish(cancel=False)

    async def close(self) -> None:
        """Give up on deliveries that still wait for their delay.

        Raises:
            ExceptionGroup: deliveries failed.
        """
        await self._finish(cancel=True)

    def _payment(self, payment_id: str) -> Body:
        book, now = self._book, self._book.clock.now()
        return payment_body(
            book.payments[payment_id],
            merchant_id=book.merchant_id,
            profile_id=book.profile_id,
            refunds=[r for r in book.refunds_of(payment_id) if r.constants.embedded_at <= now],
        )

    def _record(self, entry: AnyEntry) -> None:
        policy = entry.webhook or self._policy
        if policy.times:
            waiting = _Waiting(self.webhook(entry), policy, policy.after_reads)
            self._waiting.setdefault(entry.constants.object_id, []).append(waiting)

    def _count_read(self, object_id: str) -> None:
        still: list[_Waiting] = []
        for waiting in self._waiting.pop(object_id, ()):
            waiting.reads_left -= 1
            if waiting.reads_left:
                still.append(waiting)
            else:
                delivery = asyncio.create_task(self._send(waiting.webhook, waiting.policy))
                self._deliveries.add(delivery)
                delivery.add_done_callback(self._forget_delivered)
        if still:
            self._waiting[object_id] = still

    async def _send(self, webhook: Webhook, policy: WebhookPolicy) -> None:
        for _ in range(policy.times):
            if policy.delay:
                await self._book.clock.sleep(policy.delay.total_seconds())
            self.delivered.append(webhook)
            if self._deliver is not None:
                await self._deliver(webhook.body, webhook.headers)

    def _forget_delivered(self, delivery: asyncio.Task[None]) -> None:
        if not delivery.cancelled() and delivery.exception() is None:
            self._deliveries.discard(delivery)

    async def _finish(self, *, cancel: bool) -> None:
        deliveries = list(self._deliveries)
        self._deliveries.clear()
        if cancel:
            for delivery in deliveries:
                delivery.cancel()
        results = await asyncio.gather(*deliveries, return_exceptions=True)
        failures = [result for result in results if isinstance(result, Exception)]
        if failures:
            raise ExceptionGroup("webhooks were not delivered", failures)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


_NAMESPACE: Final = uuid.UUID("6f1d2c0a-6c1e-4f0a-9c65-0b7c7f4e5a11")
