"""A bare table in an empty application: what a key costs at the least, on Textual's line API."""

from rich.segment import Segment
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

_STEPS = {"j": 1, "k": -1, "space": 1, "pagedown": 40, "pageup": -40}


class BareTable(ScrollView, can_focus=True):
    """Rows that are their numbers, and a cursor."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.cursor = 0

    def on_mount(self) -> None:
        self.virtual_size = Size(self.size.width, self.rows)

    def on_key(self, event: events.Key) -> None:
        """Move the cursor."""
        before = self.cursor
        to = {"g": 0, "G": self.rows - 1}.get(event.key, before + _STEPS.get(event.key, 0))
        self.cursor = min(max(to, 0), self.rows - 1)
        top, height = self.scroll_offset.y, self.size.height
        if not top <= self.cursor < top + height:
            self.scroll_to(y=min(self.cursor, max(self.cursor - height + 1, 0)), animate=False)
        self.refresh_lines(before)
        self.refresh_lines(self.cursor)
        event.stop()

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        sign = "▶" if index == self.cursor else " "
        text = f"{sign} o-{index:08d}      45m  pending      42.00 EUR  adyen  processing"
        return Strip([Segment(text.ljust(self.size.width), self.rich_style)])


class BareApp(App[int]):
    """An application with nothing else."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.animation_level = "none"
        self.table = BareTable(rows)

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()
