"""The pace: how long to wait between two rounds of reading, so that no dashboard burdens its database."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

TIMES: Final = 10
"""A round rests so many times as long as it took."""
_GATHERING: Final = 0.25
"""Seconds from an announcement on: what a process writes within 0.2 s of one is not told once more."""
_LONGEST_RETRY: Final = 30.0


@dataclass(frozen=True, slots=True)
class Pace:
    """When the next round is, in seconds from the end of the last one.

    Attributes:
        soonest: where something was announced. A person who asks does not wait for it.
        latest: where nothing was.
    """

    soonest: float
    latest: float


def pace_after(took: float, *, refresh: timedelta, stale_after: timedelta) -> Pace:
    """The pace after a round that took so many seconds.

    A slow database is left in peace for ten times as long as it needed, but read again before what is shown
    is half as old as it may be: else its slowness alone would lock all writing.
    """
    rest = min(TIMES * took, stale_after.total_seconds() / 2)
    return Pace(soonest=max(rest, _GATHERING), latest=max(rest, refresh.total_seconds()))


def pace_after_failure(failures: int, *, refresh: timedelta) -> Pace:
    """The pace after so many rounds in a row that failed."""
    wait = min(max(refresh.total_seconds(), 1.0) * 2 ** (failures - 1), _LONGEST_RETRY)
    return Pace(soonest=wait, latest=wait)
