"""Hyperswitch's outgoing webhook: reading a real one, and writing one that never arrived.

Shape (API reference, webhooks; November 2026): `{"merchant_id", "event_id", "event_type", "content":
{"type": "payment_details" | "refund_details", "object": {…}}, "timestamp"}`. A real one and a synthetic one
go the same way through the handlers.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import LocalRefund
from reconcile_tui.core.psp.allowed_fields import allowed_copy
from reconcile_tui.core.psp.hyperswitch_bodies import BodyRefused, parsed, payment_seen, refund_seen
from reconcile_tui.core.psp.whole_object import digest
from reconcile_tui.core.psp_states import PaymentSeen, ReadHow, ReadStamp, RefundSeen
from reconcile_tui.core.statuses import PaymentStatus, PspRefundStatus

_NAMESPACE = uuid.UUID("6b1f3c52-4c0e-5a0e-9c55-0f6d3f0c8a11")
_EVENTS = {event.webhook_type: event for event in Event if event.webhook_type}
_STATUS_OF = {
    Event.PAYMENT_SUCCEEDED: PaymentStatus.SUCCEEDED,
    Event.PAYMENT_FAILED: PaymentStatus.FAILED,
    Event.PAYMENT_CANCELLED: PaymentStatus.CANCELLED,
    Event.PAYMENT_EXPIRED: PaymentStatus.EXPIRED,
    Event.REFUND_SUCCEEDED: PspRefundStatus.SUCCEEDED,
    Event.REFUND_FAILED: PspRefundStatus.FAILED,
}


class WebhookMalformed(ValueError):
    """A body that is no webhook of Hyperswitch's. The message names what is wrong, not a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook's body, read.

    Attributes:
        event: None for a type that moves nothing (not final, disputes, mandates, payouts), and where the
            object's status is not the one that the type names: the object is believed no more than the type.
        seen: the payment or refund it is about; None for other contents.
        kept: what may be stored of the body; `digest` is of the whole.
    """

    event_id: str
    event_type: str
    event: Event | None
    seen: PaymentSeen | RefundSeen | None
    kept: Mapping[str, object]
    digest: str

    @property
    def is_doubtful(self) -> bool:
        """Its type says that something ended, and its object says otherwise."""
        return self.event is None and self.event_type in _EVENTS


def synthetic_event_id(*, kind: str, psp_id: str, event: Event, attempt: int) -> str:
    """The id of the event that never arrived: the same for the same attempt, in a namespace of its own."""
    name = "/".join((kind, psp_id, event.value, str(attempt)))
    return f"evt_reconcile_{uuid.uuid5(_NAMESPACE, name).hex}"


def synthetic_body(
    *, state: PaymentSeen | RefundSeen, event: Event, event_id: str, merchant_id: str, at: datetime
) -> dict[str, object]:
    """The webhook that the PSP would have sent for `state`, with the PSP's whole object.

    Raises:
        ValueError: the state's status is not the event's, or its object is not there.
    """
    if not state.body:
        raise ValueError(f"{event} has no object")
    if _STATUS_OF.get(event) is not state.status:
        raise ValueError(f"{event} does not follow from {state.status}")
    details = "payment_details" if isinstance(state, PaymentSeen) else "refund_details"
    return {
        "merchant_id": merchant_id,
        "event_id": event_id,
        "event_type": event.webhook_type,
        "content": {"type": details, "object": state.body},
        "timestamp": _stamp(at),
    }


def orphan_failed_body(
    *,
    refund: LocalRefund,
    own_id_keys: Iterable[str],
    why: str,
    event_id: str,
    merchant_id: str,
    at: datetime,
) -> dict[str, object]:
    """The `refund_failed` of a refund that the PSP never got: it has the shop's own id, everywhere.

    For handlers that are declared to look a refund up by that id.

    Raises:
        ValueError: the row has no money, no payment or no time, so that nothing true can be said of it.
    """
    if refund.money is None or refund.payment_id is None or refund.created_at is None:
        raise ValueError(f"{refund.ref} has no money, no payment or no time")
    created = _stamp(refund.created_at)
    return {
        "merchant_id": merchant_id,
        "event_id": event_id,
        "event_type": Event.REFUND_FAILED.webhook_type,
        "content": {
            "type": "refund_details",
            "object": {
                "refund_id": refund.row_id,
                "payment_id": refund.payment_id,
                "amount": refund.money.minor,
                "currency": refund.money.currency,
                "status": PspRefundStatus.FAILED.value,
                "reason": None,
                "metadata": dict.fromkeys(sorted(own_id_keys), refund.row_id),
                "error_message": why,
                "error_code": None,
                "created_at": created,
                "updated_at": created,
            },
        },
        "timestamp": _stamp(at),
    }


def parse_webhook(raw: bytes, *, at: datetime) -> Webhook:
    """A webhook's body as it arrived at `at` (UTC).

    Raises:
        WebhookMalformed: it is none, or its object cannot be trusted.
    """
    try:
        body = parsed(raw)
    except BodyRefused as refused:
        raise WebhookMalformed(refused.why) from None
    event_id, event_type, content = body.get("event_id"), body.get("event_type"), body.get("content")
    if not isinstance(event_id, str) or not isinstance(event_type, str) or not isinstance(content, Mapping):
        raise WebhookMalformed("event_id, event_type or content is missing")
    seen = _seen(content, ReadStamp(at=at, how=ReadHow.LAST_KNOWN))
    event = _EVENTS.get(event_type)
    if event is not None and (seen is None or seen.status is not _STATUS_OF[event]):
        event = None
    return Webhook(
        event_id=event_id,
        event_type=event_type,
        event=event,
        seen=seen,
        kept=kept_of(body, seen),
        digest=digest(body),
    )


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _seen(content: Mapping[str, object], stamp: ReadStamp) -> PaymentSeen | RefundSeen | None:
    body = content.get("object")
    if not isinstance(body, Mapping):
        return None
    try:
        match content.get("type"):
            case "payment_details":
                return payment_seen(body, stamp)
            case "refund_details":
                return refund_seen(body, stamp)
            case _:
                return None
    except BodyRefused as refused:
        raise WebhookMalformed(refused.why) from None


def kept_of(body: Mapping[str, object], seen: PaymentSeen | RefundSeen | None) -> dict[str, object]:
    """What may be stored of a webhook's body. `seen`: what it is about, where that is known."""
    envelope = {key: body.get(key) for key in ("merchant_id", "event_id", "event_type", "timestamp")}
    return envelope | ({"object": allowed_copy(seen.body)} if seen is not None else {})
