"""How long a pilot of a dashboard waits after each key."""

from typing import Final

import pytest

_SECONDS: Final = 0.004


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look every few milliseconds whether a key was dealt with.

    Textual's pilot looks every 20 ms, twice a key, and takes a process for idle that computed for less than
    1 ms meanwhile: with a timer or two on the screen it waits for a second.
    """
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", _SECONDS)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", _SECONDS / 2)
