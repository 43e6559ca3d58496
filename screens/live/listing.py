"""A listing: the rows of one tab as they follow the database, page by page, and how far that is."""

import gc
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import FindingClass, RowRef
from reconcile_tui.core.statuses import WAITS_ON_CUSTOMER
from reconcile_tui.screens.desk.lists import ListedRow, Lists, Tab
from reconcile_tui.screens.live.moment import Moment
from reconcile_tui.screens.live.pace import TIMES
from reconcile_tui.screens.triage.roster import MOST_ROWS, Departed, Roster

PAGE: Final = 200
_GROWTH: Final = 20 * PAGE

_CLASSES = {
    Tab.ORDERS: FindingClass.STUCK_ORDER,
    Tab.CUSTOMER: FindingClass.STUCK_ORDER,
    Tab.REFUNDS: FindingClass.STUCK_REFUND,
    Tab.ORPHANS: FindingClass.ORPHAN_REFUND,
}


@dataclass(slots=True)
class _Pass:
    """A reading of all rows, page by page. `after`: where the next page begins."""

    began: float
    after: object | None = None
    rows: int = 0
    gone: int = 0


class Listing:
    """One tab's rows.

    Attributes:
        roster: what is listed.
        is_complete: whether all of it was read once.
        gone: attention items whose rows are gone, as the last complete reading found.
    """

    def __init__(self, tab: Tab, clock: Clock) -> None:
        self.roster = Roster(tab, clock=clock)
        self.is_complete = False
        self.gone = 0
        self._clock = clock
        self._pass: _Pass | None = None
        self._last: Moment | None = None
        self._took = 0.0

    @property
    def is_being_read(self) -> bool:
        """Whether a pass is under way."""
        return self._pass is not None

    def is_due(self) -> bool:
        """Whether all of it is to be read anew: never faster than ten times as long as that takes."""
        return self._last is None or self._last.age(self._clock).total_seconds() >= TIMES * self._took

    def begin(self) -> None:
        """Begin to read all of it; a pass that is under way is given up."""
        self._pass = _Pass(self._clock.monotonic())
        self.roster.begin_pass()

    def give_up(self) -> None:
        """Leave a pass that is under way; what is listed stays."""
        self._pass = None

    async def read_page(self, lists: Lists) -> Departed | None:
        """Read the next page; what left the list where that was the last one, else None."""
        under_way = self._pass
        if under_way is None:
            raise RuntimeError("no pass was begun")
        page = await lists.page(self.roster.tab, limit=PAGE, after=under_way.after)
        if self._pass is not under_way:
            return None
        await self.roster.take(page.rows)
        under_way.rows += len(page.rows)
        under_way.gone += page.gone
        under_way.after = page.after
        if not self.is_complete and under_way.rows % _GROWTH == 0:
            # Rows hold no cycles: the collector, which stops everything while it goes through all there is
            # (0.4 s at 100,000 rows), has no business with them. What is garbage by now would stay with them.
            gc.collect()
            gc.freeze()
        if page.after is not None and under_way.rows < MOST_ROWS:
            return None
        departed = await self.roster.end_pass()
        self._pass = None
        self.is_complete, self.gone = True, under_way.gone
        self._took, self._last = self._clock.monotonic() - under_way.began, Moment.of(self._clock)
        return departed

    async def refresh(self, refs: Collection[RowRef], rows: Sequence[ListedRow]) -> Departed:
        """Take in how these rows are now, and what left by it.

        Args:
            rows: those of `refs` that exist.
        """
        if not self.is_complete:
            return Departed()
        belong = [row for row in rows if self.lists(row)]
        await self.roster.put(belong)
        stay = {row.ref for row in belong}
        gone = [ref for ref in refs if ref not in stay and self.roster.row(ref) is not None]
        return await self.roster.drop(gone) if gone else Departed()

    def lists(self, row: ListedRow) -> bool:
        """Whether a row stands in this list, as its query has it."""
        tab = self.roster.tab
        if tab is Tab.ATTENTION:
            return row.attention is not None
        if row.finding.cls is not _CLASSES[tab]:
            return False
        check = row.finding.check
        waits = check is not None and check.psp_status in WAITS_ON_CUSTOMER
        return tab not in (Tab.ORDERS, Tab.CUSTOMER) or waits is (tab is Tab.CUSTOMER)
