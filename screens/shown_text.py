"""A text to select by hand, where the terminal takes nothing for the clipboard."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from reconcile_tui.screens.help.footer import KeysFooter
from reconcile_tui.screens.help.modal import HELP


class ShownText(ModalScreen[None]):
    """A text, whole, with a note above it."""

    CSS_PATH = "shown_text.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Back", key_display="esc"),
        HELP,
    ]

    def __init__(self, text: str, *, note: str) -> None:
        super().__init__()
        self._text = text
        self._note = note

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._note, markup=False)
            yield TextArea(self._text, read_only=True, soft_wrap=True, id="text")
            yield KeysFooter()

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.focus()
        area.select_all()
