"""The plot: a series as lines of text."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.burn_down import Point
from reconcile_tui.screens.incident.plot import plotted
from tests.builders import NOW

_series = st.lists(st.integers(0, 100_000), min_size=1, max_size=300)


def points_of(stuck: list[int]) -> tuple[Point, ...]:
    begin = NOW - timedelta(minutes=len(stuck) - 1)
    return tuple(
        Point(at=begin + timedelta(minutes=place), stuck=rows, came=rows % 3, went=rows % 2)
        for place, rows in enumerate(stuck)
    )


def test_a_backlog_that_grows() -> None:
    lines = plotted(points_of([*range(60), *range(60, 0, -2)]), width=60, height=4)

    assert [line[:5] for line in lines[:5]] == ["  60 ", "     ", "  30 ", "     ", "   0 "]
    areas = [line[6:].rstrip() for line in lines[:4]]
    assert [len(area) - len(area.lstrip()) for area in areas] == sorted(
        (len(area) - len(area.lstrip()) for area in areas), reverse=True
    )
    assert lines[5].endswith("12:00")
    assert len(lines) == 8


@given(stuck=_series, width=st.integers(20, 200), height=st.integers(1, 20))
def test_it_fits(stuck: list[int], width: int, height: int) -> None:
    lines = plotted(points_of(stuck), width=width, height=height)

    assert len(lines) == height + 4
    assert all(len(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)


@given(stuck=_series, height=st.integers(1, 20))
def test_what_is_not_nothing_is_seen(stuck: list[int], height: int) -> None:
    bottom = plotted(points_of(stuck), width=400, height=height)[height - 1].partition("│")[2]

    assert [cell != " " for cell in bottom] == [rows > 0 for rows in stuck]


@given(stuck=_series, width=st.integers(20, 60))
def test_the_last_column_is_the_present(stuck: list[int], width: int) -> None:
    bottom = plotted(points_of(stuck), width=width, height=3)[2]

    assert (bottom[-1] != " ") == (stuck[-1] > 0)


def test_without_room_or_points_nothing_is_drawn() -> None:
    assert plotted((), width=80, height=8) == ()
    assert plotted(points_of([1, 2]), width=10, height=8) == ()
