"""Opening a row by any of its ids."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.field import Field
from reconcile_tui.screens.help.modal import HELP

Finds = Callable[[str], Awaitable[Sequence[RowRef]]]


class OpenRowPrompt(ModalScreen[RowRef | None]):
    """Asks for an id; several rows that have it are offered. Nothing is written.

    Args:
        finds: looks an id up; what the database cannot answer it raises.
    """

    CSS_PATH = "prompts.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", id="leave"), HELP]

    def __init__(self, finds: Finds) -> None:
        super().__init__(classes="prompt")
        self._finds = finds
        self._found: Sequence[RowRef] = ()

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="prompt", can_focus=False):
            yield Static("Open a row", classes="heading", markup=False)
            yield Field(id="asked", placeholder="order, refund, payment or PSP refund id")
            yield Static("", id="why-not", markup=False)
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).display = False

    def action_leave(self) -> None:
        """Open nothing."""
        self.dismiss(None)

    @on(Input.Submitted)
    def _asked(self, event: Input.Submitted) -> None:
        if asked := event.value.strip():
            self._look_up(asked)

    @work(exclusive=True)
    async def _look_up(self, asked: str) -> None:
        from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words  # noqa: PLC0415

        trouble = ""
        try:
            self._found = tuple(await self._finds(asked))
        except DATABASE_TROUBLE as error:
            trouble = f"The database did not answer: {trouble_words(error)}. Press enter to ask again."
        if not self.is_current:
            # Left meanwhile: to dismiss it now would take another screen away.
            return
        if trouble:
            self._say(trouble)
            return
        match self._found:
            case []:
                self._say(f"No row has the id {harmless(asked, limit=80)}, its own or the PSP's.")
            case [ref]:
                self.dismiss(ref)
            case _:
                self._offer()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index])

    def _offer(self) -> None:
        self._say(f"{len(self._found)} rows have this id:")
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(harmless(str(ref), limit=80)) for ref in self._found)
        options.display = True
        options.focus()

    def _say(self, words: str) -> None:
        self.query_one("#why-not", Static).update(words)
