"""The budget of one process: a leaky bucket for the rate, a semaphore for requests at once, one penalty.

Stands behind `PspBudget` where no other process shares the PSP's limits.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiolimiter import AsyncLimiter

from reconcile_tui.core.clock import Clock, must_be_utc

_WINDOW = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUse:
    """How much of a budget is in use.

    Attributes:
        sent_last_second: slots given in the last second.
        in_flight: requests under way.
        at_once: how many may be.
        rate: slots a second; None is no limit.
        blocked_until: the moment the PSP asked to wait for (UTC); None if it never did.
    """

    sent_last_second: int
    in_flight: int
    at_once: int
    rate: float | None
    blocked_until: datetime | None


class LocalBudget:
    """A `PspBudget` for one event loop.

    Args:
        rate: requests a second; None is no limit.
        at_once: requests under way at once.
        burst: how many slots may be given without a wait after a pause; a tenth of the rate if None.
            It is what a late wake-up may catch up with: too small wastes the rate on a busy loop.

    Raises:
        ValueError: a limit that lets nothing through.
    """

    def __init__(self, *, rate: float | None, at_once: int, clock: Clock, burst: int | None = None) -> None:
        if at_once < 1 or (rate is not None and not 0 < rate < math.inf) or (burst is not None and burst < 1):
            raise ValueError("a budget needs a rate above 0 (or none), a burst and a place of at least 1")
        self._clock = clock
        self._rate = rate
        self._at_once = at_once
        self._places = asyncio.Semaphore(at_once)
        self._under_way = 0
        self._limiter: AsyncLimiter | None = None
        if rate is not None:
            slots = burst or max(1, math.ceil(rate / 10))
            self._limiter = AsyncLimiter(slots, slots / rate)
        self._sent: deque[float] = deque()
        self._blocked_until: datetime | None = None
        self._blocked_to = -math.inf

    async def take(self, n: int = 1) -> None:
        """Wait until `n` requests may be sent, and count them as sent."""
        for _ in range(n):
            await self._take_one()

    @asynccontextmanager
    async def in_flight(self) -> AsyncIterator[None]:
        """One of the places; waits for a free one."""
        async with self._places:
            self._under_way += 1
            try:
                yield
            finally:
                self._under_way -= 1

    def penalise(self, until: datetime) -> None:
        """Send nothing before `until` (UTC). It binds those already waiting, and later wins over earlier.

        The wait is measured on the monotonic clock: a step of the wall clock neither ends nor stretches it.
        """
        must_be_utc(until)
        if self._blocked_until is not None and until <= self._blocked_until:
            return
        self._blocked_until = until
        self._blocked_to = self._clock.monotonic() + (until - self._clock.now()).total_seconds()

    @property
    def blocked_until(self) -> datetime | None:
        """The latest moment the PSP asked to wait for (UTC); None if it never did."""
        return self._blocked_until

    @property
    def use(self) -> BudgetUse:
        """What is in use at this moment."""
        self._forget_before(self._clock.monotonic() - _WINDOW)
        return BudgetUse(
            sent_last_second=len(self._sent),
            in_flight=self._under_way,
            at_once=self._at_once,
            rate=self._rate,
            blocked_until=self._blocked_until,
        )

    async def _take_one(self) -> None:
        while True:
            await self._wait_out_penalty()
            if self._limiter is not None:
                await self._limiter.acquire()
            now = self._clock.monotonic()
            if now >= self._blocked_to:
                self._sent.append(now)
                self._forget_before(now - _WINDOW)
                return

    async def _wait_out_penalty(self) -> None:
        while (left := self._blocked_to - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)

    def _forget_before(self, moment: float) -> None:
        while self._sent and self._sent[0] <= moment:
            self._sent.popleft()
