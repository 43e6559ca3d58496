"""Side by side: what the shop says of a row and what the PSP says of it, fact by fact.

Texts are as they came: whoever shows them makes them harmless. Where one side does not know, nothing differs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from reconcile_tui.core.amounts import given_back_unlisted, standing_disputes, unclaimed_refunds
from reconcile_tui.core.decision_table import look_up
from reconcile_tui.core.decisions import AlreadyResolved, StillPending
from reconcile_tui.core.findings import Finding, LocalOrder, LocalRefund, LocalRow
from reconcile_tui.core.money import Money
from reconcile_tui.core.orphans import everything_listed
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    RefundSeen,
)
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.wording import read_failure_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact of both sides.

    Attributes:
        local: what the shop says; None where it does not know.
        psp: what the PSP says; None where it does not, or was not asked.
        differs: both know, and one of them is wrong; or the PSP says what must not stay unseen.
        agrees: both know, and mean the same. Neither is said of facts that cannot be compared.
    """

    name: str
    local: str | None = None
    psp: str | None = None
    differs: bool = False
    agrees: bool = False


def sides(finding: Finding, state: PspState | None) -> tuple[Fact, ...]:
    """Both sides of a row, what matters most first. Facts that neither side knows are left out.

    Args:
        state: what the PSP answered; None where it was not asked.
    """
    row = finding.row
    match row, state:
        case LocalRefund(refund_id=None), OrphanEvidence():
            facts = _of_orphan(row, state)
        case LocalOrder(), _:
            facts = _of_order(row, state)
        case LocalRefund(), _:
            facts = _of_refund(row, state)
        case _:
            assert_never(row)
    told = (*_answer(state), *facts)
    return tuple(fact for fact in told if fact.local is not None or fact.psp is not None)


def psp_money(minor: int, currency: str) -> str:
    """The PSP's amount as people read it; as it came where its currency is none."""
    try:
        return str(Money(minor, currency))
    except ValueError:
        return f"{minor} minor units of {currency}"


def _of_order(row: LocalOrder, state: PspState | None) -> Iterator[Fact]:
    payment = state if isinstance(state, PaymentSeen) else None
    yield _status(row, payment)
    yield from _amounts(row.money, payment)
    yield from _against(payment)
    yield _compared("payment id", row.payment_id, payment.payment_id if payment else None)
    yield from _errors(payment)
    yield from _more_of_payment(payment)
    yield Fact(name="pending since", local=_moment(row.pending_since), psp=None)
    yield from _times(None, payment)


def _of_refund(row: LocalRefund, state: PspState | None) -> Iterator[Fact]:
    refund = state if isinstance(state, RefundSeen) else None
    yield _status(row, refund)
    yield from _amounts(row.money, refund)
    yield _compared("refund id", row.refund_id, refund.refund_id if refund else None)
    yield _compared("payment id", row.payment_id, refund.payment_id if refund else None)
    yield from _errors(refund)
    yield Fact(name="connector", psp=refund.connector if refund else None)
    yield Fact(name="connector id", psp=refund.connector_refund_id if refund else None)
    yield from _order_of(row)
    yield from _times(row.created_at, refund)


def _of_orphan(row: LocalRefund, state: OrphanEvidence) -> Iterator[Fact]:
    """An orphan has no other side yet: what can be compared is its order and the payment."""
    payment, order = state.payment, row.order
    listed = everything_listed(state)
    claimed = sum(refund.refund_id in state.claimed for refund in listed)
    yield Fact(name="status", local=row.status.value)
    yield Fact(name="amount", local=str(row.money) if row.money else None)
    count = f"{len(listed)}, {claimed} of them claimed by other rows" if listed else "none"
    yield Fact(name="refunds listed", psp=count)
    if order is not None:
        yield Fact(name="order", local=order.row_id)
        yield _status(order, payment, name="order's status")
        yield from _amounts(order.money, payment, of="order's ")
    yield _compared("payment id", row.payment_id, payment.payment_id)
    yield from _errors(payment)
    yield Fact(name="connector", psp=payment.connector or None)
    # Two moments of two things: side by side they would look like one that differs.
    yield Fact(name="created", local=_moment(row.created_at))
    yield Fact(name="payment made", psp=_moment(payment.created_at))


def _answer(state: PspState | None) -> Iterator[Fact]:
    """What the PSP said where it said nothing of the row's own facts."""
    match state:
        case NotFound():
            yield Fact(name="answer", psp=f"no such {state.what}: {state.psp_id}")
        case ReadFailed():
            words = read_failure_words(state.kind)
            yield Fact(name="answer", psp=f"{words}: {state.detail}" if state.detail else words)
            code = " ".join(str(part) for part in (state.http_status, state.code) if part is not None)
            yield Fact(name="answer's code", psp=code or None)
        case _:
            return


def _status(row: LocalRow, seen: PaymentSeen | RefundSeen | None, *, name: str = "status") -> Fact:
    """The two have words of their own: whether they agree is the decision table's to say."""
    if seen is None:
        return Fact(name=name, local=row.status.value)
    kind = Kind.ORDER if isinstance(seen, PaymentSeen) else Kind.REFUND
    if kind is not row.ref.kind:
        return Fact(name=name, local=row.status.value, psp=seen.status.value)
    answer = look_up(kind, row.status, seen.status).answer
    differs = not isinstance(answer, StillPending | AlreadyResolved)
    return Fact(name=name, local=row.status.value, psp=seen.status.value, differs=differs, agrees=not differs)


def _amounts(local: Money | None, seen: PaymentSeen | RefundSeen | None, *, of: str = "") -> Iterator[Fact]:
    theirs = psp_money(seen.amount, seen.currency) if seen else None
    yield _compared(f"{of}amount", str(local) if local else None, theirs)
    if local is not None and seen is not None and local.currency != seen.currency:
        yield Fact(name=f"{of}currency", local=local.currency, psp=seen.currency, differs=True)
    if not isinstance(seen, PaymentSeen):
        return
    for name, minor in (
        ("net amount", seen.net_amount),
        ("received", seen.amount_received),
        ("captured", seen.captured),
        ("capturable", seen.amount_capturable or None),
    ):
        if minor is not None and minor != seen.amount:
            yield Fact(name=name, psp=psp_money(minor, seen.currency))


def _against(payment: PaymentSeen | None) -> Iterator[Fact]:
    """What was given back and disputed, refund by refund: only what nobody here claims differs."""
    if payment is None:
        return
    unclaimed = unclaimed_refunds(payment)
    for refund in payment.live_refunds:
        is_claimed = refund not in unclaimed
        yield Fact(
            name="given back",
            local="by a refund here" if is_claimed else "by no refund here",
            psp=f"{psp_money(refund.amount, refund.currency)}, {refund.status.value}, {refund.refund_id}",
            differs=not is_claimed,
            agrees=is_claimed,
        )
    if minor := given_back_unlisted(payment):
        theirs = f"{psp_money(minor, payment.currency)} more, by refunds that are not listed"
        yield Fact(name="given back", local="by no refund here", psp=theirs, differs=True)
    if payment.is_voided:
        yield Fact(name="given back", local="not voided", psp="voided after the capture", differs=True)
    for dispute in payment.disputes:
        amount = f"{psp_money(dispute.amount, payment.currency)}, " if dispute.amount is not None else ""
        theirs = f"{amount}{dispute.status.value.replace('_', ' ')}, {dispute.dispute_id}"
        yield Fact(name="disputed", psp=theirs, differs=dispute in standing_disputes(payment))
    if not payment.disputes and payment.total_disputed:
        theirs = f"{psp_money(payment.total_disputed, payment.currency)}, by disputes that are not listed"
        yield Fact(name="disputed", psp=theirs, differs=True)


def _errors(seen: PaymentSeen | RefundSeen | None) -> Iterator[Fact]:
    if seen is None:
        return
    yield Fact(name="error", psp=seen.error_message or None)
    yield Fact(name="error code", psp=seen.error_code or None)
    if isinstance(seen, PaymentSeen):
        yield Fact(name="cancelled for", psp=seen.cancellation_reason or None)


def _more_of_payment(payment: PaymentSeen | None) -> Iterator[Fact]:
    if payment is None:
        return
    yield Fact(name="connector", psp=payment.connector or None)
    yield Fact(name="connector id", psp=payment.connector_transaction_id or None)
    yield Fact(name="attempts", psp=None if payment.attempt_count is None else str(payment.attempt_count))
    allowed = {None: None, True: "allowed", False: "not allowed"}[payment.manual_retry_allowed]
    yield Fact(name="manual retry", psp=allowed)


def _order_of(row: LocalRefund) -> Iterator[Fact]:
    if row.order is None:
        yield Fact(name="order", local="gone")
        return
    yield Fact(name="order", local=f"{row.order.row_id}, {row.order.status.value}")
    yield Fact(name="order's amount", local=str(row.order.money) if row.order.money else None)


def _times(created: datetime | None, seen: PaymentSeen | RefundSeen | None) -> Iterator[Fact]:
    theirs = _moment(seen.created_at) if seen else None
    yield Fact(name="created", local=_moment(created), psp=theirs)
    if isinstance(seen, PaymentSeen):
        yield Fact(name="modified", psp=_moment(seen.modified_at))


def _compared(name: str, local: str | None, psp: str | None) -> Fact:
    known, same = local is not None and psp is not None, local == psp
    return Fact(name=name, local=local, psp=psp, differs=known and not same, agrees=known and same)


def _moment(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else None
