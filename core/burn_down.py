"""The burn-down: how many rows were stuck at each moment, by when they became stuck and when that was over.

What healed before anybody read it is on no record, so no point of it holds such a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.core.clock import must_be_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """The time in which a row was stuck. Moments are UTC, database clock.

    Attributes:
        since: from when on it counted as stuck.
        until: when it was seen to be over; None: it still is stuck.
    """

    since: datetime
    until: datetime | None = None

    def __post_init__(self) -> None:
        must_be_utc(self.since)
        if self.until is not None:
            must_be_utc(self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The backlog at one moment. `came` and `went`: rows since the point before; 0 on the first."""

    at: datetime
    stuck: int
    came: int = 0
    went: int = 0


class BurnDown:
    """Adds stays up, one by one, each at the same small cost: points at even distances, the last of them now.

    Raises:
        ValueError: there is no time between `begin` and `now`, or no step.
    """

    def __init__(self, *, begin: datetime, now: datetime, steps: int) -> None:
        if must_be_utc(begin) >= must_be_utc(now) or steps < 1:
            raise ValueError(f"nothing lies between {begin} and {now} in {steps} steps")
        self.begin = begin
        self.now = now
        self._step = (now - begin) / steps
        self._came = [0] * (steps + 1)
        self._went = [0] * (steps + 1)

    def add(self, stay: Stay) -> None:
        """Count a row. One that was not stuck within the time, or never was, counts nowhere."""
        until = stay.until if stay.until is not None and stay.until <= self.now else None
        if stay.since > self.now or (until is not None and (until <= self.begin or until <= stay.since)):
            return
        self._came[self._place(stay.since)] += 1
        if until is not None:
            self._went[self._place(until)] += 1

    def points(self) -> tuple[Point, ...]:
        """The backlog, oldest first."""
        made: list[Point] = []
        stuck = 0
        for place, (came, went) in enumerate(zip(self._came, self._went, strict=True)):
            stuck += came - went
            last = place == len(self._came) - 1
            at = self.now if last else self.begin + place * self._step
            made.append(
                Point(at=at, stuck=stuck, came=came if place else 0, went=went if place else 0),
            )
        return tuple(made)

    def _place(self, at: datetime) -> int:
        """The first point that is not before `at`."""
        if at <= self.begin:
            return 0
        whole, rest = divmod(at - self.begin, self._step)
        return min(whole + bool(rest), len(self._came) - 1)


def onset(points: Sequence[Point]) -> datetime | None:
    """When the latest backlog began (UTC): the last point before it at which nothing was stuck, or the first
    point of all; None where nothing was stuck at any."""
    last = next((place for place in reversed(range(len(points))) if points[place].stuck), None)
    if last is None:
        return None
    empty = (place for place in reversed(range(last)) if not points[place].stuck)
    return points[next(empty, 0)].at
