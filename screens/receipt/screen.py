"""A receipt that is opened again: `app.push_screen(ReceiptScreen(receipt_of(entries)))`."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from reconcile_tui.screens.confirm.plan_lines import rows_in_words
from reconcile_tui.screens.copying import copy
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.help.footer import KeysFooter
from reconcile_tui.screens.help.modal import HELP
from reconcile_tui.screens.receipt.batch_receipt import BatchReceipt
from reconcile_tui.screens.receipt.receipt_lines import receipt_lines, receipt_text
from reconcile_tui.screens.sheet.sheet import Sheet


class ReceiptScreen(ModalScreen[None]):
    """One receipt."""

    CSS_PATH = "receipt.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Close", id="close_receipt"),
        Binding("y", "copy", "Copy", id="copy_old_receipt", tooltip="Copy the receipt as text"),
        *Sheet.SCROLLING,
        HELP,
    ]

    app = getters.app(Dashboard)
    sheet = getters.query_one(Sheet)

    def __init__(self, receipt: BatchReceipt) -> None:
        super().__init__()
        self.receipt = receipt

    def compose(self) -> ComposeResult:
        with Vertical(id="paper"):
            yield Static(f"Receipt: {rows_in_words(len(self.receipt.rows))}", id="title", markup=False)
            yield Sheet()
        yield KeysFooter()

    def on_mount(self) -> None:
        self.sheet.show(lambda width: receipt_lines(self.receipt, width))

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)

    async def action_copy(self) -> None:
        """Copy it as text."""
        await copy(self.app, receipt_text(self.receipt))

    def action_look(self, move: str) -> None:
        """Look through it."""
        self.sheet.look(move)
