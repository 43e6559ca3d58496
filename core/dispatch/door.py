"""The door to the shop in one phase: open until somebody says stop, or the shop's answers shut it.

Until an answer has proved that address and secret are right, events go one at a time: a wrong secret costs
one refused event, and not as many as may be on their way at once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from reconcile_tui.core.shop_answers import ShopAnswers, Shut


class Door:
    """Shared by everything that delivers in one phase.

    Args:
        should_stop: asked before each event.
    """

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self.should_stop = should_stop
        self._answers = ShopAnswers()
        self._one_at_a_time = asyncio.Lock()

    @property
    def shut(self) -> Shut | None:
        """Why the shop gets no more events of this phase; None while it may."""
        return self._answers.shut

    def answered(self, status: int | None) -> None:
        """Take an answer in; None where none was heard."""
        self._answers = self._answers.seen(status)

    @asynccontextmanager
    async def through(self) -> AsyncIterator[None]:
        """Within, one event is sent."""
        async with self._one_at_a_time:
            if not self._answers.proven:
                yield
                return
        yield
