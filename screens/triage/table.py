"""The row table: draws the lines of a roster that are in view, each when it is painted."""

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.wording import age
from reconcile_tui.screens.desk.lists import ListedRow, Tab
from reconcile_tui.screens.triage.roster import Roster


class RowTable(ScrollView, can_focus=True):
    """The rows of a tab."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home,g", "to(0)", "First", show=False),
        Binding("end,G", "to(-1)", "Last", show=False),
        Binding("space", "mark", "Mark"),
    ]

    roster: reactive[Roster] = reactive(lambda: Roster(Tab.ORDERS), always_update=True)

    @dataclass
    class CursorMoved(Message):
        """The cursor stands on another row; None: on nothing."""

        ref: RowRef | None

    @dataclass
    class MarksChanged(Message):
        """A row was marked, or its mark taken away."""

    @dataclass
    class ViewMoved(Message):
        """Other rows are in view."""

        refs: tuple[RowRef, ...]

    def watch_roster(self, roster: Roster) -> None:
        """The roster changed, or is another one."""
        self.virtual_size = Size(self.size.width, len(roster.visible))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        if index >= len(self.roster.visible):
            return Strip.blank(self.size.width, self.rich_style)
        ref = self.roster.visible[index]
        row = self.roster.row(ref)
        style = Style(reverse=True) if ref == self.roster.cursor else Style()
        text = self._text(row) if row else ""
        return Strip([Segment(text.ljust(self.size.width), self.rich_style + style)]).crop(0, self.size.width)

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self.action_to(self.roster.cursor_index + by)

    def action_to(self, index: int) -> None:
        """Put the cursor there; -1: on the last row."""
        self.roster.move_to(len(self.roster.visible) - 1 if index == -1 else index)
        here = self.roster.cursor_index
        self.scroll_to_region(Region(0, here, 1, 1), animate=False, force=True)
        self.post_message(self.CursorMoved(self.roster.cursor))
        self.refresh()

    def action_mark(self) -> None:
        """Mark the row under the cursor."""
        if self.roster.cursor is not None:
            self.roster.toggle(self.roster.cursor)
            self.post_message(self.MarksChanged())
            self.action_move(1)

    def _text(self, row: ListedRow) -> str:
        finding = row.finding
        mark = "●" if row.ref in self.roster.marks else " "
        money = str(finding.row.money or "")
        name, status = harmless(row.ref.row_id), harmless(finding.row.status.value)
        return f"{mark} {name:<12} {age(finding.age):>8} {status:<10} {money:>14}"
