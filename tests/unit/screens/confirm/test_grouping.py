"""A plan in groups: no row is lost or told twice, and money adds up per currency."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.decisions import (
    Adopt,
    Decision,
    Event,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    WaitsFor,
)
from reconcile_tui.core.findings import RefundId
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.screens.confirm.consent import Consent
from reconcile_tui.screens.confirm.grouping import (
    beyond_the_daemon,
    change_of,
    events_of,
    fails_orphans,
    groups_of,
)
from tests.builders import a_finding, a_payment_seen, an_order, an_orphan
from tests.strategies import decisions

COMPLETED = Sync(event=Event.PAYMENT_SUCCEEDED)


def a_row(row_id: str, decision: Decision = COMPLETED, *, money: Money | None = None) -> PlannedRow:
    """An order that is planned; its money is 42.00 EUR unless given."""
    row = an_order(row_id)
    row = replace(row, money=money) if money is not None else row
    return PlannedRow(finding=a_finding(row), state=a_payment_seen(), decision=decision)


@given(st.lists(st.tuples(decisions, st.sampled_from(["EUR", "USD", "JPY"]), st.integers(0, 10**9))))
def test_every_row_is_in_exactly_one_group_and_money_adds_up_per_currency(
    drawn: list[tuple[Decision, str, int]],
) -> None:
    rows = [
        a_row(f"o-{number}", decision, money=Money(minor, currency))
        for number, (decision, currency, minor) in enumerate(drawn)
    ]

    groups = groups_of(rows)

    grouped = [row.ref for group in groups for row in group.rows]
    assert sorted(grouped) == sorted(row.ref for row in rows)
    assert len(set(grouped)) == len(grouped)
    together = per_currency(money for group in groups for money in group.money)
    assert together == per_currency(row.finding.row.money for row in rows if row.finding.row.money)
    assert all((row.action is not None) == group.end.applies for group in groups for row in group.rows)


def test_orphans_that_are_failed_come_first_and_what_is_left_last() -> None:
    orphan = PlannedRow(
        finding=a_finding(an_orphan("r-1")), state=a_payment_seen(), decision=FailOrphan(listed=0)
    )
    left = a_row("o-2", StillPending(waits_for=WaitsFor.PROCESSOR))

    groups = groups_of([left, a_row("o-1"), orphan])

    assert [group.rows[0].ref.row_id for group in groups] == ["r-1", "o-1", "o-2"]
    assert fails_orphans([orphan])
    assert not fails_orphans([a_row("o-1"), left])


def test_what_becomes_of_a_row_is_told_old_to_new() -> None:
    adopted = Adopt(refund_id=RefundId("ref_1"), matched_by="id")

    assert change_of(a_row("o-1")) == "pending → completed"
    assert change_of(a_row("o-1", Sync(event=Event.PAYMENT_EXPIRED))) == "pending → cancelled"
    assert change_of(a_row("o-1", adopted)) == "pending, gets its id"
    assert change_of(a_row("o-1", StillPending(waits_for=WaitsFor.CUSTOMER))) == "pending (stays)"


def test_events_are_counted_for_what_is_applied_alone() -> None:
    rows = [a_row("o-1"), a_row("o-2"), a_row("o-3", StillPending(waits_for=WaitsFor.CUSTOMER))]

    assert events_of(rows) == {Event.PAYMENT_SUCCEEDED: 2}


def test_what_age_or_a_cap_keeps_from_the_daemon_is_said() -> None:
    week = timedelta(days=7)
    old = a_row("o-1")
    old = replace(old, finding=replace(old.finding, age=timedelta(days=8)))
    capped = PlannedRow(
        finding=replace(a_finding(an_orphan("r-1")), is_capped=True),
        state=a_payment_seen(),
        decision=FailOrphan(listed=0),
    )

    assert beyond_the_daemon(a_row("o-1"), auto_max_age=week) is None
    assert beyond_the_daemon(old, auto_max_age=week) == "it is older than the daemon may touch"
    assert beyond_the_daemon(capped, auto_max_age=week) == "too many orphans to fail in one interval"


def test_what_is_set_aside_knowingly_stands_first_and_apart() -> None:
    despite = a_row("o-2", Sync(event=Event.PAYMENT_SUCCEEDED, despite=Reason.DISPUTED))

    first, second = groups_of([a_row("o-1"), despite])

    assert [row.ref.row_id for row in first.rows] == ["o-2"]
    assert (first.end.words, first.end.rank) == (
        "orders become completed ALTHOUGH paid, but the customer's bank disputes the payment",
        0,
    )
    assert second.end.words == "orders become completed"
    told = beyond_the_daemon(despite, auto_max_age=timedelta(days=7))
    assert told == "paid, but the customer's bank disputes the payment"
    assert Consent.to([despite]).objection is not None
    assert Consent.to([despite]).type("1").objection is None
