"""The budget towards one PSP: how fast, and how many at once, for everything in the process.

It is one port, so that a lease shared by many workers can stand in for the local one.
"""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol


class BudgetUnavailable(Exception):
    """The budget cannot be asked (a shared one's database is gone): nothing was sent."""


class PspBudget(Protocol):
    """Send slots towards the PSP. Both ways of waiting raise `BudgetUnavailable`, see there."""

    async def take(self, n: int = 1) -> None:
        """Wait until `n` requests may be sent, and count them as sent."""
        ...

    def in_flight(self) -> AbstractAsyncContextManager[None]:
        """One of the requests that may be under way at once; waits for a free place."""
        ...

    def penalise(self, until: datetime) -> None:
        """Send nothing before `until` (UTC, this machine's clock). A later moment wins over an earlier."""
        ...

    @property
    def blocked_until(self) -> datetime | None:
        """The latest moment the PSP asked to wait for (UTC); None if it never did."""
        ...
