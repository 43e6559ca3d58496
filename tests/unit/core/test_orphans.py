"""An orphan is looked up before it is failed: what is listed decides, and what is missing proves little."""

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile_tui.core.amounts import AmountIs
from reconcile_tui.core.decisions import Adopt, Attention, FailOrphan, Reason
from reconcile_tui.core.findings import Finding, LocalRefund, RefundId
from reconcile_tui.core.orphans import everything_listed, judge_orphan
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import OrphanEvidence, RefundSeen
from reconcile_tui.core.statuses import OrderStatus, PaymentStatus
from tests.builders import NOW, a_payment_seen, a_refund_seen, an_order, an_orphan, the_evidence
from tests.strategies import orphans_with_evidence


def judged(
    row: LocalRefund, evidence: OrphanEvidence, *, amount_is: AmountIs = AmountIs.AMOUNT
) -> Adopt | FailOrphan | Attention:
    return judge_orphan(
        row, evidence, Policy(), now=NOW, amount_is=amount_is, own_id_keys=frozenset({"row", "row_id"})
    )


def adopted(refund_id: str, matched_by: Literal["id", "metadata", "amount"]) -> Adopt:
    return Adopt(refund_id=RefundId(refund_id), matched_by=matched_by)


def attention(reason: Reason) -> Attention:
    return Attention(reason=reason)


class TestByOwnId:
    def test_a_refund_created_under_the_rows_own_id_is_adopted(self) -> None:
        assert judged(an_orphan(), the_evidence(a_refund_seen(refund_id="r-1"))) == adopted("r-1", "id")

    @pytest.mark.parametrize("key", ["row", "row_id"])
    def test_a_refund_that_names_the_row_in_its_metadata_is_adopted(self, key: str) -> None:
        seen = a_refund_seen(metadata={key: "r-1"}, created="30d")
        assert judged(an_orphan(), the_evidence(seen)) == adopted("ref_1", "metadata")

    def test_metadata_under_a_key_that_is_not_mapped_proves_nothing(self) -> None:
        seen = a_refund_seen(metadata={"note": "r-1"}, created="30d")
        assert judged(an_orphan(), the_evidence(seen)) == attention(Reason.ORPHAN_UNCLAIMED_REFUND)

    def test_an_exact_match_wins_over_others_of_the_same_amount(self) -> None:
        mine = a_refund_seen(refund_id="ref_2", metadata={"row": "r-1"})
        assert judged(an_orphan(), the_evidence(a_refund_seen(), mine, rivals=1)) == adopted(
            "ref_2", "metadata"
        )

    def test_an_exact_match_of_another_amount_or_currency_is_for_a_person(self) -> None:
        row = an_orphan()
        other_amount = a_refund_seen(refund_id="r-1", amount=4100)
        assert judged(row, the_evidence(other_amount)) == attention(Reason.AMOUNT_MISMATCH)
        other_currency = a_refund_seen(refund_id="r-1", currency="USD")
        assert judged(row, the_evidence(other_currency)) == attention(Reason.CURRENCY_MISMATCH)

    def test_an_exact_match_that_another_row_claims_is_for_a_person(self) -> None:
        state = the_evidence(a_refund_seen(metadata={"row": "r-1"}), claimed=["ref_1"])
        assert judged(an_orphan(), state) == attention(Reason.ORPHAN_CLAIMED_BY_OTHER)

    def test_two_refunds_that_name_the_same_row_are_for_a_person(self) -> None:
        first = a_refund_seen(refund_id="ref_1", metadata={"row": "r-1"})
        second = a_refund_seen(refund_id="ref_2", metadata={"row": "r-1"})
        assert judged(an_orphan(), the_evidence(first, second)) == attention(Reason.ORPHAN_AMBIGUOUS)


class TestByAmount:
    def test_the_one_refund_in_the_window_is_adopted(self) -> None:
        assert judged(an_orphan(), the_evidence(a_refund_seen())) == adopted("ref_1", "amount")

    @pytest.mark.parametrize("status", ["pending", "succeeded", "failed", "review"])
    def test_it_is_adopted_whatever_became_of_it(self, status: str) -> None:
        assert judged(an_orphan(), the_evidence(a_refund_seen(status))) == adopted("ref_1", "amount")

    def test_it_is_found_in_the_payments_own_refunds_too(self) -> None:
        state = the_evidence(payment=a_payment_seen(refunds=[a_refund_seen()]))
        assert judged(an_orphan(), state) == adopted("ref_1", "amount")

    def test_the_same_refund_from_both_sources_is_one(self) -> None:
        state = the_evidence(a_refund_seen(), payment=a_payment_seen(refunds=[a_refund_seen()]))
        assert judged(an_orphan(), state) == adopted("ref_1", "amount")

    @pytest.mark.parametrize("created", ["12m", "10m", "0s"])
    def test_the_window_begins_two_minutes_before_the_row_and_ends_now(self, created: str) -> None:
        row, seen = an_orphan(stuck_for="10m"), a_refund_seen(created=created)
        assert judged(row, the_evidence(seen)) == adopted("ref_1", "amount")

    @pytest.mark.parametrize("created", ["13m", "12m1s", "-1s", None])
    def test_the_orphan_whose_refund_lies_three_minutes_before_its_row(self, created: str | None) -> None:
        row, seen = an_orphan(stuck_for="10m"), a_refund_seen(created=created)
        assert judged(row, the_evidence(seen)) == attention(Reason.ORPHAN_UNCLAIMED_REFUND)

    def test_two_orphans_that_rival_for_one_refund_are_for_a_person(self) -> None:
        state = the_evidence(a_refund_seen(), rivals=1)
        for row in (an_orphan("r-1"), an_orphan("r-2")):
            assert judged(row, state) == attention(Reason.ORPHAN_AMBIGUOUS)

    def test_two_refunds_for_one_orphan_are_for_a_person(self) -> None:
        state = the_evidence(a_refund_seen(), a_refund_seen(refund_id="ref_2"))
        assert judged(an_orphan(), state) == attention(Reason.ORPHAN_AMBIGUOUS)

    def test_a_refund_that_names_another_row_is_not_adopted_by_its_amount(self) -> None:
        state = the_evidence(a_refund_seen(metadata={"row": "r-2"}))
        assert judged(an_orphan("r-1"), state) == attention(Reason.ORPHAN_UNCLAIMED_REFUND)

    def test_a_claimed_refund_is_nobody_elses(self) -> None:
        state = the_evidence(a_refund_seen(), a_refund_seen(refund_id="ref_2"), claimed=["ref_1"])
        assert judged(an_orphan(), state) == adopted("ref_2", "amount")


class TestFailing:
    def test_an_orphan_that_the_psp_never_got_is_failed(self) -> None:
        assert judged(an_orphan(), the_evidence()) == FailOrphan(listed=0)

    def test_an_orphan_beside_refunds_of_other_rows_is_failed(self) -> None:
        state = the_evidence(a_refund_seen(), a_refund_seen(refund_id="ref_2"), claimed=["ref_1", "ref_2"])
        assert judged(an_orphan(), state) == FailOrphan(listed=2)

    @pytest.mark.parametrize(
        "seen",
        [a_refund_seen(amount=1), a_refund_seen(currency="USD"), a_refund_seen(created="30d")],
        ids=["another amount", "another currency", "another month"],
    )
    def test_any_refund_that_nobody_claims_keeps_it_from_being_failed(self, seen: RefundSeen) -> None:
        assert judged(an_orphan(), the_evidence(seen)) == attention(Reason.ORPHAN_UNCLAIMED_REFUND)

    def test_a_payment_of_another_amount_proves_nothing(self) -> None:
        state = the_evidence(payment=a_payment_seen(amount=100))
        assert judged(an_orphan(), state) == attention(Reason.ORPHAN_PAYMENT_DIFFERS)

    def test_a_payment_in_another_currency_proves_nothing(self) -> None:
        state = the_evidence(payment=a_payment_seen(currency="USD"))
        assert judged(an_orphan(), state) == attention(Reason.ORPHAN_PAYMENT_DIFFERS)

    def test_a_shop_that_stores_net_amounts_is_compared_by_them(self) -> None:
        row = an_orphan(of=an_order(status="refund_pending", amount=4500))
        state = the_evidence(payment=a_payment_seen(amount=4200, net_amount=4500))
        assert judged(row, state, amount_is=AmountIs.NET_AMOUNT) == FailOrphan(listed=0)
        assert judged(row, state) == attention(Reason.ORPHAN_PAYMENT_DIFFERS)

    @pytest.mark.parametrize("status", sorted(set(PaymentStatus) - {PaymentStatus.SUCCEEDED}))
    def test_rolling_an_order_back_to_paid_needs_a_payment_that_is_paid(self, status: str) -> None:
        state = the_evidence(payment=a_payment_seen(status))
        assert judged(an_orphan(), state) == attention(Reason.ORPHAN_PAYMENT_DIFFERS)

    @pytest.mark.parametrize("status", ["pending", "failed", "cancelled"])
    def test_an_order_that_is_not_paid_here_is_not_rolled_back(self, status: str) -> None:
        row = an_orphan(of=an_order(status=status))
        assert judged(row, the_evidence()) == attention(Reason.CONTRADICTION)

    def test_an_order_with_an_unmapped_status_is_not_rolled_back(self) -> None:
        row = an_orphan(of=an_order(status="parked"))
        assert judged(row, the_evidence()) == attention(Reason.UNKNOWN_LOCAL_STATUS)

    def test_a_list_that_holds_another_payments_refunds_is_not_the_list_asked_for(self) -> None:
        state = the_evidence(a_refund_seen(payment_id="pay_2"), claimed=["ref_1"])
        assert judged(an_orphan(), state) == attention(Reason.WRONG_PAYMENT)

    def test_an_orphan_larger_than_its_order_is_for_a_person(self) -> None:
        assert judged(an_orphan(amount=4201), the_evidence()) == attention(Reason.REFUND_TOO_LARGE)

    def test_an_orphan_without_an_amount_is_for_a_person(self) -> None:
        assert judged(an_orphan(amount=None), the_evidence()) == attention(Reason.MISSING_AMOUNT)


class TestAnyOrphan:
    @settings(max_examples=500)
    @given(orphans_with_evidence(), st.sampled_from(list(AmountIs)))
    def test_it_is_failed_only_where_every_listed_refund_is_another_rows(
        self, pair: tuple[Finding, OrphanEvidence], amount_is: AmountIs
    ) -> None:
        finding, state = pair
        assert isinstance(finding.row, LocalRefund)
        if isinstance(judged(finding.row, state, amount_is=amount_is), FailOrphan):
            order = finding.row.order
            assert order is not None
            assert order.money is not None
            assert order.status in (OrderStatus.COMPLETED, OrderStatus.REFUND_PENDING, OrderStatus.REFUNDED)
            amount = state.payment.amount if amount_is is AmountIs.AMOUNT else state.payment.net_amount
            assert (order.money.minor, order.money.currency) == (amount, state.payment.currency)
            assert state.payment.status is PaymentStatus.SUCCEEDED
            assert {refund.refund_id for refund in (*state.refunds, *state.payment.refunds)} <= state.claimed

    @settings(max_examples=500)
    @given(orphans_with_evidence())
    def test_it_adopts_only_an_unclaimed_refund_of_its_payment_with_its_money(
        self, pair: tuple[Finding, OrphanEvidence]
    ) -> None:
        finding, state = pair
        assert isinstance(finding.row, LocalRefund)
        verdict = judged(finding.row, state)
        if isinstance(verdict, Adopt):
            [seen] = [r for r in everything_listed(state) if r.refund_id == verdict.refund_id]
            assert finding.row.money is not None
            assert verdict.refund_id not in state.claimed
            assert seen.payment_id == state.payment.payment_id
            assert (seen.amount, seen.currency) == (finding.row.money.minor, finding.row.money.currency)
            if verdict.matched_by == "amount":
                assert state.rivals == 0
                assert seen.created_at is not None
                assert finding.row.created_at is not None
                assert finding.row.created_at - Policy().orphan_window_before <= seen.created_at <= NOW

    @settings(max_examples=500)
    @given(orphans_with_evidence())
    def test_the_order_of_a_list_decides_nothing(self, pair: tuple[Finding, OrphanEvidence]) -> None:
        finding, state = pair
        assert isinstance(finding.row, LocalRefund)
        turned = the_evidence(
            *reversed(state.refunds), payment=state.payment, claimed=state.claimed, rivals=state.rivals
        )
        assert judged(finding.row, turned) == judged(finding.row, state)
