"""The decision table: what follows from a row's own status and the PSP's, one pair a line.

It is the whole of the state machine between the two; `reconcile_tui.core.decide` adds what no pair can
know: failed reads, amounts, ages, orphans. The README's table and the tests' parameters come from it.

How to read it. A row that is open here takes the PSP's final word as the event that never arrived. A row
that is final here only asks whether the PSP agrees: `succeeded` agrees with every status that means paid;
`failed`, `cancelled` and `expired` agree with each other, for in none of them did money stay. Where money
was only partly taken, voided after it was taken, or is in a human's hands at the processor, no event says
the truth, so a person decides. Sources: Hyperswitch's IntentStatus and RefundStatus (API reference,
November 2026).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from reconcile_tui.core.decisions import (
    AlreadyResolved,
    Attention,
    Event,
    Reason,
    StillPending,
    Sync,
    WaitsFor,
)
from reconcile_tui.core.statuses import (
    Kind,
    OrderStatus,
    PaymentStatus,
    PspRefundStatus,
    RefundStatus,
    UnknownStatus,
)

Answer = Sync | StillPending | Attention | AlreadyResolved
Unknown = Literal["unknown"]
LocalWord = OrderStatus | RefundStatus | Unknown
PspWord = PaymentStatus | PspRefundStatus | Unknown

UNKNOWN: Final[Unknown] = "unknown"
"""Stands for every word that this version has no meaning for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One pair of statuses, what follows from it, and why, in a payments person's words."""

    kind: Kind
    local: LocalWord
    psp: PspWord
    answer: Answer
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplesRow:
    """Pairs of the table that have the same answer for the same reason, as one line to read."""

    kind: Kind
    local: tuple[LocalWord, ...]
    psp: tuple[PspWord, ...]
    answer: Answer
    why: str


def look_up(
    kind: Kind,
    local: OrderStatus | RefundStatus | UnknownStatus,
    psp: PaymentStatus | PspRefundStatus | UnknownStatus,
) -> TableRow:
    """The row of the table for a row of this kind.

    Raises:
        KeyError: the statuses are not of this kind.
    """
    here: LocalWord = UNKNOWN if isinstance(local, UnknownStatus) else local
    there: PspWord = UNKNOWN if isinstance(psp, UnknownStatus) else psp
    return _BY_PAIR[kind, here, there]


def rows_for_people() -> list[PeoplesRow]:
    """The table for reading: statuses, the PSP's and then the local ones, joined where all else is alike."""
    by_answer: dict[tuple[Kind, LocalWord, Answer, str], list[PspWord]] = {}
    for row in TABLE:
        by_answer.setdefault((row.kind, row.local, row.answer, row.why), []).append(row.psp)
    joined: dict[tuple[Kind, tuple[PspWord, ...], Answer, str], list[LocalWord]] = {}
    for (kind, local, answer, why), words in by_answer.items():
        joined.setdefault((kind, tuple(words), answer, why), []).append(local)
    return [
        PeoplesRow(kind=kind, local=tuple(local), psp=psp, answer=answer, why=why)
        for (kind, psp, answer, why), local in joined.items()
    ]


S = OrderStatus
P = PaymentStatus
_PART = P.PARTIALLY_CAPTURED
_PART_OPEN = P.PARTIALLY_CAPTURED_AND_CAPTURABLE
_PART_AUTH = P.PARTIALLY_AUTHORIZED_AND_REQUIRES_CAPTURE
_PART_PROC = P.PARTIALLY_CAPTURED_AND_PROCESSING
_VOIDED = P.CANCELLED_POST_CAPTURE
_ACTION = P.REQUIRES_CUSTOMER_ACTION
_MERCHANT = P.REQUIRES_MERCHANT_ACTION
_METHOD = P.REQUIRES_PAYMENT_METHOD

_PAID = Sync(event=Event.PAYMENT_SUCCEEDED)
_UNPAID = Sync(event=Event.PAYMENT_FAILED)
_CANCELLED = Sync(event=Event.PAYMENT_CANCELLED)
_EXPIRED = Sync(event=Event.PAYMENT_EXPIRED)
_PAID_BACK = Sync(event=Event.REFUND_SUCCEEDED)
_NOT_PAID_BACK = Sync(event=Event.REFUND_FAILED)
_AGREES = AlreadyResolved()
_CUSTOMER = StillPending(waits_for=WaitsFor.CUSTOMER)
_PROCESSOR = StillPending(waits_for=WaitsFor.PROCESSOR)
_SHOP = StillPending(waits_for=WaitsFor.MERCHANT)
_CONTRADICTS = Attention(reason=Reason.CONTRADICTION)
_REVIVED = Attention(reason=Reason.REVIVED)
_PARTIAL = Attention(reason=Reason.PARTIAL_CAPTURE)
_UNDONE = Attention(reason=Reason.VOIDED_AFTER_CAPTURE)
_CONFLICT = Attention(reason=Reason.CONFLICTED)
_REVIEW = Attention(reason=Reason.IN_REVIEW)
_NEW_WORD = Attention(reason=Reason.UNKNOWN_STATUS)
_OWN_WORD = Attention(reason=Reason.UNKNOWN_LOCAL_STATUS)

_ORDERS: Final[tuple[tuple[OrderStatus, PaymentStatus | Unknown, Answer, str], ...]] = (
    (S.PENDING, P.SUCCEEDED, _PAID, "The money was taken; the shop was not told."),
    (S.PENDING, P.FAILED, _UNPAID, "No money was taken; the shop was not told."),
    (S.PENDING, P.CANCELLED, _CANCELLED, "Voided before capture; the shop was not told."),
    (S.PENDING, P.EXPIRED, _EXPIRED, "Nobody paid in time; the shop was not told."),
    (S.PENDING, P.PROCESSING, _PROCESSOR, "The processor or bank has not decided yet."),
    (S.PENDING, _ACTION, _CUSTOMER, "The customer has a step to do (3-D Secure, redirect, voucher)."),
    (S.PENDING, _METHOD, _CUSTOMER, "An abandoned checkout, or a try that failed: nothing was lost."),
    (S.PENDING, P.REQUIRES_CONFIRMATION, _CUSTOMER, "The checkout was never confirmed: nothing was lost."),
    (S.PENDING, P.REQUIRES_CAPTURE, _SHOP, "The money is reserved; the shop has not captured it."),
    (S.PENDING, _MERCHANT, _SHOP, "The money is held until the shop decides (fraud review)."),
    (S.PENDING, _PART, _PARTIAL, "Less than the amount was taken, for good."),
    (S.PENDING, _PART_OPEN, _PARTIAL, "Part of the amount was taken; more may be."),
    (S.PENDING, _PART_AUTH, _PARTIAL, "Only part of the amount was reserved."),
    (S.PENDING, _PART_PROC, _PARTIAL, "Part of the amount was taken; the rest is open."),
    (S.PENDING, _VOIDED, _UNDONE, "Taken, then voided: neither paid nor simply failed."),
    (S.PENDING, P.CONFLICTED, _CONFLICT, "The processor's answer contradicts what was asked of it."),
    (S.PENDING, P.REVIEW, _REVIEW, "A person at the processor decides."),
    (S.PENDING, UNKNOWN, _NEW_WORD, "A status that this version does not know."),
    (S.COMPLETED, P.SUCCEEDED, _AGREES, "Both say paid."),
    (S.COMPLETED, P.FAILED, _CONTRADICTS, "Delivered as paid; the PSP took no money."),
    (S.COMPLETED, P.CANCELLED, _CONTRADICTS, "Delivered as paid; the PSP took no money."),
    (S.COMPLETED, P.EXPIRED, _CONTRADICTS, "Delivered as paid; the PSP took no money."),
    (
        S.COMPLETED,
        P.PROCESSING,
        _CONTRADICTS,
        "Delivered as paid; the money may never come in.",
    ),
    (S.COMPLETED, _ACTION, _CONTRADICTS, "Delivered as paid; the customer has not paid."),
    (S.COMPLETED, _METHOD, _CONTRADICTS, "Delivered as paid; the customer has not paid."),
    (S.COMPLETED, P.REQUIRES_CONFIRMATION, _CONTRADICTS, "Delivered as paid; the customer has not paid."),
    (S.COMPLETED, P.REQUIRES_CAPTURE, _CONTRADICTS, "Delivered as paid; the money is reserved, not taken."),
    (S.COMPLETED, _MERCHANT, _CONTRADICTS, "Delivered as paid; the money is held, not taken."),
    (S.COMPLETED, _PART, _PARTIAL, "Delivered as paid; only part was taken."),
    (S.COMPLETED, _PART_OPEN, _PARTIAL, "Delivered as paid; only part was taken."),
    (S.COMPLETED, _PART_AUTH, _PARTIAL, "Delivered as paid; only part was reserved."),
    (S.COMPLETED, _PART_PROC, _PARTIAL, "Delivered as paid; only part was taken."),
    (S.COMPLETED, _VOIDED, _UNDONE, "Delivered as paid; the customer got the money back."),
    (S.COMPLETED, P.CONFLICTED, _CONFLICT, "The processor's answer contradicts what was asked of it."),
    (S.COMPLETED, P.REVIEW, _REVIEW, "A person at the processor decides."),
    (S.COMPLETED, UNKNOWN, _NEW_WORD, "A status that this version does not know."),
    (S.FAILED, P.SUCCEEDED, _CONTRADICTS, "The shop gave the order up; the money was taken."),
    (S.FAILED, P.FAILED, _AGREES, "Both say not paid."),
    (S.FAILED, P.CANCELLED, _AGREES, "Both say not paid."),
    (S.FAILED, P.EXPIRED, _AGREES, "Both say not paid."),
    (S.FAILED, P.PROCESSING, _REVIVED, "The shop gave the order up; the money may still be taken."),
    (S.FAILED, _ACTION, _AGREES, "Open at the PSP, but no money is held."),
    (S.FAILED, _METHOD, _AGREES, "Open at the PSP, but no money is held."),
    (S.FAILED, P.REQUIRES_CONFIRMATION, _AGREES, "Open at the PSP, but no money is held."),
    (S.FAILED, P.REQUIRES_CAPTURE, _REVIVED, "The shop gave the order up; the customer's money is held."),
    (S.FAILED, _MERCHANT, _REVIVED, "The shop gave the order up; the customer's money is held."),
    (S.FAILED, _PART, _REVIVED, "The shop gave the order up; part of the money was taken."),
    (S.FAILED, _PART_OPEN, _REVIVED, "The shop gave the order up; part of the money was taken."),
    (S.FAILED, _PART_AUTH, _REVIVED, "The shop gave the order up; the customer's money is held."),
    (S.FAILED, _PART_PROC, _REVIVED, "The shop gave the order up; part of the money was taken."),
    (S.FAILED, _VOIDED, _UNDONE, "Taken, then voided, on an order that was given up."),
    (S.FAILED, P.CONFLICTED, _CONFLICT, "The processor's answer contradicts what was asked of it."),
    (S.FAILED, P.REVIEW, _REVIEW, "A person at the processor decides."),
    (S.FAILED, UNKNOWN, _NEW_WORD, "A status that this version does not know."),
    (S.CANCELLED, P.SUCCEEDED, _CONTRADICTS, "The shop gave the order up; the money was taken."),
    (S.CANCELLED, P.FAILED, _AGREES, "Both say not paid."),
    (S.CANCELLED, P.CANCELLED, _AGREES, "Both say not paid."),
    (S.CANCELLED, P.EXPIRED, _AGREES, "Both say not paid."),
    (S.CANCELLED, P.PROCESSING, _REVIVED, "The shop gave the order up; the money may still be taken."),
    (S.CANCELLED, _ACTION, _AGREES, "Open at the PSP, but no money is held."),
    (S.CANCELLED, _METHOD, _AGREES, "Open at the PSP, but no money is held."),
    (S.CANCELLED, P.REQUIRES_CONFIRMATION, _AGREES, "Open at the PSP, but no money is held."),
    (S.CANCELLED, P.REQUIRES_CAPTURE, _REVIVED, "The shop gave the order up; the customer's money is held."),
    (S.CANCELLED, _MERCHANT, _REVIVED, "The shop gave the order up; the customer's money is held."),
    (S.CANCELLED, _PART, _REVIVED, "The shop gave the order up; part of the money was taken."),
    (S.CANCELLED, _PART_OPEN, _REVIVED, "The shop gave the order up; part of the money was taken."),
    (S.CANCELLED, _PART_AUTH, _REVIVED, "The shop gave the order up; the customer's money is held."),
    (S.CANCELLED, _PART_PROC, _REVIVED, "The shop gave the order up; part of the money was taken."),
    (S.CANCELLED, _VOIDED, _UNDONE, "Taken, then voided, on an order that was given up."),
    (S.CANCELLED, P.CONFLICTED, _CONFLICT, "The processor's answer contradicts what was asked of it."),
    (S.CANCELLED, P.REVIEW, _REVIEW, "A person at the processor decides."),
    (S.CANCELLED, UNKNOWN, _NEW_WORD, "A status that this version does not know."),
    (S.REFUND_PENDING, P.SUCCEEDED, _AGREES, "Both say paid."),
    (S.REFUND_PENDING, P.FAILED, _CONTRADICTS, "Money is being given back that the PSP never took."),
    (S.REFUND_PENDING, P.CANCELLED, _CONTRADICTS, "Money is being given back that the PSP never took."),
    (S.REFUND_PENDING, P.EXPIRED, _CONTRADICTS, "Money is being given back that the PSP never took."),
    (S.REFUND_PENDING, P.PROCESSING, _CONTRADICTS, "Money is being given back that is not in yet."),
    (S.REFUND_PENDING, _ACTION, _CONTRADICTS, "Money is being given back that the customer has not paid."),
    (S.REFUND_PENDING, _METHOD, _CONTRADICTS, "Money is being given back that the customer has not paid."),
    (
        S.REFUND_PENDING,
        P.REQUIRES_CONFIRMATION,
        _CONTRADICTS,
        "Money is being given back that the customer has not paid.",
    ),
    (S.REFUND_PENDING, P.REQUIRES_CAPTURE, _CONTRADICTS, "Money is being given back that is only reserved."),
    (S.REFUND_PENDING, _MERCHANT, _CONTRADICTS, "Money is being given back that is only held."),
    (S.REFUND_PENDING, _PART, _PARTIAL, "Money is being given back of which only part was taken."),
    (S.REFUND_PENDING, _PART_OPEN, _PARTIAL, "Money is being given back of which only part was taken."),
    (S.REFUND_PENDING, _PART_AUTH, _PARTIAL, "Money is being given back that is only reserved, in part."),
    (S.REFUND_PENDING, _PART_PROC, _PARTIAL, "Money is being given back of which only part was taken."),
    (S.REFUND_PENDING, _VOIDED, _UNDONE, "The void gave the money back: a refund gives it twice."),
    (S.REFUND_PENDING, P.CONFLICTED, _CONFLICT, "The processor's answer contradicts what was asked of it."),
    (S.REFUND_PENDING, P.REVIEW, _REVIEW, "A person at the processor decides."),
    (S.REFUND_PENDING, UNKNOWN, _NEW_WORD, "A status that this version does not know."),
    (S.REFUNDED, P.SUCCEEDED, _AGREES, "Both say paid."),
    (S.REFUNDED, P.FAILED, _CONTRADICTS, "Money was given back that the PSP never took."),
    (S.REFUNDED, P.CANCELLED, _CONTRADICTS, "Money was given back that the PSP never took."),
    (S.REFUNDED, P.EXPIRED, _CONTRADICTS, "Money was given back that the PSP never took."),
    (S.REFUNDED, P.PROCESSING, _CONTRADICTS, "Money was given back that is not in yet."),
    (S.REFUNDED, _ACTION, _CONTRADICTS, "Money was given back that the customer has not paid."),
    (S.REFUNDED, _METHOD, _CONTRADICTS, "Money was given back that the customer has not paid."),
    (
        S.REFUNDED,
        P.REQUIRES_CONFIRMATION,
        _CONTRADICTS,
        "Money was given back that the customer has not paid.",
    ),
    (S.REFUNDED, P.REQUIRES_CAPTURE, _CONTRADICTS, "Money was given back that is only reserved."),
    (S.REFUNDED, _MERCHANT, _CONTRADICTS, "Money was given back that is only held."),
    (S.REFUNDED, _PART, _PARTIAL, "Money was given back of which only part was taken."),
    (S.REFUNDED, _PART_OPEN, _PARTIAL, "Money was given back of which only part was taken."),
    (S.REFUNDED, _PART_AUTH, _PARTIAL, "Money was given back that is only reserved, in part."),
    (S.REFUNDED, _PART_PROC, _PARTIAL, "Money was given back of which only part was taken."),
    (S.REFUNDED, _VOIDED, _UNDONE, "Refunded and voided: the customer may have the money twice."),
    (S.REFUNDED, P.CONFLICTED, _CONFLICT, "The processor's answer contradicts what was asked of it."),
    (S.REFUNDED, P.REVIEW, _REVIEW, "A person at the processor decides."),
    (S.REFUNDED, UNKNOWN, _NEW_WORD, "A status that this version does not know."),
)

R = RefundStatus
Q = PspRefundStatus
_REFUNDS: Final[tuple[tuple[RefundStatus, PspRefundStatus | Unknown, Answer, str], ...]] = (
    (R.PENDING, Q.PENDING, _PROCESSOR, "The processor has not paid it back yet."),
    (R.PENDING, Q.SUCCEEDED, _PAID_BACK, "The money went back; the shop was not told."),
    (R.PENDING, Q.FAILED, _NOT_PAID_BACK, "The money did not go back; the shop was not told."),
    (R.PENDING, Q.REVIEW, _REVIEW, "A person at the processor decides."),
    (R.PENDING, UNKNOWN, _NEW_WORD, "A status that this version does not know."),
    (R.SUCCEEDED, Q.PENDING, _CONTRADICTS, "The shop says paid back; the money has not left yet."),
    (R.SUCCEEDED, Q.SUCCEEDED, _AGREES, "Both say paid back."),
    (R.SUCCEEDED, Q.FAILED, _CONTRADICTS, "The shop says paid back; the customer got nothing."),
    (R.SUCCEEDED, Q.REVIEW, _REVIEW, "A person at the processor decides."),
    (R.SUCCEEDED, UNKNOWN, _NEW_WORD, "A status that this version does not know."),
    (R.FAILED, Q.PENDING, _REVIVED, "The shop gave the refund up; the money may still go back."),
    (R.FAILED, Q.SUCCEEDED, _CONTRADICTS, "The shop gave the refund up; the customer got the money."),
    (R.FAILED, Q.FAILED, _AGREES, "Both say not paid back."),
    (R.FAILED, Q.REVIEW, _REVIEW, "A person at the processor decides."),
    (R.FAILED, UNKNOWN, _NEW_WORD, "A status that this version does not know."),
)

_UNMAPPED: Final = "The shop's own word is not mapped, so nothing may be written over it."


def _whole_table() -> Iterable[TableRow]:
    for order, payment, answer, why in _ORDERS:
        yield TableRow(kind=Kind.ORDER, local=order, psp=payment, answer=answer, why=why)
    for word in (*PaymentStatus, UNKNOWN):
        yield TableRow(kind=Kind.ORDER, local=UNKNOWN, psp=word, answer=_OWN_WORD, why=_UNMAPPED)
    for refund, psp_refund, answer, why in _REFUNDS:
        yield TableRow(kind=Kind.REFUND, local=refund, psp=psp_refund, answer=answer, why=why)
    for word in (*PspRefundStatus, UNKNOWN):
        yield TableRow(kind=Kind.REFUND, local=UNKNOWN, psp=word, answer=_OWN_WORD, why=_UNMAPPED)


TABLE: Final = tuple(_whole_table())
"""Every pair, orders first."""

_BY_PAIR: Final = {(row.kind, row.local, row.psp): row for row in TABLE}

ORDER_MUST_BE: Final[dict[Event, frozenset[OrderStatus]]] = {
    Event.REFUND_SUCCEEDED: frozenset({S.REFUND_PENDING, S.COMPLETED}),
    Event.REFUND_FAILED: frozenset({S.REFUND_PENDING, S.COMPLETED, S.REFUNDED}),
    Event.ORPHAN_FAILED: frozenset({S.REFUND_PENDING, S.COMPLETED, S.REFUNDED}),
}
"""What a refund's order must say before the event may be applied; with any other, a person decides.

A refund that fails leaves a `refunded` order as it is: another refund gave the money back.
"""
