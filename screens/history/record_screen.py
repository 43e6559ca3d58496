"""One record in full."""

from collections.abc import Sequence
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
from reconcile_tui.core.store.journal_search import FoundEntry
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.help.modal import HELP
from reconcile_tui.screens.history.belonging import MOST_ENTRIES, siblings_of
from reconcile_tui.screens.history.details import details_of, heading_of


class RecordScreen(ModalScreen[None]):
    """Every field of a record, and what belongs to it. It changes nothing."""

    CSS_PATH = "history.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back", id="leave"),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
        HELP,
    ]

    app = getters.app(Dashboard)

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="record"):
            yield Static(Content("\n".join(self._details())), id="fields", markup=False)

    def on_mount(self) -> None:
        box = self.query_one("#record", VerticalScroll)
        box.border_title = Content(heading_of(self._record))
        box.border_subtitle = Content("escape: back")
        box.focus()
        self._read()

    def action_leave(self) -> None:
        """Back to the list."""
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Scroll by a line."""
        self.query_one("#record", VerticalScroll).scroll_relative(y=by, animate=False)

    def _details(self, siblings: Sequence[Entry | FoundEntry] = ()) -> tuple[str, ...]:
        return details_of(self._record, siblings=siblings, daemon_heals=self.app.live.daemon_heals)

    @work(exclusive=True, group="reading")
    async def _read(self) -> None:
        """What belongs to the record: the steps of its dispatch, the rows of its tick."""
        desk = self.app.desk
        if desk is None:
            return
        try:
            siblings = await siblings_of(desk.records, self._record)
        except DATABASE_TROUBLE as error:
            self.app.warn(f"The database did not answer: {trouble_words(error)}. Open it again to try again.")
            return
        if not self.is_running:
            # Closed meanwhile: nothing of it is left to be painted.
            return
        lines = self._details(siblings)
        if len(siblings) >= MOST_ENTRIES:
            lines = (*lines, "", f"Only the newest {MOST_ENTRIES:,} of its entries are told.")
        self.query_one("#fields", Static).update(Content("\n".join(lines)))
