"""The words for a backlog: how long it needs at the daemon's pace, and rows that nobody looks at."""

from datetime import timedelta

import pytest

from reconcile_tui.core.backlog_wording import slow_short, slow_words, unmapped_words
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.slow_backlog import SlowBacklog
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.status_words import UnmappedWord

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("due", "interval", "words"),
    [
        (
            {PhaseName.ORDERS: 4812},
            HOUR,
            "4,812 orders are due; at 50 an hour this takes 4 days.",
        ),
        (
            {PhaseName.ORDERS: 51, PhaseName.REFUNDS: 1},
            timedelta(minutes=5),
            "51 orders and 1 refund are due; at 50 of each every 5 min this takes 10 min.",
        ),
    ],
)
def test_how_long_a_backlog_needs(due: dict[PhaseName, int], interval: timedelta, words: str) -> None:
    assert slow_words(SlowBacklog(due=due, batch=50, interval=interval)) == words


def test_the_same_in_a_few_words() -> None:
    slow = SlowBacklog(due={PhaseName.ORPHANS: 1000}, batch=50, interval=HOUR)

    assert slow_short(slow) == "1,000 orphan refunds due: 20 h at 50 an hour"


def test_rows_that_nobody_looks_at_are_told_by_their_word() -> None:
    words = [
        UnmappedWord(kind=Kind.ORDER, word="processing", rows=1204),
        UnmappedWord(kind=Kind.REFUND, word="queued\x1b[31m", rows=1),
        UnmappedWord(kind=Kind.ORDER, word="", rows=1),
        UnmappedWord(kind=Kind.ORDER, word="on hold", rows=1),
    ]

    assert unmapped_words(words[:1]) == (
        "1,204 orders have the status “processing”, which the mapping does not name: nobody looks at them."
    )
    told = unmapped_words(words)
    assert "\x1b" not in told
    assert told.endswith(
        "1 order that is empty or no text and 1 row with other words, which the mapping does not name: "
        "nobody looks at them."
    )
