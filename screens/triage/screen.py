"""The triage screen: the tabs, the table of the one that is seen, and the row under the cursor."""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Footer

from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.header.header import Header
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.triage.event_line import EventLine
from reconcile_tui.screens.triage.first_line import FirstLine
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from reconcile_tui.screens.triage.table import RowTable
from reconcile_tui.screens.triage.tabs import TriageTabs


class TriageScreen(Screen[None]):
    """The lists."""

    CSS_PATH = "triage.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sync", "Sync", id="sync", tooltip="Sync the row under the cursor"),
        Binding("S", "sync_marked", "Sync marked", id="sync_marked", tooltip="Sync the marked rows"),
        Binding("d", "dry_run", "Dry run", id="dry_run", tooltip="What a sync would do, as last known"),
        Binding("r", "reread", "Re-read", id="reread", tooltip="Read the PSP again, unforced"),
        Binding("a", "acknowledge", "Acknowledge", id="acknowledge"),
        Binding("w", "sweep", "Sweep now", id="sweep", show=False),
        Binding("p", "pause", "Pause", id="pause", show=False),
        Binding("i", "incident", "Incident", id="incident"),
        Binding("slash", "filter", "Filter", id="filter", key_display="/"),
        Binding("colon,ctrl+o", "open_row", "Open", id="open_row", key_display=":"),
        Binding("y", "copy_row", "Copy", id="copy_row", tooltip="Copy why the row is stuck", show=False),
        Binding("Y", "copy_first_line", "Copy headline", id="copy_first_line", show=False),
        Binding("o", "psp_page", "PSP page", id="psp_page", show=False),
        Binding(
            "b", "batch", "Batch", id="batch", tooltip="The batch under way, or the last receipt", show=False
        ),
        Binding("e", "export", "Export", id="export", tooltip="This list as CSV or JSON", show=False),
        Binding("c", "columns", "Columns", id="columns", show=False),
        *(
            Binding(str(number), f"show_tab('{tab.value}')", tab.heading, id=f"tab_{tab.value}", show=False)
            for number, tab in enumerate(Tab, start=1)
        ),
    ]

    app = getters.app(Dashboard)
    table = getters.query_one(RowTable)
    tabs = getters.query_one(TriageTabs)

    def compose(self) -> ComposeResult:
        yield FirstLine()
        yield Header()
        yield TriageTabs()
        with Horizontal(id="body"):
            yield RowTable()
            yield RowPanel()
        yield EventLine()
        yield Footer()

    def on_mount(self) -> None:
        self.app.changed.subscribe(self, self._on_change)
        self.table.focus()

    def action_show_tab(self, tab: str) -> None:
        """See another list."""
        self.tabs.show(Tab(tab))

    @on(TriageTabs.Chosen)
    def _show_tab(self, event: TriageTabs.Chosen) -> None:
        self.app.live.show(event.tab)
        self._show_rows()

    def _on_change(self, change: Change) -> None:
        if change is Change.ROWS:
            self._show_rows()

    def _show_rows(self) -> None:
        if (roster := self.app.live.roster) is not None:
            self.table.roster = roster
