"""Help in a modal: a binding of its own, for those of the application below are hidden by it."""

from typing import Final

from textual.binding import Binding

HELP: Final = Binding("question_mark", "app.help", "Help", id="help", tooltip="These keys", key_display="?")
"""Of every modal, the last of its keys. In a text field `?` is a letter."""
