"""What of a PSP's object may be stored, logged or shown: an allow-list, as data, and a copy made by it.

A field that is not named here stays in memory. Hyperswitch adds fields with each version, and some of
them hold cards, addresses and secrets: a list of what is forbidden would be too short one day.
"""

import math
from collections.abc import Iterator, Mapping

from reconcile_tui.core.masking import masked
from reconcile_tui.core.psp.hyperswitch_bodies import TEXT_LIMIT

PAYMENT_FIELDS = frozenset(
    {
        "metadata",
        "payment_id",
        "merchant_id",
        "profile_id",
        "status",
        "amount",
        "net_amount",
        "amount_received",
        "amount_capturable",
        "shipping_cost",
        "order_tax_amount",
        "currency",
        "connector",
        "merchant_connector_id",
        "connector_transaction_id",
        "payment_method",
        "payment_method_type",
        "capture_method",
        "attempt_count",
        "manual_retry_allowed",
        "merchant_decision",
        "merchant_order_reference_id",
        "cancellation_reason",
        "error_code",
        "error_message",
        "unified_code",
        "unified_message",
        "issuer_error_code",
        "issuer_error_message",
        "created",
        "modified_at",
        "updated",
        "expires_on",
        "capture_before",
    }
)
REFUND_FIELDS = frozenset(
    {
        "metadata",
        "refund_id",
        "payment_id",
        "profile_id",
        "status",
        "amount",
        "currency",
        "connector",
        "merchant_connector_id",
        "connector_refund_id",
        "reason",
        "error_code",
        "error_message",
        "unified_code",
        "unified_message",
        "issuer_error_code",
        "issuer_error_message",
        "created_at",
        "updated_at",
    }
)
DISPUTE_FIELDS = frozenset({"dispute_id", "dispute_stage", "dispute_status"})
_NESTED = {"refunds": REFUND_FIELDS, "disputes": DISPUTE_FIELDS}
_IDS = frozenset({"payment_id", "refund_id", "connector_transaction_id", "connector_refund_id"})
"""Fields that are never masked: a processor's id of sixteen digits may look like a card's number."""

MOST_METADATA = 50
"""Entries of a metadata object that are kept."""


def allowed_copy(body: Mapping[str, object]) -> dict[str, object]:
    """The fields of a payment or a refund that may be stored, logged or shown.

    Nulls and what is not of a scalar type are left out; long texts are cut; card numbers and people's
    addresses inside texts are masked. Metadata keeps scalars alone, and drops those that hold either.

    Args:
        body: a PaymentsResponse or RefundResponse, parsed; a `refund_id` makes it a refund.
    """
    if "refund_id" in body:
        return _of(body, REFUND_FIELDS)
    copy = _of(body, PAYMENT_FIELDS)
    for name, fields in _NESTED.items():
        rows = body.get(name)
        if isinstance(rows, list):
            copy[name] = [_of(row, fields) for row in rows if isinstance(row, dict)]
    return copy


def _of(body: Mapping[str, object], fields: frozenset[str]) -> dict[str, object]:
    copy: dict[str, object] = {}
    for name in sorted(fields & body.keys()):
        value = body[name]
        if name == "metadata":
            if isinstance(value, dict):
                copy[name] = dict(_harmless(value))
        elif isinstance(value, str):
            copy[name] = _cut(value if name in _IDS else masked(value[: 2 * TEXT_LIMIT]))
        elif _is_number(value):
            copy[name] = value
    return copy


def _harmless(metadata: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in sorted(metadata.items())[:MOST_METADATA]:
        if not isinstance(value, str) and not _is_number(value):
            continue
        text = f"{name}\n{value}"
        if masked(text) == text:
            yield _cut(name), _cut(value) if isinstance(value, str) else value


def _is_number(value: object) -> bool:
    """A boolean, an integer, or a float that JSON can hold."""
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"
