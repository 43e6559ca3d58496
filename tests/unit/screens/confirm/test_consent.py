"""Consent: nothing but the number of rows, then y, agrees to several of them."""

from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.decisions import FailOrphan
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.screens.confirm.consent import Consent
from tests.builders import a_finding, a_payment_seen, an_orphan


@given(st.integers(2, 1000), st.text("0123456789", max_size=5))
def test_only_the_very_number_agrees(rows: int, typed: str) -> None:
    consent = Consent(rows=rows, by_number=True)
    for digit in typed:
        consent = consent.type(digit)

    assert (consent.objection is None) == (typed == str(rows))
    assert typed in consent.question


def test_one_row_needs_no_number_and_minds_none() -> None:
    consent = Consent(rows=1, by_number=False)

    assert consent.objection is None
    assert consent.type("7").objection is None


def test_an_orphan_that_is_failed_wants_its_number_even_alone() -> None:
    orphan = PlannedRow(
        finding=a_finding(an_orphan("r-1")), state=a_payment_seen(), decision=FailOrphan(listed=0)
    )

    assert Consent.to([orphan]).objection is not None
    assert Consent.to([orphan]).type("1").objection is None


def test_a_wrong_number_is_said_and_can_be_rubbed_out() -> None:
    consent = Consent(rows=83, by_number=True).type("8").type("4")

    assert consent.objection == "Nothing was applied: 83 rows would change, not 84. Type 83, then y."
    assert consent.rub_out().type("3").objection is None


def test_nothing_to_apply_cannot_be_agreed_to() -> None:
    assert Consent.to([]).type("0").objection == "There is nothing to apply."
