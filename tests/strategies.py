"""Hypothesis strategies for the core's values: any row, anything the PSP may say of it, any decision.

Facts are drawn from few values, and mostly from those that agree: a row that may be healed comes up often,
and so does one that may not for a single reason.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

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
from reconcile_tui.core.findings import Finding, LocalOrder, LocalRefund, RefundId, Siblings
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PspState,
    ReadFailed,
    ReadFailureKind,
    ReadHow,
)
from reconcile_tui.core.statuses import OrderStatus, PaymentStatus, PspRefundStatus, RefundStatus
from tests.builders import (
    a_failed_read,
    a_finding,
    a_payment_seen,
    a_refund,
    a_refund_seen,
    an_order,
    an_orphan,
    not_found,
    the_evidence,
)

MESSAGES = st.text(max_size=20).filter(lambda text: "None" not in text)
"""What a processor says. One that said None could not be told from a value that was forgotten."""


T = TypeVar("T")


def mostly(usual: T, others: Iterable[T]) -> st.SearchStrategy[T]:
    """The usual value nine times in ten, else one of the others."""
    return nine_in_ten(st.just(usual), st.sampled_from([*others]))


def nine_in_ten(usual: st.SearchStrategy[T], others: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return st.integers(0, 9).flatmap(lambda die: others if die == 9 else usual)


_amounts = mostly(4200, [0, 1000, 4201])
_maybe_amounts = mostly(4200, [0, 1000, 4201, None])
_currencies = mostly("EUR", ["JPY"])
_ages = st.sampled_from(["0s", "5m", "31m", "2h14m", "23h59m", "24h", "6d", "8d"])
_hows = st.sampled_from(list(ReadHow))
_refund_ids = st.sampled_from(["ref_1", "ref_2", "ref_3", "r-1"])
_payment_ids_seen = mostly("pay_1", ["pay_2"])

orders = st.builds(
    an_order,
    status=st.one_of(st.just("pending"), st.sampled_from([*OrderStatus, "brand_new"])),
    stuck_for=_ages,
    payment_id=mostly("pay_1", [None]),
    amount=_maybe_amounts,
    currency=_currencies,
)

_refunded_orders = st.builds(
    an_order,
    status=mostly("refund_pending", [*OrderStatus, "brand_new"]),
    stuck_for=_ages,
    payment_id=mostly("pay_1", [None]),
    amount=mostly(4200, [9000, 4199, None]),
    currency=_currencies,
)

_siblings = st.builds(
    Siblings,
    pending=st.integers(0, 2),
    succeeded_minor=mostly(0, [1000, 4200, 4800, 4801]),
    summable=mostly(True, [False]),
)

refunds = st.builds(
    a_refund,
    of=nine_in_ten(_refunded_orders, st.none()),
    status=mostly("pending", [*RefundStatus, "brand_new"]),
    stuck_for=_ages,
    refund_id=st.sampled_from(["ref_1", None]),
    amount=_maybe_amounts,
    currency=_currencies,
    siblings=_siblings,
)

_orphans = st.builds(
    an_orphan,
    of=_refunded_orders,
    stuck_for=st.sampled_from(["10m", "2h14m", "6d", "8d"]),
    amount=_maybe_amounts,
    currency=_currencies,
)

_refund_seen_facts: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from([*PspRefundStatus, "brand_new"]),
    "payment_id": _payment_ids_seen,
    "amount": _amounts,
    "currency": _currencies,
    "connector": st.sampled_from(["adyen", "stripe_test", "", None]),
    "connector_refund_id": st.sampled_from(["c_1", None]),
    "error_message": st.one_of(st.none(), MESSAGES),
    "created": st.sampled_from([None, "0s", "2m", "31m", "2h16m", "2h17m", "30d"]),
    "metadata": st.dictionaries(st.sampled_from(["row", "other"]), st.sampled_from(["r-1", "r-2", ""])),
    "how": _hows,
}

refunds_seen = st.builds(a_refund_seen, refund_id=mostly("ref_1", ["ref_2"]), **_refund_seen_facts)
_refunds_listed = st.builds(a_refund_seen, refund_id=_refund_ids, **_refund_seen_facts)

payments_seen = st.builds(
    a_payment_seen,
    st.one_of(st.just("succeeded"), st.sampled_from([*PaymentStatus, "brand_new"])),
    payment_id=_payment_ids_seen,
    amount=_amounts,
    currency=_currencies,
    net_amount=_maybe_amounts,
    amount_received=_maybe_amounts,
    connector=st.sampled_from(["adyen", "stripe_test", "", None]),
    error_message=st.one_of(st.none(), MESSAGES),
    refunds=st.lists(_refunds_listed, max_size=1),
    how=_hows,
)


@st.composite
def evidence(draw: st.DrawFn) -> OrphanEvidence:
    listed = draw(st.lists(_refunds_listed, max_size=3, unique_by=lambda refund: refund.refund_id))
    return the_evidence(
        *listed,
        payment=draw(payments_seen),
        claimed=draw(st.sets(_refund_ids)),
        rivals=draw(st.integers(0, 2)),
        how=draw(_hows),
    )


failed_reads: st.SearchStrategy[ReadFailed] = st.builds(
    a_failed_read, st.sampled_from(list(ReadFailureKind)), st.text(max_size=20)
)
not_founds: st.SearchStrategy[NotFound] = st.builds(not_found)

states: st.SearchStrategy[PspState] = st.one_of(
    payments_seen, refunds_seen, evidence(), failed_reads, not_founds
)

findings: st.SearchStrategy[Finding] = st.builds(
    a_finding, st.one_of(orders, refunds), watched=st.booleans(), failed_by_us=st.booleans()
)


def states_of(finding: Finding) -> st.SearchStrategy[PspState]:
    """What the PSP may answer for this finding's kind of row."""
    unread = st.one_of(failed_reads, not_founds)
    match finding.row:
        case LocalOrder():
            return nine_in_ten(payments_seen, unread)
        case LocalRefund(refund_id=None):
            return nine_in_ten(evidence(), unread)
        case _:
            return nine_in_ten(refunds_seen, unread)


@st.composite
def findings_with_states(draw: st.DrawFn) -> tuple[Finding, PspState]:
    finding = draw(findings)
    return finding, draw(states_of(finding))


@st.composite
def orphans_with_evidence(draw: st.DrawFn) -> tuple[Finding, OrphanEvidence]:
    """Stuck refunds without a PSP id, and what was looked up for them."""
    return a_finding(draw(_orphans)), draw(evidence())


applicables: st.SearchStrategy[Applicable] = st.one_of(
    st.sampled_from([event for event in Event if event.webhook_type]).map(lambda event: Sync(event=event)),
    st.builds(
        Adopt,
        refund_id=st.just(RefundId("ref_1")),
        matched_by=st.sampled_from(["id", "metadata", "amount"]),
    ),
    st.builds(FailOrphan, listed=st.integers(0, 3)),
)

decisions: st.SearchStrategy[Decision] = st.one_of(
    applicables,
    st.builds(StillPending, waits_for=st.sampled_from(list(WaitsFor))),
    st.sampled_from([reason for reason in Reason if not reason.operator_may_apply]).map(
        lambda reason: Attention(reason=reason)
    ),
    st.builds(Attention, reason=st.sampled_from([Reason.TOO_OLD, Reason.ORPHAN_CAP]), withheld=applicables),
    st.just(Unreadable()),
    st.just(AlreadyResolved()),
)

ages = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000))
