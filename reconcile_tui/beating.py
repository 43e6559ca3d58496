"""Beating: as long as this process acts on rows, it says so to every other one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.store.beats import Beats
from reconcile_tui.core.store.database import DATABASE_TROUBLE

EVERY_SECONDS = 5.0
LASTS = timedelta(seconds=20)
"""Four beats: a process is not dead because the database was slow for a moment."""


class Beating:
    """Beats while anything is under way, however much of it at once.

    Args:
        holder: names this process in leases.
        lasts: see `Beats.beat`.
    """

    def __init__(self, beats: Beats, *, holder: str, lasts: timedelta, clock: Clock) -> None:
        self._beats = beats
        self._holder = holder
        self._lasts = lasts
        self._clock = clock
        self._under_way = 0
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        """Beat until the context ends."""
        self._under_way += 1
        if self._task is None:
            await self._beat()
            self._task = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                await self._end()

    async def _beat(self) -> None:
        # Whoever acts hears of a database that is away themselves; unheard, this process only looks dead.
        with suppress(*DATABASE_TROUBLE):
            await self._beats.beat(self._holder, lasts=self._lasts)

    async def _go_on(self) -> None:
        while True:
            await self._clock.sleep(EVERY_SECONDS)
            await self._beat()

    async def _end(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        with suppress(*DATABASE_TROUBLE):
            await self._beats.ended(self._holder)
