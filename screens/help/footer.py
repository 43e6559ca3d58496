"""The footer: the keys of the moment, close together, so that help is seen at 80 columns too."""

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from reconcile_tui.screens.actions import BY_KEY_ALONE


class KeysFooter(Footer):
    """Textual's footer without the palette's key, which help tells of.

    A key that agrees to a change takes no click: that may have been meant for what is beside it.
    """

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            if isinstance(widget, FooterKey) and widget.action in BY_KEY_ALONE:
                widget.disabled = True
            yield widget
