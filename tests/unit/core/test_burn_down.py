"""The burn-down: the backlog at each moment, from when rows became stuck and when that was over."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.burn_down import BurnDown, Point, Stay, onset
from tests.builders import NOW, ago

_moments = st.integers(-20_000, 2_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
_stays = st.lists(
    st.builds(Stay, since=_moments, until=st.none() | _moments),
    max_size=30,
)


def points_of(*stays: Stay, begin: datetime, steps: int = 4) -> tuple[Point, ...]:
    burn_down = BurnDown(begin=begin, now=NOW, steps=steps)
    for stay in stays:
        burn_down.add(stay)
    return burn_down.points()


def test_rows_come_and_go() -> None:
    points = points_of(
        Stay(since=ago("5h")),
        Stay(since=ago("3h"), until=ago("1h")),
        Stay(since=ago("10m")),
        begin=ago("4h"),
    )

    assert [point.stuck for point in points] == [1, 2, 2, 1, 2]
    assert [(point.came, point.went) for point in points] == [(0, 0), (1, 0), (0, 0), (0, 1), (1, 0)]
    assert [point.at for point in points] == [ago(f"{hours}h") for hours in (4, 3, 2, 1, 0)]


@given(stays=_stays, steps=st.integers(1, 50), hours=st.integers(1, 8))
def test_it_is_what_counting_at_each_point_says(stays: list[Stay], steps: int, hours: int) -> None:
    points = points_of(*stays, begin=NOW - timedelta(hours=hours), steps=steps)

    for point in points:
        stuck = [s for s in stays if s.since <= point.at and (s.until is None or s.until > point.at)]
        assert point.stuck == len(stuck) >= 0
    for before, point in pairwise(points):
        assert point.stuck == before.stuck + point.came - point.went
        assert before.at < point.at
    assert points[-1].at == NOW


@given(stays=_stays)
def test_it_ends_at_the_present_backlog(stays: list[Stay]) -> None:
    present = sum(s.since <= NOW and (s.until is None or s.until > NOW) for s in stays)

    assert points_of(*stays, begin=ago("6h"), steps=37)[-1].stuck == present


def test_nothing_lies_between_one_moment_and_itself() -> None:
    with pytest.raises(ValueError, match="nothing lies between"):
        BurnDown(begin=NOW, now=NOW, steps=3)


def test_the_onset_is_where_nothing_was_stuck_last() -> None:
    over, lasts = Stay(since=ago("6h"), until=ago("5h")), Stay(since=ago("2h30m"))

    assert onset(points_of(over, lasts, begin=ago("8h"), steps=8)) == ago("3h")
    assert onset(points_of(over, begin=ago("8h"), steps=16)) == ago("6h30m")
    assert onset(points_of(Stay(since=ago("9h")), begin=ago("8h"))) == ago("8h")
    assert onset(points_of(begin=ago("8h"))) is None
