"""A plot drawn in text: the backlog as an area of block characters, with its moments below, and what came
and went. Pure; no colour is needed to read it."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from reconcile_tui.core.burn_down import Point

_LEVELS: Final = " ▁▂▃▄▅▆▇█"
_FULL: Final = len(_LEVELS) - 1
_LEAST_WIDTH: Final = 20
_LABEL: Final = 6
"""Columns of a moment below the axis, a blank on its right: `14:02 `."""


def plotted(points: Sequence[Point], *, width: int, height: int) -> tuple[str, ...]:
    """The lines of a plot, `height` of them for the area and four below; each at most `width` columns wide.

    A column shows the highest backlog of its stretch of time, the last one the present. What is not nothing
    shows as something.
    """
    if not points or width < _LEAST_WIDTH or height < 1:
        return ()
    top = max(point.stuck for point in points)
    gutter = max(len(f"{top}"), len("came"), len("went")) + 1
    columns = _columns(points, min(width - gutter - 1, len(points)))
    stuck = [max(point.stuck for point in column) for column in columns]
    stuck[-1] = points[-1].stuck
    came = [sum(point.came for point in column) for column in columns]
    went = [sum(point.went for point in column) for column in columns]
    return (
        *(
            f"{_row_label(row, height, top):>{gutter - 1}} │{_area(stuck, row=row, height=height, top=top)}"
            for row in range(height)
        ),
        f"{0:>{gutter - 1}} └{'─' * len(columns)}",
        f"{'':{gutter}} {_moments(columns)}".rstrip(),
        f"{'came':>{gutter - 1}} │{_spark(came)}",
        f"{'went':>{gutter - 1}} │{_spark(went)}",
    )


def _columns(points: Sequence[Point], count: int) -> list[Sequence[Point]]:
    """The points in `count` stretches, none of them empty."""
    edges = [index * len(points) // count for index in range(count + 1)]
    return [points[begin:end] for begin, end in pairwise(edges)]


def _row_label(row: int, height: int, top: int) -> str:
    if row == 0:
        return str(top)
    return str(round(top / 2)) if row == height // 2 and height > 3 and top > 3 else ""


def _area(stuck: Sequence[int], *, row: int, height: int, top: int) -> str:
    """One line of the area; `row` 0 is the highest."""
    floor = (height - 1 - row) * _FULL
    cells = []
    for rows in stuck:
        level = _level(rows, top, height * _FULL)
        cells.append(_LEVELS[min(max(level - floor, 0), _FULL)])
    return "".join(cells)


def _spark(counts: Sequence[int]) -> str:
    top = max(counts, default=0)
    return "".join(_LEVELS[_level(count, top, _FULL)] for count in counts)


def _level(count: int, top: int, levels: int) -> int:
    return 0 if count <= 0 or top <= 0 else max(round(count * levels / top), 1)


def _moments(columns: Sequence[Sequence[Point]]) -> str:
    """The moments below the axis, the last of them the present at the right end."""
    count = len(columns)
    last = columns[-1][-1].at
    begin = columns[0][0].at
    form = "%H:%M" if last - begin <= timedelta(days=1) else "%m-%d"
    text = [" "] * count
    end = f"{last:{form}}"
    places = range(0, max(count - 2 * _LABEL, 1), max(count // 4, 2 * _LABEL))
    for place in places:
        label = f"{columns[place][0].at:{form}}"
        text[place : place + len(label)] = label
    text[count - len(end) :] = end
    return "".join(text)[:count]
