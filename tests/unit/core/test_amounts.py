"""What speaks against the money of a payment that succeeded, as pure rules (design rule 6)."""

from dataclasses import replace
from typing import Any

import pytest

from reconcile_tui.core.amounts import AmountIs, given_back, payment_disagrees, speaks_against
from reconcile_tui.core.decisions import Attention, Event, Reason, Sync
from reconcile_tui.core.findings import RefundId
from reconcile_tui.core.psp.hyperswitch_bodies import BodyRefused, payment_seen
from reconcile_tui.core.psp_states import PaymentSeen
from reconcile_tui.core.sentence import sentence
from reconcile_tui.core.wording import label
from tests.builders import NOW, a_finding, a_payment_seen, a_refund_seen, a_stamp, an_order

PAID = {"payment_id": "pay_1", "status": "succeeded", "amount": 4200, "currency": "EUR"}


def seen(**facts: Any) -> PaymentSeen:
    """A payment of 42.00 EUR that succeeded, as an answer with these fields tells of it."""
    return payment_seen(PAID | facts, a_stamp())


def reason(payment: PaymentSeen) -> Reason | None:
    return payment_disagrees(an_order(), payment, Event.PAYMENT_SUCCEEDED, AmountIs.AMOUNT)


@pytest.mark.parametrize("status", ["succeeded", "pending", "review", "of_tomorrow"])
@pytest.mark.parametrize("amount", [1, 4200, 9900])
def test_a_refund_that_nobody_claims_speaks_against_the_money(status: str, amount: int) -> None:
    payment = a_payment_seen(refunds=[a_refund_seen(status, amount=amount)])
    assert speaks_against(payment) is Reason.GIVEN_BACK
    assert given_back(payment) == amount


def test_a_refund_that_failed_or_is_claimed_says_nothing() -> None:
    refunds = [a_refund_seen("failed"), a_refund_seen("pending", refund_id="ref_2")]
    payment = replace(a_payment_seen(refunds=refunds), claimed=frozenset({RefundId("ref_2")}))
    assert speaks_against(payment) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("dispute_opened", Reason.DISPUTED),
        ("dispute_challenged", Reason.DISPUTED),
        ("dispute_accepted", Reason.DISPUTED),
        ("dispute_lost", Reason.DISPUTED),
        ("dispute_expired", Reason.DISPUTED),
        ("dispute_of_tomorrow", Reason.DISPUTED),
        (None, Reason.DISPUTED),
        (["dispute_won"], Reason.DISPUTED),
        ("dispute_won", None),
        ("dispute_cancelled", None),
    ],
)
def test_a_dispute_counts_unless_the_money_stays(status: object, expected: Reason | None) -> None:
    won = {"dispute_id": "dp_0", "dispute_status": "dispute_won", "amount": "4200"}
    it = {"dispute_id": "dp_1", "dispute_status": status, "amount": "4200"}
    assert reason(seen(disputes=[won, it], state_metadata={"total_disputed_amount": 4200})) is expected


@pytest.mark.parametrize("nothing", [{}, {"refunds": None, "disputes": None, "state_metadata": None}])
def test_an_answer_of_an_older_server_says_nothing_against_the_money(nothing: dict[str, Any]) -> None:
    assert reason(seen(**nothing)) is None


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"state_metadata": {"total_refunded_amount": 1000}}, Reason.GIVEN_BACK),
        ({"state_metadata": {"total_disputed_amount": 1000}}, Reason.DISPUTED),
        ({"state_metadata": {"post_capture_void": {"status": "pending"}}}, Reason.VOIDED_AFTER_CAPTURE),
        ({"state_metadata": {"post_capture_void": {"status": "failed"}}}, None),
        ({"amount_received": 4100}, Reason.RECEIVED_MISMATCH),
        ({"amount_captured": 4100}, Reason.RECEIVED_MISMATCH),
        ({"amount_captured": 4200}, None),
        ({"captures": [{"status": "charged", "amount": 4200}]}, None),
        ({"captures": [{"status": "pending", "amount": 4200}]}, Reason.RECEIVED_MISMATCH),
        ({"amount_capturable": 4200}, Reason.PARTIAL_CAPTURE),
        ({"amount_capturable": 0}, None),
    ],
)
def test_each_field_that_speaks_of_the_money_is_heard(facts: dict[str, Any], expected: Reason | None) -> None:
    assert reason(seen(**facts)) is expected


@pytest.mark.parametrize("field", ["disputes", "state_metadata", "captures"])
def test_money_that_cannot_be_read_is_no_answer(field: str) -> None:
    with pytest.raises(BodyRefused):
        seen(**{field: "?"})


@pytest.mark.parametrize("held", [True, False])
def test_what_an_operator_sets_aside_is_told_with_its_facts(held: bool) -> None:
    payment = a_payment_seen(refunds=[a_refund_seen(refund_id="ref_support", amount=1000)])
    despite = Sync(event=Event.PAYMENT_SUCCEEDED, despite=Reason.GIVEN_BACK)
    decision = Attention(reason=Reason.GIVEN_BACK, withheld=despite) if held else despite
    told = sentence(a_finding(an_order()), payment, decision, now=NOW)
    assert "10.00 EUR of it given back by ref_support, which no refund here claims" in told
    assert "paid, but the money was given back at the PSP" in told.replace("Paid", "paid")
    assert label(despite) == "sync: completed, ALTHOUGH paid, but the money was given back at the PSP"
