"""What every story stands on: a pilot that does not dawdle."""

import pytest

from tests.pace import hurry


@pytest.fixture(autouse=True)
def _no_dawdling(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
