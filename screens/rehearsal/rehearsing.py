"""Rehearsing: the cards at the right moments, and the keys counted between them."""

import asyncio
from datetime import timedelta
from typing import Final

from textual import events
from textual.screen import Screen
from textual.widgets import Input

from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.rehearsal import Rehearsal
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.rehearsal.cards import Briefing, ScoreCard
from reconcile_tui.screens.rehearsal.score import is_won, score

_KEYS: Final = ("filter", "mark", "mark_all", "sync", "sync_marked", "incident", "help")
"""The actions that the first card tells of, by the names of their bindings."""


class Rehearsing:
    """One rehearsal in one application."""

    def __init__(self, app: Dashboard, rehearsal: Rehearsal) -> None:
        self._app = app
        self._rehearsal = rehearsal
        self._keys = 0
        self._has_read = asyncio.Event()

    def hears(self, event: events.Key) -> None:
        """A key was pressed: count it, where it is no letter of a text."""
        if not (isinstance(self._app.focused, Input) and event.is_printable):
            self._keys += 1

    async def follow(self) -> None:
        """Tell what was reported, wait until the backlog is healed, and tell the score once."""
        app, clock, lists = self._app, self._app.clock, self._app.screen
        app.changed.subscribe(app, self._on_change)
        began = asyncio.Event()
        briefing = Briefing(self._rehearsal.reported, self._keys_that_matter(lists))
        await app.push_screen(briefing, lambda _: began.set())
        await began.wait()
        self._keys, began_at = 0, clock.monotonic()
        while not is_won(rows := await self._rehearsal.rows()):
            await self._next_round()
        won = score(rows, took=timedelta(seconds=clock.monotonic() - began_at), keys=self._keys)
        while app.screen is not lists:
            await self._next_round()
        await app.push_screen(ScoreCard(won))

    def _on_change(self, change: Change) -> None:
        if change is Change.OVERVIEW:
            self._has_read.set()

    async def _next_round(self) -> None:
        """Wait until the lists were read anew."""
        self._has_read.clear()
        await self._has_read.wait()

    def _keys_that_matter(self, screen: Screen[object]) -> list[tuple[str, str]]:
        bindings = {active.binding.id: active.binding for active in screen.active_bindings.values()}
        return [
            (self._app.get_key_display(binding), binding.tooltip or binding.description)
            for name in _KEYS
            if (binding := bindings.get(name)) is not None
        ]
