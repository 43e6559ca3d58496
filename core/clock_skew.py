"""Clock skew: how far another clock is from this machine's, and in words which clock, and which way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.psp_states import PspState, ReadFailed
from reconcile_tui.core.wording import spoken_age

_TENTHS_BELOW = 120.0


class OtherClock(StrEnum):
    """Whose clock is compared with this machine's."""

    DATABASE = "database"
    PSP = "psp"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSkew:
    """How far a clock is from this machine's. `ahead` is negative where it is behind.

    The PSP's is known by the Date header of its answers, in whole seconds.
    """

    of: OtherClock
    ahead: timedelta

    @property
    def size(self) -> timedelta:
        """How far, whichever way."""
        return abs(self.ahead)


def worst_skew(time: DatabaseTime, states: Iterable[PspState | None] = ()) -> ClockSkew:
    """The clock that is farthest from this machine's: the database's, or the PSP's as its answers told it."""
    skews = [ClockSkew(of=OtherClock.DATABASE, ahead=time.read - time.here)]
    for state in states:
        if state is None or isinstance(state, ReadFailed) or state.stamp.psp_clock is None:
            continue
        skews.append(ClockSkew(of=OtherClock.PSP, ahead=state.stamp.psp_clock - state.stamp.at))
    return max(skews, key=lambda skew: skew.size)


def skew_words(skew: ClockSkew) -> str:
    """`the PSP's clock is 95 s behind this machine's`, as a clause."""
    way = "ahead of" if skew.ahead > timedelta(0) else "behind"
    return f"{_WORDS[skew.of]} is {_long(skew.size)} {way} this machine's"


_WORDS: Final = {OtherClock.DATABASE: "the database's clock", OtherClock.PSP: "the PSP's clock"}


def _long(size: timedelta) -> str:
    """A length that is never rounded to nothing, nor to the limit that it is above."""
    seconds = size.total_seconds()
    if seconds >= _TENTHS_BELOW:
        return spoken_age(size)
    return f"{max(seconds, 0.1):.1f}".removesuffix(".0") + " s"
