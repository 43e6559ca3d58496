"""What was read of the history so far: it grows at its end as one scrolls, and at its top as things happen.

Plain values without a terminal. The cursor belongs to a record, never to a position.
"""

from reconcile_tui.core.history import HistoryPage, Marks, Record, key


class Reading:
    """Records, newest first.

    Attributes:
        records: what was read.
        after: what to ask the next page with; None: there is no older record.
        started: whether anything was read yet.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.after: Marks | None = None
        self.started = False
        self._places: dict[tuple[str, str | int], int] = {}
        self._cursor: tuple[str, str | int] | None = None

    def __len__(self) -> int:
        return len(self.records)

    @property
    def cursor(self) -> int:
        """Where the cursor stands; 0 where it stands on nothing."""
        return self._places.get(self._cursor, 0) if self._cursor is not None else 0

    @property
    def under_cursor(self) -> Record | None:
        return self.records[self.cursor] if self.records else None

    def move_to(self, place: int) -> None:
        """Put the cursor on the record there, or the nearest."""
        if self.records:
            self._cursor = key(self.records[min(max(place, 0), len(self.records) - 1)])

    def add_older(self, page: HistoryPage) -> None:
        """A page that goes on where the last one ended."""
        self.started = True
        self.after = page.after
        self._keep([*self.records, *(each for each in page.records if key(each) not in self._places)])

    def add_newest(self, page: HistoryPage) -> None:
        """The newest page, read anew. Where it does not reach what was read before, that is forgotten: there
        would be a gap between the two."""
        fresh = {key(each) for each in page.records}
        if not self.started or page.after is None or not fresh & self._places.keys():
            self.started = True
            self.after = page.after
            self._keep(list(page.records))
        else:
            self._keep([*page.records, *(each for each in self.records if key(each) not in fresh)])

    def _keep(self, records: list[Record]) -> None:
        place = self.cursor
        self.records = records
        self._places = {key(each): at for at, each in enumerate(records)}
        if self._cursor not in self._places:
            self._cursor = None
            self.move_to(place)
