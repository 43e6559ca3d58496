"""Durations are read as people write them, refused where they are vague, and printed in the same form."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("7d", 604_800),
        ("2w", 1_209_600),
        ("250ms", 0.25),
        (" 5m ", 300),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["90", "+90", "-90"])
def test_a_bare_number_is_refused_and_the_message_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="a number needs its unit: write 90s, 90m or 90h"):
        parse_duration(text)


@pytest.mark.parametrize("number", [90, 1.5])
def test_a_number_of_a_toml_file_needs_its_unit_too(number: float) -> None:
    with pytest.raises(ValueError, match="needs its unit"):
        parse_duration(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "1h,30m",
        "1h 30m",
        "1h30",
        "1H",
        "-5m",
        "1mm",
        "1y",
        "1us",
        "1.2.3h",
        "1e9h",
        "\uff19s",
        "99999999999w",
    ],
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write a duration such as 90s, 30m, 1h30m or 7d"):
        parse_duration(text)


@pytest.mark.parametrize("value", [True, None, ["1h"]])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="write a duration"):
        parse_duration(value)


def test_nothing_finer_than_a_millisecond_is_read() -> None:
    with pytest.raises(ValueError, match="millisecond"):
        parse_duration("0.0001s")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (90, "1m30s"),
        (3600, "1h"),
        (604_800, "7d"),
        (129_600, "1d12h"),
        (0.5, "500ms"),
        (0, "0s"),
        (3_888_000, "45d"),
    ],
)
def test_a_duration_is_printed_days_first(seconds: float, text: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text


@given(milliseconds=st.integers(min_value=0, max_value=400 * 24 * 3600 * 1000))
def test_what_is_printed_is_read_back_as_the_same_duration(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration
