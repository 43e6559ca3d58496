"""A row that stands in no list, side by side with the PSP's truth: final, too young, or filtered away."""

from collections.abc import Sequence
from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words
from reconcile_tui.core.store.schema import SchemaOutdated
from reconcile_tui.screens.actions import is_offered
from reconcile_tui.screens.batch.batch import Purpose, Undertaking
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.lists import ListedRow
from reconcile_tui.screens.help.footer import KeysFooter
from reconcile_tui.screens.help.modal import HELP
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from reconcile_tui.screens.triage.told import copy_story, open_psp_page

_OF_NO_LIST = "It stands in none of the lists that were read."


class RowScreen(ModalScreen[None]):
    """One row in full; it follows the database and the PSP as the lists do."""

    CSS_PATH = "row_screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back", id="leave_row", key_display="esc"),
        Binding("s", "sync", "Sync", id="sync_opened", tooltip="Sync this row"),
        Binding(
            "d", "dry_run", "Dry run", id="dry_run_opened", tooltip="What a sync would do, as last known"
        ),
        Binding("r", "reread", "Re-read", id="reread_opened", tooltip="Read the PSP again, unforced"),
        Binding("y", "copy", "Copy", id="copy_opened", tooltip="Copy why the row is stuck"),
        Binding("o", "psp_page", "PSP page", id="psp_page_opened"),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
        HELP,
    ]

    app = getters.app(Dashboard)
    panel = getters.query_one(RowPanel)

    def __init__(self, ref: RowRef) -> None:
        super().__init__()
        self.listed: ListedRow | None = None
        self._ref = ref

    def compose(self) -> ComposeResult:
        with Vertical(id="row"):
            yield Static(_OF_NO_LIST, id="where", markup=False)
            yield RowPanel(of=lambda: self.listed)
        yield KeysFooter()

    def on_mount(self) -> None:
        self.panel.focus()
        self.app.changed.subscribe(self, self._on_change)
        self.app.live.reread(self._ref)
        self._read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A viewer has no action that changes something."""
        return is_offered(action, self.app.desk)

    def action_leave(self) -> None:
        """Back to the lists."""
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Scroll by a line."""
        self.panel.scroll_relative(y=by, animate=False)

    def action_sync(self) -> None:
        """Sync this row: it is read, and asked about, first."""
        self.app.undertake(Undertaking.of(Purpose.SYNC, (self._ref,)))

    def action_dry_run(self) -> None:
        """Show what a sync would do."""
        self.app.undertake(Undertaking.of(Purpose.DRY_RUN, (self._ref,)))

    def action_reread(self) -> None:
        """Read the row and the PSP again."""
        self.app.live.reread(self._ref)
        self._read()

    async def action_copy(self) -> None:
        """Copy why the row is stuck."""
        await copy_story(self.app, self.panel.known)

    async def action_psp_page(self) -> None:
        """The PSP's own page about the payment."""
        await open_psp_page(self.app, self.panel.known)

    def _on_change(self, change: Change) -> None:
        if change is Change.OVERVIEW:
            self._read()

    @work(group="row", exclusive=True)
    async def _read(self) -> None:
        if self.app.desk is None:
            return
        rows: Sequence[ListedRow] = ()
        trouble = ""
        try:
            rows = await self.app.desk.lists.rows((self._ref,))
        except (*DATABASE_TROUBLE, SchemaOutdated) as error:
            words = str(error) if isinstance(error, SchemaOutdated) else trouble_words(error)
            trouble = f"The database did not answer: {harmless(words, limit=200)}. r reads again."
        if not self.is_running:
            # Closed meanwhile: nothing of it is left to be painted.
            return
        if trouble:
            self._say(trouble)
            return
        self.listed = rows[0] if rows else None
        self._say(_OF_NO_LIST if rows else f"{self._ref} is gone from the shop's tables.")
        self.panel.follow()

    def _say(self, words: str) -> None:
        self.query_one("#where", Static).update(words)
