"""The shop's state machine, pure: what an event does to a row and to its order.

Everything that decides a transition is in this file. A final row is never moved: an event that agrees with
it is a no-op, one that contradicts it is kept and looked into.

    payment.succeeded            order   pending -> completed
    payment.failed               order   pending -> failed
    payment.cancelled, .expired  order   pending -> cancelled
    refund.succeeded             refund  pending -> succeeded;  order refund_pending or completed -> refunded
                                 (all of it is back), refund_pending (another is pending), else completed
    refund.failed, orphan.failed refund  pending -> failed;     order refund_pending -> completed, unless
                                 another refund of it is pending
    orphan.adopted               refund  keeps `pending`, gets the PSP's id
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from reconcile_tui.core.amounts import refund_outgrows_order, refunds_exceed_order
from reconcile_tui.core.decision_table import ORDER_MUST_BE
from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.findings import (
    LocalOrder,
    LocalRefund,
    LocalRow,
    RefundId,
    RowRef,
    is_open,
    siblings_of,
)
from reconcile_tui.core.statuses import Kind, OrderStatus, RefundStatus, UnknownStatus


class Effect(StrEnum):
    """What an event did."""

    APPLIED = "applied"
    AGREES = "agrees"
    """The row is final and the event says the same: a no-op."""
    CONTRADICTS = "contradicts"
    """The row is final and the event says otherwise: kept, and the row is due at once."""
    WITHHELD = "withheld"
    """The event must not be applied by itself: amounts, or a sum of refunds, do not agree."""
    NOT_FINAL = "not_final"
    """An event that moves nothing: kept."""
    NO_ROW = "no_row"
    AMBIGUOUS = "ambiguous"
    """More than one row has this PSP id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row's change, guarded by what it was: no other row and no other state may be written."""

    ref: RowRef
    before: OrderStatus | RefundStatus
    after: OrderStatus | RefundStatus
    psp_id: str
    adopted: RefundId | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What an event does; `reason` where it is withheld."""

    effect: Effect
    changes: tuple[Change, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopState:
    """The rows that events may touch: by row id, a refund's order and siblings included.

    Attributes:
        locked: rows that are there, and that somebody else holds: they are in neither mapping. A refund's sum
            needs its whole family, so one that is held stands for all of its order's refunds.
    """

    orders: Mapping[str, LocalOrder]
    refunds: Mapping[str, LocalRefund]
    locked: frozenset[RowRef] = frozenset()

    def row(self, ref: RowRef) -> LocalRow | None:
        """The row, if it exists."""
        return self.orders.get(ref.row_id) if ref.kind is Kind.ORDER else self.refunds.get(ref.row_id)

    def after(self, changes: tuple[Change, ...]) -> "ShopState":
        """The rows once `changes` are made."""
        orders, refunds = dict(self.orders), dict(self.refunds)
        for change in changes:
            match change.after:
                case OrderStatus():
                    orders[change.ref.row_id] = replace(orders[change.ref.row_id], status=change.after)
                case RefundStatus():
                    refund = refunds[change.ref.row_id]
                    its_id = change.adopted or refund.refund_id
                    refunds[change.ref.row_id] = replace(refund, status=change.after, refund_id=its_id)
        touched = {
            row.order.row_id for c in changes if isinstance(row := self.row(c.ref), LocalRefund) and row.order
        }
        family = [r for r in refunds.values() if r.order is not None and r.order.row_id in touched]
        for refund in family:
            its_order = orders.get(refund.order.row_id) if refund.order else None
            refunds[refund.row_id] = replace(refund, order=its_order, siblings=siblings_of(refund, family))
        return replace(self, orders=orders, refunds=refunds)


def collapsed(changes: Iterable[Change]) -> list[Change]:
    """One change a row: from what it was first to what it becomes last; those that end where they began
    are left out, unless they write something else."""
    by_row: dict[RowRef, Change] = {}
    for change in changes:
        first = by_row.get(change.ref)
        by_row[change.ref] = replace(change, before=first.before, psp_id=first.psp_id) if first else change
    return [c for c in by_row.values() if c.before is not c.after or c.adopted is not None]


def transition(
    row: LocalRow, event: Event, *, adopted: RefundId | None = None, error_message: str | None = None
) -> Transition:
    """What `event` does to `row`, and to the order of a refund.

    Raises:
        TypeError: a payment's event on a refund, or the other way round.
    """
    if row.ref.kind is not event.kind:
        raise TypeError(f"{event} on {row.ref}")
    if not is_open(row):
        return Transition(effect=Effect.AGREES if agrees(row, event) else Effect.CONTRADICTS)
    match row:
        case LocalOrder():
            return Transition(effect=Effect.APPLIED, changes=(_of_order(row, event),))
        case LocalRefund():
            return _of_refund(row, event, adopted=adopted, error_message=error_message)


def agrees(row: LocalRow, event: Event) -> bool:
    """Whether a final row says what the event says."""
    return status_agrees(row.status, event)


def status_agrees(status: OrderStatus | RefundStatus | UnknownStatus, event: Event) -> bool:
    """Whether a final status is what the event says."""
    match event:
        case Event.PAYMENT_SUCCEEDED:
            return status in (OrderStatus.COMPLETED, OrderStatus.REFUND_PENDING, OrderStatus.REFUNDED)
        case Event.PAYMENT_FAILED | Event.PAYMENT_CANCELLED | Event.PAYMENT_EXPIRED:
            return status in (OrderStatus.FAILED, OrderStatus.CANCELLED)
        case Event.REFUND_SUCCEEDED:
            return status is RefundStatus.SUCCEEDED
        case Event.REFUND_FAILED | Event.ORPHAN_FAILED:
            return status is RefundStatus.FAILED
        case Event.ORPHAN_ADOPTED:
            return False


def shows(row: LocalRow, event: Event, *, adopted: str | None) -> bool:
    """Whether a row shows what the event was to do. An adopted id may be past `pending` already."""
    if event is Event.ORPHAN_ADOPTED:
        return isinstance(row, LocalRefund) and row.refund_id is not None and row.refund_id == adopted
    return not is_open(row) and agrees(row, event)


def _of_order(order: LocalOrder, event: Event) -> Change:
    target = event.target
    if not isinstance(target, OrderStatus):
        raise TypeError(f"{event} on {order.ref}")
    return Change(ref=order.ref, before=OrderStatus.PENDING, after=target, psp_id=order.payment_id or "")


def _of_refund(
    refund: LocalRefund, event: Event, *, adopted: RefundId | None, error_message: str | None
) -> Transition:
    if refund.order is None:
        return Transition(effect=Effect.WITHHELD, reason=Reason.ORDER_MISSING)
    target = event.target or RefundStatus.PENDING
    if not isinstance(target, RefundStatus):
        raise TypeError(f"{event} on {refund.ref}")
    own = Change(
        ref=refund.ref,
        before=RefundStatus.PENDING,
        after=target,
        psp_id=refund.refund_id or "",
        adopted=adopted,
        error_message=error_message,
    )
    if event in ORDER_MUST_BE and refund.order.status not in ORDER_MUST_BE[event]:
        return Transition(effect=Effect.WITHHELD, reason=Reason.CONTRADICTION)
    if target is RefundStatus.SUCCEEDED:
        reason = refund_outgrows_order(refund) or refunds_exceed_order(refund)
        if reason is not None:
            return Transition(effect=Effect.WITHHELD, reason=reason)
    after = _order_after(refund, refund.order, target)
    changes: tuple[Change, ...] = (own,)
    if (
        after is not None
        and isinstance(refund.order.status, OrderStatus)
        and after is not refund.order.status
    ):
        of_order = Change(
            ref=refund.order.ref,
            before=refund.order.status,
            after=after,
            psp_id=refund.order.payment_id or "",
        )
        changes = (of_order, own)
    return Transition(effect=Effect.APPLIED, changes=changes)


def _order_after(refund: LocalRefund, order: LocalOrder, target: RefundStatus) -> OrderStatus | None:
    """What the order becomes; None where it stays."""
    if target is RefundStatus.SUCCEEDED and order.status in (
        OrderStatus.REFUND_PENDING,
        OrderStatus.COMPLETED,
    ):
        total = refund.siblings.succeeded_minor + (refund.money.minor if refund.money else 0)
        if order.money is not None and total == order.money.minor:
            return OrderStatus.REFUNDED
        return OrderStatus.REFUND_PENDING if refund.siblings.pending else OrderStatus.COMPLETED
    rolls_back = target is RefundStatus.FAILED and order.status is OrderStatus.REFUND_PENDING
    return OrderStatus.COMPLETED if rolls_back and not refund.siblings.pending else None
