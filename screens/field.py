"""A field: an input line whose cursor stands still. Over SSH each blink would be a repaint."""

from textual.reactive import reactive
from textual.widgets import Input


class Field(Input):
    """An input line."""

    cursor_blink = reactive(False, init=False)
