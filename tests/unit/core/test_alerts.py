"""Alerts: one begins at its threshold, ends well below it, and each is news once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconcile_tui.core.alerts import Alert, AlertName, Level, News, looked_at
from tests.builders import NOW

LATER = NOW + timedelta(minutes=5)
LASTING = Alert(name=AlertName.BACKLOG, since=NOW, peak=60, told_at=NOW)


def look(alert: Alert | None, count: int, *, begins_at: int = 50) -> Alert | None:
    return looked_at(AlertName.BACKLOG, alert, Level(count=count, begins_at=begins_at), now=LATER)


def test_it_begins_at_its_threshold_and_not_below() -> None:
    assert look(None, 49) is None

    begun = look(None, 50)

    assert begun == Alert(name=AlertName.BACKLOG, since=LATER, peak=50)
    assert begun.news is News.BEGAN


def test_while_it_lasts_it_is_no_news_and_keeps_its_peak() -> None:
    grown = look(LASTING, 80)
    assert grown == replace(LASTING, peak=80)
    assert grown.news is None

    assert look(grown, 51) == grown


@pytest.mark.parametrize(
    ("begins_at", "lasts", "ends"), [(50, 38, 37), (10, 8, 7), (4, 4, 3), (2, 2, 1), (1, 1, 0)]
)
def test_it_ends_at_three_quarters_of_its_threshold_so_that_it_does_not_flap(
    begins_at: int, lasts: int, ends: int
) -> None:
    still = look(LASTING, lasts, begins_at=begins_at)
    assert still is not None
    assert still.ended_at is None

    over = look(LASTING, ends, begins_at=begins_at)

    assert over == replace(LASTING, ended_at=LATER)
    assert over.news is News.ENDED
    assert over.told(LATER) is None


def test_one_that_comes_back_before_anybody_was_told_of_its_end_is_the_same_alert() -> None:
    over = replace(LASTING, ended_at=NOW)

    back = look(over, 70)

    assert back == replace(LASTING, peak=70)
    assert back.news is None
    assert look(over, 45) == over


def test_one_that_ended_before_anybody_was_told_that_it_began_is_told_once_as_over() -> None:
    over = look(replace(LASTING, told_at=None), 3)

    assert over is not None
    assert over.news is News.ENDED
    assert over.told(LATER) is None


def test_one_that_is_being_told_is_left_alone_until_the_claim_ran_out() -> None:
    claimed = replace(LASTING, told_at=None, claimed_until=LATER + timedelta(seconds=1))
    assert look(claimed, 0) == claimed

    abandoned = replace(claimed, claimed_until=LATER)

    assert look(abandoned, 70) == replace(abandoned, peak=70)
