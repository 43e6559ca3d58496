"""A clock that stands still until it is moved, so that days pass in a test without waiting for them."""

import asyncio
from datetime import datetime, timedelta

from reconcile_tui.core.clock import must_be_utc


class MovableClock:
    """A `Clock` at `start` (UTC). Whoever sleeps on it wakes when it is moved past the moment."""

    def __init__(self, start: datetime) -> None:
        self._start = must_be_utc(start)
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._fell_asleep = asyncio.Event()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper = (self._elapsed + seconds, asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        self._fell_asleep.set()
        try:
            await sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    async def until_slept_on(self, sleepers: int = 1) -> None:
        """Wait until so many sleep on this clock at once, so that moving it wakes them all."""
        while len(self._sleepers) < sleepers:
            self._fell_asleep.clear()
            await self._fell_asleep.wait()

    def advance(self, by: timedelta) -> None:
        """Move on, and wake who waited for it.

        Raises:
            ValueError: `by` is negative.
        """
        if by < timedelta(0):
            raise ValueError("this clock does not go back")
        self._elapsed += by.total_seconds()
        for due, wake in self._sleepers:
            if due <= self._elapsed and not wake.done():
                wake.set_result(None)
