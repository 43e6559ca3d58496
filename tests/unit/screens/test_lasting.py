"""How long something lasts, as a person writes it."""

from datetime import timedelta

import pytest

from reconcile_tui.screens.prompts.lasting import lasting


def test_a_length_an_end_that_is_open_and_nonsense() -> None:
    assert lasting("4h") == timedelta(hours=4)
    assert lasting("") is None


@pytest.mark.parametrize("text", ["soon", "-1h", "0s", "4"])
def test_what_is_no_length_is_said_so(text: str) -> None:
    said = lasting(text)

    assert isinstance(said, str)
    assert said.startswith("For how long:")
