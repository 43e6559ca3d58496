"""Frozen plans: what is applied of a plan that is older than its rows, and what is said of the rest."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.decisions import (
    Adopt,
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
from reconcile_tui.core.findings import Finding, LocalRow, RefundId
from reconcile_tui.core.frozen_plan import (
    FrozenAction,
    FrozenPlan,
    FrozenRow,
    Held,
    differences,
    freeze,
    hold,
)
from reconcile_tui.core.money import Money
from reconcile_tui.core.plan import Plan, PlannedRow, psp_facts, row_facts
from reconcile_tui.core.policy import Actor, ActorKind
from reconcile_tui.core.psp_states import PspState
from reconcile_tui.core.statuses import OrderStatus, UnknownStatus
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
    span,
    the_evidence,
)
from tests.strategies import decisions, findings_with_states

ALICE, BOB = (Actor(name=name, kind=ActorKind.OPERATOR) for name in ("alice", "bob"))
COMPLETE = Sync(event=Event.PAYMENT_SUCCEEDED)
ADOPT = Adopt(refund_id=RefundId("ref_1"), matched_by="amount")


def a_plan(*rows: PlannedRow, by: Actor = ALICE, plan_id: str = "plan-1") -> Plan:
    return Plan(plan_id=plan_id, made_at=NOW, actor=by, rows=rows, reason="the outage")


def planned(row: LocalRow, state: PspState | None, decision: Decision = COMPLETE) -> PlannedRow:
    return PlannedRow(finding=a_finding(row), state=state, decision=decision)


def as_a_file_has_it(plan: FrozenPlan) -> FrozenPlan:
    """The same facts, once through JSON."""
    return replace(
        plan,
        rows=tuple(
            replace(row, row=json.loads(json.dumps(row.row)), psp=json.loads(json.dumps(row.psp)))
            for row in plan.rows
        ),
    )


def held(then: PlannedRow, now: PlannedRow) -> Held:
    return hold(as_a_file_has_it(freeze(a_plan(then))), a_plan(now, by=BOB, plan_id="plan-2"))


def said(then: PlannedRow, now: PlannedRow) -> list[str]:
    [frozen] = as_a_file_has_it(freeze(a_plan(then))).rows
    return [str(each) for each in differences(frozen, now)]


AN_ORDER = planned(an_order(), a_payment_seen())
AN_ORPHAN = planned(an_orphan(), the_evidence(a_refund_seen("pending")), ADOPT)


def test_what_is_as_it_was_is_applied_under_the_plans_id_by_whoever_applies() -> None:
    came = held(AN_ORDER, AN_ORDER)

    assert came.plan == a_plan(AN_ORDER, by=BOB)
    assert (came.ended, came.changed, came.gone) == ((), {}, ())


def test_nothing_that_is_not_in_the_plan_is_ever_applied() -> None:
    other = planned(an_order("o-2"), a_payment_seen())

    came = hold(freeze(a_plan(AN_ORDER)), a_plan(AN_ORDER, other))

    assert came.plan.rows == (AN_ORDER,)


def test_what_the_plan_left_out_stays_out_whatever_follows_now() -> None:
    left_out = planned(an_order(), a_payment_seen("processing"), StillPending(waits_for=WaitsFor.PROCESSOR))

    came = hold(freeze(a_plan(left_out)), a_plan(AN_ORDER))

    assert (came.plan.rows, came.ended) == ((), ())


def test_a_row_that_is_gone_is_said_to_be() -> None:
    came = hold(freeze(a_plan(AN_ORDER)), a_plan())

    assert came.gone == (AN_ORDER.ref,)


@pytest.mark.parametrize(
    ("now", "differs"),
    [
        (planned(an_order(amount=4300), a_payment_seen()), "amount: 42.00 EUR → 43.00 EUR"),
        (planned(an_order(payment_id="pay_2"), a_payment_seen()), "payment id: pay_1 → pay_2"),
        (planned(an_order(amount=None), a_payment_seen()), "amount: 42.00 EUR → none"),
        (planned(an_order(), a_payment_seen(amount_received=4100)), "PSP amount received: 42.00 EUR → 41.00"),
        (planned(an_order(), a_payment_seen(currency="JPY")), "PSP currency: EUR → JPY"),
        (
            planned(an_order(), a_payment_seen("failed"), Sync(event=Event.PAYMENT_FAILED)),
            "PSP status: succeeded → failed",
        ),
        (
            planned(an_order(), not_found(), Attention(reason=Reason.NOT_FOUND)),
            "PSP: succeeded → knows no such payment",
        ),
        (
            planned(an_order(), a_payment_seen(), Attention(reason=Reason.SHARED_PSP_ID)),
            "what follows: payment.succeeded → attention: another row has the same id at the PSP",
        ),
        (
            planned(an_order(status="failed"), a_payment_seen(), Attention(reason=Reason.CONTRADICTION)),
            "status: pending → failed",
        ),
    ],
)
def test_what_differs_is_changed_said_and_never_applied(now: PlannedRow, differs: str) -> None:
    came = held(AN_ORDER, now)

    [(row, result)] = came.ended
    assert (came.plan.rows, row, result.outcome.value) == ((), now, "changed")
    assert differs in (result.detail or "")
    assert [str(each) for each in came.changed[now.ref]] == said(AN_ORDER, now)


def test_a_candidate_more_or_less_changes_an_orphan() -> None:
    ours = a_refund_seen("pending")
    more = the_evidence(ours, a_refund_seen("pending", refund_id="ref_9", amount=900))
    claimed = the_evidence(ours, claimed=["ref_1"])
    settled = the_evidence(a_refund_seen("succeeded"))

    assert said(AN_ORPHAN, planned(an_orphan(), more, ADOPT)) == [
        "PSP refunds: none → ref_9 pay_1 pending 900 EUR"
    ]
    assert said(AN_ORPHAN, planned(an_orphan(), claimed, ADOPT)) == ["PSP claimed: none → ref_1"]
    assert said(AN_ORPHAN, planned(an_orphan(), settled, ADOPT)) == [
        "PSP refunds: ref_1 pay_1 pending 4200 EUR → ref_1 pay_1 succeeded 4200 EUR"
    ]
    assert said(AN_ORPHAN, planned(an_orphan(), the_evidence(ours, rivals=1), ADOPT)) == ["PSP rivals: 0 → 1"]


def test_another_refund_to_adopt_is_another_conclusion() -> None:
    other = Adopt(refund_id=RefundId("ref_2"), matched_by="amount")

    [differs] = said(AN_ORPHAN, replace(AN_ORPHAN, decision=other))

    assert differs == "what follows: orphan.adopted → adopt ref_2"


def test_ages_words_of_the_processor_and_the_moment_of_the_read_change_nothing() -> None:
    later = PlannedRow(
        finding=a_finding(an_order(stuck_for="3h")),
        state=a_payment_seen(at=NOW + span("10m"), connector="stripe", error_message="hello"),
        decision=COMPLETE,
    )

    assert held(AN_ORDER, later).plan.rows == (later,)


def test_an_order_of_a_refund_may_move_by_a_siblings_refund_but_not_change_its_money() -> None:
    then = planned(a_refund(), a_refund_seen(), Sync(event=Event.REFUND_SUCCEEDED))
    moved = replace(then, finding=a_finding(a_refund(of=an_order(status="completed"))))
    other = replace(then, finding=a_finding(a_refund(of=an_order(status="refund_pending", amount=9000))))

    assert held(then, moved).plan.rows == (moved,)
    assert said(then, other) == ["order amount: 42.00 EUR → 90.00 EUR"]


def test_a_row_that_shows_the_event_and_agrees_with_the_psp_is_resolved_already() -> None:
    done = planned(an_order(status="completed"), a_payment_seen(), AlreadyResolved())

    [(_, result)] = held(AN_ORDER, done).ended

    assert result.outcome.value == "already_resolved"
    assert held(AN_ORDER, done).changed == {}


def test_a_row_that_became_final_otherwise_is_changed_even_where_the_psp_agrees() -> None:
    failed = planned(an_order(status="failed"), a_payment_seen("failed"), AlreadyResolved())

    [(_, result)] = held(AN_ORDER, failed).ended

    assert (result.outcome.value, result.detail) == (
        "changed",
        "status: pending → failed; PSP status: succeeded → failed; PSP amount received: 42.00 EUR → 0.00 EUR",
    )


@pytest.mark.parametrize(
    "decision",
    [AlreadyResolved(), StillPending(waits_for=WaitsFor.PROCESSOR), Sync(event=Event.REFUND_FAILED)],
)
def test_an_orphan_that_has_the_id_is_adopted_already(decision: Decision) -> None:
    adopted = planned(a_refund(), a_refund_seen(), decision)

    [(_, result)] = held(AN_ORPHAN, adopted).ended

    assert result.outcome.value == "already_resolved"


def test_an_orphan_that_got_another_id_is_changed() -> None:
    [(_, result)] = held(AN_ORPHAN, planned(a_refund(refund_id="ref_2"), a_refund_seen(), ADOPT)).ended

    assert result.outcome.value == "changed"


def test_a_row_that_cannot_be_read_now_is_unreadable_and_not_changed() -> None:
    [(_, result)] = held(AN_ORDER, planned(an_order(), a_failed_read(), Unreadable())).ended

    assert (result.outcome.value, result.detail) == ("unreadable", "timeout: no answer in 30 s")


def test_an_unknown_word_is_never_taken_for_a_known_one() -> None:
    known = an_order(status="completed")
    unknown = replace(known, status=UnknownStatus(OrderStatus.COMPLETED.value))

    assert row_facts(known) != row_facts(unknown)


def test_an_adoption_has_the_id_and_nothing_else_has_one() -> None:
    with pytest.raises(ValueError, match="the id that is adopted"):
        FrozenAction(event=Event.ORPHAN_ADOPTED)
    with pytest.raises(ValueError, match="the id that is adopted"):
        FrozenAction(event=Event.PAYMENT_FAILED, adopted="ref_1")


@given(findings_with_states(), decisions)
def test_a_plan_held_against_itself_differs_in_nothing(
    seen: tuple[Finding, PspState], decision: Decision
) -> None:
    row = PlannedRow(finding=seen[0], state=seen[1], decision=decision)
    frozen = freeze(a_plan(row))

    assert as_a_file_has_it(frozen) == frozen
    [facts] = frozen.rows
    assert differences(facts, row) == ()


@given(findings_with_states(), findings_with_states())
def test_only_what_decides_the_same_is_the_same(
    then: tuple[Finding, PspState], now: tuple[Finding, PspState]
) -> None:
    decision = FailOrphan(listed=0)
    [frozen] = freeze(a_plan(PlannedRow(finding=then[0], state=then[1], decision=decision))).rows
    row = PlannedRow(finding=now[0], state=now[1], decision=decision)

    same = row_facts(then[0].row) == row_facts(now[0].row) and psp_facts(then[1]) == psp_facts(now[1])
    assert (differences(frozen, row) == ()) is same


@given(st.integers(), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_any_amount_is_said_in_its_currency(minor: int, currency: str) -> None:
    frozen = FrozenRow(
        ref=AN_ORDER.ref,
        action=FrozenAction(event=Event.PAYMENT_SUCCEEDED),
        row=row_facts(an_order(amount=minor, currency=currency)),
        psp=psp_facts(a_payment_seen()),
    )

    texts = [each.then for each in differences(frozen, AN_ORDER) if each.what == "amount"]
    assert texts in ([], [str(Money(minor, currency))])
