"""The pace of reading: never faster than ten times what it took, and never so slow that it locks itself."""

from datetime import timedelta

import pytest

from reconcile_tui.screens.live.pace import Pace, pace_after, pace_after_failure

REFRESH = timedelta(seconds=2)
STALE = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("took", "soonest", "latest"),
    [
        (0.01, 0.25, 2.0),
        (0.1, 1.0, 2.0),
        (0.5, 5.0, 5.0),
        (4.0, 15.0, 15.0),
    ],
)
def test_a_round_rests_ten_times_as_long_as_it_took(took: float, soonest: float, latest: float) -> None:
    assert pace_after(took, refresh=REFRESH, stale_after=STALE) == Pace(soonest, latest)


def test_a_database_that_is_away_is_asked_less_and_less_often() -> None:
    waits = [pace_after_failure(failures, refresh=REFRESH).latest for failures in range(1, 8)]

    assert waits == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
