"""Deciding, for any row and any answer: total, and never against the amounts or the evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.amounts import AmountIs
from reconcile_tui.core.decide import decide
from reconcile_tui.core.decisions import (
    Adopt,
    Attention,
    Decision,
    Event,
    FailOrphan,
    Reason,
    Sync,
    applicable,
)
from reconcile_tui.core.findings import Finding, FindingClass, LocalOrder, LocalRefund, is_open
from reconcile_tui.core.policy import ActorKind, Policy
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    RefundSeen,
)
from reconcile_tui.core.statuses import OrderStatus, PaymentStatus, PspRefundStatus
from tests.builders import (
    NOW,
)
from tests.strategies import findings, findings_with_states, states

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


class TestAnyRow:
    @given(findings, states, st.sampled_from(list(ActorKind)), st.sampled_from(list(AmountIs)))
    def test_only_another_kind_of_state_is_refused(
        self, finding: Finding, state: PspState, actor: ActorKind, amount_is: AmountIs
    ) -> None:
        match finding.row, state:
            case _, ReadFailed() | NotFound():
                fits = True
            case LocalOrder(), PaymentSeen():
                fits = True
            case LocalRefund(refund_id=None), OrphanEvidence():
                fits = True
            case LocalRefund(refund_id=str()), RefundSeen():
                fits = True
            case _:
                fits = False
        if fits:
            decided(finding, state, by=actor, amount_is=amount_is)
        else:
            with pytest.raises(TypeError, match="cannot be decided by"):
                decided(finding, state, by=actor, amount_is=amount_is)

    @given(findings_with_states(), st.sampled_from(list(ActorKind)), st.sampled_from(list(AmountIs)))
    def test_nothing_is_applied_to_a_final_row_nor_after_a_failed_read(
        self, pair: tuple[Finding, PspState], actor: ActorKind, amount_is: AmountIs
    ) -> None:
        finding, state = pair
        decision = decided(finding, state, by=actor, amount_is=amount_is)
        if not is_open(finding.row) or isinstance(state, ReadFailed | NotFound):
            assert proposed(decision) is None

    @given(findings_with_states(), st.sampled_from(list(ActorKind)))
    def test_an_order_is_synced_only_where_status_amount_and_currency_agree(
        self, pair: tuple[Finding, PspState], actor: ActorKind
    ) -> None:
        finding, state = pair
        action = proposed(decided(finding, state, by=actor))
        if isinstance(finding.row, LocalOrder) and isinstance(action, Sync):
            assert isinstance(state, PaymentSeen)
            assert finding.row.status is OrderStatus.PENDING
            assert finding.row.payment_id == state.payment_id
            assert finding.row.money is not None
            assert (finding.row.money.minor, finding.row.money.currency) == (state.amount, state.currency)
            if action.event is Event.PAYMENT_SUCCEEDED:
                assert state.status is PaymentStatus.SUCCEEDED
                assert state.amount_received == state.net_amount

    @given(findings_with_states(), st.sampled_from(list(ActorKind)))
    def test_a_refund_is_synced_only_within_its_order(
        self, pair: tuple[Finding, PspState], actor: ActorKind
    ) -> None:
        finding, state = pair
        action = proposed(decided(finding, state, by=actor))
        if isinstance(finding.row, LocalRefund) and isinstance(action, Sync):
            row = finding.row
            assert isinstance(state, RefundSeen)
            assert row.money is not None
            assert row.order is not None
            assert row.order.money is not None
            assert (row.money.minor, row.money.currency) == (state.amount, state.currency)
            assert row.money.minor <= row.order.money.minor
            assert row.order.payment_id in (None, state.payment_id)
            if action.event is Event.REFUND_SUCCEEDED:
                assert state.status is PspRefundStatus.SUCCEEDED
                assert row.money.minor + row.siblings.succeeded_minor <= row.order.money.minor

    @given(findings_with_states())
    def test_the_daemon_does_nothing_to_old_or_recent_rows(self, pair: tuple[Finding, PspState]) -> None:
        finding, state = pair
        assert finding.age is not None
        if finding.age > Policy().auto_max_age or finding.cls is FindingClass.RECENT:
            assert applicable(decided(finding, state, by=ActorKind.DAEMON)) is None

    @given(findings_with_states())
    def test_an_operator_is_offered_what_the_daemon_was_denied_by_age(
        self, pair: tuple[Finding, PspState]
    ) -> None:
        finding, state = pair
        for_daemon = decided(finding, state, by=ActorKind.DAEMON)
        if isinstance(for_daemon, Attention) and for_daemon.reason is Reason.TOO_OLD:
            assert decided(finding, state, by=ActorKind.OPERATOR) == for_daemon.withheld


def proposed(decision: Decision) -> Sync | Adopt | FailOrphan | None:
    """What would be applied, now or by an operator."""
    return decision.withheld if isinstance(decision, Attention) else applicable(decision)
