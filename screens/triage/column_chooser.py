"""The column chooser: which columns a tab shows, and in which order."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.help.modal import HELP
from reconcile_tui.screens.triage.columns import COLUMNS, columns_of
from reconcile_tui.screens.triage.ordering import ColumnId


class ColumnChooser(ModalScreen[tuple[ColumnId, ...] | None]):
    """Answers the columns to show, or None: as before."""

    CSS_PATH: ClassVar = ["../prompts/prompts.tcss", "column_chooser.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "Show or hide", priority=True),
        Binding("K,shift+up", "shift(-1)", "Earlier", key_display="K"),
        Binding("J,shift+down", "shift(1)", "Later", key_display="J"),
        Binding("j", "go(1)", "Down", show=False),
        Binding("k", "go(-1)", "Up", show=False),
        Binding("enter,c", "done", "Keep", priority=True),
        Binding("escape", "dismiss(None)", "As before"),
        HELP,
    ]

    options = getters.query_one(OptionList)

    def __init__(self, tab: Tab, *, shown: Sequence[ColumnId], has_room: Collection[ColumnId]) -> None:
        super().__init__(classes="prompt")
        self._tab = tab
        self._shown = set(shown)
        self._order = [*shown, *(each for each in columns_of(tab) if each not in shown)]
        self._has_room = has_room

    def compose(self) -> ComposeResult:
        with Vertical(id="prompt"):
            yield Static(f"Columns of {self._tab.heading}", classes="heading", markup=False)
            yield OptionList(markup=False)
            yield Static(
                "space shows or hides · J K move it · enter keeps · escape leaves all as it was", markup=False
            )

    def on_mount(self) -> None:
        self._list(0)

    def action_turn(self) -> None:
        """Show the column, or hide it; one stays."""
        column = self._order[self._at]
        if self._shown != {column}:
            self._shown ^= {column}
        self._list(self._at)

    def action_shift(self, by: int) -> None:
        """Move the column."""
        at, to = self._at, self._at + by
        if 0 <= to < len(self._order):
            self._order[at], self._order[to] = self._order[to], self._order[at]
            self._list(to)

    def action_go(self, by: int) -> None:
        """Another column."""
        self.options.highlighted = (self._at + by) % len(self._order)

    def action_done(self) -> None:
        """These it is."""
        self.dismiss(tuple(column for column in self._order if column in self._shown))

    @property
    def _at(self) -> int:
        return self.options.highlighted or 0

    def _list(self, at: int) -> None:
        self.options.clear_options()
        self.options.add_options([self._line(column) for column in self._order])
        self.options.highlighted = at

    def _line(self, column: ColumnId) -> str:
        is_shown = column in self._shown
        narrow = "  (no room for it at this width)" if is_shown and column not in self._has_room else ""
        return f"[{'x' if is_shown else ' '}] {COLUMNS[column].heading}{narrow}"
