"""How long a daemon waits: jitter bounds, and doubling after what failed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.daemon.pace import Pace

HOUR = timedelta(hours=1)


def pace(interval: timedelta = HOUR, jitter: Callable[[], float] = lambda: 0.0) -> Pace:
    return Pace(interval=interval, jitter=jitter)


@given(interval=st.integers(1, 7 * 86_400), jitter=st.floats(0, 1, exclude_max=True))
def test_an_interval_is_at_most_a_twentieth_shorter_or_longer(interval: int, jitter: float) -> None:
    wait = pace(timedelta(seconds=interval), lambda: jitter).after_success()

    assert interval * 0.95 <= wait <= interval * 1.05


def test_what_fails_again_and_again_is_tried_less_and_less_often() -> None:
    one = pace()

    assert [one.after_failure() for _ in range(11)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_no_wait_after_a_failure_is_longer_than_the_interval() -> None:
    one = pace(timedelta(seconds=3))

    assert [one.after_failure() for _ in range(4)] == [1, 2, 3, 3]


def test_a_tick_that_ends_well_forgets_what_failed_before_it() -> None:
    one = pace()
    waits = [one.after_failure(), one.after_failure()]

    one.after_success()

    assert [*waits, one.after_failure()] == [1, 2, 1]


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.99])
def test_waits_after_failures_are_jittered_below_their_length(jitter: float) -> None:
    wait = pace(jitter=lambda: jitter).after_failure()

    assert 0.75 <= wait <= 1


def test_a_daemon_that_fails_for_years_still_counts() -> None:
    one = pace()
    one.failures = 1_000_000

    assert one.after_failure() == 300
