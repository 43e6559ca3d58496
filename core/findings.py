"""Findings: the shop's rows as a sweep sees them, and which of them are stuck.

Facts are local only: nothing here has asked the PSP.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NewType, assert_never

from reconcile_tui.core.clock import must_be_utc
from reconcile_tui.core.money import Money
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.shop_values import Malformed
from reconcile_tui.core.statuses import Kind, OrderStatus, RefundStatus, UnknownStatus

PaymentId = NewType("PaymentId", str)
RefundId = NewType("RefundId", str)


NO_TIME: Final = datetime(1, 1, 2, tzinfo=UTC)
"""Where a row stands among others whose time cannot be read: before all, so that it is seen."""


@dataclass(frozen=True, slots=True, order=True)
class RowRef:
    """Which row: its kind and the shop's own id, as text."""

    kind: Kind
    row_id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"

    def __hash__(self) -> int:
        return hash(self.row_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalOrder:
    """A row of the orders table.

    Attributes:
        money: None where the row has no amount or no currency, or they cannot be read.
        pending_since: what the age counts from (UTC): the mapped `pending_since`, else `created_at`; None
            where it cannot be read.
        malformed: what of the row cannot be read.
    """

    row_id: str
    status: OrderStatus | UnknownStatus
    payment_id: PaymentId | None
    money: Money | None
    pending_since: datetime | None
    malformed: tuple[Malformed, ...] = ()
    ref: RowRef = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _must_be_utc(self.pending_since)
        object.__setattr__(self, "ref", RowRef(Kind.ORDER, self.row_id))

    @property
    def psp_id(self) -> PaymentId | None:
        return self.payment_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Siblings:
    """The other refunds of the same order.

    Attributes:
        pending: how many of them are still `pending`.
        succeeded_minor: what the succeeded ones add up to, in minor units of the order's currency.
        summable: False where a succeeded one has no amount, or another currency than the order.
    """

    pending: int = 0
    succeeded_minor: int = 0
    summable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRefund:
    """A row of the refunds table, with the order it belongs to.

    Attributes:
        order: None where the order is gone.
        refund_id: the PSP's id; None on an orphan.
        created_at: when the row was written (UTC), at the earliest: the start of an orphan's window; None
            where it cannot be read.
        money: None where amount or currency is missing; without a currency column, the order's.
        malformed: what of the row cannot be read, and what of its order that the refund needs.
    """

    row_id: str
    order: LocalOrder | None
    status: RefundStatus | UnknownStatus
    refund_id: RefundId | None
    money: Money | None
    created_at: datetime | None
    pending_since: datetime | None
    siblings: Siblings = Siblings()
    malformed: tuple[Malformed, ...] = ()
    ref: RowRef = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _must_be_utc(self.created_at)
        _must_be_utc(self.pending_since)
        object.__setattr__(self, "ref", RowRef(Kind.REFUND, self.row_id))

    @property
    def psp_id(self) -> RefundId | None:
        return self.refund_id

    @property
    def payment_id(self) -> PaymentId | None:
        return self.order.payment_id if self.order else None


LocalRow = LocalOrder | LocalRefund


class FindingClass(StrEnum):
    """What a row is to a sweep."""

    STUCK_ORDER = "stuck_order"
    STUCK_REFUND = "stuck_refund"
    ORPHAN_REFUND = "orphan_refund"
    WATCHED = "watched"
    """Final, and looked at again: the tool ended it, a webhook contradicted it, or a person must look."""
    RECENT = "recent"
    """Open, and younger than its limit: nothing to do yet."""
    FINAL = "final"
    """Final, and not watched."""
    UNTRACKED = "untracked"
    """Open without a payment id: no payment was ever begun, so there is nothing to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What earlier reads of a row left behind (the tool's own checks table).

    Attributes:
        psp_id: the PSP's id that was asked for; another one on the row now means "never attempted".
        reads: how often it was read, failures included.
        failures: failed reads in a row.
        opens: answers in a row that left it open (still pending, attention).
        next_due: when it is due again (UTC, database clock); None once it is closed.
        psp_status: the PSP's last known status, in the PSP's word.
        psp_read_at: when that was read (UTC).
        connector: the processor behind the PSP, as last read.
        detail: why the last read failed, or the last decision in a word.
        watch_until: a final row is looked at again as long as it is due before this moment (UTC).
        delivery_failures: deliveries in a row that failed.
    """

    psp_id: str
    reads: int = 0
    failures: int = 0
    opens: int = 0
    last_read_at: datetime | None = None
    next_due: datetime | None = None
    psp_status: str | None = None
    psp_read_at: datetime | None = None
    connector: str | None = None
    decision: str | None = None
    detail: str | None = None
    watch_until: datetime | None = None
    delivery_failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row as a sweep sees it: the local facts, its age, its class.

    Attributes:
        age: since `pending_since`, by the database's clock; None where that cannot be read.
        check: what earlier reads left; None where it was never read.
        check_version: counts the writes of the row's check, whatever PSP id it is about; 0: never written.
        failed_by_us: the tool itself failed this row (order, refund or orphan).
        is_capped: the cap on failed orphans keeps it from the daemon, until an operator fails it.
        needs_person: it has an open attention item: only a fresh look that agrees closes that.
    """

    row: LocalRow
    cls: FindingClass
    age: timedelta | None
    check: Check | None = None
    check_version: int = 0
    failed_by_us: bool = False
    is_capped: bool = False
    needs_person: bool = False

    @property
    def ref(self) -> RowRef:
        return self.row.ref

    @property
    def is_orphan_row(self) -> bool:
        """A refund without a PSP id, stuck or failed by us."""
        return isinstance(self.row, LocalRefund) and self.row.refund_id is None


def is_watched(check: Check) -> bool:
    """Whether a final row is to be looked at again. A watch ends by a look, never by the clock alone."""
    return (
        check.watch_until is not None and check.next_due is not None and check.next_due <= check.watch_until
    )


def siblings_of(refund: LocalRefund, refunds: Iterable[LocalRefund]) -> Siblings:
    """What the other refunds of its order add up to, as `refund` sees them."""
    order = refund.order
    if order is None:
        return Siblings()
    others = [r for r in refunds if r.row_id != refund.row_id and r.order and r.order.row_id == order.row_id]
    succeeded = [other.money for other in others if other.status is RefundStatus.SUCCEEDED]
    currency = order.money.currency if order.money else None
    return Siblings(
        pending=sum(is_open(other) for other in others),
        succeeded_minor=sum(money.minor for money in succeeded if money is not None),
        summable=all(money is not None and money.currency == currency for money in succeeded),
    )


def is_open(row: LocalRow) -> bool:
    """Whether the row's local status is one that a lost webhook can leave it in."""
    return row.status in (OrderStatus.PENDING, RefundStatus.PENDING)


def classify(row: LocalRow, *, now: datetime, policy: Policy, watched: bool = False) -> FindingClass:
    """What `row` is at `now` (UTC, database clock). One without an age is stuck: it must be seen."""
    if not is_open(row):
        return FindingClass.WATCHED if watched else FindingClass.FINAL
    match row:
        case LocalOrder(payment_id=None):
            return FindingClass.UNTRACKED
        case LocalOrder():
            cls, limit = FindingClass.STUCK_ORDER, policy.order_stuck_after
        case LocalRefund(refund_id=None):
            cls, limit = FindingClass.ORPHAN_REFUND, policy.refund_orphan_after
        case LocalRefund():
            cls, limit = FindingClass.STUCK_REFUND, policy.refund_stuck_after
        case _:
            assert_never(row)
    is_old = row.pending_since is None or now - row.pending_since > limit
    return cls if is_old else FindingClass.RECENT


def _must_be_utc(moment: datetime | None) -> None:
    if moment is not None:
        must_be_utc(moment)
