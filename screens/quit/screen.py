"""Quitting while rows are in flight: stay, or stop after them and quit. Stay has the focus.

It never closes by itself: a key that was meant for it would reach what lies below.
"""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from reconcile_tui.screens.batch.batch import Batch
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.help.footer import KeysFooter
from reconcile_tui.screens.help.modal import HELP


class QuitScreen(ModalScreen[None]):
    """Asks, and then waits until nothing is in flight any more.

    Args:
        leaving: the question was answered already, or nothing is applied: only reads end.
    """

    CSS_PATH = "quit.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,s", "stay", "Stay", id="stay"),
        Binding("y", "leave", "Stop and quit", id="stop_and_quit", tooltip="After the rows in flight"),
        HELP,
    ]

    app = getters.app(Dashboard)

    def __init__(self, *, leaving: bool = False) -> None:
        super().__init__()
        self._leaving = leaving

    def compose(self) -> ComposeResult:
        with Vertical(id="paper"):
            yield Static(id="question", markup=False)
            with Horizontal(id="answers"):
                yield Button("Stay", id="stay", compact=True)
        yield KeysFooter()

    def on_mount(self) -> None:
        self.app.clear_notifications()
        self.query_one("#stay", Button).focus()
        self.app.batch_changed.subscribe(self, self._on_batch)
        self._paint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Once it ends, there is nothing to answer any more."""
        return action not in ("stay", "leave") or not self._leaving

    def action_leave(self) -> None:
        """Begin no new row, and quit when those in flight have ended."""
        self._leaving = True
        self.app.leave_when_ended()
        self.refresh_bindings()
        self._paint()

    @on(Button.Pressed, "#stay")
    def action_stay(self) -> None:
        """The batch goes on."""
        self.dismiss(None)

    def _on_batch(self, _batch: Batch) -> None:
        self._paint()

    def _paint(self) -> None:
        self.query_one("#answers").display = not self._leaving
        self.query_one("#question", Static).update(self._words())

    def _words(self) -> str:
        batch = self.app.batches.writing
        if batch is None and not self._leaving:
            key = self.app.key("batch", "b")
            return f"The batch has ended meanwhile: Esc stays, and {key} shows its receipt. y quits."
        if batch is None:
            return "Ending: the reads under way are let go. Nothing is applied."
        done, total = len(batch.results), len(batch.to_apply)
        if self._leaving:
            return f"Stopping: no new row begins, those in flight end. {done} of {total} have ended."
        return (
            f"A batch is under way: {done} of {total} rows have ended. "
            "Esc stays. y stops after the rows in flight and quits; what is left stays as it is, "
            "and the receipt is found again under History."
        )
