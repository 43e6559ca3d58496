"""Moments as people write them: what is meant, and what to write instead."""

import re
from datetime import UTC, datetime

import pytest

from reconcile_tui.core.moments import MomentRefused, spoken, window
from reconcile_tui.errors import explain_error
from reconcile_tui.exit_codes import ExitCode

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "to_come"),
    [
        ("2h", "2026-11-24T14:00"),
        ("1d12h", "2026-11-26T00:00"),
        ("14:30", "2026-11-24T14:30"),
        ("11:00", "2026-11-25T11:00"),
        ("12:00", "2026-11-25T12:00"),
        ("12:00:01 UTC", "2026-11-24T12:00:01"),
        ("2026-11-25", "2026-11-25T00:00"),
        ("2026-11-24T14:30", "2026-11-24T14:30"),
        ("2026-11-24 14:30:05 UTC", "2026-11-24T14:30:05"),
        ("2026-11-24T14:30+01:00", "2026-11-24T13:30"),
        ("  2026-11-24T14:30Z ", "2026-11-24T14:30"),
    ],
)
def test_a_moment_to_come(text: str, to_come: str) -> None:
    assert spoken(text).to_come(NOON) == at(to_come)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("2h", "2026-11-24T10:00"),
        ("0s", "2026-11-24T12:00"),
        ("14:30", "2026-11-23T14:30"),
        ("12:00", "2026-11-24T12:00"),
        ("2026-11-24", "2026-11-24T00:00"),
        ("2026-11-24T03:45+01:00", "2026-11-24T02:45"),
    ],
)
def test_a_moment_that_one_looks_back_to(text: str, gone: str) -> None:
    assert spoken(text).gone(NOON) == at(gone)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soon", "a duration (2h, 1h30m, 7d), a time of the day (14:30, UTC) or a moment"),
        ("", "a duration (2h, 1h30m, 7d)"),
        ("-2h", "a duration (2h, 1h30m, 7d)"),
        ("5", "write 5s, 5m or 5h"),
        ("25:00", "from 00:00 to 23:59"),
        ("2026-13-01", "no such moment"),
        ("2026-11-31T10:00", "no such moment"),
        ("0001-01-01T00:00+05:00", "no calendar goes that far"),
        ("9" * 40 + "w", "a duration (2h, 1h30m, 7d)"),
    ],
)
def test_what_is_no_moment_is_told_what_to_write_instead(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        spoken(text)


@pytest.mark.parametrize("text", ["0s", "2026-11-24", "2026-11-24T12:00", "99999999d"])
def test_what_is_to_come_is_neither_over_nor_beyond_the_calendar(text: str) -> None:
    with pytest.raises(MomentRefused) as refused:
        spoken(text).to_come(NOON)

    told = explain_error(refused.value)
    assert told.exit_code is ExitCode.USAGE
    assert text in told.on_what
    assert "Write" in told.next_step


def test_nothing_is_between_a_moment_and_an_earlier_one() -> None:
    assert window(spoken("2h"), spoken("1h"), now=NOON) == (
        at("2026-11-24T10:00"),
        at("2026-11-24T11:00"),
    )
    assert window(None, None, now=NOON) == (None, None)
    with pytest.raises(MomentRefused, match="not before"):
        window(spoken("1h"), spoken("2h"), now=NOON)
