"""One of several: a few lines, one of them chosen; which one is written, not only coloured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class OneOf(Widget, can_focus=True):
    """One of several. The arrows choose; Enter does nothing.

    Args:
        words: a line each, harmless text.
    """

    DEFAULT_CSS = """
    OneOf {
        height: auto;
        margin-bottom: 1;
        padding: 0 1;
    }
    OneOf:focus {
        background: $boost;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "choose(-1)", "The one above", show=False),
        Binding("down,j,space", "choose(1)", "The one below", show=False),
    ]

    chosen: reactive[int] = reactive(0)

    @dataclass
    class Changed(Message):
        """Another one is chosen."""

        one_of: "OneOf"

        @property
        def control(self) -> "OneOf":
            """What it is about."""
            return self.one_of

    def __init__(self, words: Sequence[str], *, id: str) -> None:  # noqa: A002 textual's own name
        super().__init__(id=id)
        self._words = tuple(words)

    def validate_chosen(self, chosen: int) -> int:
        """One of them is always chosen."""
        return min(max(chosen, 0), len(self._words) - 1)

    def watch_chosen(self) -> None:
        """Others may depend on it."""
        if self.is_mounted:
            self.post_message(self.Changed(self))

    def render(self) -> Content:
        """`(x)` stands before the one that is chosen."""
        return Content("\n").join(
            Content(f"({'x' if place == self.chosen else ' '}) {words}")
            for place, words in enumerate(self._words)
        )

    def action_choose(self, by: int) -> None:
        """Choose another one."""
        self.chosen += by

    def on_click(self, event: Click) -> None:
        """Choose the line that was clicked."""
        self.chosen = event.y
