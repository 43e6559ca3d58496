"""The help screen."""

from collections.abc import Container
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from reconcile_tui.screens.help.keys import KeyGroup

_SIGNS = (
    ("▶", "the row under the cursor: what a key is about that acts on one row"),
    ("●", "a marked row"),
    ("≠", "the shop and the PSP differ in this field"),
    ("!", "a person must look"),
    ("✎", "asks first, and changes something once you have confirmed"),
)


class HelpScreen(ModalScreen[None]):
    """The keys of the screen below.

    Args:
        groups: its keys.
        movable: names of actions whose keys a keymap may move; those are told.
        log_path: where the log is written; None: nowhere.
    """

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "Close", id="close_help", key_display="esc"),
    ]

    def __init__(
        self, groups: tuple[KeyGroup, ...], *, movable: Container[str], log_path: str | None = None
    ) -> None:
        super().__init__()
        self.groups = groups
        self._movable = movable
        self._log_path = log_path

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help", can_focus=True):
            yield Static(
                Text(
                    "Enter, the arrows and ctrl keys never change anything. What changes rows (✎) asks "
                    "first, shows every row, and wants y."
                )
            )
            for group in self.groups:
                yield Static(_table(group, self._movable))
            yield Static(_legend())
            if self._log_path is not None:
                yield Static(Text(f"\nLog: {self._log_path}"))

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)


def _table(group: KeyGroup, movable: Container[str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.title = Text(f"\n{group.heading}", style="bold")
    table.title_justify = "left"
    table.add_column(min_width=14)
    table.add_column(min_width=1)
    table.add_column(ratio=1)
    table.add_column(style="dim")
    for line in group.lines:
        style = "" if line.enabled else "dim"
        keys = Text(" ".join(line.keys), style=f"bold {style}")
        name = line.name if line.name is not None and line.name in movable else ""
        table.add_row(keys, "✎" if line.changes else "", Text(line.description, style=style), name)
    return table


def _legend() -> Table:
    table = Table.grid(padding=(0, 2))
    table.title = Text("\nSigns", style="bold")
    table.title_justify = "left"
    for sign, words in _SIGNS:
        table.add_row(Text(sign, style="bold"), Text(words))
    return table
