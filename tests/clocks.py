"""A clock that nobody has to wait for: whoever sleeps on it has slept already."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
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


class AlarmClock:
    """A `Clock` of somebody who really waits: it has the time of another, and `wake` wakes whose it is."""

    def __init__(self, time: SkippingClock) -> None:
        self._time = time
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._fell_asleep = asyncio.Event()

    def now(self) -> datetime:
        return self._time.now()

    def monotonic(self) -> float:
        return self._time.monotonic()

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper = (self.monotonic() + seconds, asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        self._fell_asleep.set()
        try:
            await sleeper[1]
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    async def until_slept_on(self, sleepers: int) -> None:
        """Wait until so many sleep on this clock at once."""
        while len(self._sleepers) < sleepers:
            self._fell_asleep.clear()
            await self._fell_asleep.wait()

    def wake(self) -> None:
        """Time went by."""
        for due, awake in self._sleepers:
            if due <= self.monotonic() and not awake.done():
                awake.set_result(None)
        self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[1].done()]


class Considerate(SkippingClock):
    """Who waits for a row on this clock lets others write meanwhile: SQLite has one writer."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await asyncio.sleep(0.005)


class RealWaits(SkippingClock):
    """Its wall clock stands still; who sleeps on it really waits, for what really takes time."""

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class DatabaseClockOf:
    """A database clock that agrees with another clock, but for `skew`."""

    def __init__(self, clock: SkippingClock, skew: timedelta = timedelta(0)) -> None:
        self._clock = clock
        self.skew = skew

    async def now(self, connection: AsyncConnection) -> datetime:
        return self._clock.now() + self.skew


class EventClock(SkippingClock):
    """A `Clock` on which many sleep at once: time goes on to the next one's end when nobody has anything else
    to do."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    async def sleep(self, seconds: float) -> None:
        sleeper = (self.monotonic() + max(seconds, 0), next(self._numbers), asyncio.Future[None]())
        heapq.heappush(self._sleepers, sleeper)
        await sleeper[2]

    async def go_on(self, is_busy: Callable[[], bool]) -> None:
        """Let time go on for as long as this runs; it stands still while `is_busy`."""
        idle = 0
        while True:
            await asyncio.sleep(0)
            idle = 0 if is_busy() else idle + 1
            if idle < _SETTLED or not self._sleepers:
                continue
            due, _, awake = heapq.heappop(self._sleepers)
            self.advance(timedelta(seconds=max(due - self.monotonic(), 0)))
            if not awake.done():
                awake.set_result(None)
            idle = 0


_SETTLED = 20
"""Turns of the loop without anything to do, after which nobody is about to do anything."""
