"""Decide: what follows from a finding and the PSP's state. Pure, and total over every pair that can meet.

The table (`reconcile_tui.core.decision_table`) answers for two statuses; here stands what no pair of
statuses can know: failed reads, another payment's refund, amounts, long waits, orphans, and who asks.
"""

from datetime import datetime

from reconcile_tui.core.amounts import AmountIs, payment_disagrees, refund_disagrees
from reconcile_tui.core.decision_table import ORDER_MUST_BE, look_up
from reconcile_tui.core.decisions import (
    AlreadyResolved,
    Applicable,
    Attention,
    Decision,
    Event,
    Reason,
    StillPending,
    Sync,
    Unreadable,
    WaitsFor,
    applicable,
)
from reconcile_tui.core.findings import Finding, FindingClass, LocalOrder, LocalRefund, is_open
from reconcile_tui.core.orphans import judge_orphan, may_have_reached_psp
from reconcile_tui.core.policy import ActorKind, Policy
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    ReadFailureKind,
    RefundSeen,
)
from reconcile_tui.core.statuses import (
    Kind,
    OrderStatus,
    PaymentStatus,
    PspRefundStatus,
    RefundStatus,
    UnknownStatus,
)


def decide(
    finding: Finding,
    state: PspState,
    policy: Policy,
    *,
    actor_kind: ActorKind,
    now: datetime,
    amount_is: AmountIs,
    own_id_keys: frozenset[str],
) -> Decision:
    """What follows for one row.

    Args:
        state: what the PSP answered: a payment for an order, a refund for a refund, the evidence for a
            refund without a PSP id; or, for any of them, not found or not read.
        actor_kind: nobody confirms what the daemon does, so rows past `auto_max_age` are withheld from it.
        now: the end of an orphan's window (UTC, database clock).
        amount_is: which of the payment's amounts the shop stores (the mapping knows).
        own_id_keys: metadata keys that may hold the shop's own refund row id (the mapping knows).

    Raises:
        TypeError: the state is another kind of object's than the row (a programming error).
    """
    _must_match(finding, state)
    if (known := decide_without_reading(finding)) is not None:
        return known
    if _cannot_be_read(finding):
        return Attention(reason=Reason.MALFORMED_ROW)
    if finding.cls is FindingClass.RECENT and actor_kind is ActorKind.DAEMON:
        return StillPending(waits_for=WaitsFor.AGE)
    match finding.row, state:
        case _, ReadFailed():
            decision = _of_failed_read(state)
        case _, NotFound():
            decision = Attention(reason=Reason.NOT_FOUND)
        case LocalOrder() as order, PaymentSeen():
            decision = _knowingly(_of_order(finding, order, state, policy, amount_is), actor_kind)
        case LocalRefund() as refund, RefundSeen():
            decision = _of_refund(finding, refund, state, policy)
        case LocalRefund() as refund, OrphanEvidence():
            decision = _of_orphan(
                refund, state, policy, now=now, amount_is=amount_is, own_id_keys=own_id_keys
            )
        case _:
            raise _mismatch(finding, state)
    return _withheld_by_age(decision, finding, policy, actor_kind)


def decide_without_reading(finding: Finding) -> Decision | None:
    """The decision for a row that there is nothing to ask the PSP about; None where it must be read."""
    if _cannot_be_read(finding) and finding.row.psp_id is None:
        return Attention(reason=Reason.MALFORMED_ROW)
    match finding.row:
        case LocalOrder(payment_id=None):
            return _nothing_to_ask(finding, StillPending(waits_for=WaitsFor.AGE))
        case LocalRefund(refund_id=None) if finding.cls is FindingClass.RECENT:
            return StillPending(waits_for=WaitsFor.AGE)
        case LocalRefund(refund_id=None, status=RefundStatus.SUCCEEDED) if not finding.needs_person:
            return AlreadyResolved()
        case LocalRefund(refund_id=None, order=None):
            return _nothing_to_ask(finding, Attention(reason=Reason.ORDER_MISSING))
        case LocalRefund(refund_id=None, payment_id=None):
            return _nothing_to_ask(finding, Attention(reason=Reason.ORPHAN_NO_PAYMENT))
        case _:
            return None


def _cannot_be_read(finding: Finding) -> bool:
    """Whether an open row lacks a fact. A final one is only asked whether the PSP agrees with its status."""
    return bool(finding.row.malformed) and is_open(finding.row)


def withhold(action: Applicable, reason: Reason) -> Attention:
    """The same action, kept for an operator.

    Raises:
        ValueError: the reason is neither age nor a cap: nobody may apply it.
    """
    return Attention(reason=reason, withheld=action)


def _nothing_to_ask(finding: Finding, while_open: Decision) -> Decision:
    """A final row without an id of the PSP's ended without the PSP: there is nothing to contradict it."""
    status = finding.row.status
    if isinstance(status, UnknownStatus):
        return Attention(reason=Reason.UNKNOWN_LOCAL_STATUS)
    return AlreadyResolved() if status.is_final else while_open


def _of_failed_read(state: ReadFailed) -> Decision:
    match state.kind:
        case ReadFailureKind.BAD_REQUEST:
            return Attention(reason=Reason.BAD_REQUEST)
        case ReadFailureKind.MALFORMED_FIELD | ReadFailureKind.DEFECT:
            return Attention(reason=Reason.MALFORMED_ROW)
        case _:
            return Unreadable()


def _of_order(
    finding: Finding, order: LocalOrder, payment: PaymentSeen, policy: Policy, amount_is: AmountIs
) -> Decision:
    if payment.payment_id != order.payment_id:
        return Unreadable()
    answer = look_up(Kind.ORDER, order.status, payment.status).answer
    match answer:
        case Sync(event=event):
            reason = payment_disagrees(order, payment, event, amount_is)
            if reason is None:
                return answer
            held = Sync(event=event, despite=reason) if reason.is_of_money else None
            return Attention(reason=reason, withheld=held)
        case AlreadyResolved() if finding.needs_person and payment.status is PaymentStatus.SUCCEEDED:
            reason = payment_disagrees(order, payment, Event.PAYMENT_SUCCEEDED, amount_is)
            return answer if reason is None else Attention(reason=reason)
        case StillPending() if (
            payment.status is PaymentStatus.PROCESSING
            and finding.age is not None
            and finding.age >= policy.processing_attention_after
        ):
            return Attention(reason=Reason.PROCESSING_TOO_LONG)
        case _:
            return answer


def _of_refund(finding: Finding, row: LocalRefund, seen: RefundSeen, policy: Policy) -> Decision:
    if seen.refund_id != row.refund_id:
        return Unreadable()
    if row.payment_id is not None and seen.payment_id != row.payment_id:
        return Attention(reason=Reason.WRONG_PAYMENT)
    answer = look_up(Kind.REFUND, row.status, seen.status).answer
    match answer:
        case Sync(event=event):
            reason = refund_disagrees(row, seen, event) or _order_forbids(row, event)
            return answer if reason is None else Attention(reason=reason)
        case AlreadyResolved() if finding.needs_person and seen.status is PspRefundStatus.SUCCEEDED:
            reason = refund_disagrees(row, seen, Event.REFUND_SUCCEEDED)
            return answer if reason is None else Attention(reason=reason)
        case StillPending() if (
            seen.status is PspRefundStatus.PENDING
            and seen.connector_refund_id is None
            and finding.age is not None
            and finding.age >= policy.refund_unsent_attention_after
        ):
            return Attention(reason=Reason.REFUND_NEVER_SENT)
        case _:
            return answer


def _of_orphan(
    row: LocalRefund,
    evidence: OrphanEvidence,
    policy: Policy,
    *,
    now: datetime,
    amount_is: AmountIs,
    own_id_keys: frozenset[str],
) -> Decision:
    if evidence.payment.payment_id != row.payment_id:
        return Unreadable()
    match row.status:
        case RefundStatus.PENDING:
            return judge_orphan(row, evidence, policy, now=now, amount_is=amount_is, own_id_keys=own_id_keys)
        case UnknownStatus():
            return Attention(reason=Reason.UNKNOWN_LOCAL_STATUS)
        case _:
            lives = may_have_reached_psp(row, evidence, own_id_keys)
            agrees = lives is (row.status is RefundStatus.SUCCEEDED)
            return AlreadyResolved() if agrees else Attention(reason=Reason.CONTRADICTION)


def _knowingly(decision: Decision, actor_kind: ActorKind) -> Decision:
    """An operator may set aside what the PSP says against the money: the plan says so, row by row."""
    match decision:
        case Attention(withheld=Sync() as despite) if actor_kind is ActorKind.OPERATOR:
            return despite
        case _:
            return decision


def _order_forbids(row: LocalRefund, event: Event) -> Reason | None:
    """Why the refund's order is in no state to follow the event."""
    if row.order is None:
        return Reason.ORDER_MISSING
    match row.order.status:
        case UnknownStatus():
            return Reason.UNKNOWN_LOCAL_STATUS
        case OrderStatus() as status:
            return None if status in ORDER_MUST_BE[event] else Reason.CONTRADICTION


def _withheld_by_age(decision: Decision, finding: Finding, policy: Policy, actor_kind: ActorKind) -> Decision:
    action = applicable(decision)
    if action is None or actor_kind is not ActorKind.DAEMON:
        return decision
    is_young = finding.age is not None and finding.age <= policy.auto_max_age
    return decision if is_young else withhold(action, Reason.TOO_OLD)


def _must_match(finding: Finding, state: PspState) -> None:
    match finding.row, state:
        case _, ReadFailed() | NotFound():
            return
        case LocalOrder(), PaymentSeen():
            return
        case LocalRefund(refund_id=None), OrphanEvidence():
            return
        case LocalRefund(refund_id=str()), RefundSeen():
            return
        case _:
            raise _mismatch(finding, state)


def _mismatch(finding: Finding, state: PspState) -> TypeError:
    return TypeError(f"{finding.ref} ({finding.cls}) cannot be decided by a {type(state).__name__}")
