"""The looker: which rows the PSP is asked about next, unforced, so that what is in view says how it is there.

One small group at a time: the row under the cursor first, then what is in view, rows that wait on their
customer last; then the rows of which a filter asks what nobody ever read. While it is held (a plan, a batch),
or the PSP fails or asked to be left alone, it waits.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp_states import ReadFailed
from reconcile_tui.core.statuses import WAITS_ON_CUSTOMER
from reconcile_tui.screens.desk.lists import ListedRow
from reconcile_tui.screens.desk.looks import Looks
from reconcile_tui.screens.live.looked import Looked
from reconcile_tui.screens.live.moment import Moment
from reconcile_tui.screens.live.sources import PspSource

_GROUP: Final = 8
_AGAIN_AFTER: Final = timedelta(seconds=60)
_AGAIN_AFTER_FAILURE: Final = timedelta(seconds=15)
_AGAIN_AFTER_CHANGE: Final = timedelta(seconds=2)
"""The list may be a little older than the look: not at once."""
_KEPT: Final = 5000


@dataclass(slots=True, kw_only=True)
class Looker:
    """Looks at what is seen.

    Attributes:
        row: a listed row as it is now; None where it is listed no more.
        cursor: the row under the cursor.
        unread: rows of which a filter asks what was never read.
        blocked: whether the PSP asked to be left alone.
        changed: called when looks came, or the PSP's condition changed.
        learned: called with each row that something was learned of.
        looks: the latest look at each row.
    """

    clock: Clock
    psp: PspSource
    row: Callable[[RowRef], ListedRow | None]
    cursor: Callable[[], RowRef | None]
    unread: Callable[[], Iterable[RowRef]]
    blocked: Callable[[], bool]
    changed: Callable[[], None]
    learned: Callable[[PlannedRow, datetime], None]
    looks: dict[RowRef, Looked] = field(default_factory=dict)
    _came: dict[RowRef, Moment] = field(default_factory=dict, init=False)
    _in_view: Sequence[RowRef] = field(default=(), init=False)
    _wanted: dict[RowRef, None] = field(default_factory=dict, init=False)
    _holds: int = field(default=0, init=False)
    _under_way: bool = field(default=False, init=False)
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    @property
    def is_looking(self) -> bool:
        """Whether a look is under way, or is to be begun."""
        return self._under_way or bool(self.next_group())

    @property
    def is_held(self) -> bool:
        return self._holds > 0

    def see(self, refs: Sequence[RowRef]) -> None:
        """These rows are in view, in this order."""
        self._in_view = tuple(refs)
        self.wake()

    def want(self, ref: RowRef) -> None:
        """Look at this row next, however fresh its last look is."""
        self._wanted[ref] = None
        self.wake()

    def wake(self) -> None:
        """See whether anything is to be looked at."""
        self._wake.set()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within: no look is begun; one that is under way ends."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self.wake()

    def learn(self, rows: Sequence[PlannedRow], at: datetime) -> None:
        """Take over what reads came to. `at`: UTC, this machine's clock."""
        now = Moment.of(self.clock)
        for planned in rows:
            before = self.looks.pop(planned.ref, None)
            good = None
            if isinstance(planned.state, ReadFailed) and before is not None:
                good = before.good if before.failure else before
            self.looks[planned.ref] = Looked(planned=planned, at=at, good=good)
            self._came[planned.ref] = now
            self.learned(planned, at)
        while len(self.looks) > _KEPT:
            oldest = next(iter(self.looks))
            del self.looks[oldest]
            self._came.pop(oldest, None)

    def next_group(self) -> tuple[RowRef, ...]:
        """What to look at now: nothing while it must wait."""
        if self._holds or self.blocked():
            return ()
        if self._wanted:
            return tuple(self._wanted)[:_GROUP]
        if self.psp.next_look_in > timedelta(0):
            return ()
        cursor = self.cursor()
        if cursor is not None and self._is_due(cursor):
            return (cursor,)
        due = [ref for ref in self._in_view if self._is_due(ref)]
        if due:
            return tuple(sorted(due, key=self._waits_on_customer)[:_GROUP])
        return tuple(islice((ref for ref in self.unread() if self._is_due(ref)), _GROUP))

    async def follow(self, looks: Looks) -> None:
        """Look until cancelled.

        Raises:
            One of `core.store.database.DATABASE_TROUBLE` never: the lists tell of that.
        """
        from reconcile_tui.core.store.database import DATABASE_TROUBLE  # noqa: PLC0415 after the first paint

        while True:
            self._wake.clear()
            group = self.next_group()
            if not group:
                await self._wake.wait()
                continue
            try:
                await self._look(looks, group)
            except DATABASE_TROUBLE:
                await self._wake.wait()

    async def _look(self, looks: Looks, group: Sequence[RowRef]) -> None:
        began = Moment.of(self.clock)
        self._under_way = True
        try:
            look = await looks.look(group)
        finally:
            self._under_way = False
        for ref in group:
            self._wanted.pop(ref, None)
            if look.tripped is None:
                # A row that is gone is not asked for again at once either.
                self._came[ref] = Moment.of(self.clock)
        self.learn(look.rows, look.at)
        self.psp.saw(look, took=began.age(self.clock))
        self.changed()

    def _is_due(self, ref: RowRef) -> bool:
        row = self.row(ref)
        if row is None:
            return False
        came, looked = self._came.get(ref), self.looks.get(ref)
        if came is None:
            return True
        limit = _AGAIN_AFTER
        if looked is not None and looked.failure is not None:
            limit = _AGAIN_AFTER_FAILURE
        elif looked is not None and looked.planned.finding.row != row.finding.row:
            limit = _AGAIN_AFTER_CHANGE
        return came.age(self.clock) >= limit

    def _waits_on_customer(self, ref: RowRef) -> bool:
        row = self.row(ref)
        check = row.finding.check if row else None
        return check is not None and check.psp_status in WAITS_ON_CUSTOMER
