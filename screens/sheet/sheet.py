"""The sheet: draws the lines of a plan or a receipt that are in view, however many there are."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reconcile_tui.screens.cells import cut
from reconcile_tui.screens.sheet.line import Line

Tells = Callable[[int], Sequence[Line]]
"""The lines for a width, in cells."""


class Sheet(ScrollView, can_focus=False):
    """Lines of text that scroll. It never has the focus: its screen binds `SCROLLING` to `look`."""

    SCROLLING: ClassVar[list[BindingType]] = [
        Binding("up,k", "look('up')", "Up", show=False),
        Binding("down,j", "look('down')", "Down", show=False),
        Binding("pageup", "look('page_up')", "Page up", show=False),
        Binding("pagedown", "look('page_down')", "Page down", show=False),
        Binding("home,g", "look('home')", "First", show=False),
        Binding("end,G", "look('end')", "Last", show=False),
    ]

    DEFAULT_CSS = """
    Sheet {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-gutter: stable;
    }
    Sheet > .sheet--heading {
        text-style: bold;
    }
    Sheet > .sheet--danger {
        color: $text-error;
        text-style: bold;
    }
    Sheet > .sheet--warning {
        color: $text-warning;
    }
    Sheet > .sheet--good {
        color: $text-success;
    }
    Sheet > .sheet--dim {
        text-style: dim;
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sheet--heading",
        "sheet--danger",
        "sheet--warning",
        "sheet--good",
        "sheet--dim",
        "sheet--plain",
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 as every widget has it
        super().__init__(id=id)
        self._tells: Tells = lambda _width: ()
        self._lines: Sequence[Line] = ()
        self._decisive: dict[int, str] = {}
        self._painted: set[int] = set()

    class ToldAll(Message):
        """Every decisive line has been painted."""

    @property
    def has_told_all(self) -> bool:
        """Whether every decisive line has been painted, whole, where it can be seen; at once, or while it was
        scrolled through."""
        return bool(self._decisive) and self._painted.issuperset(self._decisive)

    def show(self, tells: Tells) -> None:
        """Show these lines; what is seen stays where it is."""
        self._tells = tells
        self._lay_out()

    def look(self, move: str) -> None:
        """Move what is seen: `up`, `down`, `page_up`, `page_down`, `home` or `end`."""
        moves = {
            "up": self.scroll_up,
            "down": self.scroll_down,
            "page_up": self.scroll_page_up,
            "page_down": self.scroll_page_down,
            "home": self.scroll_home,
            "end": self.scroll_end,
        }
        moves[move](animate=False)

    def on_resize(self, _: events.Resize) -> None:
        self._lay_out()

    @property
    def text(self) -> str:
        """All of it, seen or not."""
        return "\n".join(each.tell() for each in self._lines)

    def render_line(self, y: int) -> Strip:
        width, index = self.scrollable_content_region.width, y + self.scroll_offset.y
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        it = self._lines[index]
        self._note_painted(index, width)
        style = self.rich_style + self.get_component_rich_style(f"sheet--{it.tone}", partial=True)
        return Strip([Segment(cut(it.tell(), width), style)]).adjust_cell_length(width, style)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        if width <= 0:
            return
        self._lines = self._tells(width)
        decisive = {index: each.tell() for index, each in enumerate(self._lines) if each.decisive}
        if decisive != self._decisive:
            self._decisive, self._painted = decisive, set()
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def _note_painted(self, index: int, width: int) -> None:
        text = self._decisive.get(index)
        if text is None or index in self._painted or cell_len(text) > width:
            return
        self._painted.add(index)
        if self.has_told_all:
            self.post_message(self.ToldAll())
