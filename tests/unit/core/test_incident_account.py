"""The account: each row once by what it came to last, and the timeline as fine as can be read."""

from datetime import timedelta
from typing import Any

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.incident_account import Account
from reconcile_tui.core.money import Money
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.policy import ActorKind
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.journal_entries import Entry, Step
from reconcile_tui.core.store.journal_search import FoundEntry
from tests.builders import NOW, span

EUR = Money(4200, "EUR")


def an_entry(
    number: int,
    row_id: str = "o-1",
    *,
    outcome: Outcome | None = Outcome.FIXED,
    after: str = "0s",
    event: Event = Event.PAYMENT_SUCCEEDED,
    actor: str = "daemon",
    plan_id: str = "plan-1",
    reason: str | None = None,
    refusal: Refusal | None = None,
    money: Money | None = EUR,
) -> FoundEntry:
    """An outcome by the daemon, or by anybody else a plan that they confirmed; `outcome=None`: an intent."""
    facts: dict[str, Any] = dict.fromkeys(
        ("intent_id", "attempt", "decision", "before", "after", "psp", "psp_digest", "detail")
    )
    kind = ActorKind.DAEMON if actor == "daemon" else ActorKind.OPERATOR
    entry = Entry(
        entry_id=number,
        at=NOW + span(after),
        step=Step.OUTCOME if outcome else Step.INTENDED,
        ref=RowRef(Kind.REFUND if row_id.startswith("r-") else Kind.ORDER, row_id),
        psp_id="pay_1",
        event=event,
        outcome=outcome,
        refusal=refusal,
        actor=actor,
        actor_kind=kind,
        reason=reason,
        plan_id=plan_id,
        **facts,
    )
    before = {"status": "pending", "amount": money.minor, "currency": money.currency} if money else None
    return FoundEntry(entry=entry, before=before)


def an_account(*entries: FoundEntry) -> Account:
    account = Account()
    for found in entries:
        account.add(found)
    return account


def summed(account: Account) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(str(each.fate.outcome), each.rows, tuple(map(str, each.money))) for each in account.sums()]


def test_money_is_added_per_currency_and_rows_without_an_amount_count_as_rows() -> None:
    account = an_account(
        an_entry(1, "o-1"),
        an_entry(2, "o-2", money=Money(100, "EUR")),
        an_entry(3, "o-3", money=Money(900, "JPY")),
        an_entry(4, "o-4", money=None),
    )

    assert summed(account) == [("fixed", 4, ("43.00 EUR", "900 JPY"))]


def test_a_row_counts_once_by_what_it_came_to_last() -> None:
    account = an_account(
        an_entry(1, outcome=None),
        an_entry(2, outcome=Outcome.IN_DOUBT, after="1m"),
        an_entry(3, outcome=Outcome.FIXED, after="61m"),
    )

    assert summed(account) == [("fixed", 1, ("42.00 EUR",))]


def test_a_row_that_was_healed_stays_healed_though_a_later_plan_finds_it_resolved() -> None:
    account = an_account(
        an_entry(1, actor="alice"),
        an_entry(2, outcome=Outcome.ALREADY_RESOLVED, actor="alice", after="2m"),
    )

    assert summed(account) == [("fixed", 1, ("42.00 EUR",))]
    assert [(each.fate.outcome, each.rows) for each in account.deeds()[0].sums] == [("fixed", 1)]


def test_a_row_that_was_refused_again_and_again_is_one_row_of_its_stretch() -> None:
    account = an_account(
        an_entry(1, outcome=Outcome.REFUSED, refusal=Refusal.PAUSED),
        an_entry(2, outcome=Outcome.REFUSED, refusal=Refusal.PAUSED, after="20s"),
    )

    (line,) = account.timeline()[1]
    assert [(each.rows, tuple(map(str, each.money))) for each in line.sums] == [(1, ("42.00 EUR",))]


def test_an_intent_that_nobody_concluded_is_told_as_such() -> None:
    account = an_account(an_entry(1, "o-1"), an_entry(2, "o-2", outcome=None))

    assert summed(account) == [("fixed", 1, ("42.00 EUR",)), ("None", 1, ("42.00 EUR",))]


def test_what_was_healed_stands_before_what_was_over_anyway_and_that_before_what_is_left() -> None:
    account = an_account(
        an_entry(1, "o-1", outcome=Outcome.REFUSED, refusal=Refusal.PAUSED),
        an_entry(2, "o-2", outcome=Outcome.OVERTAKEN),
        an_entry(3, "o-3", outcome=Outcome.FIXED),
        an_entry(4, "o-4", outcome=Outcome.REFUSED, refusal=Refusal.PAUSED),
    )

    assert [outcome for outcome, _, _ in summed(account)] == ["fixed", "overtaken", "refused"]


def test_the_timeline_has_a_line_a_minute_and_actor_and_names_rows_where_they_are_few() -> None:
    account = an_account(
        an_entry(1, "o-1"),
        an_entry(2, "o-2", after="30s"),
        an_entry(3, "r-1", after="59s", event=Event.REFUND_SUCCEEDED),
        an_entry(4, "o-3", after="59s", actor="alice", plan_id="plan-2"),
        *(an_entry(5 + number, f"o-{5 + number}", after="1m") for number in range(4)),
    )

    resolution, lines = account.timeline()

    assert resolution == timedelta(minutes=1)
    assert [(line.at, line.actor, line.plan_id) for line in lines] == [
        (NOW, "daemon", None),
        (NOW + span("59s"), "alice", "plan-2"),
        (NOW + span("1m"), "daemon", None),
    ]
    assert [ref.row_id for ref in lines[0].refs] == ["o-1", "o-2", "r-1"]
    assert [each.rows for each in lines[0].sums] == [2, 1]
    assert lines[2].refs == ()


def test_a_long_incident_is_told_in_longer_stretches_and_loses_no_row() -> None:
    entries = (an_entry(number, f"o-{number}", after=f"{number * 10}m") for number in range(500))

    resolution, lines = an_account(*entries).timeline()

    assert resolution == timedelta(hours=6)
    assert len(lines) <= 80
    assert sum(each.rows for line in lines for each in line.sums) == 500


def test_the_plans_of_people_are_told_with_who_why_and_what_came_of_them() -> None:
    account = an_account(
        an_entry(1, "o-1", outcome=None, actor="alice", plan_id="plan-2", reason="the outage"),
        an_entry(2, "o-1", actor="alice", plan_id="plan-2", reason="the outage", after="5s"),
        an_entry(3, "o-2", actor="alice", plan_id="plan-2", outcome=Outcome.CHANGED, after="70s"),
        an_entry(4, "o-3"),
        an_entry(5, "o-4", outcome=None, actor="bob", plan_id="plan-3", after="2m"),
    )

    first, second = account.deeds()

    assert (first.actor, first.plan_id, first.reason, first.at) == ("alice", "plan-2", "the outage", NOW)
    assert [(each.fate.outcome, each.rows) for each in first.sums] == [("fixed", 1), ("changed", 1)]
    assert (second.actor, second.sums) == ("bob", ())


def test_an_account_of_nothing_is_empty() -> None:
    account = an_account()

    assert account.sums() == ()
    assert account.timeline()[1] == ()
    assert (account.began, account.ended) == (None, None)
