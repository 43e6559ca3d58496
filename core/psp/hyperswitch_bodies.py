"""Hyperswitch's answers: raw bytes to a parsed object to the core's frozen values.

Tolerant of what it does not know, strict on what decides. What cannot be trusted is `BodyRefused`,
with the reason in words and nothing of the customer in it.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from reconcile_tui.core.clock import as_utc
from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.masking import masked
from reconcile_tui.core.psp.whole_object import WholeObject
from reconcile_tui.core.psp_states import DisputeSeen, PaymentSeen, ReadStamp, RefundSeen
from reconcile_tui.core.statuses import dispute_status, payment_status, refund_status

TEXT_LIMIT = 2_000
"""Characters of a foreign text that are kept; a longer one ends with `…`."""

_INT64 = 2**63
_ESCAPES = re.compile(
    rb"\\\\"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2}))"
)


class BodyRefused(Exception):
    """A body that no answer can be made of. `why` names the field and what is wrong, not its value."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def parsed(raw: bytes) -> dict[str, object]:
    """The JSON object in `raw`, without NUL characters and lone surrogates: no database holds those.

    Raises:
        BodyRefused: it is no JSON, not an object, or nested deeper than 200.
    """
    try:
        body = from_json(_storable(raw), allow_inf_nan=False)
    except ValueError as error:
        raise BodyRefused(f"not JSON: {error}") from None
    if not isinstance(body, dict):
        raise BodyRefused("JSON, but not an object")
    return WholeObject(body)


def payment_seen(body: Mapping[str, object], stamp: ReadStamp) -> PaymentSeen:
    """A `PaymentsResponse` as a value.

    Raises:
        BodyRefused: a field that decides is missing or of the wrong type, its refunds' included.
    """
    it = _validated(PaymentBody, body)
    return PaymentSeen(
        stamp=stamp,
        payment_id=PaymentId(it.payment_id),
        status=payment_status(masked(it.status)),
        amount=it.amount,
        currency=it.currency,
        net_amount=it.net_amount,
        amount_received=it.amount_received,
        amount_capturable=it.amount_capturable,
        connector=_masked(it.connector),
        connector_transaction_id=it.connector_transaction_id,
        error_code=_masked(it.error_code),
        error_message=_masked(it.error_message),
        cancellation_reason=_masked(it.cancellation_reason),
        manual_retry_allowed=it.manual_retry_allowed,
        attempt_count=it.attempt_count,
        created_at=it.created,
        modified_at=it.modified_at or it.updated,
        captured=_captured(it),
        refunds=_refunds(it.refunds or [], stamp, field="refunds"),
        total_refunded=it.state_metadata.total_refunded_amount,
        disputes=tuple(map(_dispute, it.disputes or [])),
        total_disputed=it.state_metadata.total_disputed_amount,
        is_voided=(it.state_metadata.post_capture_void or {}).get("status", "failed") != "failed",
        body=body,
    )


def refund_seen(body: Mapping[str, object], stamp: ReadStamp) -> RefundSeen:
    """A `RefundResponse` as a value.

    Raises:
        BodyRefused: a field that decides is missing or of the wrong type.
    """
    it = _validated(RefundBody, body)
    return RefundSeen(
        stamp=stamp,
        refund_id=RefundId(it.refund_id),
        payment_id=PaymentId(it.payment_id),
        status=refund_status(masked(it.status)),
        amount=it.amount,
        currency=it.currency,
        connector=_masked(it.connector),
        connector_refund_id=it.connector_refund_id,
        error_code=_masked(it.error_code),
        error_message=_masked(it.error_message),
        created_at=it.created_at,
        metadata=it.metadata,
        body=body,
    )


def _masked(text: str | None) -> str | None:
    """What the PSP says in words of its own: kept, shown, and written into the shop by the tool's handlers.

    The shop's own handler gets the whole object and decides itself what it keeps.
    """
    return masked(text) if text is not None else None


def refund_page(body: Mapping[str, object], stamp: ReadStamp) -> tuple[tuple[RefundSeen, ...], int]:
    """One page of a `RefundListResponse`: its refunds, and how many there are on all pages.

    Raises:
        BodyRefused: the list, its count or one of its refunds cannot be trusted.
    """
    it = _validated(RefundListBody, body)
    return _refunds(it.data, stamp, field="data"), it.total_count


def _as_text(value: object) -> str | None:
    """A text that only informs: cut to `TEXT_LIMIT`; anything else than a text is none."""
    if not isinstance(value, str):
        return None
    return value if len(value) <= TEXT_LIMIT else value[: TEXT_LIMIT - 1] + "…"


def _as_moment(value: object) -> object:
    """ISO 8601, without an offset UTC; anything else is left to be refused."""
    if not isinstance(value, str):
        return value
    try:
        return as_utc(datetime.fromisoformat(value))
    except OverflowError as error:
        raise ValueError("out of range") from error


def _as_moment_if_any(value: object) -> object:
    try:
        moment = _as_moment(value)
    except ValueError:
        return None
    return moment if isinstance(moment, datetime) else None


def _as_texts(value: object) -> dict[str, str]:
    """The scalars of the shop's metadata, as texts; nested values and nulls are left out."""
    if not isinstance(value, dict):
        return {}
    return {
        str(_as_text(key)): str(_as_text(item if isinstance(item, str) else json.dumps(item)))
        for key, item in value.items()
        if isinstance(item, str | int | float)
    }


Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Minor = Annotated[int, Field(ge=-_INT64, lt=_INT64)]
Text = Annotated[str | None, BeforeValidator(_as_text)]
Texts = Annotated[dict[str, str], BeforeValidator(_as_texts)]
Moment = Annotated[datetime | None, BeforeValidator(_as_moment)]
Hint = Annotated[datetime | None, BeforeValidator(_as_moment_if_any)]
Flag = Annotated[bool | None, BeforeValidator(lambda value: value if isinstance(value, bool) else None)]
Count = Annotated[int | None, BeforeValidator(lambda value: value if type(value) is int else None)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class RefundBody(_Body):
    """The fields of a RefundResponse that are used."""

    refund_id: Id
    payment_id: Id
    amount: Minor
    currency: Currency
    status: Word
    connector: Text = None
    connector_refund_id: Text = None
    error_code: Text = None
    error_message: Text = None
    created_at: Moment = None
    metadata: Texts = Field(default_factory=dict)


class StateMetadata(_Body):
    """The PSP's own sums of what was given back and disputed; older servers have none."""

    total_refunded_amount: Minor | None = None
    total_disputed_amount: Minor | None = None
    post_capture_void: dict[str, object] | None = None


class PaymentBody(_Body):
    """The fields of a PaymentsResponse that are used."""

    payment_id: Id
    status: Word
    amount: Minor
    currency: Currency
    net_amount: Minor | None = None
    amount_received: Minor | None = None
    amount_capturable: Minor | None = None
    connector: Text = None
    connector_transaction_id: Text = None
    error_code: Text = None
    error_message: Text = None
    cancellation_reason: Text = None
    manual_retry_allowed: Flag = None
    attempt_count: Count = None
    created: Hint = None
    modified_at: Hint = None
    updated: Hint = None
    refunds: list[dict[str, object]] | None = None
    disputes: list[dict[str, object]] | None = None
    captures: list[dict[str, object]] | None = None
    amount_captured: Minor | None = None
    state_metadata: Annotated[
        StateMetadata, BeforeValidator(lambda value: {} if value is None else value)
    ] = StateMetadata()


class RefundListBody(_Body):
    """A page of `POST /refunds/list`."""

    total_count: Annotated[int, Field(ge=0, lt=_INT64)]
    data: list[dict[str, object]]


_B = TypeVar("_B", bound=_Body)


def _validated(model: type[_B], body: Mapping[str, object]) -> _B:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        first = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in wrong[:3]
        )
        raise BodyRefused(first + (f"; and {len(wrong) - 3} more" if len(wrong) > 3 else "")) from None


def _refunds(rows: list[dict[str, object]], stamp: ReadStamp, *, field: str) -> tuple[RefundSeen, ...]:
    seen: list[RefundSeen] = []
    for row in rows:
        try:
            seen.append(refund_seen(row, stamp))
        except BodyRefused as refused:
            raise BodyRefused(f"{field}.{len(seen)}: {refused.why}") from None
    return tuple(seen)


def _dispute(row: Mapping[str, object]) -> DisputeSeen:
    """A dispute; what cannot be read of it leaves it a dispute of an unknown status."""
    status, amount = _as_text(row.get("dispute_status")), row.get("amount")
    if isinstance(amount, str):
        amount = int(amount) if amount.isascii() and amount.isdecimal() and len(amount) < 19 else None
    return DisputeSeen(
        dispute_id=_as_text(row.get("dispute_id")) or "",
        status=dispute_status(status or "unreadable"),
        amount=amount if type(amount) is int and 0 <= amount < _INT64 else None,
    )


def _captured(it: PaymentBody) -> int | None:
    """What was captured, where the answer says so: one sum, or the captures one by one."""
    if it.amount_captured is not None or not it.captures:
        return it.amount_captured
    charged = [row.get("amount") for row in it.captures if row.get("status") == "charged"]
    return sum(amount for amount in charged if type(amount) is int)


def _storable(raw: bytes) -> bytes:
    if b"\\u" not in raw:
        return raw
    return _ESCAPES.sub(lambda match: rb"\ufffd" if match[1] else match[0], raw)
