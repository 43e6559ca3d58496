"""The roster: the rows of one tab, in which order they are seen, where the cursor stands, what is marked.

Plain values without a terminal. Cursor and marks belong to rows, never to positions. What takes long lets
the event loop breathe, and what is seen is whole whenever it does.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from typing import Final

from reconcile_tui.core.clock import Clock, SystemClock
from reconcile_tui.core.filter import EVERYTHING, AgeCompared, Filter
from reconcile_tui.core.findings import Check, RowRef
from reconcile_tui.screens.breath import SLICE, Breath
from reconcile_tui.screens.desk.lists import ListedRow, Tab
from reconcile_tui.screens.glance import Glance
from reconcile_tui.screens.triage.lean_rows import lean, same_but_for_age
from reconcile_tui.screens.triage.ordering import Order, Place, place, usual_order

MOST_ROWS: Final = 120_000
"""A list holds no more rows than this; whoever reads one stops there, and says so."""

_RUN = 512
"""Rows that are sorted at one go: at most two milliseconds."""
_MANY = 500
"""From so many rows on, arranging the whole list is cheaper than moving them one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """Rows that left a list, and how many marks went with them."""

    refs: tuple[RowRef, ...] = ()
    marks_dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Wish:
    order: Order
    wanted: Filter


class Roster:
    """What one tab lists.

    Attributes:
        order: the order in force.
        wanted: the filter in force.
        visible: the rows that are seen, in their order. Read it, never change it.
        cursor: the row under the cursor; None where nothing is seen.
        cursor_index: where the cursor's row is seen; -1 where nothing is.
        marks: marked rows; all of them are seen.
        anchor: where a range begins that the cursor ends; None: no range is being drawn.
        revision: counts the changes of what is seen.
        is_reading: whether a pass is under way.
        was_read: whether a pass was ever completed.
        longest_id: characters of the longest id so far.
        most_money: the largest amount of each currency so far, in its minor units.
    """

    def __init__(
        self, tab: Tab, *, clock: Clock | None = None, order: Order | None = None, slice_length: float = SLICE
    ) -> None:
        self.tab = tab
        self.order = order or usual_order(tab)
        self.wanted: Filter = EVERYTHING
        self.visible: list[RowRef] = []
        self.cursor: RowRef | None = None
        self.cursor_index = -1
        self.marks: set[RowRef] = set()
        self.anchor: RowRef | None = None
        self.revision = 0
        self.is_reading = False
        self.was_read = False
        self.longest_id = 0
        self.most_money: dict[str, int] = {}
        self._clock = clock or SystemClock()
        self._ahead = timedelta(0)
        self._slice_length = slice_length
        self._rows: dict[RowRef, ListedRow] = {}
        self._places: list[Place] = []
        self._place_of: dict[RowRef, Place] = {}
        self._unread: set[RowRef] = set()
        self._not_in_pass: set[RowRef] = set()
        self._out_of_place: set[RowRef] = set()
        self._looked_at: dict[RowRef, Check] = {}
        self._cursor_was_put = False
        self._displaced: RowRef | None = None
        self._glance = Glance(self._clock)
        self._wish = _Wish(self.order, self.wanted)
        self._turn = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, ref: RowRef) -> ListedRow | None:
        """A row of the list, seen or filtered away."""
        return self._rows.get(ref)

    def index_of(self, ref: RowRef) -> int | None:
        """Where a row is seen; None where it is not."""
        where = self._place_of.get(ref)
        return None if where is None else bisect_left(self._places, where)

    def now(self) -> datetime:
        """The database's clock (UTC), as far as the last rows told."""
        return self._clock.now() + self._ahead

    def all_rows(self) -> list[ListedRow]:
        """Every row of the list, seen or filtered away."""
        return list(self._rows.values())

    def as_known(self, row: ListedRow) -> ListedRow:
        """A row with what the latest look told of it, where that is newer than its own check."""
        told = self._looked_at.get(row.ref) if self._looked_at else None
        if told is None:
            return row
        check = row.finding.check
        read_at = check.last_read_at if check is not None else None
        if read_at is not None and told.last_read_at is not None and read_at > told.last_read_at:
            return row
        told = replace(told, last_read_at=read_at)
        return replace(row, finding=replace(row.finding, check=told))

    @property
    def unread(self) -> Collection[RowRef]:
        """Rows that a filter leaves out because nothing was ever read of what it asks."""
        return self._unread

    @property
    def scope(self) -> tuple[RowRef, ...]:
        """What an action on marked rows takes: the marked rows, in the order in which they are seen."""
        if len(self.marks) == len(self.visible):
            return tuple(self.visible)
        return tuple(where[-1] for where in sorted(self._place_of[ref] for ref in self.marks))

    @property
    def rows_in_range(self) -> int:
        """How many rows stand from where a range was begun to the cursor; 0: none was."""
        begun = self.index_of(self.anchor) if self.anchor is not None else None
        return 0 if begun is None else abs(self.cursor_index - begun) + 1

    # Cursor and marks: at once, on what is seen now.

    def move_to(self, index: int) -> None:
        """Put the cursor on the row seen there, or the nearest."""
        self._cursor_was_put = True
        self._displaced = None
        if self.visible:
            self.cursor_index = min(max(index, 0), len(self.visible) - 1)
            self.cursor = self.visible[self.cursor_index]

    def just_displaced(self) -> RowRef | None:
        """The row that the cursor stood on until a moment ago, where no key can be meant for the one that
        came in its place; None as a rule. To ask within that moment lets it begin anew.
        """
        return None if self._displaced is None or self._glance.was_had() else self._displaced

    def toggle(self, ref: RowRef) -> None:
        """Mark a row that is seen, or take its mark away."""
        if ref in self._place_of:
            self.marks ^= {ref}

    def mark_all(self) -> None:
        """Mark every row that is seen."""
        self.marks = set(self._place_of)

    def mark_between(self, one: RowRef, other: RowRef) -> None:
        """Mark two rows and all that are seen between them."""
        ends = [index for index in (self.index_of(one), self.index_of(other)) if index is not None]
        if ends:
            self.marks.update(self.visible[min(ends) : max(ends) + 1])

    def invert_marks(self) -> None:
        """Mark what is seen and not marked, and nothing else."""
        self.marks = set(self._place_of).difference(self.marks)

    def clear_marks(self) -> None:
        self.marks = set()

    def know(self, ref: RowRef, told: Check) -> None:
        """A look at the PSP told more of a row than its own check. A filter and an order go by what is seen:
        the row comes to where it belongs by it at the end of the next pass.

        Args:
            told: as if the look had been written down.
        """
        if ref not in self._rows:
            return
        before, self._looked_at[ref] = self._looked_at.get(ref), told
        if before is None or _words_of(before) != _words_of(told):
            self._out_of_place.add(ref)

    # The rows: a few at a time.

    def begin_pass(self) -> None:
        """The list is about to be read from its beginning to its end."""
        self._not_in_pass = set(self._rows)
        self.is_reading = True

    async def take(self, rows: Sequence[ListedRow]) -> None:
        """A page of the pass. New rows are seen as they come; known ones keep their place until its end."""
        async with self._turn:
            breath = self._breath()
            self._tell_time(rows)
            for row in rows:
                ref = row.ref
                if self._learn(ref, row):
                    self._out_of_place.add(ref)
                self._not_in_pass.discard(ref)
                if breath.is_due:
                    await breath.taken()

    async def end_pass(self) -> Departed:
        """The list was read to its end: rows that were not in it left, and all stand where they belong."""
        async with self._turn:
            gone, self._not_in_pass = self._not_in_pass, set()
            departed = await self._forget(gone)
            await self._put_in_place()
            self.is_reading = False
            self.was_read = True
            self.revision += 1
            return departed

    async def put(self, rows: Sequence[ListedRow]) -> None:
        """Some rows as they are now, whether or not a pass is under way. New ones are added."""
        async with self._turn:
            breath = self._breath()
            self._tell_time(rows)
            for row in rows:
                ref = row.ref
                if self._learn(ref, row):
                    self._move(ref)
                self._not_in_pass.discard(ref)
                if breath.is_due:
                    await breath.taken()

    async def drop(self, refs: Collection[RowRef]) -> Departed:
        """These rows belong to the list no more."""
        async with self._turn:
            gone = {ref for ref in refs if ref in self._rows}
            self._not_in_pass -= gone
            return await self._forget(gone)

    async def arrange(self, order: Order | None = None, wanted: Filter | None = None) -> int:
        """See the rows in another order, or others of them; what is left out stays as it was, or as another
        call that is under way wishes it. A newer call ends an older one that is under way.

        Returns:
            How many marks were dropped, because their rows are not seen any more.
        """
        wish = _Wish(
            self._wish.order if order is None else order, self._wish.wanted if wanted is None else wanted
        )
        self._wish = wish
        async with self._turn:
            return await self._arrange(wish) if wish is self._wish else 0

    def _breath(self) -> Breath:
        return Breath(self._slice_length)

    def _tell_time(self, rows: Sequence[ListedRow]) -> None:
        for finding in (row.finding for row in reversed(rows)):
            if finding.age is not None and finding.row.pending_since is not None:
                self._ahead = finding.age + finding.row.pending_since - self._clock.now()
                return

    def _learn(self, ref: RowRef, row: ListedRow) -> bool:
        """Take a row in; a new one is seen at once. Whether a known one may stand elsewhere now."""
        before = self._rows.get(ref)
        if before is not None and same_but_for_age(before, row):
            return False
        self._rows[ref] = lean(row)
        if (money := row.finding.row.money) is not None:
            self.most_money[money.currency] = max(self.most_money.get(money.currency, 0), abs(money.minor))
        self.longest_id = max(self.longest_id, len(ref.row_id))
        if before is not None:
            return True
        self._see(ref)
        return False

    def _see(self, ref: RowRef) -> None:
        """A row that is not seen may be."""
        row = self._rows[ref]
        if self._is_wanted(row, self.wanted):
            self._insert(ref, place(ref, self.as_known(row), self.order))
        elif self.as_known(row).finding.check is None and self.wanted.asks_what_was_read:
            self._unread.add(ref)

    def _move(self, ref: RowRef) -> None:
        """A row changed: it is seen where it belongs now. Its mark and the cursor go with it."""
        is_cursor, is_marked, displaced = self.cursor == ref, ref in self.marks, self._displaced
        seen_in = self._place_of.get(ref)
        if seen_in is not None:
            ref = seen_in[-1]
            self._remove(ref)
        self._unread.discard(ref)
        self._see(ref)
        index = self.index_of(ref)
        if index is not None:
            self.marks |= {ref} if is_marked else set()
            if is_cursor:
                self.cursor, self.cursor_index, self._displaced = ref, index, displaced

    def _insert(self, ref: RowRef, where: Place) -> None:
        index = bisect_left(self._places, where)
        self._places.insert(index, where)
        self.visible.insert(index, ref)
        self._place_of[ref] = where
        self.revision += 1
        if self.cursor is None or not (self._cursor_was_put or self.was_read):
            before, self.cursor, self.cursor_index = self.cursor, self.visible[0], 0
            self._note_displaced(before)
        elif index <= self.cursor_index:
            self.cursor_index += 1

    def _remove(self, ref: RowRef) -> None:
        where = self._place_of.pop(ref)
        index = bisect_left(self._places, where)
        del self._places[index]
        del self.visible[index]
        self.marks.discard(ref)
        self.revision += 1
        if index < self.cursor_index:
            self.cursor_index -= 1
        elif index == self.cursor_index:
            before, self.cursor_index = self.cursor, min(index, len(self.visible) - 1)
            self.cursor = self.visible[self.cursor_index] if self.visible else None
            self._note_displaced(before)

    def _note_displaced(self, before: RowRef | None) -> None:
        """Another row came under the cursor by itself, if it did."""
        if before is not None and self.cursor != before:
            self._displaced = before
            self._glance.begins()

    async def _forget(self, gone: set[RowRef]) -> Departed:
        if not gone:
            return Departed()
        if len(gone) >= _MANY:
            marks = await self._arrange(_Wish(self.order, self.wanted), without=gone, must_end=True)
            left: Collection[RowRef] = gone
        else:
            left, marks = sorted(gone), 0
        breath = self._breath()
        for ref in left:
            if ref in self._place_of:
                marks += ref in self.marks
                self._remove(ref)
            del self._rows[ref]
            self._looked_at.pop(ref, None)
            self._unread.discard(ref)
            self._out_of_place.discard(ref)
            if breath.is_due:
                await breath.taken()
        return Departed(refs=tuple(left), marks_dropped=marks)

    async def _put_in_place(self) -> None:
        moved, self._out_of_place = self._out_of_place, set()
        if len(moved) >= _MANY or _asks_age(self.wanted):
            await self._arrange(_Wish(self.order, self.wanted), must_end=True)
            return
        breath = self._breath()
        for ref in moved:
            self._move(ref)
            if breath.is_due:
                await breath.taken()

    # The whole list: sorted in runs, merged row by row, and shown at once when all of it is ready.

    async def _arrange(self, wish: _Wish, *, without: Collection[RowRef] = (), must_end: bool = False) -> int:
        breath = self._breath()
        runs: list[list[Place]] = [[]]
        unread: set[RowRef] = set()
        for ref, row in self._rows.items():
            if breath.is_due:
                await breath.taken()
                if wish is not self._wish and not must_end:
                    return 0
            if without and ref in without:
                continue
            if not self._is_wanted(row, wish.wanted):
                if self.as_known(row).finding.check is None and wish.wanted.asks_what_was_read:
                    unread.add(ref)
                continue
            runs[-1].append(place(ref, self.as_known(row), wish.order))
            if len(runs[-1]) == _RUN:
                runs[-1].sort()
                runs.append([])
        runs[-1].sort()
        places: list[Place] = []
        visible: list[RowRef] = []
        place_of: dict[RowRef, Place] = {}
        for where in merge(*runs):
            if breath.is_due:
                await breath.taken()
                if wish is not self._wish and not must_end:
                    return 0
            ref = where[-1]
            places.append(where)
            visible.append(ref)
            place_of[ref] = where
        below = await self._row_below(place_of, breath)
        dropped = self.marks.difference(place_of)
        self.marks -= dropped
        self.order, self.wanted = wish.order, wish.wanted
        self._places, self.visible, self._place_of, self._unread = places, visible, place_of, unread
        before = self.cursor
        self._find_cursor(below)
        if must_end:
            self._note_displaced(before)
        self.revision += 1
        return len(dropped)

    async def _row_below(self, place_of: dict[RowRef, Place], breath: Breath) -> RowRef | None:
        """Where the cursor goes if its row is not seen any more: the next one below that still is."""
        while True:
            cursor = self.cursor
            if not place_of or cursor is None or cursor in place_of:
                return None
            found = None
            for index in range(self.cursor_index + 1, len(self.visible)):
                if self.visible[index] in place_of:
                    found = self.visible[index]
                    break
                if breath.is_due:
                    await breath.taken()
            if self.cursor == cursor:
                return found

    def _find_cursor(self, below: RowRef | None) -> None:
        """The cursor follows its row; where that is gone it goes to the one below, else to the last."""
        if self.cursor is None:
            self.cursor = self.visible[0] if self.visible else None
        elif self.cursor not in self._place_of:
            self.cursor = below or (self.visible[-1] if self.visible else None)
        index = self.index_of(self.cursor) if self.cursor is not None else None
        self.cursor_index = -1 if index is None else index

    def _is_wanted(self, row: ListedRow, wanted: Filter) -> bool:
        if not wanted:
            return True
        finding = self.as_known(row).finding
        if _asks_age(wanted) and (since := finding.row.pending_since) is not None:
            finding = replace(finding, age=self.now() - since)
        reasons = (row.attention.reason,) if row.attention is not None else ()
        return wanted.matches(finding, reasons=reasons)


def _words_of(check: Check) -> tuple[str | None, ...]:
    return check.psp_status, check.connector, check.decision, check.detail


def _asks_age(wanted: Filter) -> bool:
    return any(isinstance(term.test, AgeCompared) for term in wanted.terms)
