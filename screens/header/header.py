"""The header of every screen."""

from textual.widgets import Static


class Header(Static):
    """Where we are, as whom, and how everything stands."""
