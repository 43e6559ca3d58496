"""What follows from a row and the PSP's word for it, where statuses alone do not tell."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.amounts import AmountIs
from reconcile_tui.core.decide import decide, decide_without_reading
from reconcile_tui.core.decisions import (
    AlreadyResolved,
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
from reconcile_tui.core.findings import Finding, LocalOrder, LocalRefund, Siblings
from reconcile_tui.core.policy import ActorKind, Policy
from reconcile_tui.core.psp_states import (
    PspState,
    ReadFailureKind,
)
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
from tests.strategies import findings_with_states

PAID = Sync(event=Event.PAYMENT_SUCCEEDED)
PAID_BACK = Sync(event=Event.REFUND_SUCCEEDED)
NOT_PAID_BACK = Sync(event=Event.REFUND_FAILED)


def decided(
    finding: Finding,
    state: PspState,
    *,
    by: ActorKind = ActorKind.DAEMON,
    amount_is: AmountIs = AmountIs.AMOUNT,
) -> Decision:
    return decide(
        finding,
        state,
        Policy(),
        actor_kind=by,
        now=NOW,
        amount_is=amount_is,
        own_id_keys=frozenset({"row"}),
    )


def attention(reason: Reason) -> Attention:
    return Attention(reason=reason)


FOR_A_PERSON = {ReadFailureKind.BAD_REQUEST, ReadFailureKind.MALFORMED_FIELD, ReadFailureKind.DEFECT}


class TestReads:
    @pytest.mark.parametrize("kind", [ReadFailureKind.MALFORMED_FIELD, ReadFailureKind.DEFECT])
    def test_an_answer_that_will_never_be_readable_is_for_a_person(self, kind: ReadFailureKind) -> None:
        decision = decided(a_finding(an_order()), a_failed_read(kind))
        assert decision == Attention(reason=Reason.MALFORMED_ROW)

    @pytest.mark.parametrize("kind", sorted(set(ReadFailureKind) - FOR_A_PERSON))
    def test_a_failed_read_says_nothing_about_the_payment(self, kind: ReadFailureKind) -> None:
        assert decided(a_finding(an_order()), a_failed_read(kind)) == Unreadable()

    def test_a_malformed_id_on_the_row_is_for_a_person(self) -> None:
        state = a_failed_read(ReadFailureKind.BAD_REQUEST)
        assert decided(a_finding(an_order()), state) == attention(Reason.BAD_REQUEST)

    @pytest.mark.parametrize("row", [an_order(), a_refund(), an_orphan()], ids=str)
    def test_not_found_is_never_taken_for_failed(self, row: LocalOrder | LocalRefund) -> None:
        assert decided(a_finding(row), not_found()) == attention(Reason.NOT_FOUND)

    def test_an_answer_about_another_payment_leaves_the_order(self) -> None:
        assert decided(a_finding(an_order()), a_payment_seen(payment_id="pay_2")) == Unreadable()

    def test_an_answer_about_another_refund_leaves_the_refund(self) -> None:
        assert decided(a_finding(a_refund()), a_refund_seen(refund_id="ref_2")) == Unreadable()

    def test_evidence_about_another_payment_leaves_the_orphan(self) -> None:
        state = the_evidence(payment=a_payment_seen(payment_id="pay_2"))
        assert decided(a_finding(an_orphan()), state) == Unreadable()


class TestAmountsOfOrders:
    def test_the_same_amount_is_synced(self) -> None:
        assert decided(a_finding(an_order()), a_payment_seen()) == PAID

    @pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled", "expired"])
    def test_another_amount_is_never_applied(self, status: str) -> None:
        state = a_payment_seen(status, amount=4199)
        assert decided(a_finding(an_order()), state) == attention(Reason.AMOUNT_MISMATCH)

    @pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled", "expired"])
    def test_another_currency_is_never_applied(self, status: str) -> None:
        state = a_payment_seen(status, currency="USD")
        assert decided(a_finding(an_order()), state) == attention(Reason.CURRENCY_MISMATCH)

    @pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled", "expired"])
    def test_a_row_without_an_amount_is_never_applied_to(self, status: str) -> None:
        row = an_order(amount=None)
        assert decided(a_finding(row), a_payment_seen(status)) == attention(Reason.MISSING_AMOUNT)

    def test_a_shop_that_stores_net_amounts_is_compared_by_them(self) -> None:
        row, state = an_order(amount=4500), a_payment_seen(amount=4200, net_amount=4500)
        assert decided(a_finding(row), state, amount_is=AmountIs.NET_AMOUNT) == PAID
        assert decided(a_finding(row), state) == attention(Reason.AMOUNT_MISMATCH)

    def test_a_surcharge_does_not_trouble_a_shop_that_stores_plain_amounts(self) -> None:
        state = a_payment_seen(amount=4200, net_amount=4500, amount_received=4500)
        assert decided(a_finding(an_order(amount=4200)), state) == PAID

    def test_a_success_of_which_less_was_received_is_for_a_person(self) -> None:
        state = a_payment_seen(amount_received=4000)
        assert decided(a_finding(an_order()), state) == attention(Reason.RECEIVED_MISMATCH)

    def test_a_success_that_does_not_say_what_was_received_is_synced(self) -> None:
        state = replace(a_payment_seen(), amount_received=None)
        assert decided(a_finding(an_order()), state) == PAID

    def test_a_net_amount_that_the_psp_does_not_say_agrees_with_nothing(self) -> None:
        state = replace(a_payment_seen(), net_amount=None)
        decision = decided(a_finding(an_order()), state, amount_is=AmountIs.NET_AMOUNT)
        assert decision == attention(Reason.MISSING_AMOUNT)

    def test_a_failure_need_not_have_received_anything(self) -> None:
        state = a_payment_seen("failed", amount_received=0)
        assert decided(a_finding(an_order()), state) == Sync(event=Event.PAYMENT_FAILED)

    def test_a_partial_capture_is_for_a_person(self) -> None:
        state = a_payment_seen("partially_captured", amount_received=2000)
        assert decided(a_finding(an_order()), state) == attention(Reason.PARTIAL_CAPTURE)


class TestRefunds:
    def test_a_refund_of_another_payment_is_for_a_person(self) -> None:
        state = a_refund_seen(payment_id="pay_of_another_order")
        assert decided(a_finding(a_refund()), state) == attention(Reason.WRONG_PAYMENT)

    @pytest.mark.parametrize("status", ["succeeded", "failed"])
    def test_another_amount_or_currency_is_never_applied(self, status: str) -> None:
        finding = a_finding(a_refund())
        assert decided(finding, a_refund_seen(status, amount=1)) == attention(Reason.AMOUNT_MISMATCH)
        assert decided(finding, a_refund_seen(status, currency="USD")) == attention(Reason.CURRENCY_MISMATCH)

    @pytest.mark.parametrize("status", ["succeeded", "failed"])
    def test_a_refund_larger_than_its_order_is_never_applied(self, status: str) -> None:
        finding = a_finding(a_refund(amount=4201))
        assert decided(finding, a_refund_seen(status, amount=4201)) == attention(Reason.REFUND_TOO_LARGE)

    def test_a_refund_in_another_currency_than_its_order_is_for_a_person(self) -> None:
        row = a_refund(currency="USD")
        assert decided(a_finding(row), a_refund_seen(currency="USD")) == attention(Reason.CURRENCY_MISMATCH)

    def test_a_refund_whose_order_is_gone_is_for_a_person(self) -> None:
        assert decided(a_finding(a_refund(of=None)), a_refund_seen()) == attention(Reason.ORDER_MISSING)

    def test_a_refund_whose_order_has_no_amount_is_for_a_person(self) -> None:
        row = a_refund(of=an_order(status="refund_pending", amount=None))
        assert decided(a_finding(row), a_refund_seen()) == attention(Reason.MISSING_AMOUNT)

    def test_two_partial_refunds_that_add_up_to_the_order_are_synced(self) -> None:
        row = a_refund(amount=2200, siblings=Siblings(succeeded_minor=2000))
        assert decided(a_finding(row), a_refund_seen(amount=2200)) == PAID_BACK

    def test_refunds_that_together_exceed_their_order_are_for_a_person(self) -> None:
        row = a_refund(amount=2200, siblings=Siblings(succeeded_minor=2001))
        state = a_refund_seen(amount=2200)
        assert decided(a_finding(row), state) == attention(Reason.REFUNDS_EXCEED_ORDER)

    def test_a_failed_refund_adds_nothing_to_its_siblings(self) -> None:
        row = a_refund(amount=2200, siblings=Siblings(succeeded_minor=4200, summable=False))
        assert decided(a_finding(row), a_refund_seen("failed", amount=2200)) == NOT_PAID_BACK

    def test_siblings_that_cannot_be_summed_are_for_a_person(self) -> None:
        row = a_refund(amount=2200, siblings=Siblings(summable=False))
        assert decided(a_finding(row), a_refund_seen(amount=2200)) == attention(Reason.MISSING_AMOUNT)

    @pytest.mark.parametrize("order_status", ["pending", "failed", "cancelled"])
    @pytest.mark.parametrize("status", ["succeeded", "failed"])
    def test_a_refund_of_an_order_that_is_not_paid_here_is_for_a_person(
        self, order_status: str, status: str
    ) -> None:
        row = a_refund(of=an_order(status=order_status))
        assert decided(a_finding(row), a_refund_seen(status)) == attention(Reason.CONTRADICTION)

    def test_a_refund_of_an_order_with_an_unmapped_status_is_for_a_person(self) -> None:
        row = a_refund(of=an_order(status="parked"))
        assert decided(a_finding(row), a_refund_seen()) == attention(Reason.UNKNOWN_LOCAL_STATUS)

    def test_a_second_refund_that_failed_leaves_a_refunded_order_alone(self) -> None:
        row = a_refund(of=an_order(status="refunded"))
        assert decided(a_finding(row), a_refund_seen("failed")) == NOT_PAID_BACK


class TestLongWaits:
    @pytest.mark.parametrize(
        "status", ["requires_payment_method", "requires_confirmation", "requires_customer_action"]
    )
    def test_an_abandoned_checkout_never_becomes_attention(self, status: str) -> None:
        finding = a_finding(an_order(stuck_for="90d"))
        assert decided(finding, a_payment_seen(status)) == StillPending(waits_for=WaitsFor.CUSTOMER)

    def test_processing_for_a_day_is_for_a_person(self) -> None:
        state = a_payment_seen("processing")
        assert decided(a_finding(an_order(stuck_for="24h")), state) == attention(Reason.PROCESSING_TOO_LONG)
        young = a_finding(an_order(stuck_for="23h59m"))
        assert decided(young, state) == StillPending(waits_for=WaitsFor.PROCESSOR)

    def test_a_capture_that_waits_for_the_shop_stays_with_the_shop(self) -> None:
        finding = a_finding(an_order(stuck_for="3d"))
        assert decided(finding, a_payment_seen("requires_capture")) == StillPending(
            waits_for=WaitsFor.MERCHANT
        )

    def test_a_refund_that_the_processor_never_got_is_for_a_person(self) -> None:
        state = a_refund_seen("pending", connector_refund_id=None)
        assert decided(a_finding(a_refund(stuck_for="24h")), state) == attention(Reason.REFUND_NEVER_SENT)
        young = a_finding(a_refund(stuck_for="23h"))
        assert decided(young, state) == StillPending(waits_for=WaitsFor.PROCESSOR)

    def test_a_refund_that_the_processor_holds_may_take_days(self) -> None:
        finding = a_finding(a_refund(stuck_for="5d"))
        assert decided(finding, a_refund_seen("pending")) == StillPending(waits_for=WaitsFor.PROCESSOR)


class TestWhoAsks:
    def test_the_eight_day_old_order_is_withheld_from_the_daemon(self) -> None:
        finding = a_finding(an_order(stuck_for="8d"))
        withheld = Attention(reason=Reason.TOO_OLD, withheld=PAID)
        assert decided(finding, a_payment_seen()) == withheld
        assert decided(finding, a_payment_seen(), by=ActorKind.OPERATOR) == PAID

    def test_a_row_of_just_the_greatest_age_is_still_the_daemons(self) -> None:
        assert decided(a_finding(an_order(stuck_for="7d")), a_payment_seen()) == PAID

    def test_an_old_orphan_is_withheld_from_the_daemon_too(self) -> None:
        finding = a_finding(an_orphan(stuck_for="8d"))
        withheld = Attention(reason=Reason.TOO_OLD, withheld=FailOrphan(listed=0))
        assert decided(finding, the_evidence()) == withheld
        assert decided(finding, the_evidence(), by=ActorKind.OPERATOR) == FailOrphan(listed=0)

    def test_age_gives_an_operator_nothing_that_amounts_forbid(self) -> None:
        finding = a_finding(an_order(stuck_for="8d"))
        for actor in ActorKind:
            decision = decided(finding, a_payment_seen(amount=1), by=actor)
            assert decision == attention(Reason.AMOUNT_MISMATCH)

    def test_a_recent_row_is_left_to_its_webhook_unless_an_operator_asks(self) -> None:
        order, refund = a_finding(an_order(stuck_for="5m")), a_finding(a_refund(stuck_for="5m"))
        assert decided(order, a_payment_seen()) == StillPending(waits_for=WaitsFor.AGE)
        assert decided(refund, a_refund_seen()) == StillPending(waits_for=WaitsFor.AGE)
        assert decided(order, a_payment_seen(), by=ActorKind.OPERATOR) == PAID
        assert decided(refund, a_refund_seen(), by=ActorKind.OPERATOR) == PAID_BACK

    @pytest.mark.parametrize("actor", list(ActorKind))
    def test_a_recent_orphan_is_left_to_the_shop_whoever_asks(self, actor: ActorKind) -> None:
        finding = a_finding(an_orphan(stuck_for="4m"))
        assert decided(finding, the_evidence(), by=actor) == StillPending(waits_for=WaitsFor.AGE)


class TestWatched:
    def test_failed_by_us_and_paid_two_days_later_is_a_contradiction(self) -> None:
        finding = a_finding(an_order(status="failed", stuck_for="2d"), watched=True, failed_by_us=True)
        assert decided(finding, a_payment_seen()) == attention(Reason.CONTRADICTION)

    def test_failed_by_us_and_still_failed_is_resolved(self) -> None:
        finding = a_finding(an_order(status="failed"), watched=True, failed_by_us=True)
        assert decided(finding, a_payment_seen("failed")) == AlreadyResolved()

    def test_failed_by_us_and_processing_again_is_revived(self) -> None:
        finding = a_finding(an_order(status="failed"), watched=True, failed_by_us=True)
        assert decided(finding, a_payment_seen("processing")) == attention(Reason.REVIVED)

    def test_a_refund_failed_by_us_that_went_through_is_a_contradiction(self) -> None:
        finding = a_finding(a_refund(status="failed"), watched=True, failed_by_us=True)
        assert decided(finding, a_refund_seen()) == attention(Reason.CONTRADICTION)

    @pytest.mark.parametrize("created", ["9m", "13m", "30d", None])
    def test_an_orphan_failed_by_us_whose_like_turns_up_is_a_contradiction(self, created: str | None) -> None:
        finding = a_finding(an_orphan(status="failed"), watched=True, failed_by_us=True)
        state = the_evidence(a_refund_seen("pending", created=created))
        assert decided(finding, state) == attention(Reason.CONTRADICTION)

    def test_an_orphan_failed_by_us_that_is_named_at_the_psp_is_a_contradiction(self) -> None:
        finding = a_finding(an_orphan(status="failed"), watched=True, failed_by_us=True)
        by_metadata = a_refund_seen(amount=7, metadata={"row": "r-1"})
        assert decided(finding, the_evidence(by_metadata)) == attention(Reason.CONTRADICTION)
        by_id = a_refund_seen(amount=7, refund_id="r-1")
        assert decided(finding, the_evidence(by_id)) == attention(Reason.CONTRADICTION)

    def test_an_orphan_failed_by_us_stays_resolved_beside_others_refunds(self) -> None:
        finding = a_finding(an_orphan(status="failed"), watched=True, failed_by_us=True)
        claimed = a_refund_seen(refund_id="ref_of_another_row")
        of_another_amount = a_refund_seen(refund_id="ref_2", amount=1)
        state = the_evidence(claimed, of_another_amount, claimed=["ref_of_another_row"])
        assert decided(finding, state) == AlreadyResolved()

    def test_an_orphan_that_failed_on_both_sides_is_resolved(self) -> None:
        finding = a_finding(an_orphan(status="failed"), watched=True, failed_by_us=True)
        assert decided(finding, the_evidence(a_refund_seen("failed"))) == AlreadyResolved()


class TestNothingToAsk:
    def test_an_order_that_never_began_a_payment_waits_for_nothing(self) -> None:
        finding = a_finding(an_order(payment_id=None, stuck_for="3d"))
        assert decide_without_reading(finding) == StillPending(waits_for=WaitsFor.AGE)

    def test_an_orphan_whose_order_has_no_payment_is_for_a_person(self) -> None:
        finding = a_finding(an_orphan(of=an_order(status="refund_pending", payment_id=None)))
        assert decide_without_reading(finding) == attention(Reason.ORPHAN_NO_PAYMENT)

    def test_an_orphan_whose_order_is_gone_is_for_a_person(self) -> None:
        finding = a_finding(an_orphan(of=None))
        assert decide_without_reading(finding) == attention(Reason.ORDER_MISSING)

    def test_a_recent_orphan_is_not_looked_up(self) -> None:
        finding = a_finding(an_orphan(stuck_for="4m"))
        assert decide_without_reading(finding) == StillPending(waits_for=WaitsFor.AGE)

    @pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
    def test_an_order_that_ended_without_the_psp_is_resolved(self, status: str) -> None:
        finding = a_finding(an_order(status=status, payment_id=None))
        assert decide_without_reading(finding) == AlreadyResolved()

    @pytest.mark.parametrize("row", [an_order(), a_refund(), an_orphan()], ids=str)
    def test_every_other_row_must_be_read(self, row: LocalOrder | LocalRefund) -> None:
        assert decide_without_reading(a_finding(row)) is None

    @given(findings_with_states(), st.sampled_from(list(ActorKind)))
    def test_a_row_that_needs_no_read_is_decided_alike_after_one(
        self, pair: tuple[Finding, PspState], actor: ActorKind
    ) -> None:
        finding, state = pair
        if (known := decide_without_reading(finding)) is not None:
            assert decided(finding, state, by=actor) == known
