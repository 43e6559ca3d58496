"""The budget towards one PSP: how fast, and how many at once, for everything in the process.

It is one port, so that a lease shared by many workers can stand in for the local one.
"""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Protocol


class BudgetUnavailable(Exception):
    """The budget cannot be asked (a shared one's database is gone): nothing was sent."""


_through: ContextVar[datetime | None] = ContextVar("a block that a person reads through", default=None)


@contextmanager
def through_block(until: datetime | None) -> Iterator[None]:
    """Within: a person knows that the PSP asked to be left alone until then (UTC, this machine's clock), and
    reads all the same. A later wish of the PSP binds again. None: there is nothing to read through."""
    token = _through.set(until)
    try:
        yield
    finally:
        _through.reset(token)


def goes_through(blocked_until: datetime | None) -> bool:
    """Whether whoever asks reads through a block that lasts until then."""
    known = _through.get()
    return known is not None and (blocked_until is None or blocked_until <= known)


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

    def lift(self) -> None:
        """A person lifted what the PSP asked for: requests may be sent again."""
        ...

    @property
    def blocked_until(self) -> datetime | None:
        """The latest moment the PSP asked to wait for (UTC); None if it never did."""
        ...
