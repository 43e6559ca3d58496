"""What happened before: the lines of the event line, the latest first."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from reconcile_tui.screens.help.modal import HELP
from reconcile_tui.screens.live.happenings import Happening


class HappeningsScreen(ModalScreen[None]):
    """A list to read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,E", "dismiss", "Close", id="close_happenings"),
        HELP,
    ]
    DEFAULT_CSS = """
    HappeningsScreen {
        align: center middle;
    }
    HappeningsScreen VerticalScroll {
        width: 90%;
        height: 80%;
        border: round $accent;
        background: $surface;
        padding: 0 1;
    }
    HappeningsScreen Static {
        width: 1fr;
    }
    """

    def __init__(self, happenings: Iterable[Happening]) -> None:
        super().__init__()
        self._lines = [f"{each.at:%H:%M:%S} UTC  {each.words}" for each in happenings]

    def compose(self) -> ComposeResult:
        with VerticalScroll() as lines:
            lines.border_title = "What happened, the latest first"
            lines.border_subtitle = "escape: back"
            yield Static("\n".join(self._lines) or "Nothing yet.", markup=False)
