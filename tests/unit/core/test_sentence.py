"""The story of one row: both sides, what proves it, what follows, and nothing that was not seen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.amounts import AmountIs
from reconcile_tui.core.decide import decide, decide_without_reading
from reconcile_tui.core.decisions import (
    Attention,
    Decision,
    Event,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    WaitsFor,
)
from reconcile_tui.core.findings import Check, Finding
from reconcile_tui.core.policy import ActorKind, Policy
from reconcile_tui.core.psp_states import PspState, ReadFailureKind, ReadHow
from reconcile_tui.core.sentence import sentence
from tests.builders import (
    NOW,
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


def told(finding: Finding, state: PspState, *, by: ActorKind = ActorKind.DAEMON) -> str:
    decision = decide(
        finding,
        state,
        Policy(),
        actor_kind=by,
        now=NOW,
        amount_is=AmountIs.AMOUNT,
        own_id_keys=frozenset({"row"}),
    )
    return sentence(finding, state, decision, now=NOW)


def test_a_lost_webhook_is_told_with_its_proof_and_its_cure() -> None:
    assert told(a_finding(an_order(stuck_for="2h14m")), a_payment_seen()) == (
        "Adyen took 42.00 EUR (the PSP says succeeded, read at 12:00 UTC); the shop still says pending "
        "after 2 h 14 min: the webhook never arrived. Sync: order o-1 becomes completed."
    )


def test_an_unforced_read_is_told_as_last_known() -> None:
    state = a_payment_seen(how=ReadHow.LAST_KNOWN)
    assert "the PSP says succeeded, as last known, read at 12:00 UTC" in told(a_finding(an_order()), state)
    assert "last known" not in told(a_finding(an_order()), a_payment_seen())


def test_a_read_of_another_day_is_told_with_its_date() -> None:
    state = a_payment_seen(at=NOW - timedelta(days=1))
    assert "read at 2026-11-19 12:00 UTC" in told(a_finding(an_order()), state)


def test_a_failure_is_told_in_the_processors_words_made_harmless() -> None:
    text = told(a_finding(a_refund()), a_refund_seen("failed", error_message="closed \x1b[2Jaccount"))
    assert text.startswith("Adyen could not pay 42.00 EUR back (closed ␛[2Jaccount)")
    assert text.endswith("refund r-1 becomes failed, and its order is no longer being refunded by it.")


def test_amounts_that_differ_are_told_side_by_side() -> None:
    text = told(a_finding(an_order()), a_payment_seen(amount=4100))
    assert text.startswith("Order o-1 of 42.00 EUR says pending after 45 min; Adyen: a payment of 41.00 EUR")
    assert "The amounts differ." in text


def test_less_received_than_asked_for_is_told() -> None:
    text = told(a_finding(an_order()), a_payment_seen(amount_received=4000))
    assert "a payment of 42.00 EUR, 40.00 EUR received" in text


def test_a_contradiction_is_told_in_the_tables_words() -> None:
    text = told(a_finding(an_order(status="failed"), watched=True), a_payment_seen())
    assert "The shop gave the order up; the money was taken." in text


def test_what_age_withholds_is_told_with_what_an_operator_may_do() -> None:
    text = told(a_finding(an_order(stuck_for="8d")), a_payment_seen())
    assert "Sync: order o-1 becomes completed. Withheld from the daemon" in text
    assert text.endswith("an operator may apply it.")
    assert "Withheld" not in told(
        a_finding(an_order(stuck_for="8d")), a_payment_seen(), by=ActorKind.OPERATOR
    )


def test_an_orphan_that_is_failed_is_told_with_what_was_looked_up() -> None:
    none = told(a_finding(an_orphan()), the_evidence())
    assert "no refund is listed for it" in none
    one = told(a_finding(an_orphan()), the_evidence(a_refund_seen(), claimed=["ref_1"]))
    assert "the one refund listed for it belongs to another row" in one
    second = a_refund_seen(refund_id="ref_2")
    two = told(a_finding(an_orphan()), the_evidence(a_refund_seen(), second, claimed=["ref_1", "ref_2"]))
    assert "all 2 refunds listed for it belong to other rows" in two


def test_an_orphan_that_is_adopted_is_told_by_what_it_was_matched() -> None:
    by_amount = told(a_finding(an_orphan()), the_evidence(a_refund_seen()))
    assert "that fits it in amount and time" in by_amount
    assert "Adopt: ref_1 becomes the PSP's id of refund r-1" in by_amount
    by_id = told(a_finding(an_orphan()), the_evidence(a_refund_seen(metadata={"row": "r-1"})))
    assert "that names this very row" in by_id


def test_an_orphan_for_a_person_is_told_with_what_is_listed() -> None:
    text = told(a_finding(an_orphan()), the_evidence(a_refund_seen(created="13m")))
    assert "refunds listed for it: 1, claimed by nobody: 1" in text


def test_an_open_payment_is_told_with_whom_it_waits_for() -> None:
    text = told(a_finding(an_order()), a_payment_seen("requires_customer_action"))
    assert "The customer has a step to do" in text


def test_a_failed_read_is_told_as_saying_nothing_about_the_money() -> None:
    text = told(a_finding(an_order()), a_failed_read(detail="connection reset"))
    assert "(no answer in time: connection reset)" in text
    assert "nothing about the money, so nothing is changed" in text


def test_a_key_that_is_refused_is_to_be_checked_not_waited_for() -> None:
    text = told(a_finding(an_order()), a_failed_read(ReadFailureKind.UNAUTHORISED))

    assert text.endswith("Check HYPERSWITCH_API_KEY: nothing can be read until it is the right one.")


def test_not_found_is_told_as_what_it_is() -> None:
    assert "the PSP knows no payment pay_1" in told(a_finding(an_order()), not_found())


def test_a_currency_that_is_none_is_told_as_it_came() -> None:
    text = told(a_finding(an_order()), a_payment_seen(currency="\x1beuros"))
    assert "4200 minor units of ␛euros" in text


def test_what_was_delivered_in_vain_is_told_as_such() -> None:
    by_item = sentence(
        a_finding(an_order()),
        a_payment_seen(),
        Sync(event=Event.PAYMENT_SUCCEEDED),
        now=NOW,
        attention=Reason.NO_EFFECT,
    )
    by_check = told(
        a_finding(an_order(), check=Check(psp_id="pay_1", detail="unchanged: still pending")),
        a_payment_seen(),
    )

    for text in (by_item, by_check):
        assert "never arrived" not in text
        assert "delivered and acknowledged, yet nothing happened" in text
        assert "send it again" in text


@given(findings_with_states(), st.sampled_from(list(ActorKind)))
def test_every_row_has_a_story_on_one_printable_line(
    pair: tuple[Finding, PspState], actor: ActorKind
) -> None:
    finding, state = pair
    text = told(finding, state, by=actor)
    assert text.isprintable()
    assert text.endswith((".", ")"))
    assert len(text) < 900
    assert "None" not in text
    assert "  " not in text


@given(findings)
def test_a_row_that_was_not_read_has_a_story_too(finding: Finding) -> None:
    if (decision := decide_without_reading(finding)) is not None:
        assert sentence(finding, None, decision, now=NOW).endswith(".")


def test_what_was_last_known_is_never_said_to_be_over() -> None:
    row = an_order(stuck_for="2h")
    told = sentence(
        a_finding(row),
        a_payment_seen(status="processing", how=ReadHow.LAST_KNOWN),
        StillPending(waits_for=WaitsFor.PROCESSOR),
        now=NOW,
    )

    assert "Nothing to do" not in told
    assert "last known" in told
    assert "forced read" in told


@pytest.mark.parametrize("asked_by", ["operator", "daemon"])
def test_what_the_cap_withheld_is_told_once_whoever_looks(asked_by: str) -> None:
    finding = replace(a_finding(an_orphan("r-1")), is_capped=True)
    decision: Decision = FailOrphan(listed=0)
    if asked_by == "daemon":
        decision = Attention(reason=Reason.ORPHAN_CAP, withheld=FailOrphan(listed=0))

    told = sentence(finding, the_evidence(), decision, now=NOW)

    assert told.count("Withheld from the daemon: too many orphans to fail in one interval.") == 1
