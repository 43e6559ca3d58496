"""Builders of readable test data: a shop's rows, what the PSP says of them, and the finding between.

Every default agrees with every other: a test names the facts that matter to it and nothing else.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import durationpy

from reconcile_tui.core.findings import (
    Check,
    Finding,
    FindingClass,
    LocalOrder,
    LocalRefund,
    LocalRow,
    PaymentId,
    RefundId,
    Siblings,
    classify,
)
from reconcile_tui.core.money import Money
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    ReadFailed,
    ReadFailureKind,
    ReadHow,
    ReadStamp,
    RefundSeen,
)
from reconcile_tui.core.statuses import (
    OrderStatus,
    RefundStatus,
    UnknownStatus,
    payment_status,
    refund_status,
)

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""The database's clock in tests that need one."""


def span(text: str) -> timedelta:
    """A duration as the settings spell it: `45m`, `2h14m`, `8d`."""
    length: timedelta = durationpy.from_str(text)
    return length


def ago(text: str) -> datetime:
    """The moment that long before `NOW`."""
    return NOW - span(text)


def _order_status(word: str) -> OrderStatus | UnknownStatus:
    return OrderStatus(word) if word in list(OrderStatus) else UnknownStatus(word)


def _refund_status(word: str) -> RefundStatus | UnknownStatus:
    return RefundStatus(word) if word in list(RefundStatus) else UnknownStatus(word)


def an_order(
    row_id: str = "o-1",
    *,
    status: str = OrderStatus.PENDING,
    stuck_for: str = "45m",
    payment_id: str | None = "pay_1",
    amount: int | None = 4200,
    currency: str = "EUR",
) -> LocalOrder:
    """A stuck order of 42.00 EUR; `amount=None` leaves it without money, an odd `status` is unknown."""
    return LocalOrder(
        row_id=row_id,
        status=_order_status(status),
        payment_id=None if payment_id is None else PaymentId(payment_id),
        money=None if amount is None else Money(amount, currency),
        pending_since=ago(stuck_for),
    )


_AN_ORDER: Final = an_order(status=OrderStatus.REFUND_PENDING, stuck_for="3h")


def a_refund(
    row_id: str = "r-1",
    *,
    of: LocalOrder | None = _AN_ORDER,
    status: str = RefundStatus.PENDING,
    stuck_for: str = "45m",
    refund_id: str | None = "ref_1",
    amount: int | None = 4200,
    currency: str = "EUR",
    siblings: Siblings | None = None,
) -> LocalRefund:
    """A stuck refund of the whole of an order that is `refund_pending`; `of=None`: its order is gone."""
    return LocalRefund(
        row_id=row_id,
        order=of,
        status=_refund_status(status),
        refund_id=None if refund_id is None else RefundId(refund_id),
        money=None if amount is None else Money(amount, currency),
        created_at=ago(stuck_for),
        pending_since=ago(stuck_for),
        siblings=siblings or Siblings(),
    )


def an_orphan(
    row_id: str = "r-1",
    *,
    of: LocalOrder | None = _AN_ORDER,
    status: str = RefundStatus.PENDING,
    stuck_for: str = "10m",
    amount: int | None = 4200,
    currency: str = "EUR",
    siblings: Siblings | None = None,
) -> LocalRefund:
    """A refund that the shop wrote and never got the PSP's id for."""
    return a_refund(
        row_id,
        of=of,
        status=status,
        stuck_for=stuck_for,
        refund_id=None,
        amount=amount,
        currency=currency,
        siblings=siblings,
    )


def a_finding(
    row: LocalRow,
    *,
    cls: FindingClass | None = None,
    watched: bool = False,
    failed_by_us: bool = False,
    check: Check | None = None,
    policy: Policy | None = None,
) -> Finding:
    """`row` as a sweep at `NOW` finds it; its class by the policy unless it is given."""
    return Finding(
        row=row,
        cls=cls or classify(row, now=NOW, policy=policy or Policy(), watched=watched),
        age=None if row.pending_since is None else NOW - row.pending_since,
        check=check,
        failed_by_us=failed_by_us,
    )


def a_stamp(how: ReadHow = ReadHow.FORCED, *, at: datetime = NOW) -> ReadStamp:
    return ReadStamp(at=at, how=how)


def a_payment_seen(
    status: str = "succeeded",
    *,
    payment_id: str = "pay_1",
    amount: int = 4200,
    currency: str = "EUR",
    net_amount: int | None = None,
    amount_received: int | None = None,
    connector: str | None = "adyen",
    error_message: str | None = None,
    refunds: Iterable[RefundSeen] = (),
    how: ReadHow = ReadHow.FORCED,
    at: datetime = NOW,
    body: Mapping[str, object] | None = None,
) -> PaymentSeen:
    """A payment of 42.00 EUR at the PSP, all of it received if it succeeded; its net amount is its amount.

    An odd `status` is an unknown one.
    """
    net = amount if net_amount is None else net_amount
    received = net if status == "succeeded" else 0
    return PaymentSeen(
        stamp=a_stamp(how, at=at),
        payment_id=PaymentId(payment_id),
        status=payment_status(status),
        amount=amount,
        currency=currency,
        net_amount=net,
        amount_received=received if amount_received is None else amount_received,
        connector=connector,
        error_message=error_message,
        created_at=ago("3h"),
        modified_at=ago("2h"),
        refunds=tuple(refunds),
        body=body or {},
    )


def a_refund_seen(
    status: str = "succeeded",
    *,
    refund_id: str = "ref_1",
    payment_id: str = "pay_1",
    amount: int = 4200,
    currency: str = "EUR",
    connector: str | None = "adyen",
    connector_refund_id: str | None = "psp_ref_1",
    error_message: str | None = None,
    created: str | None = "10m",
    metadata: Mapping[str, str] | None = None,
    how: ReadHow = ReadHow.FORCED,
    at: datetime = NOW,
    body: Mapping[str, object] | None = None,
) -> RefundSeen:
    """A refund of 42.00 EUR at the PSP, created that long before `NOW` (None: the PSP does not say when)."""
    return RefundSeen(
        stamp=a_stamp(how, at=at),
        refund_id=RefundId(refund_id),
        payment_id=PaymentId(payment_id),
        status=refund_status(status),
        amount=amount,
        currency=currency,
        connector=connector,
        connector_refund_id=connector_refund_id,
        error_message=error_message,
        created_at=None if created is None else ago(created),
        metadata=metadata or {},
        body=body or {},
    )


def the_evidence(
    *refunds: RefundSeen,
    payment: PaymentSeen | None = None,
    claimed: Iterable[str] = (),
    rivals: int = 0,
    how: ReadHow = ReadHow.FORCED,
    at: datetime = NOW,
) -> OrphanEvidence:
    """What was looked up for an orphan: its payment (succeeded unless given), the refunds listed for it."""
    return OrphanEvidence(
        stamp=a_stamp(how, at=at),
        payment=payment or a_payment_seen(how=how, at=at),
        refunds=refunds,
        claimed=frozenset(RefundId(refund_id) for refund_id in claimed),
        rivals=rivals,
    )


def not_found(what: str = "payment", psp_id: str = "pay_1") -> NotFound:
    return NotFound(stamp=a_stamp(), what=what, psp_id=psp_id)


def a_failed_read(
    kind: ReadFailureKind = ReadFailureKind.TIMEOUT, detail: str = "no answer in 30 s"
) -> ReadFailed:
    return ReadFailed(at=NOW, kind=kind, detail=detail)
