"""Both sides of a row: what differs is said to differ, what one side does not know is not."""

from hypothesis import given

from reconcile_tui.core.findings import Finding
from reconcile_tui.core.psp_states import PspState
from reconcile_tui.core.sides import Fact, sides
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
from tests.strategies import findings, findings_with_states


def told(finding: Finding, state: PspState | None) -> dict[str, Fact]:
    return {fact.name: fact for fact in sides(finding, state)}


def differing(finding: Finding, state: PspState) -> list[str]:
    return [fact.name for fact in sides(finding, state) if fact.differs]


def test_status_and_amount_come_first() -> None:
    facts = sides(a_finding(an_order()), a_payment_seen())
    assert [(fact.name, fact.local, fact.psp) for fact in facts[:2]] == [
        ("status", "pending", "succeeded"),
        ("amount", "42.00 EUR", "42.00 EUR"),
    ]


def test_a_lost_webhook_differs_in_the_status_alone() -> None:
    assert differing(a_finding(an_order()), a_payment_seen()) == ["status"]
    assert differing(a_finding(a_refund()), a_refund_seen()) == ["status"]


def test_words_that_mean_the_same_do_not_differ() -> None:
    assert differing(a_finding(an_order(status="completed"), watched=True), a_payment_seen()) == []
    assert differing(a_finding(an_order()), a_payment_seen("processing")) == []


def test_other_money_differs_and_another_currency_is_named() -> None:
    assert differing(a_finding(an_order()), a_payment_seen(amount=4100)) == ["status", "amount"]
    assert differing(a_finding(an_order()), a_payment_seen(currency="JPY")) == [
        "status",
        "amount",
        "currency",
    ]


def test_another_refund_id_differs() -> None:
    assert "refund id" in differing(a_finding(a_refund()), a_refund_seen(refund_id="ref_2"))


def test_what_only_the_psp_knows_is_told_and_differs_from_nothing() -> None:
    facts = told(a_finding(an_order()), a_payment_seen("failed", error_message="declined", net_amount=4300))
    assert facts["error"] == Fact(name="error", psp="declined")
    assert facts["net amount"].psp == "43.00 EUR"


def test_without_an_answer_the_shops_side_stands_alone() -> None:
    facts = told(a_finding(an_order()), None)
    assert facts["status"] == Fact(name="status", local="pending")
    assert all(fact.psp is None for fact in facts.values())


def test_a_read_that_failed_says_why() -> None:
    facts = told(a_finding(an_order()), a_failed_read(detail="connection reset"))
    assert facts["answer"].psp == "no answer in time: connection reset"
    assert told(a_finding(an_order()), not_found())["answer"].psp == "no such payment: pay_1"


def test_an_orphans_order_is_held_against_its_payment() -> None:
    state = the_evidence(a_refund_seen(), payment=a_payment_seen(amount=5000), claimed=["ref_1"])
    facts = told(a_finding(an_orphan()), state)
    assert facts["refunds listed"].psp == "1, 1 of them claimed by other rows"
    assert facts["order's amount"].differs
    assert not facts["order's status"].differs
    assert facts["created"].psp is None
    assert facts["payment made"].psp is not None


@given(findings_with_states())
def test_nothing_differs_that_one_side_does_not_know(pair: tuple[Finding, PspState]) -> None:
    for fact in sides(*pair):
        assert not (fact.differs and fact.agrees)
        assert fact.local is not None or fact.psp is not None
        if fact.differs:
            assert fact.local is not None
            assert fact.psp is not None


@given(findings)
def test_every_row_has_its_own_side(finding: Finding) -> None:
    assert told(finding, None)["status"].local == finding.row.status.value
