"""Pace: how long until the next tick.

Daemons that were started together must not ask together for ever, so every wait is jittered. What failed
is tried again soon, then less and less often.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

JITTER = 0.05
"""An interval is this share longer or shorter, at most."""

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)


@dataclass(slots=True, kw_only=True)
class Pace:
    """Waits in seconds. `jitter`: a number in [0, 1) at each call.

    Attributes:
        failures: ticks in a row that failed.
    """

    interval: timedelta
    jitter: Callable[[], float]
    failures: int = 0

    def after_success(self) -> float:
        """From the start of a tick that ended well to the start of the next."""
        self.failures = 0
        return self.interval.total_seconds() * (1 - JITTER + 2 * JITTER * self.jitter())

    def after_failure(self) -> float:
        """From the end of a tick that failed to the start of the next: 1 s, 2 s, 4 s … up to the interval,
        or 5 min."""
        longest = min(self.interval, LONGEST_WAIT).total_seconds()
        wait = FIRST_WAIT.total_seconds()
        for _ in range(self.failures):
            if wait >= longest:
                break
            wait *= 2
        self.failures += 1
        return min(wait, longest) * (1 - self.jitter() / 4)
