"""The history as it is seen: a heading, the list, and the line for its filter."""

from typing import ClassVar, Final

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.history_filter import HistoryAsked, HistoryFilterInvalid, parse_history_filter
from reconcile_tui.core.moments import MomentRefused
from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words
from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
from reconcile_tui.core.store.plans import AppliedPlan
from reconcile_tui.core.store.schema import SchemaOutdated
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.field import Field
from reconcile_tui.screens.history.belonging import entries_of
from reconcile_tui.screens.history.history_list import HistoryList
from reconcile_tui.screens.history.reading import Reading
from reconcile_tui.screens.live.live import Change

_PAGE: Final = 100
_HOW: Final = "actor:alice outcome:fixed event:refund.succeeded plan:… since:2h until:14:30, or a row's id"


class HistoryView(Widget):
    """What is on record, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="filter", key_display="/"),
        Binding("x", "steps", "Every step", id="steps", tooltip="Each step of the journal, or a line a plan"),
        Binding("r", "reread", "Re-read", id="reread", show=False),
        Binding("e", "export", "Export", id="export", tooltip="This list as CSV or JSON"),
        Binding("m", "post_mortem", "Post-mortem", id="post_mortem", tooltip="A plan, or a day, as Markdown"),
        Binding("escape", "all", "Everything", id="all", tooltip="Take the filter away", show=False),
    ]

    app = getters.app(Dashboard)
    records = getters.query_one(HistoryList)

    def __init__(self) -> None:
        super().__init__()
        self.reading = Reading()
        self._asked = HistoryAsked()
        self._wanted = ""
        self._newest = -1

    def compose(self) -> ComposeResult:
        yield Static("", id="heading", markup=False)
        yield Field(id="asked", placeholder=_HOW)
        yield HistoryList()

    def on_mount(self) -> None:
        self.app.changed.subscribe(self, self._on_change)
        self.query_one("#heading", Static).update("Reading what is on record …")
        self.records.focus()
        self.action_reread()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`escape` is ours only while there is a filter, or one is written."""
        return action != "all" or bool(self._wanted) or self.has_class("-asking")

    def action_reread(self) -> None:
        """Read what is new."""
        self._read_newest()

    def action_steps(self) -> None:
        """Every step of the journal, or a line a plan and a line a tick."""
        self._ask(self._wanted, every_step=not self._asked.every_step)

    def action_filter(self) -> None:
        """Write which records are meant."""
        self.add_class("-asking")
        self.query_one("#asked", Input).focus()

    def action_all(self) -> None:
        """Leave the filter's line, and where it was left already, take the filter away."""
        if self.has_class("-asking"):
            self._leave_line()
        elif self._wanted:
            self.query_one("#asked", Input).value = ""
            self._ask("", every_step=self._asked.every_step)

    def action_export(self) -> None:
        """Write what was read so far into a file."""
        from reconcile_tui.screens.exporting.asking import export_history  # noqa: PLC0415 opened rarely

        export_history(self.app, tuple(self.reading.records), wanted=self._wanted)

    def action_post_mortem(self) -> None:
        """Write the plan under the cursor, or the last day, down as Markdown."""
        from reconcile_tui.screens.exporting.asking import export_incident  # noqa: PLC0415 opened rarely

        record = self.reading.under_cursor
        plan_id = record.plan_id if isinstance(record, AppliedPlan) else None
        if isinstance(record, FoundEntry):
            plan_id = record.entry.plan_id
        export_incident(self.app, began=None, plan_id=plan_id)

    @on(Input.Submitted, "#asked")
    def _filtered(self, event: Input.Submitted) -> None:
        event.stop()
        if self._ask(event.value.strip(), every_step=self._asked.every_step):
            self._leave_line()

    @on(HistoryList.Opened)
    def _open(self, event: HistoryList.Opened) -> None:
        from reconcile_tui.screens.history.record_screen import RecordScreen  # noqa: PLC0415 opened rarely

        if isinstance(event.record, AppliedPlan):
            self._open_receipt(event.record)
        else:
            self.app.push_screen(RecordScreen(event.record))

    @on(HistoryList.EndInView)
    def _older(self) -> None:
        self._read_older()

    def _ask(self, wanted: str, *, every_step: bool) -> bool:
        """Show other records; False where the text asks for nothing that is known."""
        try:
            self._asked = parse_history_filter(wanted, every_step=every_step)
        except HistoryFilterInvalid as error:
            self.app.warn(f"This filter is not understood: {error}.")
            return False
        self._wanted = wanted
        self.reading = Reading()
        self.records.show(self.reading)
        self._read_newest()
        return True

    def _leave_line(self) -> None:
        self.remove_class("-asking")
        self.records.focus()

    @work(exclusive=True, group="receipt")
    async def _open_receipt(self, plan: AppliedPlan) -> None:
        from reconcile_tui.screens.receipt.batch_receipt import receipt_of  # noqa: PLC0415 as above
        from reconcile_tui.screens.receipt.screen import ReceiptScreen  # noqa: PLC0415 as above

        desk = self.app.desk
        if desk is None:
            return
        try:
            entries = await entries_of(desk.records, JournalFilter(plan_id=plan.plan_id))
        except DATABASE_TROUBLE as error:
            self._say_trouble(error)
            return
        if entries and self.screen.is_current:
            self.app.push_screen(ReceiptScreen(receipt_of(entries, daemon_heals=self.app.live.daemon_heals)))

    @work(exclusive=True, group="newest")
    async def _read_newest(self) -> None:
        asked, reading, desk = self._asked, self.reading, self.app.desk
        if desk is None:
            self._say(f"The database is not open yet: {self._reread_key} reads again.")
            return
        try:
            page = await desk.records.history(asked, limit=_PAGE)
        except (*DATABASE_TROUBLE, SchemaOutdated, MomentRefused) as error:
            self._say_trouble(error)
            return
        if reading is self.reading:
            reading.add_newest(page)
            self._show()

    @work(exclusive=True, group="older")
    async def _read_older(self) -> None:
        asked, reading, desk = self._asked, self.reading, self.app.desk
        after = reading.after
        if desk is None or after is None:
            return
        try:
            page = await desk.records.history(asked, limit=_PAGE, after=after)
        except (*DATABASE_TROUBLE, SchemaOutdated, MomentRefused) as error:
            self._say_trouble(error)
            return
        if reading is self.reading and reading.after == after:
            reading.add_older(page)
            self._show()

    def _on_change(self, change: Change) -> None:
        """News: something was written since the last look."""
        overview = self.app.live.overview
        if change is Change.OVERVIEW and overview is not None and overview.newest_entry != self._newest:
            self._newest = overview.newest_entry
            if self.display:
                self._read_newest()

    def _show(self) -> None:
        if not self.is_running:
            return
        self.records.show(self.reading)
        what = "steps" if self._asked.every_step else "plans, ticks, actions"
        more = "+" if self.reading.after is not None else ""
        wanted = f" · filtered by {harmless(self._wanted, limit=80)}" if self._wanted else ""
        if len(self.reading):
            self._say(f"{len(self.reading):,}{more} on record · {what}{wanted} (UTC, newest first)")
        else:
            steps = "" if self._asked.every_step else " · x: every step of the journal"
            kinds = "step" if self._asked.every_step else "plan, tick or action"
            fits = " that fits: escape takes the filter away" if self._wanted else " yet"
            self._say(f"No {kinds} is on record{fits}{wanted}{steps}")

    def _say_trouble(self, error: Exception) -> None:
        if isinstance(error, MomentRefused):
            self._say(f"{harmless(str(error))}")
            return
        words = str(error) if isinstance(error, SchemaOutdated) else trouble_words(error)
        kept = " What is shown is older." if len(self.reading) else ""
        self._say(f"The database did not answer: {harmless(words)}.{kept} {self._reread_key} reads again.")

    @property
    def _reread_key(self) -> str:
        return self.app.key("reread", "r")

    def _say(self, words: str) -> None:
        if not self.is_running:
            return
        self.query_one("#heading", Static).update(Content(words))
