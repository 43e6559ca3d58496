"""A rate limit that really limits: a token bucket, as a proxy in front of the server has one."""

import math
from dataclasses import dataclass
from datetime import timedelta

from reconcile_tui.core.clock import Clock
from reconcile_tui.demo.psp.faults import Reply, too_many_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """So many requests a second, so many at one stroke. `as_date`: Retry-After is an HTTP date."""

    per_second: float
    burst: int
    as_date: bool = False


class TokenBucket:
    """Holds one client to a `RateLimit`, full at the start."""

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._tokens = float(limit.burst)
        self._at = clock.monotonic()

    def refuses(self) -> Reply | None:
        """None, and a token is gone; or the 429 that says when there will be one."""
        now = self._clock.monotonic()
        self._tokens = min(self._limit.burst, self._tokens + (now - self._at) * self._limit.per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        wait = math.ceil((1 - self._tokens) / self._limit.per_second)
        return too_many_requests(self._clock.now() + timedelta(seconds=wait) if self._limit.as_date else wait)
