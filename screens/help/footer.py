"""The footer: the keys of the moment, close together, so that help is seen at 80 columns too."""

from textual import events
from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from reconcile_tui.screens.actions import BY_KEY_ALONE


class KeysFooter(Footer):
    """Textual's footer without the palette's key, which help tells of."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            if isinstance(widget, FooterKey) and widget.action in BY_KEY_ALONE:
                yield _KeyAlone(
                    widget.key, widget.key_display, widget.description, widget.action, tooltip=widget.tooltip
                ).data_bind(compact=Footer.compact)
            else:
                yield widget


class _KeyAlone(FooterKey):
    """Tells of a key that agrees to a change. A click may have been meant for what is beside it."""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        event.prevent_default()
        self.app.bell()
