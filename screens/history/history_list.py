"""The history list: draws the lines of what was read that are in view, each when it is painted."""

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reconcile_tui.core.history import Record
from reconcile_tui.screens.cells import cut
from reconcile_tui.screens.history.lines import Tone, line_of
from reconcile_tui.screens.history.reading import Reading


class HistoryList(ScrollView, can_focus=True, inherit_bindings=False):
    """Records, newest first. Enter opens the one under the cursor, and writes nothing."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "history--cursor",
        "history--well",
        "history--look",
        "history--bad",
        "history--open",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "to(0)", "Newest", show=False),
        Binding("end,G", "to(-1)", "Oldest that was read", show=False),
        Binding("enter", "open", "Open", tooltip="Open the record in full"),
    ]

    @dataclass
    class Opened(Message):
        """A record is to be seen in full."""

        record: Record

    @dataclass
    class EndInView(Message):
        """Older records are wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = Reading()

    def show(self, reading: Reading) -> None:
        """Show what was read; the cursor stays on its record."""
        self.reading = reading
        self.virtual_size = Size(self.size.width, len(reading))
        self._see_cursor()

    def render_line(self, y: int) -> Strip:
        place = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if place >= len(self.reading):
            return Strip.blank(width, self.rich_style)
        line = line_of(self.reading.records[place])
        style = self.get_component_rich_style(_CLASSES[line.tone])
        if place == self.reading.cursor:
            style += self.get_component_rich_style("history--cursor")
        return Strip([Segment(cut(str(line), width), style)]).adjust_cell_length(width, style)

    def action_move(self, by: int) -> None:
        """Move the cursor by so many records."""
        self._to(self.reading.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a page."""
        self._to(self.reading.cursor + by * max(self.size.height - 1, 1))

    def action_to(self, place: int) -> None:
        """Put the cursor there; -1: on the oldest that was read."""
        self._to(len(self.reading) - 1 if place == -1 else place)

    def action_open(self) -> None:
        """See the record under the cursor in full."""
        if (record := self.reading.under_cursor) is not None:
            self.post_message(self.Opened(record))

    def on_click(self, event: Click) -> None:
        """The record that was clicked is under the cursor; a second click opens it."""
        self._to(event.y + self.scroll_offset.y)
        if event.chain > 1:
            self.action_open()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling without the cursor wants older records too."""
        super().watch_scroll_y(old_value, new_value)
        self._want_older(int(new_value) + self.size.height)

    def _to(self, place: int) -> None:
        self.reading.move_to(place)
        self._see_cursor()
        self._want_older(self.reading.cursor)

    def _see_cursor(self) -> None:
        self.scroll_to_region(Region(0, self.reading.cursor, 1, 1), animate=False, force=True)
        self.refresh()

    def _want_older(self, seen: int) -> None:
        if self.reading.after is not None and seen >= len(self.reading) - self.size.height:
            self.post_message(self.EndInView())


_CLASSES = {
    Tone.WELL: "history--well",
    Tone.LOOK: "history--look",
    Tone.BAD: "history--bad",
    Tone.OPEN: "history--open",
}
