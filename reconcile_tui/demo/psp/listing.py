"""Lists: which refunds and payments a list request means, with the real server's odd rules.

`payment_id` and `refund_id` together mean either; the latest modified refunds come first, so that a
page can shift while it is turned; a limit outside 1 to 100 is an error, and no limit means 10.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from reconcile_tui.core.clock import as_utc
from reconcile_tui.demo.psp.entries import PaymentEntry, RefundEntry

LIMITS = range(1, 101)


class AmountFilter(BaseModel):
    """Minor units, both ends included."""

    start_amount: int | None = None
    end_amount: int | None = None


class RefundListRequest(BaseModel):
    """The body of `POST /refunds/list`; unknown fields are ignored."""

    model_config = ConfigDict(strict=True)

    payment_id: str | None = None
    refund_id: str | None = None
    profile_id: str | None = None
    limit: int | None = None
    offset: Annotated[int, Field(ge=0, le=20_000)] | None = None
    start_time: Annotated[datetime, Field(strict=False)] | None = None
    end_time: Annotated[datetime, Field(strict=False)] | None = None
    amount_filter: AmountFilter | None = None
    connector: list[str] | None = None
    merchant_connector_id: list[str] | None = None
    currency: list[str] | None = None
    refund_status: list[str] | None = None


class PaymentListRequest(BaseModel):
    """The query of `GET /payments/list`."""

    customer_id: str | None = None
    starting_after: str | None = None
    ending_before: str | None = None
    limit: int = 10
    created: datetime | None = None
    created_lt: datetime | None = Field(default=None)
    created_gt: datetime | None = Field(default=None)
    created_lte: datetime | None = Field(default=None)
    created_gte: datetime | None = Field(default=None)


def matching_refunds(
    entries: Iterable[RefundEntry], request: RefundListRequest, *, profile_id: str, now: datetime
) -> list[RefundEntry]:
    """Every refund that is meant and listed at `now`, latest modified first, of all pages."""
    if request.profile_id not in (None, profile_id):
        return []
    found = [entry for entry in entries if entry.constants.listed_at <= now and _meant(entry, request)]
    return sorted(found, key=lambda entry: (entry.known_since, entry.constants.refund_id), reverse=True)


def matching_payments(entries: Iterable[PaymentEntry], request: PaymentListRequest) -> list[PaymentEntry]:
    """One page of payments, newest first."""
    found = sorted(
        (entry for entry in entries if _within(entry, request)),
        key=lambda entry: (entry.created, entry.constants.payment_id),
        reverse=True,
    )
    ids = [entry.constants.payment_id for entry in found]
    if request.starting_after in ids:
        found = found[ids.index(request.starting_after) + 1 :]
    elif request.ending_before in ids:
        found = found[: ids.index(request.ending_before)][-request.limit :]
    return found[: request.limit]


def _meant(entry: RefundEntry, request: RefundListRequest) -> bool:
    it = entry.constants
    ids = {request.payment_id, request.refund_id} - {None}
    amounts = request.amount_filter or AmountFilter()
    return (
        (not ids or it.payment_id == request.payment_id or it.refund_id == request.refund_id)
        and (request.start_time is None or entry.created >= as_utc(request.start_time))
        and (request.end_time is None or entry.created <= as_utc(request.end_time))
        and (amounts.start_amount is None or it.amount >= amounts.start_amount)
        and (amounts.end_amount is None or it.amount <= amounts.end_amount)
        and (not request.connector or it.connector in request.connector)
        and (not request.merchant_connector_id or f"mca_{it.connector}" in request.merchant_connector_id)
        and (not request.currency or it.currency in request.currency)
        and (not request.refund_status or entry.known.status in request.refund_status)
    )


def _within(entry: PaymentEntry, request: PaymentListRequest) -> bool:
    at = entry.created
    return (
        (request.customer_id is None or entry.constants.customer_id == request.customer_id)
        and (request.created is None or at == as_utc(request.created))
        and (request.created_lt is None or at < as_utc(request.created_lt))
        and (request.created_gt is None or at > as_utc(request.created_gt))
        and (request.created_lte is None or at <= as_utc(request.created_lte))
        and (request.created_gte is None or at >= as_utc(request.created_gte))
    )
