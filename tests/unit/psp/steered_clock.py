"""A clock that stands still until somebody sleeps or moves it: waits become facts to assert."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class SteeredClock:
    """A `Clock`; `slept` are the seconds that were waited for, in order."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._passed = 0.0
        self._stepped = timedelta()

    def now(self) -> datetime:
        return START + self._stepped + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._passed += seconds
        await asyncio.sleep(0)

    def pass_seconds(self, seconds: float) -> None:
        """Time goes by for everybody."""
        self._passed += seconds

    def step_wall_clock(self, by: timedelta) -> None:
        """Somebody sets the wall clock; the monotonic one does not notice."""
        self._stepped += by
