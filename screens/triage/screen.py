"""The triage screen: the tabs, the table of the one that is seen, and the row under the cursor."""

from textual import getters, on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer, Static, Tabs
from textual.widgets import Tab as TabTitle

from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.triage.table import RowTable


class TriageScreen(Screen[None]):
    """The lists."""

    CSS_PATH = "triage.tcss"

    app = getters.app(Dashboard)
    table = getters.query_one(RowTable)

    def compose(self) -> ComposeResult:
        yield Static("opening…", id="header", markup=False)
        yield Tabs(*(TabTitle(tab.heading, id=tab.value) for tab in Tab))
        yield RowTable()
        yield Footer()

    def on_mount(self) -> None:
        self.app.changed.subscribe(self, self._on_change)
        self.table.focus()

    @on(Tabs.TabActivated)
    def _show_tab(self, event: Tabs.TabActivated) -> None:
        self.app.live.show(Tab(event.tab.id or ""))
        self._show_rows()

    def _on_change(self, change: Change) -> None:
        if change is Change.ROWS:
            self._show_rows()

    def _show_rows(self) -> None:
        if (roster := self.app.live.roster) is not None:
            self.table.roster = roster
