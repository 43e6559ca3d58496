"""The sentence: why one row is stuck, what is proposed, and what proves it, fit to paste to a colleague.

It tells only what was seen: both sides, when and how the PSP was read, and what follows. The words for
single things come from `reconcile_tui.core.wording`.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from reconcile_tui.core.amounts import given_back, is_disputed, standing_disputes, unclaimed_refunds
from reconcile_tui.core.decision_table import look_up
from reconcile_tui.core.decisions import (
    Adopt,
    AlreadyResolved,
    Applicable,
    Attention,
    Decision,
    Event,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    Unreadable,
    WaitsFor,
)
from reconcile_tui.core.findings import Check, Finding, LocalOrder, LocalRefund, LocalRow
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.money import Money
from reconcile_tui.core.orphans import everything_listed
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    ReadHow,
    ReadStamp,
    RefundSeen,
    is_last_known,
)
from reconcile_tui.core.reason_wording import attention_words
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.wording import (
    next_step,
    read_failure_words,
    reason_words,
    spoken_age,
    unreadable_step,
)


def sentence(
    finding: Finding,
    state: PspState | None,
    decision: Decision,
    *,
    now: datetime,
    attention: Reason | None = None,
    came_in_vain: bool = False,
    daemon_heals: bool = True,
) -> str:
    """The story of one row in a few plain sentences.

    Args:
        state: what the PSP answered; None where it was not asked.
        now: the reader's moment (UTC): a time of another day is told with its date.
        attention: why the row needs a person already: what was delivered in vain is told as such.
        came_in_vain: the PSP's own webhook is known to have come, and was not applied to the row.
        daemon_heals: whether ticks come by themselves, so that something may be left to the next.
    """
    match decision:
        case Sync(despite=Reason() as reason) | Attention(reason=reason, withheld=Sync(despite=Reason())):
            return _despite(finding, state, reason, now)
        case Sync() if attention is Reason.NO_EFFECT or _ended_in_vain(finding.check):
            in_vain = "the event was delivered and acknowledged, yet nothing happened"
            return f"{_both_sides(finding, state, decision, now)}: {in_vain}. {next_step(Reason.NO_EFFECT)}"
        case Sync() | Adopt() | FailOrphan() if attention is Reason.UNDELIVERABLE:
            refused = f"{_capital(reason_words(attention))}{_last_refusal(finding.check)}."
            return f"{_why_stuck(finding, state, decision, now)} {refused} {next_step(attention)}"
        case Sync() if came_in_vain:
            told = f"{_both_sides(finding, state, decision, now)}: a webhook came and was not applied."
            return f"{told} {_proposal(finding.row, decision)}"
        case FailOrphan() if finding.is_capped:
            held_back = Attention(reason=Reason.ORPHAN_CAP, withheld=decision)
            return sentence(finding, state, held_back, now=now, attention=attention)
        case Sync() | Adopt() | FailOrphan():
            return f"{_why_stuck(finding, state, decision, now)} {_proposal(finding.row, decision)}"
        case Attention(withheld=(Sync() | Adopt() | FailOrphan()) as action):
            held = f"Withheld from the daemon: {reason_words(decision.reason)}."
            free = replace(finding, is_capped=False)
            story = sentence(free, state, action, now=now, attention=attention, came_in_vain=came_in_vain)
            return f"{story} {held} {next_step(decision)}"
        case Attention():
            return _attention(finding, state, decision, now)
        case StillPending():
            return _still_pending(finding, state, decision, now, daemon_heals=daemon_heals)
        case Unreadable():
            return _unreadable(finding.row, state, daemon_heals=daemon_heals)
        case AlreadyResolved():
            return _resolved(finding.row, state, now)
        case _:
            assert_never(decision)


ASK: Final = "That is what was last known: only a forced read, which asks the processor too, may learn more."
"""The next step where a read that forced nothing found a row open."""


def _why_stuck(finding: Finding, state: PspState | None, action: Applicable, now: datetime) -> str:
    row, for_long = finding.row, spoken_age(finding.age)
    match action:
        case Sync():
            return f"{_both_sides(finding, state, action, now)}: the webhook never arrived."
        case Adopt(matched_by=matched_by):
            by = "names this very row" if matched_by in ("id", "metadata") else "fits it in amount and time"
            return (
                f"The shop asked for a refund of {_own_money(row)} {for_long} ago and never heard its id; "
                f"the PSP lists exactly one unclaimed refund that {by} ({_proof(state, now)})."
            )
        case FailOrphan(listed=listed):
            return (
                f"The shop wrote a refund of {_own_money(row)} {for_long} ago and has no id for it; "
                f"its payment was read with the order's amount, and {_nothing_left(listed)} "
                f"({_proof(state, now)}): the PSP never got it."
            )
        case _:
            assert_never(action)


def _both_sides(finding: Finding, state: PspState | None, action: Sync, now: datetime) -> str:
    row = finding.row
    here = f"the shop still says {_local(row)} after {spoken_age(finding.age)}"
    return f"{_news(action.event, row, state)} ({_proof(state, now)}); {here}"


def _ended_in_vain(check: Check | None) -> bool:
    """Whether the last that is known of a row is that its event was acknowledged and did nothing."""
    return check is not None and (check.detail or "").partition(":")[0] == Outcome.UNCHANGED


def _last_refusal(check: Check | None) -> str:
    """What the shop said to a row's event when it was last tried, after a colon."""
    outcome, _, said = (check.detail or "").partition(": ") if check is not None else ("", "", "")
    return f": {harmless(said, limit=160).rstrip('.')}" if said and outcome in _NOT_DELIVERED else ""


_NOT_DELIVERED: Final = (Outcome.UNDELIVERED.value, Outcome.IN_DOUBT.value)


def _nothing_left(listed: int) -> str:
    match listed:
        case 0:
            return "no refund is listed for it"
        case 1:
            return "the one refund listed for it belongs to another row"
        case _:
            return f"all {listed} refunds listed for it belong to other rows"


def _news(event: Event, row: LocalRow, state: PspState | None) -> str:
    who, money = _who(state), _own_money(row)
    match event:
        case Event.PAYMENT_SUCCEEDED:
            return f"{who} took {money}"
        case Event.PAYMENT_FAILED:
            return f"{who} did not take {money}{_error(state)}"
        case Event.PAYMENT_CANCELLED:
            return f"The payment of {money} was cancelled before any money was taken"
        case Event.PAYMENT_EXPIRED:
            return f"The payment of {money} expired unpaid"
        case Event.REFUND_SUCCEEDED:
            return f"{who} paid {money} back"
        case Event.REFUND_FAILED:
            return f"{who} could not pay {money} back{_error(state)}"
        case Event.ORPHAN_ADOPTED | Event.ORPHAN_FAILED:
            raise ValueError(f"{event} is no webhook")
        case _:
            assert_never(event)


def _proposal(row: LocalRow, action: Applicable) -> str:
    match action:
        case Sync(event=Event.REFUND_SUCCEEDED):
            return f"Sync: {_name(row)} becomes succeeded, and its order follows."
        case Sync(event=Event.REFUND_FAILED):
            return f"Sync: {_name(row)} becomes failed, and its order is no longer being refunded by it."
        case Sync(event=event):
            return f"Sync: {_name(row)} becomes {event.target}."
        case Adopt(refund_id=refund_id):
            return (
                f"Adopt: {harmless(refund_id)} becomes the PSP's id of {_name(row)}; the next look syncs it."
            )
        case FailOrphan():
            return f"Fail: {_name(row)} becomes failed, and its order is no longer being refunded by it."
        case _:
            assert_never(action)


def _attention(finding: Finding, state: PspState | None, decision: Attention, now: datetime) -> str:
    row = finding.row
    name, for_long = _capital(_name(row)), spoken_age(finding.age)
    here = f"{name} of {_own_money(row)} says {_local(row)} after {for_long}"
    if decision.reason is Reason.MALFORMED_ROW:
        return f"{name}: {attention_words(decision, row, state)}. {next_step(decision)}"
    why = _why_of_pair(row, state, decision) or f"{_capital(reason_words(decision.reason))}."
    return f"{here}; {_psp_side(state, now)}. {why} {next_step(decision)}"


def _despite(finding: Finding, state: PspState | None, reason: Reason, now: datetime) -> str:
    """Of a payment that succeeded, and whose money may not stay."""
    here = f"the shop still says {_local(finding.row)} after {spoken_age(finding.age)}"
    told = f"{_psp_side(state, now)}; {here}"
    return f"{_capital(told)}. {_capital(reason_words(reason))}. {next_step(reason)}"


def _still_pending(
    finding: Finding, state: PspState | None, decision: StillPending, now: datetime, *, daemon_heals: bool
) -> str:
    row = finding.row
    if decision.waits_for is WaitsFor.AGE:
        if isinstance(row, LocalOrder) and row.payment_id is None:
            return (
                f"{_capital(_name(row))} has no payment id: no payment was begun, so there is nothing to ask."
            )
        return f"{_capital(_name(row))} is only {spoken_age(finding.age)} old: too young to be called stuck."
    why = _why_of_pair(row, state, decision) or ""
    here = f"{_capital(_name(row))} of {_own_money(row)} is open after {spoken_age(finding.age)}"
    step = ASK if is_last_known(state) else next_step(decision, daemon_heals=daemon_heals)
    return f"{here}, and so it is at the PSP ({_proof(state, now)}). {why} {step}"


def _unreadable(row: LocalRow, state: PspState | None, *, daemon_heals: bool) -> str:
    why = _failure(state) if isinstance(state, ReadFailed) else "the answer is about another id"
    step = (
        unreadable_step(state.kind, daemon_heals=daemon_heals)
        if isinstance(state, ReadFailed)
        else next_step(Unreadable(), daemon_heals=daemon_heals)
    )
    return (
        f"The PSP could not be read for {_name(row)} ({why}). "
        f"That says nothing about the money, so nothing is changed. {step}"
    )


def _resolved(row: LocalRow, state: PspState | None, now: datetime) -> str:
    if state is None:
        return f"{_capital(_name(row))} is {_local(row)} and has no id at the PSP: there is nothing to ask."
    here = f"{_capital(_name(row))} is {_local(row)}"
    return f"{here}, and nothing at the PSP contradicts it ({_proof(state, now)})."


def _why_of_pair(row: LocalRow, state: PspState | None, decision: Decision) -> str | None:
    """The table's own words, where it is the table that decided."""
    match row, state:
        case LocalOrder(), PaymentSeen():
            pair = look_up(Kind.ORDER, row.status, state.status)
        case LocalRefund(), RefundSeen():
            pair = look_up(Kind.REFUND, row.status, state.status)
        case _:
            return None
    return pair.why if pair.answer == decision else None


def _psp_side(state: PspState | None, now: datetime) -> str:
    """What the PSP says, with its money, beside the shop's side."""
    match state:
        case PaymentSeen():
            return f"{_who(state)}: {_payment_money(state)} ({_proof(state, now)})"
        case RefundSeen():
            money = _money(state.amount, state.currency)
            return f"{_who(state)}: a refund of {money}{_error(state)} ({_proof(state, now)})"
        case OrphanEvidence():
            refunds = everything_listed(state)
            unclaimed = sum(refund.refund_id not in state.claimed for refund in refunds)
            listed = f"refunds listed for it: {len(refunds)}, claimed by nobody: {unclaimed}"
            return f"{_who(state)}: {_amounts(state.payment)}, {listed} ({_proof(state, now)})"
        case NotFound():
            return f"the PSP knows no {state.what} {harmless(state.psp_id)} ({_read_at(state.stamp, now)})"
        case ReadFailed():
            return f"the PSP gave no answer ({_failure(state)})"
        case None:
            return "the PSP was not asked"
        case _:
            assert_never(state)


def _failure(state: ReadFailed) -> str:
    words = read_failure_words(state.kind)
    detail = (state.detail or "").strip()
    return f"{words}: {harmless(detail, limit=120)}" if detail else words


def _amounts(payment: PaymentSeen) -> str:
    money = f"a payment of {_money(payment.amount, payment.currency)}"
    if payment.net_amount is not None and payment.net_amount != payment.amount:
        money += f", {_money(payment.net_amount, payment.currency)} net"
    if payment.amount_received is not None and payment.amount_received != payment.amount:
        money += f", {_money(payment.amount_received, payment.currency)} received"
    return money


def _payment_money(payment: PaymentSeen) -> str:
    money = _amounts(payment)
    if minor := given_back(payment):
        refunds = unclaimed_refunds(payment)
        ids = f" by {', '.join(harmless(refund.refund_id, limit=60) for refund in refunds[:3])}"
        known = f"{ids}{' …' if len(refunds) > 3 else ''}" if refunds else ""
        money += f", {_money(minor, payment.currency)} of it given back{known}, which no refund here claims"
    if is_disputed(payment):
        disputes = ", ".join(_words(dispute.status.value) for dispute in standing_disputes(payment))
        money += f", disputed ({disputes})" if disputes else ", disputed"
    return money


def _proof(state: PspState | None, now: datetime) -> str:
    """What was read, when and how: `the PSP says succeeded, read at 12:00 UTC`."""
    match state:
        case PaymentSeen() | RefundSeen():
            status, stamp = state.status.value, state.stamp
        case OrphanEvidence():
            status, stamp = state.payment.status.value, state.stamp
        case NotFound():
            return _read_at(state.stamp, now)
        case _:
            return "not read"
    whose = "its payment" if isinstance(state, OrphanEvidence) else "the PSP"
    return f"{whose} says {_words(status)}, {_read_at(stamp, now)}"


def _read_at(stamp: ReadStamp, now: datetime) -> str:
    """An unforced read tells only what was last known: the connector was not asked."""
    day = "" if stamp.at.date() == now.date() else f"{stamp.at:%Y-%m-%d} "
    how = "as last known, " if stamp.how is ReadHow.LAST_KNOWN else ""
    return f"{how}read at {day}{stamp.at:%H:%M} UTC"


def _who(state: PspState | None) -> str:
    match state:
        case PaymentSeen(connector=str() as connector) | RefundSeen(connector=str() as connector):
            return _capital(_words(connector)) or "The PSP"
        case OrphanEvidence(payment=PaymentSeen(connector=str() as connector)):
            return _capital(_words(connector)) or "The PSP"
        case _:
            return "The PSP"


def _error(state: PspState | None) -> str:
    match state:
        case PaymentSeen(error_message=str() as message) | RefundSeen(error_message=str() as message):
            return f" ({harmless(message.strip(), limit=120)})" if message.strip() else ""
        case _:
            return ""


def _money(minor: int, currency: str) -> str:
    try:
        return str(Money(minor, currency))
    except ValueError:
        return f"{minor} minor units of {harmless(currency, limit=20)}"


def _own_money(row: LocalRow) -> str:
    return "an unknown amount" if row.money is None else str(row.money)


def _name(row: LocalRow) -> str:
    return f"{row.ref.kind} {harmless(row.row_id, limit=80)}"


def _local(row: LocalRow) -> str:
    return _words(row.status.value)


def _words(word: str) -> str:
    return harmless(word.replace("_", " "), limit=60)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
