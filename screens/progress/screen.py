"""A batch that was confirmed: its progress while it is under way, its receipt once it is over.

Leaving this screen ends nothing; `b` comes back to it.
"""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from reconcile_tui.screens.batch.batch import Batch, Purpose, Stage, Undertaking
from reconcile_tui.screens.confirm.particulars import place_name, where
from reconcile_tui.screens.confirm.plan_lines import rows_in_words
from reconcile_tui.screens.copying import copy
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.place import Place
from reconcile_tui.screens.help.footer import KeysFooter
from reconcile_tui.screens.help.modal import HELP
from reconcile_tui.screens.progress.tally import came_to, how_far, latest_lines
from reconcile_tui.screens.receipt.batch_receipt import BatchReceipt, receipt_of_batch
from reconcile_tui.screens.receipt.receipt_lines import receipt_lines, receipt_text
from reconcile_tui.screens.sheet.sheet import Sheet

_REPAINT_SECONDS = 0.1


class BatchScreen(ModalScreen[Undertaking | None]):
    """Shows one batch; answers with what to undertake next, where somebody wants to."""

    CSS_PATH = "progress.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", id="stop_batch", tooltip="Stop after rows in flight"),
        Binding("escape", "close", "Close", id="close_receipt"),
        Binding("b,q", "leave", "Back", id="leave_batch", tooltip="The batch goes on"),
        Binding("r", "retry_left", "Retry what is left", id="retry_left"),
        Binding("a", "send_again", "Send again", id="send_again"),
        Binding("y", "copy", "Copy", id="copy_receipt", tooltip="Copy the receipt as text"),
        *Sheet.SCROLLING,
        HELP,
    ]

    app = getters.app(Dashboard)
    sheet = getters.query_one(Sheet)

    def __init__(self, batch: Batch, place: Place) -> None:
        super().__init__()
        self._batch = batch
        self._place = place
        self._changed = True
        self._shown: Stage | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="paper"):
            yield Static(id="title", markup=False)
            yield Static(place_name(self._place), id="place", markup=False)
            yield Static(where(self._place), id="where", markup=False)
            yield Static(id="how_far", markup=False)
            yield Static(id="came_to", markup=False)
            yield Sheet()
            yield Static(id="notice", markup=False)
        yield KeysFooter()

    def on_mount(self) -> None:
        self.set_class(self._place.production, "-production")
        self.app.batch_changed.subscribe(self, self._on_batch)
        self.set_interval(_REPAINT_SECONDS, self._repaint)
        self._paint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What there is to do with it now."""
        match action:
            case "retry_left":
                return self._can_go_on and bool(self._batch.left_to_retry())
            case "send_again":
                return self._can_go_on and bool(self._batch.left_unchanged())
            case "copy" | "close":
                return self._batch.is_over
            case "stop":
                return not self._batch.is_over
            case _:
                return True

    @property
    def _can_go_on(self) -> bool:
        return self._batch.is_over and self._place.may_write

    def action_stop(self) -> None:
        """Stop after the rows in flight."""
        self.app.batches.stop_applying(self._batch)
        self._paint()

    def action_close(self) -> None:
        """Close the receipt."""
        self.dismiss(None)

    def action_leave(self) -> None:
        """See something else; the batch goes on."""
        if not self._batch.is_over:
            rows = len(self._batch.to_apply)
            key = self.app.key("batch", "b")
            goes_on = (
                f"is being applied · {key} shows it" if rows == 1 else f"are being applied · {key} shows them"
            )
            self.app.live.tell(f"{rows_in_words(rows)} {goes_on}")
        self.dismiss(None)

    def action_retry_left(self) -> None:
        """A new plan over what is left, to be confirmed anew."""
        self.dismiss(Undertaking.of(Purpose.RETRY, self._batch.left_to_retry()))

    def action_send_again(self) -> None:
        """A new plan over the rows whose event had no effect; confirmed, it is sent once more."""
        self.dismiss(Undertaking.of(Purpose.SEND_AGAIN, self._batch.left_unchanged()))

    async def action_copy(self) -> None:
        """Copy the receipt as text."""
        await copy(self.app, receipt_text(self._receipt()))

    def action_look(self, move: str) -> None:
        """Look through the rows."""
        self.sheet.look(move)

    def _receipt(self) -> BatchReceipt:
        return receipt_of_batch(self._batch, daemon_heals=self.app.live.daemon_heals)

    def _on_batch(self, batch: Batch) -> None:
        if batch is self._batch:
            self._changed = True
            if batch.stage is not self._shown:
                self._paint()

    def _repaint(self) -> None:
        if self._changed or not self._batch.is_over or self._batch.stage is not self._shown:
            self._paint()

    def _paint(self) -> None:
        batch, self._changed = self._batch, False
        if batch.stage is not self._shown:
            self._shown = batch.stage
            self.refresh_bindings()
        if batch.is_over:
            self._paint_receipt()
            return
        elapsed = self.app.clock.monotonic() - batch.began
        self.query_one("#title", Static).update(f"Applying to {rows_in_words(len(batch.to_apply))}")
        self.query_one("#how_far", Static).update(how_far(batch, elapsed=elapsed))
        self.query_one("#came_to", Static).update(came_to(batch))
        self.sheet.show(lambda _width: latest_lines(batch))
        stopping = "Stopping: no new row begins, those in flight end. b leaves them to it."
        self.query_one("#notice", Static).update(
            stopping if batch.stopping else "Esc stops after the rows in flight; b leaves it running."
        )

    def _paint_receipt(self) -> None:
        batch = self._batch
        receipt = self._receipt()
        self.query_one("#title", Static).update(f"Receipt: {rows_in_words(len(receipt.rows))}")
        self.query_one("#how_far", Static).update("")
        self.query_one("#came_to", Static).update(came_to(batch))
        self.sheet.show(lambda width: receipt_lines(receipt, width))
        self.query_one("#notice", Static).update(
            f"Esc closes this; {self.app.key('batch', 'b')} shows it again."
        )
