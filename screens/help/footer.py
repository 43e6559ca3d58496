"""The footer: the keys of the moment, close together, so that help is seen at 80 columns too."""

from textual.widgets import Footer


class KeysFooter(Footer):
    """Textual's footer without the palette's key, which help tells of."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)
