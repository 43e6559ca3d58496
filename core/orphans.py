"""Orphans: refunds without a PSP id, looked up before anything is done to them (design rule 7).

An empty id does not prove that the call was never made, for a time-out leaves none either, and an empty
list proves nothing by itself, for a wrong key gets one too. So a refund is failed only where its payment
was read with the same key, is the order's, and every refund listed for it belongs to another row.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from reconcile_tui.core.amounts import AmountIs, order_differs, refund_outgrows_order
from reconcile_tui.core.clock import earlier, must_be_utc
from reconcile_tui.core.decision_table import ORDER_MUST_BE, look_up
from reconcile_tui.core.decisions import Adopt, AlreadyResolved, Attention, Event, FailOrphan, Reason
from reconcile_tui.core.findings import LocalOrder, LocalRefund
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import OrphanEvidence, RefundSeen
from reconcile_tui.core.statuses import Kind, PspRefundStatus, UnknownStatus

Verdict = Adopt | FailOrphan | Attention
Proof = Literal["id", "metadata"]


def judge_orphan(
    row: LocalRefund,
    evidence: OrphanEvidence,
    policy: Policy,
    *,
    now: datetime,
    amount_is: AmountIs,
    own_id_keys: frozenset[str],
) -> Verdict:
    """What follows for an open orphan from what was looked up.

    A match by the shop's own row id is a proof; one by amount and currency is only taken where it is the
    one candidate of one row. Both need a payment that is the order's. A refund that the PSP gives no
    `created_at` for lies outside every window.

    Args:
        row: pending, without a PSP id.
        now: the end of the window (UTC, database clock); it begins `orphan_window_before` the row.
        own_id_keys: metadata keys whose value may hold the shop's own refund row id.
    """
    must_be_utc(now)
    if (reason := refund_outgrows_order(row)) is not None:
        return Attention(reason=reason)
    listed = everything_listed(evidence)
    if any(refund.payment_id != evidence.payment.payment_id for refund in listed):
        return Attention(reason=Reason.WRONG_PAYMENT)
    if proven := [(refund, how) for refund in listed if (how := _proof(row, refund, own_id_keys))]:
        return _by_own_id(row, proven, evidence)
    if row.order is None or order_differs(row.order, evidence.payment, amount_is) is not None:
        return Attention(reason=Reason.ORPHAN_PAYMENT_DIFFERS)
    unclaimed = [refund for refund in listed if refund.refund_id not in evidence.claimed]
    if not unclaimed:
        return _never_accepted(row.order, evidence, listed=len(listed))
    if row.created_at is None:
        return Attention(reason=Reason.MALFORMED_ROW)
    window = (earlier(row.created_at, policy.orphan_window_before), now)
    nobodys = [refund for refund in unclaimed if refund.refund_id not in evidence.named]
    return _by_amount(row, nobodys, window, rivals=evidence.rivals, own_id_keys=own_id_keys)


def everything_listed(evidence: OrphanEvidence) -> tuple[RefundSeen, ...]:
    """The refunds of the list and of the payment itself, each id once."""
    by_id = {refund.refund_id: refund for refund in (*evidence.payment.refunds, *evidence.refunds)}
    return tuple(by_id.values())


def no_longer_so(seen: OrphanEvidence, now: OrphanEvidence) -> str | None:
    """What a verdict about an orphan rests on and the shop's tables do not say any more; None: it stands.

    What speaks for another verdict alone is told: a refund that lost its claim, a row that has a refund's id
    now, one more orphan of the payment. Fewer rivals, and claims that came, change no verdict: a refund that
    is adopted is asked for by itself.

    Args:
        seen, now: the same list of the PSP's, with the shop's tables as they were and as they are.
    """
    listed = {refund.refund_id for refund in everything_listed(seen)}
    if lost := sorted((seen.claimed - now.claimed) & listed):
        return f"no other row has the PSP's refund {harmless(lost[0], limit=60)} any more"
    if named := sorted((now.named - seen.named) & listed):
        return f"another row has the id {harmless(named[0], limit=60)} now, as the PSP's refund"
    if now.rivals > seen.rivals:
        return "another refund of the payment waits for its id now"
    return None


def may_have_reached_psp(row: LocalRefund, evidence: OrphanEvidence, own_id_keys: frozenset[str]) -> bool:
    """Whether an orphan that was failed may after all live at the PSP: a contradiction (design rule 12).

    Any unclaimed refund that would match it counts, whenever it was created; one that failed at the PSP
    does not, for then both sides say that no money went back.
    """
    return any(
        _proof(row, refund, own_id_keys) is not None or _same_money(row, refund)
        for refund in everything_listed(evidence)
        if refund.refund_id not in evidence.claimed and refund.status is not PspRefundStatus.FAILED
    )


def _by_own_id(
    row: LocalRefund, proven: list[tuple[RefundSeen, Proof]], evidence: OrphanEvidence
) -> Adopt | Attention:
    """The PSP holds refunds that name this very row."""
    if len(proven) > 1:
        return Attention(reason=Reason.ORPHAN_AMBIGUOUS)
    [(refund, how)] = proven
    if how == "metadata" and refund.refund_id in evidence.named:
        return Attention(reason=Reason.ORPHAN_AMBIGUOUS)
    if refund.refund_id in evidence.claimed:
        return Attention(reason=Reason.ORPHAN_CLAIMED_BY_OTHER)
    if not _same_money(row, refund):
        same_currency = row.money is not None and row.money.currency == refund.currency
        return Attention(reason=Reason.AMOUNT_MISMATCH if same_currency else Reason.CURRENCY_MISMATCH)
    return Adopt(refund_id=refund.refund_id, matched_by=how)


def _by_amount(
    row: LocalRefund,
    unclaimed: list[RefundSeen],
    window: tuple[datetime, datetime],
    *,
    rivals: int,
    own_id_keys: frozenset[str],
) -> Adopt | Attention:
    """No refund names this row, and some are nobody's: amount, currency and time are left to go by."""
    begin, end = window
    candidates = [
        refund
        for refund in unclaimed
        if _same_money(row, refund)
        and refund.created_at is not None
        and begin <= refund.created_at <= end
        and not _names_a_row(refund, own_id_keys)
    ]
    if not candidates:
        return Attention(reason=Reason.ORPHAN_UNCLAIMED_REFUND)
    if len(candidates) > 1 or rivals > 0:
        return Attention(reason=Reason.ORPHAN_AMBIGUOUS)
    return Adopt(refund_id=candidates[0].refund_id, matched_by="amount")


def _never_accepted(order: LocalOrder, evidence: OrphanEvidence, *, listed: int) -> FailOrphan | Attention:
    """Every listed refund is another row's. The refund is failed if its order may then be rolled back.

    Rolling back says "paid, and not refunded". Where the order or its payment says another thing, the
    refund cannot have been accepted either, but the order would become a lie: a person decides.
    """
    if isinstance(order.status, UnknownStatus):
        return Attention(reason=Reason.UNKNOWN_LOCAL_STATUS)
    if order.status not in ORDER_MUST_BE[Event.ORPHAN_FAILED]:
        return Attention(reason=Reason.CONTRADICTION)
    pair = look_up(Kind.ORDER, order.status, evidence.payment.status)
    if not isinstance(pair.answer, AlreadyResolved):
        return Attention(reason=Reason.ORPHAN_PAYMENT_DIFFERS)
    return FailOrphan(listed=listed)


def _proof(row: LocalRefund, refund: RefundSeen, own_id_keys: frozenset[str]) -> Proof | None:
    if refund.refund_id == row.row_id:
        return "id"
    return "metadata" if row.row_id in _own_ids(refund, own_id_keys) else None


def _names_a_row(refund: RefundSeen, own_id_keys: frozenset[str]) -> bool:
    """Whether it carries a row's id at all; asked where that row is known to be another one."""
    return any(_own_ids(refund, own_id_keys))


def _own_ids(refund: RefundSeen, own_id_keys: frozenset[str]) -> Iterable[str]:
    return (refund.metadata[key] for key in own_id_keys if key in refund.metadata)


def _same_money(row: LocalRefund, refund: RefundSeen) -> bool:
    return row.money is not None and (row.money.minor, row.money.currency) == (refund.amount, refund.currency)
