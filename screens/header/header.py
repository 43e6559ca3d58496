"""The header: where this is, as whom, how fresh everything is, and why nothing may be written. On every
screen; it says nothing that is not known."""

from collections.abc import Iterable

from textual import getters
from textual.content import Content
from textual.widget import Widget

from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.header.fitting import Part, fitted, gap_between, length
from reconcile_tui.screens.header.place_parts import clock_part, place_parts
from reconcile_tui.screens.header.state_parts import state_parts
from reconcile_tui.screens.live.live import Change


class Header(Widget):
    """Two lines that are drawn anew each second."""

    DEFAULT_CSS = """
    Header {
        height: 2;
        width: 1fr;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        background: $panel;
    }
    """

    app = getters.app(Dashboard)

    def on_mount(self) -> None:
        self.app.changed.subscribe(self, self._on_change)
        self.set_interval(1, self.refresh)

    def render(self) -> Content:
        place = self.app.desk.place if self.app.desk is not None else None
        width = self.size.width
        return Content("\n").join(
            (
                _line(place_parts(place), width, right=clock_part(self.app.clock.now())),
                _line(state_parts(place, self.app.live), width),
            )
        )

    def _on_change(self, change: Change) -> None:
        if change not in (Change.ROWS, Change.HAPPENED):
            self.refresh()


def _line(parts: Iterable[Part], width: int, *, right: Part | None = None) -> Content:
    """A line with what stands at its right end."""
    line = fitted([*parts, *([right] if right else [])], width)
    pieces: list[Content] = []
    room = max(width - length(line), 0)
    for index, (part, words) in enumerate(line):
        if index:
            is_right = right is not None and part is right
            pieces.append(Content(gap_between(line[index - 1][0], part) + " " * (room if is_right else 0)))
        pieces.append(Content.styled(words, part.style))
    return Content("").join(pieces)
