"""The table answers every pair, once, and its answers keep the rules that money depends on."""

from itertools import product

import pytest

from reconcile_tui.core.amounts import AmountIs
from reconcile_tui.core.decide import decide
from reconcile_tui.core.decision_table import TABLE, UNKNOWN, TableRow, look_up, rows_for_people
from reconcile_tui.core.decisions import (
    AlreadyResolved,
    Attention,
    Event,
    Reason,
    StillPending,
    Sync,
    WaitsFor,
)
from reconcile_tui.core.findings import Finding
from reconcile_tui.core.policy import ActorKind, Policy
from reconcile_tui.core.psp_states import PspState
from reconcile_tui.core.statuses import (
    Kind,
    OrderStatus,
    PaymentStatus,
    PspRefundStatus,
    RefundStatus,
    UnknownStatus,
)
from tests.builders import NOW, a_finding, a_payment_seen, a_refund, a_refund_seen, an_order

EVERY_PAIR = {
    *product([Kind.ORDER], [*OrderStatus, UNKNOWN], [*PaymentStatus, UNKNOWN]),
    *product([Kind.REFUND], [*RefundStatus, UNKNOWN], [*PspRefundStatus, UNKNOWN]),
}

PAID = {OrderStatus.COMPLETED, OrderStatus.REFUND_PENDING, OrderStatus.REFUNDED}
GIVEN_UP = {OrderStatus.FAILED, OrderStatus.CANCELLED}
NOT_PAID = {PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.EXPIRED}
NO_MONEY_HELD = {
    PaymentStatus.REQUIRES_PAYMENT_METHOD,
    PaymentStatus.REQUIRES_CONFIRMATION,
    PaymentStatus.REQUIRES_CUSTOMER_ACTION,
}


def name_of(row: TableRow) -> str:
    return f"{row.kind}-{row.local}-{row.psp}"


def the_pair(row: TableRow) -> tuple[Finding, PspState]:
    """A stuck or final row and a PSP state that agree in everything but, perhaps, their statuses."""
    local = "a word of tomorrow" if row.local is UNKNOWN else row.local
    psp = "a word of tomorrow" if row.psp is UNKNOWN else row.psp
    if row.kind is Kind.ORDER:
        return a_finding(an_order(status=local)), a_payment_seen(psp)
    return a_finding(a_refund(status=local)), a_refund_seen(psp)


def test_every_pair_has_exactly_one_answer() -> None:
    pairs = [(row.kind, row.local, row.psp) for row in TABLE]
    assert set(pairs) == EVERY_PAIR
    assert len(pairs) == len(EVERY_PAIR)


@pytest.mark.parametrize("row", TABLE, ids=name_of)
def test_a_row_without_any_other_trouble_is_decided_as_the_table_says(row: TableRow) -> None:
    finding, state = the_pair(row)
    decision = decide(
        finding,
        state,
        Policy(),
        actor_kind=ActorKind.DAEMON,
        now=NOW,
        amount_is=AmountIs.AMOUNT,
        own_id_keys=frozenset(),
    )
    assert decision == row.answer


@pytest.mark.parametrize("row", TABLE, ids=name_of)
def test_every_answer_says_why_in_one_sentence(row: TableRow) -> None:
    assert row.why.endswith(".")
    assert row.why[0].isupper()


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (PaymentStatus.SUCCEEDED, Event.PAYMENT_SUCCEEDED),
        (PaymentStatus.FAILED, Event.PAYMENT_FAILED),
        (PaymentStatus.CANCELLED, Event.PAYMENT_CANCELLED),
        (PaymentStatus.EXPIRED, Event.PAYMENT_EXPIRED),
    ],
)
def test_a_pending_order_takes_the_psps_final_word(status: PaymentStatus, event: Event) -> None:
    assert look_up(Kind.ORDER, OrderStatus.PENDING, status).answer == Sync(event=event)


def test_only_those_four_words_change_an_order() -> None:
    syncing = {
        (row.local, row.psp) for row in TABLE if row.kind is Kind.ORDER and isinstance(row.answer, Sync)
    }
    assert syncing == {(OrderStatus.PENDING, word) for word in (*NOT_PAID, PaymentStatus.SUCCEEDED)}


def test_only_succeeded_and_failed_change_a_refund() -> None:
    events = {
        (row.local, row.psp): row.answer.event
        for row in TABLE
        if row.kind is Kind.REFUND and isinstance(row.answer, Sync)
    }
    assert events == {
        (RefundStatus.PENDING, PspRefundStatus.SUCCEEDED): Event.REFUND_SUCCEEDED,
        (RefundStatus.PENDING, PspRefundStatus.FAILED): Event.REFUND_FAILED,
    }


def test_what_waits_on_the_customer_is_never_attention_on_an_open_order() -> None:
    for word in NO_MONEY_HELD:
        answer = look_up(Kind.ORDER, OrderStatus.PENDING, word).answer
        assert answer == StillPending(waits_for=WaitsFor.CUSTOMER)


def test_a_final_row_never_waits() -> None:
    for row in TABLE:
        if row.local not in (OrderStatus.PENDING, RefundStatus.PENDING):
            assert isinstance(row.answer, AlreadyResolved | Attention), name_of(row)


def test_an_order_that_is_paid_here_agrees_with_succeeded_alone() -> None:
    agreeing = {
        (row.local, row.psp) for row in TABLE if row.local in PAID and row.answer == AlreadyResolved()
    }
    assert agreeing == set(product(PAID, [PaymentStatus.SUCCEEDED]))


def test_an_order_that_was_given_up_agrees_where_no_money_is_held() -> None:
    agreeing = {
        (row.local, row.psp)
        for row in TABLE
        if row.kind is Kind.ORDER and row.local in GIVEN_UP and row.answer == AlreadyResolved()
    }
    assert agreeing == set(product(GIVEN_UP, NOT_PAID | NO_MONEY_HELD))


@pytest.mark.parametrize("local", sorted(GIVEN_UP))
@pytest.mark.parametrize("psp", sorted(set(PaymentStatus) - NOT_PAID - NO_MONEY_HELD))
def test_money_on_an_order_that_was_given_up_is_for_a_person(local: OrderStatus, psp: PaymentStatus) -> None:
    assert isinstance(look_up(Kind.ORDER, local, psp).answer, Attention)


@pytest.mark.parametrize("psp", [*PaymentStatus, UnknownStatus("on_the_moon")])
def test_a_shops_own_unknown_word_is_for_a_person(psp: PaymentStatus | UnknownStatus) -> None:
    answer = look_up(Kind.ORDER, UnknownStatus("parked"), psp).answer
    assert answer == Attention(reason=Reason.UNKNOWN_LOCAL_STATUS)


def test_the_table_for_people_holds_every_pair_once() -> None:
    pairs = [(row.kind, *pair) for row in rows_for_people() for pair in product(row.local, row.psp)]
    assert set(pairs) == EVERY_PAIR
    assert len(pairs) == len(EVERY_PAIR)
