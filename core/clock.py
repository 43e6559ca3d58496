"""Time comes in through this door: UTC for records, a monotonic count of seconds for waits.

Cut-offs do not use it: those use the database's clock (`Store.now`).
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the core needs to know of time."""

    def now(self) -> datetime:
        """This machine's wall clock, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, measured on the monotonic clock."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def since_boot() -> float:
    """Seconds since an arbitrary start, which go on while the machine sleeps (as a lease does)."""
    return time.clock_gettime(_NEVER_ASLEEP)


_NEVER_ASLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""On Linux the monotonic clock stands still while the machine sleeps; elsewhere it goes on."""


def as_utc(moment: datetime) -> datetime:
    """The same moment, aware, in UTC; a naive one is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def earlier(moment: datetime, by: timedelta) -> datetime:
    """The moment that long before, as far as the calendar goes."""
    return moment - min(by, moment - datetime.min.replace(tzinfo=UTC))


def must_be_utc(moment: datetime) -> datetime:
    """The moment itself.

    Raises:
        ValueError: it is naive, or in another zone than UTC.
    """
    if moment.tzinfo is None or moment.utcoffset() != UTC.utcoffset(None):
        raise ValueError(f"{moment!r} is not an aware UTC datetime")
    return moment
