"""The event line: what just happened, here and elsewhere."""

from textual.widgets import Static


class EventLine(Static):
    """The latest event."""
