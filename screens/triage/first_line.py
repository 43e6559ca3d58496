"""The first line: what broke, since when, how much money, is it growing, which key to press."""

from textual.widgets import Static


class FirstLine(Static):
    """The answer, before anything else is read."""
