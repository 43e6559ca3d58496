"""The opening: the first paint. It says where the program is about to work, and nothing it does not know."""

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static


class OpeningScreen(Screen[None]):
    """Stands while the screens and the database's client are loaded.

    Args:
        where: the place as the command line names it.
    """

    DEFAULT_CSS = """
    OpeningScreen {
        padding: 1 2;
    }
    """

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where

    def compose(self) -> ComposeResult:
        yield Static(f"reconcile-tui · {self._where}\n\nOpening. Nothing was read yet.", markup=False)
