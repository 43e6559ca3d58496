"""The filter of the history: what a line asks for, and what is said of one that asks for nothing known."""

from datetime import time, timedelta

import pytest
from hypothesis import given

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.history_filter import HistoryAsked, HistoryFilterInvalid, parse_history_filter
from reconcile_tui.core.moments import Spoken
from reconcile_tui.core.outcomes import Outcome
from tests.foreign import ANY


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", HistoryAsked()),
        ("o-1 pay_1", HistoryAsked(ids=("o-1", "pay_1"))),
        ("order:o-1 row:r-2", HistoryAsked(ids=("order:o-1", "r-2"))),
        ("actor:alice", HistoryAsked(actor="alice")),
        ('actor:"Alice B"', HistoryAsked(actor="Alice B")),
        ("outcome:fixed,unchanged", HistoryAsked(outcomes=(Outcome.FIXED, Outcome.UNCHANGED))),
        ("event:refund.succeeded", HistoryAsked(events=(Event.REFUND_SUCCEEDED,))),
        ("plan:4f2a", HistoryAsked(plan_id="4f2a")),
        (
            "since:2h until:14:30",
            HistoryAsked(
                since=Spoken(text="2h", said=timedelta(hours=2)),
                until=Spoken(text="14:30", said=time(14, 30)),
            ),
        ),
    ],
)
def test_what_a_line_asks_for(text: str, asked: HistoryAsked) -> None:
    assert parse_history_filter(text) == asked


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense:1", "is not known; there are actor"),
        ("outcome:left", "outcome:left is not known; there are already_resolved"),
        ("actor:a actor:b", "takes one value"),
        ("since:soon", "since: write a duration"),
        ('actor:"alice', "a quote is never closed"),
        ("x" * 2000, "at most 1000 characters"),
    ],
)
def test_what_is_said_of_others(text: str, problem: str) -> None:
    with pytest.raises(HistoryFilterInvalid, match=problem):
        parse_history_filter(text)


@given(text=ANY)
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        asked = parse_history_filter(text)
    except HistoryFilterInvalid:
        return
    assert isinstance(asked, HistoryAsked)
