"""What is said of a list as a whole."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconcile_tui.core.filter import EVERYTHING
from reconcile_tui.core.filter_grammar import FilterInvalid, parse_filter
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.triage.filter_words import completed, problem_words
from reconcile_tui.screens.triage.list_words import ListState, notice, state_line


def test_a_filter_says_how_many_of_how_many_and_what_it_cannot_know() -> None:
    state = ListState(
        wanted=parse_filter("connector:adyen"), seen=12, rows=83, unread=41, marks=3, was_read=True
    )

    assert state_line(state) == (
        "only connector:adyen: 12 of 83 · 3 marked · 41 rows not read yet, being asked"
    )


def test_a_list_under_way_says_how_far_it_is() -> None:
    assert state_line(ListState(wanted=EVERYTHING, seen=12_400, rows=12_400, expected=100_000)) == (
        "reading… 12,400 of 100,000"
    )


def test_an_empty_list_says_how_fresh_it_is() -> None:
    state = ListState(wanted=EVERYTHING, seen=0, rows=0, was_read=True, read_ago=timedelta(seconds=4))

    assert notice(state)[0] == "No order hangs."
    assert "Read 4 s ago" in notice(state)[1]
    assert notice(replace(state, tab=Tab.ATTENTION))[0] == "Nothing needs a person."


def test_a_filter_that_nothing_matches_says_how_to_leave_it() -> None:
    state = ListState(wanted=parse_filter("connector:adyen"), seen=0, rows=83, was_read=True)

    assert notice(state) == (
        "No row matches `connector:adyen`.",
        "escape clears the filter · / changes it",
    )


def test_a_database_that_never_answered_is_no_empty_list() -> None:
    state = ListState(wanted=EVERYTHING, seen=0, rows=0, trouble="the database refuses the password")

    assert notice(state)[:2] == ("Nothing could be read yet.", "the database refuses the password")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("conector:adyen", "✗ there is no such key at `conector`: connector?"),
        (
            "moon:full",
            "✗ there is no such key at `moon` (there is id, kind, class, status, local, connector, …)",
        ),
        ("age:2h", "✗ an age is compared: age>2h, age<=30m at `age:2h`"),
        ("status:processsing", "✗ status has no such word at `processsing`: processing"),
        ('"adyen', "✗ this quote is never closed"),
    ],
)
def test_what_is_wrong_with_a_filter_is_said_where_it_is(line: str, words: str) -> None:
    with pytest.raises(FilterInvalid) as raised:
        parse_filter(line)

    assert problem_words(raised.value).startswith(words)


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("con", "connector:"),
        ("adyen ag", "adyen age>"),
        ("-stat", "-status:"),
        ("status:proc", "status:processing"),
        ("status:failed,proc", "status:failed,processing"),
        ("connector:ady", None),
        ("", None),
        ("adyen ", None),
    ],
)
def test_keys_and_their_words_are_completed(line: str, whole: str | None) -> None:
    assert completed(line) == whole


def test_a_filter_that_nothing_matches_so_far_says_that_it_goes_on() -> None:
    state = ListState(wanted=parse_filter("connector:adyen"), seen=0, rows=83, unread=41, was_read=True)

    assert notice(state)[:2] == (
        "No row is known to match `connector:adyen` yet.",
        "The PSP is being asked about 41 rows that nobody read so far.",
    )


def test_items_about_rows_that_are_gone_are_told_of() -> None:
    some = ListState(wanted=EVERYTHING, seen=3, rows=3, gone=2, was_read=True)
    none = ListState(wanted=EVERYTHING, seen=0, rows=0, gone=1, was_read=True)

    assert state_line(some) == (
        "3 rows · 2 items more about rows that are gone from the shop: reconcile-tui list attention"
    )
    assert notice(none)[0] == "1 item here, about a row that is gone from the shop."
