"""When the reads of a phase end it."""

from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp.breaker import Acquaintance, Breaker, Tripped, TripReason
from reconcile_tui.core.psp_states import (
    NotFound,
    PaymentSeen,
    PspState,
    ReadFailed,
    ReadFailureKind,
    ReadHow,
    ReadStamp,
    RefundList,
    RefundSeen,
)
from reconcile_tui.core.statuses import PaymentStatus, PspRefundStatus
from tests.unit.psp.steered_clock import START

POLICY = Policy(breaker_minimum=10, breaker_share=0.5)
STAMP = ReadStamp(at=START, how=ReadHow.FORCED)
PAYMENT = PaymentSeen(
    stamp=STAMP,
    payment_id=PaymentId("pay_1"),
    status=PaymentStatus.SUCCEEDED,
    amount=100,
    currency="EUR",
)
REFUND = RefundSeen(
    stamp=STAMP,
    refund_id=RefundId("ref_1"),
    payment_id=PaymentId("pay_1"),
    status=PspRefundStatus.PENDING,
    amount=100,
    currency="EUR",
)
LISTED = RefundList(stamp=STAMP, payment_id=PaymentId("pay_1"), refunds=(), total_count=0)
MISSING = NotFound(stamp=STAMP, what="payment", psp_id="pay_1")
PSP_FAULTS = [
    kind for kind in ReadFailureKind if kind.is_psps_fault and kind is not ReadFailureKind.UNAUTHORISED
]


def failed(kind: ReadFailureKind, http_status: int | None = None) -> ReadFailed:
    return ReadFailed(at=START, kind=kind, detail="", http_status=http_status)


def after(*results: PspState | RefundList) -> Breaker:
    return reduce(Breaker.seen, results, Breaker())


@pytest.mark.parametrize("kind", PSP_FAULTS)
def test_half_of_ten_reads_failing_by_the_psps_fault_end_the_phase(kind: ReadFailureKind) -> None:
    breaker = after(*[failed(kind)] * 5, *[PAYMENT] * 5)

    assert breaker.verdict(POLICY) == Tripped(reason=TripReason.PSP_DOWN, count=5, reads=10)


def test_nine_failures_are_too_few_to_judge_by() -> None:
    assert after(*[failed(ReadFailureKind.TIMEOUT)] * 9).verdict(POLICY) is None


def test_fewer_failures_than_the_share_leave_the_phase_alone() -> None:
    assert after(*[failed(ReadFailureKind.TIMEOUT)] * 4, *[PAYMENT] * 6).verdict(POLICY) is None


def test_one_refused_key_ends_the_phase_at_once() -> None:
    breaker = after(PAYMENT, failed(ReadFailureKind.UNAUTHORISED, 401))

    assert breaker.verdict(POLICY) == Tripped(reason=TripReason.UNAUTHORISED, count=1, reads=2)


def test_many_not_founds_look_like_a_wrong_account_and_end_the_phase() -> None:
    breaker = after(*[MISSING] * 6, *[REFUND] * 4)

    assert breaker.verdict(POLICY) == Tripped(reason=TripReason.NOT_FOUND_SHARE, count=6, reads=10)


def test_a_few_not_founds_are_verdicts_about_their_rows() -> None:
    assert after(*[MISSING] * 4, *[LISTED] * 6).verdict(POLICY) is None


def test_rows_with_a_lasting_connector_error_do_not_end_the_phase_for_the_others() -> None:
    assert after(*[failed(ReadFailureKind.CONNECTOR_ERROR, 502)] * 49, PAYMENT).verdict(POLICY) is None


@pytest.mark.parametrize(
    "kind", [ReadFailureKind.OWN_LIMIT, ReadFailureKind.BREAKER_OPEN, ReadFailureKind.BAD_REQUEST]
)
def test_what_was_never_sent_neither_counts_nor_thins_the_share(kind: ReadFailureKind) -> None:
    assert after(failed(kind)) == Breaker()


def test_a_request_that_the_psp_calls_wrong_is_a_read_and_not_its_fault() -> None:
    assert after(failed(ReadFailureKind.BAD_REQUEST, 400)) == Breaker(reads=1, rejected=1)


def test_an_abnormal_share_of_requests_called_wrong_ends_the_phase_as_not_founds_do() -> None:
    rejected = [failed(ReadFailureKind.BAD_REQUEST, 400)]

    assert after(*rejected * 4, *[PAYMENT] * 6).verdict(POLICY) is None
    assert after(*rejected * 5, *[PAYMENT] * 5).verdict(POLICY) == Tripped(
        reason=TripReason.REJECTED_SHARE, count=5, reads=10
    )


def of(connector: str, breaker: Breaker, *results: PspState) -> Breaker:
    return reduce(lambda so_far, result: so_far.seen(result, connector=connector), results, breaker)


def test_a_connector_that_fails_is_left_out_and_the_others_go_on() -> None:
    breaker = of("adyen", Breaker(), *[failed(ReadFailureKind.TIMEOUT)] * 12)

    assert breaker.failing(POLICY) == {"adyen"}
    assert breaker.verdict(POLICY) is None
    assert of("stripe", breaker, PAYMENT).verdict_at_end(POLICY) is None


def test_a_connector_that_fails_while_nobody_else_answers_is_a_psp_that_is_down() -> None:
    breaker = of("adyen", Breaker(), *[failed(ReadFailureKind.TIMEOUT)] * 12)
    others = of("stripe", breaker, *[failed(ReadFailureKind.TIMEOUT)] * 10)

    assert breaker.verdict_at_end(POLICY) == Tripped(reason=TripReason.PSP_DOWN, count=12, reads=12)
    assert others.verdict(POLICY) is not None


@pytest.mark.parametrize("kind", [ReadFailureKind.UNREACHABLE, ReadFailureKind.RATE_LIMITED])
def test_what_fails_before_the_psp_asks_anybody_is_no_connectors_fault(kind: ReadFailureKind) -> None:
    breaker = of("adyen", Breaker(), *[failed(kind)] * 10)

    assert breaker.failing(POLICY) == frozenset()
    assert breaker.verdict(POLICY) == Tripped(reason=TripReason.PSP_DOWN, count=10, reads=10)


def with_ids(acquaintance: Acquaintance, breaker: Breaker, *results: PspState) -> Breaker:
    return reduce(lambda so_far, result: so_far.seen(result, acquaintance=acquaintance), results, breaker)


@pytest.mark.parametrize("refusal", [MISSING, failed(ReadFailureKind.BAD_REQUEST, 400)])
def test_ids_never_answered_for_end_a_phase_only_while_nothing_else_was_found(refusal: PspState) -> None:
    strangers = with_ids(Acquaintance.NEW, Breaker(), *[refusal] * 40)

    assert strangers.verdict(POLICY) is not None
    assert with_ids(Acquaintance.NEW, Breaker(found=1), *[refusal] * 40).verdict(POLICY) is None
    assert with_ids(Acquaintance.ANSWERED, Breaker(found=1), *[refusal] * 10).verdict(POLICY) is not None


def test_ids_refused_before_are_no_news() -> None:
    judged = with_ids(Acquaintance.JUDGED, Breaker(), *[MISSING] * 40)

    assert judged.verdict(POLICY) is None
    assert with_ids(Acquaintance.NEW, judged, *[MISSING] * 10).verdict(POLICY) is not None


def test_a_phase_without_reads_is_not_judged_even_by_a_policy_without_a_minimum() -> None:
    assert Breaker().verdict(Policy(breaker_minimum=0, breaker_share=0.0)) is None


RESULTS = st.lists(
    st.one_of(
        st.sampled_from([PAYMENT, REFUND, LISTED, MISSING]),
        st.builds(failed, st.sampled_from(ReadFailureKind), st.sampled_from([None, 400, 503])),
    ),
    max_size=40,
)


@given(RESULTS, st.randoms(use_true_random=False))
def test_the_order_of_the_reads_does_not_matter(results: list[PspState | RefundList], order: Random) -> None:
    shuffled = list(results)
    order.shuffle(shuffled)

    assert after(*shuffled) == after(*results)


@given(RESULTS)
def test_counts_never_exceed_the_reads(results: list[PspState | RefundList]) -> None:
    breaker = after(*results)

    assert breaker.unauthorised <= breaker.failures
    assert breaker.failures + breaker.not_founds + breaker.rejected <= breaker.reads <= len(results)


@given(st.lists(st.sampled_from([PAYMENT, REFUND, LISTED]), max_size=40))
def test_answers_alone_never_trip_it(results: list[PspState | RefundList]) -> None:
    assert after(*results).verdict(POLICY) is None
