"""The door to the shop in one phase: open until somebody says stop, or the shop's answers shut it.

Until an event was accepted, events go one at a time: a wrong secret costs one refused event, and not as many
as may be on their way at once. So they go again once one was barred, until the next is accepted. Until one
has shown its effect, only the first few may go at all, for a handler may accept what it ignores. A healthy
shop shows the first effect at once, or once in a phase late.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

from reconcile_tui.core.shop_answers import ShopAnswers, Shut


class Door:
    """Shared by everything that delivers in one phase.

    Args:
        should_stop: asked before each event.
        answers: what the shop said before, where that counts here too.
    """

    def __init__(self, should_stop: Callable[[], bool], answers: ShopAnswers | None = None) -> None:
        self.should_stop = should_stop
        self._answers = answers or ShopAnswers()
        self._one_at_a_time = asyncio.Lock()
        self._nothing_is_sent = asyncio.Event()
        self._nothing_is_sent.set()
        self._sent_now = 0
        self._on_their_way = 0
        self._one_ended = asyncio.Condition()

    @property
    def shut(self) -> Shut | None:
        """Why the shop gets no more events of this phase; None while it may."""
        return self._answers.shut

    def of_next_phase(self, should_stop: Callable[[], bool]) -> "Door":
        """The door of the phase after this one: shut where the shop never took anything of this one."""
        shut = self._answers.shut
        lasts = shut is not None and not shut.reason.passes and not self._answers.proven
        return Door(should_stop, self._answers if lasts else None)

    def answered(self, status: int | None) -> None:
        """Take an answer in; None where none was heard."""
        self._answers = self._answers.seen(status, alone=self._sent_now <= 1)

    def asked_to_wait(self, until: datetime, status: int | None = None) -> None:
        """The shop asked for no events before `until` (UTC, database clock)."""
        self._answers = self._answers.asked_to_wait(until, status)

    def had_effect(self) -> None:
        """An event showed in its row."""
        self._answers = self._answers.had_effect()

    def came_to_nothing(self, status: int) -> None:
        """An event that was answered with `status` did nothing."""
        self._answers = self._answers.came_to_nothing(status)

    async def turn(self) -> None:
        """Wait until one more row may begin, and take its turn; `turn_taken` gives it back."""
        async with self._one_ended:
            await self._one_ended.wait_for(lambda: self._answers.may_try(self._on_their_way))
            self._on_their_way += 1

    @asynccontextmanager
    async def turn_taken(self) -> AsyncIterator[None]:
        """Within, one row whose turn it is has its event sent, and its effect awaited."""
        try:
            yield
        finally:
            async with self._one_ended:
                self._on_their_way -= 1
                self._one_ended.notify_all()

    @asynccontextmanager
    async def through(self) -> AsyncIterator[None]:
        """Within, one event is sent."""
        async with self._one_at_a_time:
            if not self._answers.let_in:
                await self._nothing_is_sent.wait()
                with self._sending():
                    yield
                return
        with self._sending():
            yield

    @contextmanager
    def _sending(self) -> Iterator[None]:
        self._sent_now += 1
        self._nothing_is_sent.clear()
        try:
            yield
        finally:
            self._sent_now -= 1
            if not self._sent_now:
                self._nothing_is_sent.set()
