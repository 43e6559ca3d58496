"""The bars: rows counted by what they have in common, one of them under the cursor."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from reconcile_tui.core.breakdown import Aspect, Bar

_LABEL: Final = 30
_LEAST_BAR: Final = 4
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


class Bars(Widget, can_focus=True):
    """The bars of one aspect. Enter sees the rows of the one under the cursor, and writes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("enter", "choose", "See these rows", tooltip="See the rows of this bar in their list"),
    ]

    bars: reactive[tuple[Bar, ...]] = reactive((), layout=True)
    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """The rows of this bar are to be seen."""

        bar: Bar

    def __init__(self, aspect: Aspect) -> None:
        super().__init__(id=f"by-{aspect.value}")
        self.aspect = aspect
        self.border_title = aspect.heading

    def validate_cursor(self, cursor: int) -> int:
        """The cursor stays on a bar."""
        return min(max(cursor, 0), max(len(self.bars) - 1, 0))

    def watch_bars(self, before: tuple[Bar, ...], bars: tuple[Bar, ...]) -> None:
        """The cursor stays on what it stood on, by its name."""
        if self.cursor < len(before):
            label = before[self.cursor].label
            self.cursor = next((n for n, bar in enumerate(bars) if bar.label == label), self.cursor)

    def render(self) -> Content:
        """A line a bar: label, bar, rows."""
        if not self.bars:
            return Content("nothing is stuck").stylize("dim")
        most = max(bar.rows for bar in self.bars)
        return Content("\n").join(
            self._line(bar, most=most, here=self.has_focus and place == self.cursor)
            for place, bar in enumerate(self.bars)
        )

    def action_move(self, by: int) -> None:
        """Another bar; from the last one, the next chart."""
        if not 0 <= self.cursor + by < len(self.bars):
            self._other_chart(by)
        else:
            self.cursor += by
        self.scroll_visible(animate=False)

    def action_choose(self) -> None:
        """See the rows of the bar under the cursor."""
        if self.cursor < len(self.bars):
            self.post_message(self.Chosen(self.bars[self.cursor]))

    def on_click(self, event: Click) -> None:
        """The bar that was clicked is under the cursor; a second click sees its rows."""
        place = event.y - self.gutter.top
        if 0 <= place < len(self.bars):
            self.cursor = place
            if event.chain > 1:
                self.action_choose()

    def _other_chart(self, by: int) -> None:
        charts = list(self.screen.query(Bars))
        place = charts.index(self) + by
        if 0 <= place < len(charts):
            charts[place].cursor = 0 if by > 0 else max(len(charts[place].bars) - 1, 0)
            charts[place].focus()

    def _line(self, bar: Bar, *, most: int, here: bool) -> Content:
        count = f"{bar.rows:,}"
        width = self.content_size.width or self.size.width
        room = max(width - 2, 8)
        label_width = min(_LABEL, room // 2)
        bar_width = max(room - label_width - len(count) - 2, _LEAST_BAR)
        label = bar.label if len(bar.label) <= label_width else f"{bar.label[: label_width - 1]}…"
        drawn = _drawn(bar.rows / most, bar_width)
        text = f"{'▸' if here else ' '} {label:<{label_width}} {drawn:<{bar_width}} {count}"
        return Content(text).stylize("reverse" if here else "")


def _drawn(part: float, width: int) -> str:
    """A bar of `part` of `width` columns, to an eighth; what is not nothing shows as something."""
    eighths = max(round(part * width * 8), 1)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")
