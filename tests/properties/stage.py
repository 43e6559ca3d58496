"""The stage: one event loop, one database and one simulated PSP, for one story after the other."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Self

from sqlalchemy import URL

from reconcile_tui.core.policy import Policy
from reconcile_tui.core.store.database import Database
from tests.properties.ledger import Books, empty, install
from tests.properties.processes import Host
from tests.properties.town import Town
from tests.properties.verdicts import judge_end, judge_step
from tests.world import World

HOSTS = 3
BETWEEN_STORIES = timedelta(days=100)


class Stage:
    """Open while its context is. Between stories the tables are emptied; the PSP keeps old objects."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._stories = 0
        self._town: Town | None = None
        self._books: Books | None = None
        self.world: World
        self.hosts: list[Host]

    def __enter__(self) -> Self:
        self._runner.run(self._set_up())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._open.aclose())
        self._runner.close()

    def begin(self) -> Town:
        """A new town."""
        self._stories += 1
        return self._runner.run(self._begin())

    def happens(self, happening: Coroutine[Any, Any, None]) -> None:
        """Something happens in the town, and is judged.

        Raises:
            AssertionError: what must hold does not.
        """
        self._runner.run(self._happens(happening))

    def ends(self) -> None:
        """All trouble is over, time passes, ticks come and go: everything must be well.

        Raises:
            AssertionError: it is not.
        """
        town = self._on_stage()
        # A town is small: a few rows that the PSP does not know are a share of them that would end a phase.
        self.world.set(breaker_minimum=1000)
        self._runner.run(town.all_is_well_at_the_psp())
        self.happens(town.somebody_resumes())
        while town.standing:
            self.happens(town.a_process_wakes(0))
        for pause in ("61s", "13h", "13h", "13h", "1s"):
            self.world.later(pause)
            self.happens(town.ticks(None, drain=True))
        if self._books is not None:
            judge_end(town, self._books, now=self.world.clock.now())

    def clear(self) -> None:
        """The story is over, however it ended."""
        if self._town is not None:
            self._runner.run(self._town.close())
            self._runner.run(self._town.all_is_well_at_the_psp())
            self._town = None

    async def _set_up(self) -> None:
        self.world = await self._open.enter_async_context(World.at(self._url, deliver=self._deliver))
        await install(self.world.store.database)
        self.hosts = []
        for _ in range(HOSTS):
            database = Database(self._url, clock=self.world.database_clock)
            self._open.push_async_callback(database.close)
            self.hosts.append(Host.of(self.world, database))

    async def _begin(self) -> Town:
        await empty(self.world.store.database)
        self.world.clock.advance(BETWEEN_STORIES)
        self.world.told.clear()
        self.world.set(breaker_minimum=Policy().breaker_minimum)
        self._town = Town(world=self.world, hosts=self.hosts, number=self._stories)
        self._books = await self._town.books()
        return self._town

    async def _happens(self, happening: Coroutine[Any, Any, None]) -> None:
        town = self._on_stage()
        before = self._books
        began, paused = self.world.clock.now(), set(town.paused)
        town.note_known(began)
        await happening
        await self.world.psp.webhooks_settled()
        town.note_known(began)
        self._books = await town.books()
        if before is not None:
            judge_step(town, before, self._books, began=began, paused=paused & town.paused)

    async def _deliver(self, body: bytes, headers: Mapping[str, str]) -> None:
        """A real webhook that a read set off: it arrives at once, or lies in the mail until it comes."""
        town = self._on_stage()
        kind = "payment" if json.loads(body)["content"]["type"] == "payment_details" else "refund"
        town.mail.append((kind, body))
        if town.prompt:
            await town.deliver(kind, body)

    def _on_stage(self) -> Town:
        if self._town is None:
            raise RuntimeError("no story has begun")
        return self._town
