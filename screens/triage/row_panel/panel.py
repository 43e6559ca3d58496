"""The row panel."""

from textual.containers import VerticalScroll


class RowPanel(VerticalScroll):
    """The row under the cursor, side by side with the PSP's truth."""
