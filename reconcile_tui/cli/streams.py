"""The process's streams: whether there is a screen behind them."""

import os
import sys
from typing import Final

_NO_SCREENS: Final = ("dumb", "unknown")


def has_screen() -> bool:
    """Whether the dashboard can be drawn, and a person can answer: it reads stdin and draws on stderr; a
    stdout that goes elsewhere is a script's."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams) and (
        os.environ.get("TERM", "").lower() not in _NO_SCREENS
    )
