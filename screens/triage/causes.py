"""The causes of what hangs, found behind: from the lists, or from the first pages of an unread one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from reconcile_tui.core.headline import Cause, Gathering, Trend, What, by_weight, cause_of_figures
from reconcile_tui.core.phases import ORDERS, ORPHANS, REFUNDS
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import connector_of
from reconcile_tui.screens.breath import Breath
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.lists import ListedRow, Overview, Tab, TabFigures
from reconcile_tui.screens.live.live import Live

_PHASES: Final = {Tab.ORDERS: ORDERS, Tab.REFUNDS: REFUNDS, Tab.ORPHANS: ORPHANS}
_WHAT: Final = {Tab.ORDERS: What.PAYMENTS, Tab.REFUNDS: What.REFUNDS, Tab.ORPHANS: What.ORPHANS}
_PAGE: Final = 200
_PAGES: Final = 5
_AS_GOOD_AS_ALL: Final = 0.9
_READ_AGAIN_AFTER: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Read:
    """Rows of a list that nobody sees. `of`: how many there were."""

    rows: Sequence[ListedRow]
    at: datetime
    of: int


class Causes:
    """Finds the causes again and again, and knows from one time to the next how they grow."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._trend = Trend()
        self._read: dict[Tab, _Read] = {}

    async def found(self, desk: Desk, overview: Overview) -> tuple[Cause, ...]:
        """The causes now. Errors as for `Lists`; the event loop is never held for more than a few ms."""
        policy, causes = desk.place.policy, list[Cause]()
        for tab in _PHASES:
            figures = overview.tabs.get(tab)
            if figures is not None and figures.rows:
                rows = await self._rows(desk, tab, figures, now=overview.at)
                causes += await self._of_tab(tab, rows, figures, overview.at, policy)
        causes.sort(key=by_weight)
        return self._trend.told(causes, now=overview.at)

    async def _of_tab(
        self, tab: Tab, rows: Sequence[ListedRow], figures: TabFigures, now: datetime, policy: Policy
    ) -> Sequence[Cause]:
        gathering, looks = Gathering(), self._live.looks
        breath = Breath()
        for row in rows:
            look = looks.get(row.ref)
            gathering.add(row.finding, connector=connector_of(look.planned.state) if look else None)
            if breath.is_due:
                await breath.taken()
        causes = list[Cause]()
        for what in gathering.kinds:
            await breath.taken()
            causes += gathering.causes(what, now=now, stuck_after=_PHASES[tab].stuck_after(policy))
        causes.sort(key=by_weight)
        if len(rows) >= figures.rows * _AS_GOOD_AS_ALL:
            return causes
        sample, oldest = (causes[0] if causes else None), figures.oldest or now
        return [
            cause_of_figures(_WHAT[tab], rows=figures.rows, money=figures.money, oldest=oldest, sample=sample)
        ]

    async def _rows(self, desk: Desk, tab: Tab, figures: TabFigures, *, now: datetime) -> Sequence[ListedRow]:
        roster = self._live.rosters[tab]
        if tab is self._live.tab or (len(roster) == figures.rows and tab not in self._read):
            return roster.all_rows()
        before = self._read.get(tab)
        if before is None or (before.of != figures.rows and now - before.at > _READ_AGAIN_AFTER):
            before = _Read(rows=await self._pages(desk, tab), at=now, of=figures.rows)
            self._read[tab] = before
        return before.rows

    async def _pages(self, desk: Desk, tab: Tab) -> Sequence[ListedRow]:
        """The oldest rows of a list, a bounded number: those of an outage are among them."""
        rows: list[ListedRow] = []
        after: object | None = None
        for _ in range(_PAGES):
            page = await desk.lists.page(tab, limit=_PAGE, after=after)
            rows += page.rows
            if (after := page.after) is None:
                break
        return rows
