"""A clock that nobody has to wait for: whoever sleeps on it has slept already."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.clock import must_be_utc


class SkippingClock:
    """A `Clock` that stands still until somebody sleeps, or `advance` moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = must_be_utc(start)
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=max(seconds, 0)))
        await asyncio.sleep(0)

    def advance(self, by: timedelta) -> None:
        """Time goes by."""
        self._now += by
        self._elapsed += by.total_seconds()


class DatabaseClockOf:
    """A database clock that agrees with another clock, but for `skew`."""

    def __init__(self, clock: SkippingClock, skew: timedelta = timedelta(0)) -> None:
        self._clock = clock
        self.skew = skew

    async def now(self, connection: AsyncConnection) -> datetime:
        return self._clock.now() + self.skew
