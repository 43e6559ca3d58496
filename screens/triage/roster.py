"""The roster: the rows of one tab, in which order they are seen, where the cursor stands, what is marked.

Plain values without a terminal. Cursor and marks belong to rows, never to positions.
"""

from collections.abc import Iterable, Sequence

from reconcile_tui.core.filter import EVERYTHING, Filter
from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.desk.lists import ListedRow, Tab


class Roster:
    """What one tab lists.

    Attributes:
        wanted: the filter in force.
        visible: the rows that are seen, in their order.
        cursor: the row under the cursor; None where nothing is seen.
        marks: marked rows; all of them are in the list.
    """

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.wanted: Filter = EVERYTHING
        self.visible: list[RowRef] = []
        self.cursor: RowRef | None = None
        self.marks: set[RowRef] = set()
        self._rows: dict[RowRef, ListedRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, ref: RowRef) -> ListedRow | None:
        """A row of the list, seen or filtered away."""
        return self._rows.get(ref)

    @property
    def cursor_index(self) -> int:
        """Where the cursor's row is seen; -1 where nothing is."""
        return self.visible.index(self.cursor) if self.cursor is not None else -1

    @property
    def scope(self) -> tuple[RowRef, ...]:
        """What an action on marked rows takes: the marked rows, in the order in which they are seen."""
        return tuple(ref for ref in self.visible if ref in self.marks)

    def replace(self, rows: Iterable[ListedRow]) -> tuple[RowRef, ...]:
        """The list is these rows now; those that left it."""
        before = self._rows
        self._rows = {row.ref: row for row in rows}
        self._see()
        return tuple(ref for ref in before if ref not in self._rows)

    def filter(self, wanted: Filter) -> None:
        """See only the rows that are meant. Marks outside go, so that an action takes what is seen."""
        self.wanted = wanted
        self._see()

    def move_to(self, index: int) -> None:
        """Put the cursor on the row seen there, or the nearest."""
        if self.visible:
            self.cursor = self.visible[min(max(index, 0), len(self.visible) - 1)]

    def toggle(self, ref: RowRef) -> None:
        """Mark a row, or take its mark away."""
        self.marks ^= {ref}

    def mark_all(self) -> None:
        """Mark every row that is seen."""
        self.marks = set(self.visible)

    def clear_marks(self) -> None:
        self.marks = set()

    def _see(self) -> None:
        where = self.cursor_index
        before: Sequence[RowRef] = self.visible
        self.visible = [ref for ref, row in self._rows.items() if self.wanted.matches(row.finding)]
        seen = set(self.visible)
        self.marks &= seen
        if self.cursor not in seen:
            below = (ref for ref in before[where + 1 :] if ref in seen)
            rest = self.visible[-1:] if where >= 0 else self.visible[:1]
            self.cursor = next(below, rest[0] if rest else None)
