"""One record in full."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from reconcile_tui.core.history import Record
from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words
from reconcile_tui.core.store.journal_entries import Entry
from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
from reconcile_tui.core.store.plans import AppliedPlan
from reconcile_tui.core.store.runs import Run
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.records import Records
from reconcile_tui.screens.history.details import details_of, heading_of

_PAGE = 200
_MOST = 5_000
"""Entries of a plan, or of a tick, that are told at most."""


class RecordScreen(ModalScreen[None]):
    """Every field of a record, and what belongs to it. It changes nothing."""

    CSS_PATH = "history.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back", id="leave"),
        Binding("e", "export", "Export", id="export", tooltip="Write this plan down as Markdown"),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
    ]

    app = getters.app(Dashboard)

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="record"):
            yield Static(Content("\n".join(details_of(self._record))), id="fields", markup=False)

    def on_mount(self) -> None:
        box = self.query_one("#record", VerticalScroll)
        box.border_title = Content(heading_of(self._record))
        of_plan = isinstance(self._record, AppliedPlan)
        box.border_subtitle = Content(f"escape: back{' · e: export' if of_plan else ''}")
        box.focus()
        self._read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a plan is written down by itself."""
        return action != "export" or isinstance(self._record, AppliedPlan)

    def action_leave(self) -> None:
        """Back to the list."""
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Scroll by a line."""
        self.query_one("#record", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_export(self) -> None:
        """Write the plan down for the post-mortem."""
        from reconcile_tui.screens.exporting.asking import export_incident  # noqa: PLC0415 opened rarely

        if isinstance(self._record, AppliedPlan):
            export_incident(self.app, began=None, plan_id=self._record.plan_id)

    @work(exclusive=True, group="reading")
    async def _read(self) -> None:
        """What belongs to the record: the steps of its dispatch, the rows of its plan."""
        desk = self.app.desk
        if desk is None:
            return
        try:
            siblings = await _siblings(desk.records, self._record)
        except DATABASE_TROUBLE as error:
            self.app.warn(f"The database did not answer: {trouble_words(error)}. Open it again to try again.")
            return
        lines = details_of(self._record, siblings=siblings)
        if len(siblings) >= _MOST:
            lines = (*lines, "", f"Only the newest {_MOST:,} of its entries are told.")
        self.query_one("#fields", Static).update(Content("\n".join(lines)))


async def _siblings(records: Records, record: Record) -> Sequence[Entry | FoundEntry]:
    match record:
        case FoundEntry():
            entries, _ = await records.of_row(record.entry.ref)
            intent = record.entry.intent_id or record.entry.entry_id
            return [each for each in entries if intent in (each.intent_id, each.entry_id)]
        case AppliedPlan():
            return await _all(records, JournalFilter(plan_id=record.plan_id))
        case Run():
            until = (record.finished_at or record.heartbeat_at) + timedelta(microseconds=1)
            of_tick = JournalFilter(actor=record.actor, since=record.started_at, until=until)
            return await _all(records, of_tick)
        case _:
            return ()


async def _all(records: Records, which: JournalFilter) -> Sequence[FoundEntry]:
    """These entries, oldest first; the newest of them where there are very many."""
    found: list[FoundEntry] = []
    before: int | None = None
    while len(found) < _MOST:
        page = await records.journal(which, limit=_PAGE, before=before)
        found += page
        if len(page) < _PAGE:
            break
        before = page[-1].entry.entry_id
    return found[::-1]
