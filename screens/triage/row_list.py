"""The list of a tab: the filter bar, a line about the list, the table; and what ties them to what is live."""

from datetime import timedelta

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from reconcile_tui.core.filter import EVERYTHING, Filter
from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.choices import TabChoice
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.lists import Acting, ListedRow, Tab
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.triage.columns import Sight, amounts, columns_of, usual_columns
from reconcile_tui.screens.triage.filter_bar import FilterBar
from reconcile_tui.screens.triage.list_words import ListState, displaced_words, notice, state_line
from reconcile_tui.screens.triage.ordering import ColumnId, Order
from reconcile_tui.screens.triage.roster import Roster
from reconcile_tui.screens.triage.table import RowTable

_NOT_AT_ALL = timedelta(0)
_TICK = 1.0
"""Seconds after which ages are drawn anew."""


class RowList(Vertical):
    """The rows of the tab that is seen."""

    app = getters.app(Dashboard)
    bar = getters.query_one(FilterBar)
    line = getters.query_one("#list-line", Static)
    table = getters.query_one(RowTable)

    def __init__(self) -> None:
        super().__init__()
        self._acting: dict[RowRef, Acting] = {}
        self._marks_dropped = 0
        self._decimals = 2
        self._table = RowTable(sight_of=self._sight)

    def compose(self) -> ComposeResult:
        yield FilterBar()
        yield Static(id="list-line", markup=False)
        yield self._table

    def on_mount(self) -> None:
        self.bar.display = False
        self.app.changed.subscribe(self, self._on_change)
        self.set_interval(_TICK, self._tick)
        chosen = self.app.choices.chosen
        for tab, roster in self.app.live.rosters.items():
            order = _order(chosen.tab(tab))
            if order is not None:
                self._arrange(roster, order=order)
        if (said := self.app.choices.trouble()) is not None:
            self.app.warn(said)
        self.show()

    def show(self) -> None:
        """See the tab that is to be seen, as it is now."""
        roster = self.app.live.roster
        if roster is None:
            return
        self._decimals, widest = amounts(roster.most_money)
        self.table.needs = {ColumnId.ID: roster.longest_id, ColumnId.AMOUNT: widest}
        self.table.columns = self.columns_of(roster.tab)
        self._say(roster)
        self.table.roster = roster

    def columns_of(self, tab: Tab) -> tuple[ColumnId, ...]:
        """What was chosen for a tab, as far as there are such columns; else the usual."""
        names = self.app.choices.chosen.tab(tab).columns
        known = tuple(ColumnId(name) for name in names if name in columns_of(tab))
        return known or usual_columns(tab)

    def edit_filter(self) -> None:
        """Type a filter."""
        roster = self.app.live.roster
        if roster is not None:
            self.bar.open(roster.wanted)

    def want(self, wanted: Filter) -> None:
        """See only the rows that are meant."""
        roster = self.app.live.roster
        if roster is not None:
            self._arrange(roster, wanted=wanted)

    def choose_columns(self) -> None:
        """Choose what the tab shows."""
        from reconcile_tui.screens.triage.column_chooser import ColumnChooser  # noqa: PLC0415 when it is wanted

        roster = self.app.live.roster
        if roster is None:
            return
        tab, shown = roster.tab, self.columns_of(roster.tab)
        has_room = self.table.columns_shown

        def chosen(columns: tuple[ColumnId, ...] | None) -> None:
            if columns:
                self._keep(tab, columns=tuple(columns))
                self.show()

        self.app.push_screen(ColumnChooser(tab, shown=shown, has_room=has_room), chosen)

    @on(FilterBar.Wanted)
    def _filter(self, event: FilterBar.Wanted) -> None:
        self.screen.set_focus(self.table)
        self.want(event.wanted)

    @on(FilterBar.Left)
    def _leave_bar(self) -> None:
        self.screen.set_focus(self.table)

    @on(RowTable.FilterLeft)
    def _leave_filter(self) -> None:
        self.want(EVERYTHING)

    @on(RowTable.OrderWanted)
    def _sort(self, event: RowTable.OrderWanted) -> None:
        roster = self.table.roster
        self._keep(roster.tab, order=event.order)
        self._arrange(roster, order=event.order)

    @on(RowTable.CursorDisplaced)
    def _tell_displaced(self, event: RowTable.CursorDisplaced) -> None:
        self.app.say(displaced_words(event.gone, event.by))

    @on(RowTable.MarksChanged)
    def _marks_changed(self) -> None:
        self._marks_dropped = 0
        self._say(self.table.roster)

    @on(RowTable.CursorMoved)
    def _range_changed(self) -> None:
        if self.table.roster.anchor is not None:
            self._say(self.table.roster)

    @work(group="arrange")
    async def _arrange(
        self, roster: Roster, *, order: Order | None = None, wanted: Filter | None = None
    ) -> None:
        self._marks_dropped = await roster.arrange(order=order, wanted=wanted)
        if roster is self.app.live.roster and self.is_running:
            self.app.live.point()
            self.show()
            if self._marks_dropped:
                self.table.post_message(RowTable.MarksChanged())

    def _keep(self, tab: Tab, *, columns: tuple[str, ...] | None = None, order: Order | None = None) -> None:
        choices = self.app.choices
        before = choices.chosen.tab(tab)
        choice = TabChoice(
            columns=before.columns if columns is None else columns,
            sorted_by=before.sorted_by if order is None else order.column.value,
            is_reversed=before.is_reversed if order is None else order.is_reversed,
        )

        async def keep() -> None:
            if (said := await choices.keep(choices.chosen.with_tab(tab, choice))) is not None:
                self.app.warn(said)

        self.app.errands.run("Remembering this", keep())

    def _on_change(self, change: Change) -> None:
        match change:
            case Change.ROWS:
                self.show()
            case Change.OVERVIEW:
                overview = self.app.live.overview
                self._acting = {each.ref: each for each in overview.acting} if overview else {}
                self._tick()
            case _:
                self._tick()

    def _tick(self) -> None:
        self._say(self.table.roster)
        self.table.refresh()

    def _say(self, roster: Roster) -> None:
        live = self.app.live
        figures = live.overview.tabs.get(roster.tab) if live.overview else None
        read_at = live.overview.read_at if live.overview else None
        state = ListState(
            tab=roster.tab,
            wanted=roster.wanted,
            seen=len(roster.visible),
            rows=len(roster),
            expected=figures.rows if figures else None,
            marks=len(roster.marks),
            marks_dropped=self._marks_dropped,
            range_rows=roster.rows_in_range,
            gone=live.listings[roster.tab].gone,
            unread=len(roster.unread),
            was_read=roster.was_read,
            read_ago=self.app.clock.now() - read_at if read_at else None,
            trouble=live.trouble,
            next_step=live.database.trouble.next_step if live.database.trouble else "",
            range_key=self.app.key("range", "v"),
            let_go_key=self.app.key("let_go", "escape"),
            filter_key=self.app.key("filter", "/"),
        )
        said = state_line(state)
        if said != self.line.content:
            self.line.update(said, layout=False)
        self.table.notice = notice(state)

    def _sight(self, row: ListedRow) -> Sight:
        app, ref = self.app, row.ref
        looked = app.live.looks.get(ref)
        return Sight(
            row=row,
            now=self._table.roster.now(),
            looked=looked.planned if looked else None,
            looked_ago=app.clock.now() - looked.at if looked else _NOT_AT_ALL,
            acting=self._acting.get(ref),
            decimals=self._decimals,
        )


def _order(choice: TabChoice) -> Order | None:
    if choice.sorted_by not in list(ColumnId):
        return None
    return Order(ColumnId(choice.sorted_by), choice.is_reversed)
