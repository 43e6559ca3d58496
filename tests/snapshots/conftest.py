"""What every snapshot stands on: one time zone and one terminal, whatever the machine's are."""

import time
from collections.abc import Iterator
from typing import Final

import pytest

from tests.pace import hurry

_OF_THE_TERMINAL: Final = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM_PROGRAM", "TMUX", "STY")
_OF_A_SESSION: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY")


@pytest.fixture(autouse=True)
def _one_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    hurry(monkeypatch)
    for name in (*_OF_THE_TERMINAL, *_OF_A_SESSION):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TZ": "UTC"}.items():
        monkeypatch.setenv(name, value)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
