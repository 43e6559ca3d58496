"""What is listed for an orphan's payment: whose each refund is, and what the list proves."""

from typing import Any

from hypothesis import given

from reconcile_tui.core.amounts import AmountIs
from reconcile_tui.core.decide import decide
from reconcile_tui.core.decisions import Decision
from reconcile_tui.core.findings import Finding
from reconcile_tui.core.orphan_evidence import Claim, listed_refunds, verdict
from reconcile_tui.core.policy import ActorKind, Policy
from reconcile_tui.core.psp_states import OrphanEvidence
from tests.builders import NOW, a_finding, a_refund_seen, an_orphan, the_evidence
from tests.strategies import orphans_with_evidence


def decided(finding: Finding, evidence: OrphanEvidence) -> Decision:
    return decide(
        finding,
        evidence,
        Policy(),
        actor_kind=ActorKind.OPERATOR,
        now=NOW,
        amount_is=AmountIs.AMOUNT,
        own_id_keys=frozenset({"row"}),
    )


def verdict_over(*refunds: Any, **facts: Any) -> str:
    finding, evidence = a_finding(an_orphan()), the_evidence(*refunds, **facts)
    row: Any = finding.row
    return verdict(row, evidence, decided(finding, evidence))


def test_nothing_listed_proves_that_it_never_arrived() -> None:
    assert verdict_over() == "None is listed, on any page: the PSP never got it."


def test_all_claimed_proves_that_it_never_arrived() -> None:
    text = verdict_over(a_refund_seen(), a_refund_seen(refund_id="ref_2"), claimed=["ref_1", "ref_2"])
    assert text == "All 2 are claimed by other rows: the PSP never got this one."


def test_exactly_one_that_fits_is_adopted() -> None:
    assert verdict_over(a_refund_seen()).startswith("Exactly one fits: ref_1 has its amount")
    assert "names it by its metadata" in verdict_over(a_refund_seen(metadata={"row": "r-1"}))


def test_two_that_fit_are_ambiguous() -> None:
    text = verdict_over(a_refund_seen(), a_refund_seen(refund_id="ref_2"))
    assert text == "Ambiguous: 2 that nobody claims have this amount."
    assert "1 other orphan asks" in verdict_over(a_refund_seen(), rivals=1)


def test_one_that_does_not_fit_proves_nothing() -> None:
    assert verdict_over(a_refund_seen(amount=100)) == (
        "Unproven: 1 is claimed by nobody, and nothing proves whose."
    )


def test_each_refund_is_told_with_whose_it_is() -> None:
    finding = a_finding(an_orphan())
    evidence = the_evidence(a_refund_seen(), a_refund_seen(refund_id="ref_2"), claimed=["ref_2"])
    row: Any = finding.row
    listed = listed_refunds(row, evidence, decided(finding, evidence))
    assert [(refund.refund_id, refund.claim) for refund in listed] == [
        ("ref_1", Claim.THIS_ROW),
        ("ref_2", Claim.OTHER_ROW),
    ]


@given(orphans_with_evidence())
def test_every_list_has_a_verdict(pair: tuple[Finding, OrphanEvidence]) -> None:
    finding, evidence = pair
    row: Any = finding.row
    text = verdict(row, evidence, decided(finding, evidence))
    assert text.endswith(".")
    assert text.isprintable()
