"""The score of a rehearsal."""

from datetime import timedelta
from typing import Any

import pytest

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.money import Money
from reconcile_tui.core.statuses import Kind
from reconcile_tui.screens.desk.rehearsal import RehearsedRow
from reconcile_tui.screens.rehearsal.score import is_won, score, score_lines


def a_row(number: int, **facts: Any) -> RehearsedRow:
    """A row that a sync can heal, and nobody did yet."""
    known: dict[str, Any] = {"money": Money(1000, "EUR"), "is_open": True, "can_heal": True}
    return RehearsedRow(ref=RowRef(Kind.ORDER, f"o-{number}"), **(known | facts))


def healed(number: int, **facts: Any) -> RehearsedRow:
    return a_row(number, is_open=False, by_person=True, **facts)


HEALED_ELSEWHERE = a_row(90, is_open=False)
HOPELESS = a_row(91, can_heal=False, why_left="the amounts differ")


@pytest.mark.parametrize(
    ("rows", "won"),
    [
        ([healed(1), HOPELESS, HEALED_ELSEWHERE], True),
        ([healed(1), a_row(2)], False),
        ([healed(1), a_row(2, is_new=True)], True),
        ([HEALED_ELSEWHERE, HOPELESS], False),
        ([], False),
    ],
)
def test_it_is_won_when_nothing_is_left_that_a_sync_could_heal(rows: list[RehearsedRow], won: bool) -> None:
    assert is_won(rows) is won


def test_money_is_added_up_a_currency_and_by_whom_it_was_healed() -> None:
    rows = [healed(1), healed(2, money=Money(500, "JPY")), healed(3), healed(4, money=None)]

    came = score([*rows, HEALED_ELSEWHERE], took=timedelta(minutes=4), keys=14)

    assert came.money == (Money(2000, "EUR"), Money(500, "JPY"))
    assert (came.healed, came.by_themselves, came.keys) == (4, 1, 14)


def test_what_was_a_mistake_is_no_heal_and_is_named() -> None:
    wrong = healed(1, mistake="failed as never sent, and its refund exists at the PSP")

    came = score([wrong, healed(2)], took=timedelta(minutes=4), keys=14)

    assert (came.healed, came.money) == (1, (Money(1000, "EUR"),))
    assert "  order o-1: failed as never sent, and its refund exists at the PSP" in score_lines(came)


def test_what_was_left_is_told_with_why_the_most_first() -> None:
    others = [a_row(n, can_heal=False, why_left="waits for the customer") for n in range(3)]

    lines = score_lines(score([healed(1), HOPELESS, *others], took=timedelta(minutes=4), keys=14))

    assert lines[0] == "1 row healed in 4 min with 14 keys: 10.00 EUR."
    assert "Mistakes: none. No paid order and no refund that exists was failed." in lines
    assert lines[-2:] == ["     3  waits for the customer", "     1  the amounts differ"]


def test_what_became_stuck_just_now_is_not_left_behind() -> None:
    lines = score_lines(score([healed(1), a_row(2, is_new=True)], took=timedelta(minutes=4), keys=14))

    assert lines[-1] == "Stuck since just now, as the incident goes on: 1."
    assert not any("no sync can heal" in line for line in lines)
