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
from reconcile_tui.core.psp.budget import goes_through

_WINDOW = 1.0
_PROBED_FROM = 60.0
"""Seconds of a penalty after which one request goes first, and the others wait for its answer."""
_PROBE_SECONDS = 45.0
"""How long they wait at most: a little longer than a request takes."""
_POLL_SECONDS = 0.5


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
        self._is_probed = False
        self._probe: asyncio.Task[object] | None = None
        self._probe_until = -math.inf

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
                if self._probe is not None and self._probe is asyncio.current_task():
                    self._probe, self._is_probed = None, False

    def penalise(self, until: datetime) -> None:
        """Send nothing before `until` (UTC). It binds those already waiting, and later wins over earlier.

        The wait is measured on the monotonic clock: a step of the wall clock neither ends nor stretches it.
        """
        must_be_utc(until)
        if self._blocked_until is not None and until <= self._blocked_until:
            return
        wait = (until - self._clock.now()).total_seconds()
        self._blocked_until = until
        self._blocked_to = self._clock.monotonic() + wait
        self._is_probed, self._probe = wait >= _PROBED_FROM, None

    def lift(self) -> None:
        """Forget the penalty: a person lifted it. Those who sleep over it notice when they wake."""
        self._blocked_until, self._blocked_to = None, -math.inf
        self._is_probed, self._probe = False, None

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
            if now < self._blocked_to and not goes_through(self._blocked_until):
                continue
            if self._may_go(now):
                self._sent.append(now)
                self._forget_before(now - _WINDOW)
                return
            await self._clock.sleep(_POLL_SECONDS)

    def _may_go(self, now: float) -> bool:
        """Whether a request may be sent after a long penalty: the first probes, the others wait for it."""
        if not self._is_probed or now < self._blocked_to:
            return True
        if self._probe is None:
            self._probe, self._probe_until = asyncio.current_task(), now + _PROBE_SECONDS
            return True
        return now >= self._probe_until

    async def _wait_out_penalty(self) -> None:
        while (left := self._blocked_to - self._clock.monotonic()) > 0:
            if goes_through(self._blocked_until):
                return
            await self._clock.sleep(left)

    def _forget_before(self, moment: float) -> None:
        while self._sent and self._sent[0] <= moment:
            self._sent.popleft()
