"""Durations as people write them: `90s`, `30m`, `1h30m`, `7d`.

durationpy reads them; what it takes too kindly is refused first: it skips whatever stands between two
parts (`1h,30m`), takes `mm` for months, and knows no bound.
"""

import re
from datetime import timedelta

import durationpy

_FORM = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d|w))+")
_NUMBER = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]*)?\s*")
_DAY = timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)

HOW = "a duration such as 90s, 30m, 1h30m or 7d"


def parse_duration(value: object) -> timedelta:
    """The duration that `value` says, to the millisecond.

    Raises:
        ValueError: with a sentence that says what to write instead.
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"write {HOW}")  # noqa: TRY004 pydantic renders ValueError alone
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        number = text.lstrip("+-")
        raise ValueError(f"a number needs its unit: write {number}s, {number}m or {number}h")
    if not _FORM.fullmatch(text):
        raise ValueError(f"write {HOW}")
    try:
        parsed = durationpy.from_str(text)
    except durationpy.DurationError as error:
        raise ValueError(f"write {HOW}") from error
    if parsed % _MILLISECOND:
        raise ValueError("a millisecond is the smallest part: write 1ms or more")
    return parsed


def format_duration(duration: timedelta) -> str:
    """`duration` in the form that `parse_duration` reads, days first: `1m30s`, `7d`, `1d12h`."""
    days, rest = divmod(duration, _DAY)
    if not days:
        return durationpy.to_str(rest) if rest else "0s"
    return f"{days}d{durationpy.to_str(rest) if rest else ''}"
