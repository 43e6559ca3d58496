"""The triage screen: the tabs, the table of the one that is seen, and the row under the cursor."""

from typing import ClassVar, Final

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from reconcile_tui.core.breakdown import Bar
from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.actions import is_offered
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.header.header import Header
from reconcile_tui.screens.help.footer import KeysFooter
from reconcile_tui.screens.triage import acting
from reconcile_tui.screens.triage.event_line import EventLine
from reconcile_tui.screens.triage.first_line import FirstLine
from reconcile_tui.screens.triage.happenings_screen import HappeningsScreen
from reconcile_tui.screens.triage.row_list import RowList
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from reconcile_tui.screens.triage.table import RowTable
from reconcile_tui.screens.triage.tabs import TriageTabs
from reconcile_tui.screens.triage.told import copy_headline, copy_story, open_psp_page

NARROW: Final = 110
"""On a terminal of fewer columns the row stands below the table, not beside it."""


_OPEN: Final = "Open any row by any of its ids"


_OF_ROWS: Final = frozenset(
    (
        *("sync", "sync_marked", "dry_run", "reread", "acknowledge", "filter", "columns", "export"),
        *("copy_row", "psp_page", "enlarge"),
    )
)
"""Names of actions on the rows of a list."""


class TriageScreen(Screen[None]):
    """The lists."""

    CSS_PATH: ClassVar = ["triage.tcss", "row_list.tcss", "table.tcss", "../history/history.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "shrink",
            "Back to the list",
            id="shrink",
            tooltip="Back from the row in full to the list",
            key_display="esc",
        ),
        Binding("s", "sync", "Sync", id="sync", tooltip="Sync the row under the cursor"),
        Binding("S", "sync_marked", "Sync marked", id="sync_marked", tooltip="Sync the marked rows"),
        Binding("d", "dry_run", "Dry run", id="dry_run", tooltip="What a sync would do, as last known"),
        Binding("r", "reread", "Re-read", show=False, id="reread", tooltip="Read the PSP again, unforced"),
        Binding(
            "a",
            "acknowledge",
            "Acknowledge",
            id="acknowledge",
            tooltip="Acknowledge the attention row, with a reason",
            show=False,
        ),
        Binding(
            "w", "sweep", "Sweep now", id="sweep", tooltip="Plan what a tick would look at now", show=False
        ),
        Binding(
            "p", "pause", "Pause", id="pause", tooltip="Pause every process, or lift a pause", show=False
        ),
        Binding(
            "i", "incident", "Incident", id="incident", tooltip="The incident: how much, since when, by what"
        ),
        Binding(
            "slash",
            "filter",
            "Filter",
            id="filter",
            tooltip="Filter: connector:adyen status:processing age>2h",
            key_display="/",
        ),
        Binding("colon", "open_row", "Open", id="open_row", tooltip=_OPEN, key_display=":", show=False),
        Binding("ctrl+o", "open_row", "Open", tooltip=_OPEN, show=False),
        Binding("y", "copy_row", "Copy", id="copy_row", tooltip="Copy why the row is stuck", show=False),
        Binding(
            "Y",
            "copy_first_line",
            "Copy headline",
            id="copy_first_line",
            tooltip="Copy the first line for the channel",
            show=False,
        ),
        Binding("o", "psp_page", "PSP page", id="psp_page", tooltip="The PSP's own page of it", show=False),
        Binding(
            "enter", "enlarge", "Enlarge", id="enlarge", tooltip="See the row in full, and back", show=False
        ),
        Binding(
            "b", "batch", "Batch", id="batch", tooltip="The batch under way, or the last receipt", show=False
        ),
        Binding("e", "export", "Export", id="export", tooltip="This list as CSV or JSON", show=False),
        Binding("E", "happenings", "Events", id="happenings", tooltip="What happened before", show=False),
        Binding("c", "columns", "Columns", id="columns", tooltip="Choose the columns", show=False),
        *(
            Binding(str(number), f"show_tab('{tab.value}')", tab.heading, id=f"tab_{tab.value}", show=False)
            for number, tab in enumerate(Tab, start=1)
        ),
    ]

    app = getters.app(Dashboard)
    rows = getters.query_one(RowList)
    table = getters.query_one(RowTable)
    tabs = getters.query_one(TriageTabs)
    panel = getters.query_one(RowPanel)
    _history_was_shown = False

    def compose(self) -> ComposeResult:
        yield FirstLine()
        yield Header()
        yield TriageTabs()
        with Horizontal(id="body"):
            yield RowList()
            yield RowPanel()
        yield EventLine()
        yield KeysFooter()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A viewer has no action that changes something, and the history no row under the cursor."""
        if action == "shrink":
            return self.is_reading
        if action == "copy_text":
            return bool(self.get_selected_text())
        if action in _OF_ROWS and not self.app.live.tab.holds_rows:
            return False
        return is_offered(action, self.app.desk)

    def on_mount(self) -> None:
        self.table.focus()

    def action_show_tab(self, tab: str) -> None:
        """See another list."""
        self.tabs.show(Tab(tab))

    def action_pause(self) -> None:
        """Stop every process, or lift what stops them."""
        from reconcile_tui.screens.prompts.asking import ask_pause  # noqa: PLC0415 not for the first paint

        ask_pause(self.app)

    def action_acknowledge(self) -> None:
        """Let the attention row under the cursor be quiet for a while."""
        acting.acknowledge(self.app)

    def action_filter(self) -> None:
        """Type a filter."""
        self.rows.edit_filter()

    def action_columns(self) -> None:
        """Choose the columns of this tab."""
        self.rows.choose_columns()

    def action_open_row(self) -> None:
        """Open any row by any of its ids."""
        from reconcile_tui.screens.prompts.asking import ask_row  # noqa: PLC0415 as above

        ask_row(self.app, self.open_row)

    def open_row(self, ref: RowRef) -> None:
        """Put the cursor on a row, in the list that holds it; one that no list holds is seen by itself."""
        for tab, roster in self.app.live.rosters.items():
            if (index := roster.index_of(ref)) is not None:
                roster.move_to(index)
                self.action_show_tab(tab.value)
                self.rows.show()
                self.table.focus()
                return
        from reconcile_tui.screens.triage.row_screen import RowScreen  # noqa: PLC0415 as above

        self.app.push_screen(RowScreen(ref))

    def action_reread(self) -> None:
        """Read the PSP again for the row under the cursor."""
        roster = self.app.live.roster
        if roster is not None and roster.cursor is not None:
            self.app.live.reread(roster.cursor)

    def action_happenings(self) -> None:
        """Show what happened before."""
        self.app.push_screen(HappeningsScreen(self.app.live.happenings))

    def action_incident(self) -> None:
        """See what is going on; a bar that is chosen there filters the lists."""
        from reconcile_tui.screens.incident.screen import IncidentScreen  # noqa: PLC0415 not for the first paint

        self.app.push_screen(IncidentScreen(), self._see_bar)

    def action_export(self) -> None:
        """Write the list that is seen into a file."""
        from reconcile_tui.screens.exporting.asking import export_rows  # noqa: PLC0415 as above

        if (roster := self.app.live.roster) is not None:
            export_rows(self.app, roster)

    def _see_bar(self, bar: Bar | None) -> None:
        if bar is not None:
            self._narrow(bar)

    @work
    async def _narrow(self, bar: Bar) -> None:
        from reconcile_tui.screens.incident.narrowing import narrowed  # noqa: PLC0415 as above

        if (tab := await narrowed(self.app, bar)) is not None:
            self.action_show_tab(tab.value)
            self.rows.show()

    def _show_history(self, *, shown: bool) -> None:
        if shown or self._history_was_shown:
            from reconcile_tui.screens.history.place import show_history  # noqa: PLC0415 as above

            self._history_was_shown = shown
            show_history(self, body=self.query_one("#body"), shown=shown)
            if not shown:
                self.table.focus()

    @on(RowTable.ViewMoved)
    def _look_at_view(self, event: RowTable.ViewMoved) -> None:
        self.app.live.in_view(event.refs)

    @on(RowTable.CursorMoved)
    def _look_at_cursor(self) -> None:
        self.app.live.point()

    def action_sync(self) -> None:
        """Sync the row under the cursor."""
        acting.sync(self.app)

    def action_sync_marked(self) -> None:
        """Sync the marked rows."""
        acting.sync_marked(self.app)

    def action_dry_run(self) -> None:
        """Show what a sync would do."""
        acting.dry_run(self.app)

    def action_sweep(self) -> None:
        """Plan what a tick would look at now."""
        self.app.errands.run("The sweep", acting.sweep(self.app))

    def action_batch(self) -> None:
        """Show the batch under way, or the last receipt."""
        acting.show_batch(self.app)

    def action_enlarge(self) -> None:
        """See the row under the cursor in full, or the table again."""
        (self.panel if self.toggle_reading() else self.table).focus()

    def action_shrink(self) -> None:
        """See the table again."""
        self.action_enlarge()

    @property
    def is_reading(self) -> bool:
        """Whether the row has the whole room."""
        return bool(self.query("#body.-reading"))

    def toggle_reading(self) -> bool:
        """Give the row the whole room, or take it back; whether it has it now."""
        self.query_one("#body").toggle_class("-reading")
        self.panel.border_title = "esc: back to the list" if self.is_reading else ""
        self.refresh_bindings()
        return self.is_reading

    async def action_copy_row(self) -> None:
        """Copy why the row is stuck."""
        await copy_story(self.app, self.panel.known)

    async def action_copy_first_line(self) -> None:
        """Copy the first line, with its figures, for the channel."""
        await copy_headline(self.app, self.query_one(FirstLine).headline)

    async def action_psp_page(self) -> None:
        """The PSP's own page about the payment."""
        await open_psp_page(self.app, self.panel.known)

    @on(RowTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self.panel.follow()

    @on(TriageTabs.Chosen)
    def _show_tab(self, event: TriageTabs.Chosen) -> None:
        self.app.live.show(event.tab)
        self.rows.show()
        self._show_history(shown=not event.tab.holds_rows)
        self.refresh_bindings()
        self.panel.follow()
