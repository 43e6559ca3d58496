"""Hyperswitch's refusals: an answer that is not 200 becomes a failure's kind, or the verdict "not found".

The code in the body comes before the HTTP status: a connector's own error carries the connector's status
(source: `ExternalConnectorError`), so its 401 says nothing of our key, nor its 404 of a payment.
"""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from reconcile_tui.core.masking import masked
from reconcile_tui.core.psp.hyperswitch_bodies import TEXT_LIMIT, BodyRefused, parsed
from reconcile_tui.core.psp.wire import Answer
from reconcile_tui.core.psp_states import NotFound, ReadFailed, ReadFailureKind, ReadHow, ReadStamp

What = Literal["payment", "refund"]

_KIND_OF_CODE: tuple[tuple[str, ReadFailureKind], ...] = (
    ("CE_", ReadFailureKind.CONNECTOR_ERROR),
    ("HE_00", ReadFailureKind.SERVER_ERROR),
    ("IR_01", ReadFailureKind.UNAUTHORISED),
    ("IR_17", ReadFailureKind.UNAUTHORISED),
    ("IR_22", ReadFailureKind.UNAUTHORISED),
)
"""By how the code begins. HE_00 is "something went wrong" as well as "resource is busy" (HTTP 422 or 423)."""

_KIND_OF_STATUS: dict[int, ReadFailureKind] = {
    401: ReadFailureKind.UNAUTHORISED,
    408: ReadFailureKind.SERVER_ERROR,
    423: ReadFailureKind.SERVER_ERROR,
    425: ReadFailureKind.SERVER_ERROR,
    429: ReadFailureKind.RATE_LIMITED,
}

_ABOUT: dict[What, re.Pattern[str]] = {
    "payment": re.compile(r"\bpayment\b(?! (?:link|method))", re.IGNORECASE),
    "refund": re.compile(r"\brefund\b", re.IGNORECASE),
}
"""HE_02 is said of a dozen kinds of object: a forced read gets it for a deleted connector too (source)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A Hyperswitch error body."""

    code: str
    message: str


def refusal_in(answer: Answer) -> Refusal | None:
    """The error in an answer; None where the body is not Hyperswitch's (a proxy's page)."""
    try:
        error = _ErrorBody.model_validate(parsed(answer.body)).error
    except (BodyRefused, ValidationError):
        return None
    return Refusal(code=error.code[:100], message=error.message[:TEXT_LIMIT])


def judged(answer: Answer, *, what: What, psp_id: str, how: ReadHow) -> NotFound | ReadFailed:
    """What an answer other than 200 means for the read of one payment or refund."""
    refusal = refusal_in(answer)
    if answer.status == 404 and refusal and refusal.code == "HE_02" and _ABOUT[what].search(refusal.message):
        stamp = ReadStamp(at=answer.at, how=how, psp_clock=answer.psp_clock)
        return NotFound(stamp=stamp, what=what, psp_id=psp_id)
    without_body = f"HTTP {answer.status} without Hyperswitch's error body"
    return ReadFailed(
        at=answer.at,
        kind=_kind(answer.status, refusal),
        detail=masked(refusal.message, spare=(psp_id,)) if refusal else without_body,
        http_status=answer.status,
        code=refusal.code if refusal else None,
        retry_after=answer.retry_after,
    )


def _kind(status: int, refusal: Refusal | None) -> ReadFailureKind:
    if refusal and refusal.code in ("HE_02", "HE_04") and "connector" in refusal.message.lower():
        return ReadFailureKind.CONNECTOR_ERROR
    for code, kind in _KIND_OF_CODE:
        if refusal and refusal.code.startswith(code):
            return kind
    if status in _KIND_OF_STATUS:
        return _KIND_OF_STATUS[status]
    if status >= 500:
        return ReadFailureKind.SERVER_ERROR
    if refusal is None or status == 404 or status < 400:
        return ReadFailureKind.MALFORMED
    return ReadFailureKind.UNAUTHORISED if status == 403 else ReadFailureKind.BAD_REQUEST


class _Error(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    code: str
    message: str = ""


class _ErrorBody(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    error: _Error
