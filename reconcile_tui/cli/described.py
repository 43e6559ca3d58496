"""Descriptions: the core's values as the documents that are shown and printed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, assert_never

from reconcile_tui.cli.document_parts import (
    ActorDocument,
    AttentionDocument,
    DecisionDocument,
    EntryDocument,
    FindingDocument,
    LastLookDocument,
    MalformedDocument,
    MoneyDocument,
    OutcomeDocument,
    PspDocument,
    RowDocument,
    WebhookDocument,
)
from reconcile_tui.core.amounts import given_back, is_disputed
from reconcile_tui.core.contradiction import contradicts
from reconcile_tui.core.decision_table import look_up
from reconcile_tui.core.decisions import (
    Adopt,
    AlreadyResolved,
    Attention,
    Decision,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    Unreadable,
    WaitsFor,
)
from reconcile_tui.core.findings import Check, Finding, LocalRefund
from reconcile_tui.core.look_wording import look_words
from reconcile_tui.core.money import Money
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Actor
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    RefundSeen,
)
from reconcile_tui.core.reason_wording import attention_words, item_words
from reconcile_tui.core.records import recorded_money
from reconcile_tui.core.sentence import sentence
from reconcile_tui.core.shop_values import Malformed
from reconcile_tui.core.statuses import WAITS_ON_CUSTOMER, Kind
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.core.store.journal_entries import Entry
from reconcile_tui.core.store.webhook_log import LoggedWebhook
from reconcile_tui.core.wording import (
    event_words,
    label,
    malformed_words,
    next_step,
    not_stuck_words,
    outcome_step,
    outcome_why,
    outcome_words,
    read_failure_words,
    reason_words,
    waits_words,
)


def actor_document(actor: Actor) -> ActorDocument:
    """Who acted."""
    return ActorDocument(name=actor.name, kind=actor.kind, role=actor.role)


def money_document(money: Money) -> MoneyDocument:
    """An amount."""
    return MoneyDocument(minor=money.minor, currency=money.currency, text=str(money))


def money_documents(amounts: Iterable[Money]) -> tuple[MoneyDocument, ...]:
    """Amounts, one a currency."""
    return tuple(money_document(money) for money in amounts)


def waits_on_customer(finding: Finding) -> bool:
    """Whether a stuck order's last known status says that its customer has a step to do."""
    check = finding.check
    return finding.ref.kind is Kind.ORDER and check is not None and check.psp_status in WAITS_ON_CUSTOMER


def malformed_document(malformed: Malformed) -> MalformedDocument:
    """A value of the row that cannot be read."""
    return MalformedDocument(
        column=malformed.column, trouble=malformed.trouble, text=malformed_words([malformed])
    )


def finding_document(finding: Finding) -> FindingDocument:
    """A row as a sweep sees it."""
    row = finding.row
    order = row.order if isinstance(row, LocalRefund) else None
    return FindingDocument(
        kind=row.ref.kind,
        id=row.row_id,
        finding_class=finding.cls,
        status=row.status.value,
        psp_id=row.psp_id,
        payment_id=row.payment_id,
        order_id=order.row_id if order else None,
        order_status=order.status.value if order else None,
        order_money=money_document(order.money) if order and order.money else None,
        money=money_document(row.money) if row.money else None,
        pending_since=row.pending_since,
        age_seconds=None if finding.age is None else int(finding.age.total_seconds()),
        malformed=tuple(malformed_document(each) for each in row.malformed),
        waits_on_customer=waits_on_customer(finding),
        withheld_by_cap=finding.is_capped,
        last_look=_last_look(finding.check) if finding.check else None,
    )


def row_document(
    planned: PlannedRow,
    *,
    now: datetime,
    result: Result | None = None,
    attention: Reason | None = None,
    came_in_vain: bool = False,
    closed_at: datetime | None = None,
) -> RowDocument:
    """A decided row, and what became of it. `now`: the reader's moment, UTC.

    Args:
        attention: why the row needs a person already, where that is known.
        came_in_vain: whether the PSP's own webhook is known to have come, and was not applied.
        closed_at: when this program found or made the row final, UTC; None where that is not known.
    """
    told = sentence(
        planned.finding,
        planned.state,
        planned.decision,
        now=now,
        attention=attention,
        came_in_vain=came_in_vain,
    )
    return RowDocument(
        finding=finding_document(planned.finding),
        psp=psp_document(planned.state) if planned.state else None,
        decision=decision_document(planned.decision),
        sentence=told,
        why=why(planned, closed_at=closed_at),
        outcome=outcome_document(planned, result) if result else None,
    )


def why(planned: PlannedRow, *, closed_at: datetime | None = None) -> str:
    """Why a row is decided as it is, in a few words: the table's own where the table decided.

    Args:
        closed_at: when this program found or made the row final, UTC.
    """
    state, decision = planned.state, planned.decision
    not_stuck = not_stuck_words(planned.finding, closed_at=closed_at)
    if not_stuck and isinstance(decision, AlreadyResolved | StillPending):
        waits_for = decision.waits_for if isinstance(decision, StillPending) else WaitsFor.AGE
        return (
            not_stuck
            if waits_for is WaitsFor.AGE
            else f"{not_stuck} {_sentence_like(waits_words(waits_for))}"
        )
    if isinstance(state, PaymentSeen | RefundSeen):
        pair = look_up(planned.ref.kind, planned.finding.row.status, state.status)
        if pair.answer == decision:
            return pair.why
    match decision:
        case Sync(despite=Reason() as reason):
            return _sentence_like(f"only knowingly: {reason_words(reason)}")
        case Sync(event=event) | Adopt(event=event) | FailOrphan(event=event):
            return _sentence_like(event_words(event))
        case Attention():
            return _sentence_like(attention_words(decision, planned.finding.row, state))
        case StillPending(waits_for=waits_for):
            return _sentence_like(waits_words(waits_for))
        case Unreadable():
            words = read_failure_words(state.kind) if isinstance(state, ReadFailed) else label(decision)
            return _sentence_like(words)
        case AlreadyResolved():
            return _sentence_like(label(decision))
        case _:
            assert_never(decision)


def decision_document(decision: Decision) -> DecisionDocument:
    """A decision with what it carries."""
    words, step = label(decision), next_step(decision)
    match decision:
        case Sync(event=event) | Adopt(event=event) | FailOrphan(event=event):
            adopted = decision.refund_id if isinstance(decision, Adopt) else None
            return DecisionDocument(
                kind=decision.kind,
                words=words,
                event=event,
                target=event.target,
                refund_id=adopted,
                reason=decision.despite if isinstance(decision, Sync) else None,
                next_step=step,
            )
        case Attention(reason=reason, withheld=withheld):
            event_withheld = withheld.event if withheld else None
            return DecisionDocument(
                kind=decision.kind, words=words, reason=reason, withheld=event_withheld, next_step=step
            )
        case StillPending(waits_for=waits_for):
            return DecisionDocument(kind=decision.kind, words=words, waits_for=waits_for, next_step=step)
        case Unreadable() | AlreadyResolved():
            return DecisionDocument(kind=decision.kind, words=words, next_step=step)
        case _:
            assert_never(decision)


def raised_by(planned: PlannedRow, result: Result) -> Reason | None:
    """Why a row needs a person by what became of it: what its outcome raises, or what was decided afresh of a
    row that is no longer as its plan saw it."""
    decision = planned.decision
    if result.outcome is Outcome.CHANGED and isinstance(decision, Attention):
        return decision.reason
    return result.attention


def outcome_document(planned: PlannedRow, result: Result) -> OutcomeDocument:
    """An outcome."""
    attention = raised_by(planned, result)
    return OutcomeDocument(
        outcome=result.outcome,
        refusal=result.refusal,
        words=outcome_words(result.outcome, result.refusal),
        why=outcome_why(result.outcome, result.refusal, attention),
        next_step=outcome_step(result.outcome, result.refusal, attention),
        detail=result.detail,
        closes=result.outcome.closes,
        status_after=result.after.status.value if result.after else None,
        attention=attention,
    )


def psp_document(state: PspState) -> PspDocument:
    """What the PSP answered."""
    match state:
        case PaymentSeen():
            return _payment(state)
        case RefundSeen():
            return PspDocument(
                answer="refund",
                read_at=state.stamp.at,
                how=state.stamp.how.value,
                id=state.refund_id,
                payment_id=state.payment_id,
                status=state.status.value,
                money=_foreign_money(state.amount, state.currency),
                connector=state.connector,
                error_code=state.error_code,
                error_message=state.error_message,
            )
        case OrphanEvidence():
            return _payment(state.payment).model_copy(
                update={
                    "given_back": None,
                    "answer": "orphan_evidence",
                    "listed_refunds": len(state.refunds),
                    "claimed_refunds": sum(refund.refund_id in state.claimed for refund in state.refunds),
                }
            )
        case NotFound():
            return PspDocument(
                answer="not_found", read_at=state.stamp.at, how=state.stamp.how.value, id=state.psp_id
            )
        case ReadFailed():
            return PspDocument(
                answer="unreadable", read_at=state.at, how=None, failure=state.kind, detail=state.detail
            )
        case _:
            assert_never(state)


def attention_document(item: AttentionItem) -> AttentionDocument:
    """An open attention item."""
    return AttentionDocument(
        reason=item.reason,
        words=item_words(item.reason, item.facts),
        since=item.since,
        acknowledged=item.is_acknowledged,
        acknowledged_by=item.acknowledged_by,
        acknowledged_reason=item.acknowledged_reason,
        acknowledged_at=item.acknowledged_at,
        acknowledged_until=item.acknowledged_until,
        next_step=next_step(item.reason),
    )


def entry_document(entry: Entry, *, before: Mapping[str, Any] | None = None) -> EntryDocument:
    """A journal entry. `before`: the row as its intent saw it, where the entry does not say."""
    before = entry.before if entry.before is not None else before
    money = recorded_money(before)
    return EntryDocument(
        entry_id=entry.entry_id,
        intent_id=entry.intent_id,
        at=entry.at,
        step=entry.step,
        kind=entry.ref.kind,
        id=entry.ref.row_id,
        psp_id=entry.psp_id,
        money=money_document(money) if money else None,
        event=entry.event,
        attempt=entry.attempt,
        outcome=entry.outcome,
        refusal=entry.refusal,
        actor=entry.actor,
        actor_kind=entry.actor_kind,
        reason=entry.reason,
        plan_id=entry.plan_id,
        status_before=_status_in(before),
        status_after=_status_in(entry.after),
        psp_status=_status_in(entry.psp),
        detail=entry.detail,
        despite=entry.despite,
        contradicts=contradicts(entry),
    )


def webhook_document(webhook: LoggedWebhook) -> WebhookDocument:
    """An entry of the webhook log."""
    return WebhookDocument(
        received_at=webhook.received_at,
        source=webhook.source,
        event_type=webhook.event_type,
        event_id=webhook.event_id,
        effect=webhook.effect,
        digest=webhook.digest,
    )


def _last_look(check: Check) -> LastLookDocument:
    return LastLookDocument(
        at=check.last_read_at,
        decision=check.decision,
        words=look_words(check),
        detail=check.detail,
        psp_status=check.psp_status,
        psp_read_at=check.psp_read_at,
        connector=check.connector,
        reads=check.reads,
        failures=check.failures,
        next_due=check.next_due,
    )


def _payment(state: PaymentSeen) -> PspDocument:
    return PspDocument(
        answer="payment",
        read_at=state.stamp.at,
        how=state.stamp.how.value,
        id=state.payment_id,
        payment_id=state.payment_id,
        status=state.status.value,
        money=_foreign_money(state.amount, state.currency),
        net_amount=state.net_amount,
        amount_received=state.amount_received,
        given_back=given_back(state),
        disputed=is_disputed(state),
        connector=state.connector,
        error_code=state.error_code,
        error_message=state.error_message,
    )


def _foreign_money(minor: int, currency: str) -> MoneyDocument:
    try:
        return money_document(Money(minor, currency))
    except ValueError:
        return MoneyDocument(minor=minor, currency=currency, text=f"{minor} {currency}")


def _status_in(record: Mapping[str, Any] | None) -> str | None:
    status = record.get("status") if record else None
    return status if isinstance(status, str) else None


def _sentence_like(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
