"""Live: what the screens show, and how old it is. It follows a desk; nothing here knows a terminal.

Owned by the application. Screens read it, and hear of changes through `on_change`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.lists import Overview, Tab
from reconcile_tui.screens.triage.roster import Roster

_PAGE = 200


class Change(StrEnum):
    """What changed."""

    OPENED = "opened"
    """The desk is there: where we are is known."""
    OVERVIEW = "overview"
    ROWS = "rows"
    LOOKS = "looks"
    TROUBLE = "trouble"
    """A source stopped answering, or answers again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look at the PSP came to. `at`: when (UTC, this machine's clock)."""

    planned: PlannedRow
    at: datetime


class Live:
    """What is shown.

    Attributes:
        rosters: a list a tab.
        overview: how everything stands; None before the first answer.
        looks: the latest look at each row.
        trouble: why the database's last answer did not come, in words; None while it answers.
        tab: the tab that is seen.
        rounds: how often everything was read anew, well or badly.
    """

    def __init__(self, *, clock: Clock, on_change: Callable[[Change], None]) -> None:
        self.clock = clock
        self.rosters = {tab: Roster(tab, clock=clock) for tab in Tab if tab.holds_rows}
        self.overview: Overview | None = None
        self.looks: dict[RowRef, Looked] = {}
        self.trouble: str | None = None
        self.tab = Tab.ORDERS
        self.rounds = 0
        self._on_change = on_change
        self._wake = asyncio.Event()

    @property
    def roster(self) -> Roster | None:
        """The list that is seen."""
        return self.rosters.get(self.tab)

    def show(self, tab: Tab) -> None:
        """Another tab is seen."""
        self.tab = tab
        self.refresh_now()

    def refresh_now(self) -> None:
        """Read again without waiting."""
        self._wake.set()

    async def follow(self, desk: Desk) -> None:
        """Follow the database until cancelled."""
        self._on_change(Change.OPENED)
        while True:
            self.overview = await desk.lists.overview()
            self._on_change(Change.OVERVIEW)
            await self._read_rows(desk)
            self.rounds += 1
            try:
                await asyncio.wait_for(self._wake.wait(), desk.place.refresh.total_seconds())
            except TimeoutError:
                continue
            finally:
                self._wake.clear()

    async def _read_rows(self, desk: Desk) -> None:
        roster = self.roster
        if roster is None:
            return
        roster.begin_pass()
        page = await desk.lists.page(roster.tab, limit=_PAGE)
        await roster.take(page.rows)
        while page.after is not None:
            page = await desk.lists.page(roster.tab, limit=_PAGE, after=page.after)
            await roster.take(page.rows)
        await roster.end_pass()
        self._on_change(Change.ROWS)
