"""Moments as people write them: `2h`, `14:30`, `2026-11-24T14:30`.

The text is read at once; what it means is settled once the database has said what time
it is: `2h` is two hours from now for a pause, two hours ago for the journal.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import assert_never

from reconcile_tui.core.clock import as_utc
from reconcile_tui.core.duration import parse_duration

HOW = "a duration (2h, 1h30m, 7d), a time of the day (14:30, UTC) or a moment (2026-11-24T14:30)"

_TIME = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:Z| ?UTC)?", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[0-9.]+")
_DAY = timedelta(days=1)


class MomentRefused(Exception):
    """A moment that was read well and cannot be meant. `what_to_do`: what to write instead."""

    def __init__(self, text: str, *, why: str, what_to_do: str) -> None:
        super().__init__(f"{text}: {why}. {what_to_do}.")
        self.text = text
        self.why = why
        self.what_to_do = what_to_do


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A moment as it was written.

    Attributes:
        said: a length of time from now, a time of the day (UTC), or a moment (UTC).
    """

    text: str
    said: timedelta | time | datetime

    def to_come(self, now: datetime) -> datetime:
        """The moment after `now` (UTC) that is meant: a duration from now, the next time it is 14:30.

        Raises:
            MomentRefused: it is over already, or beyond the calendar.
        """
        meant = self._ahead(now)
        if meant <= now:
            raise MomentRefused(
                self.text,
                why=f"that is not to come, it is {now:%Y-%m-%d %H:%M} UTC",
                what_to_do="Write a moment after that, or a duration such as 2h",
            )
        return meant

    def gone(self, now: datetime) -> datetime:
        """The moment that is meant when one looks back from `now` (UTC): a duration ago, the last time it
        was 14:30. A moment is itself.

        Raises:
            MomentRefused: it is beyond the calendar.
        """
        match self.said:
            case timedelta():
                return self._moved(now, -self.said)
            case time():
                today = datetime.combine(now.date(), self.said, tzinfo=UTC)
                return today if today <= now else self._moved(today, -_DAY)
            case datetime():
                return self.said
            case _:
                assert_never(self.said)

    def _ahead(self, now: datetime) -> datetime:
        match self.said:
            case timedelta():
                return self._moved(now, self.said)
            case time():
                today = datetime.combine(now.date(), self.said, tzinfo=UTC)
                return today if today > now else self._moved(today, _DAY)
            case datetime():
                return self.said
            case _:
                assert_never(self.said)

    def _moved(self, moment: datetime, by: timedelta) -> datetime:
        try:
            return moment + by
        except OverflowError as error:
            raise MomentRefused(
                self.text, why="no calendar goes that far", what_to_do="Write a shorter duration"
            ) from error


def window(
    since: Spoken | None, until: Spoken | None, *, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Two moments that one looks back at from `now` (UTC).

    Raises:
        MomentRefused: nothing is between them.
    """
    begin, end = (each.gone(now) if each else None for each in (since, until))
    if since is not None and begin is not None and end is not None and begin >= end:
        raise MomentRefused(
            since.text,
            why=f"that is {begin:%Y-%m-%d %H:%M} UTC, and not before {end:%Y-%m-%d %H:%M} UTC",
            what_to_do="Write a `since` that is before `until`",
        )
    return begin, end


def spoken(text: str) -> Spoken:
    """The moment that `text` says.

    Raises:
        ValueError: with a sentence that says what to write instead.
    """
    text = text.strip()
    if (found := _TIME.fullmatch(text)) is not None:
        return Spoken(text=text, said=_time(found))
    if _DATE.match(text):
        return Spoken(text=text, said=_moment(text))
    return Spoken(text=text, said=_duration(text))


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(str(error) if _NUMBER.fullmatch(text) else f"write {HOW}") from error


def _time(found: re.Match[str]) -> time:
    try:
        return time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    except ValueError as error:
        raise ValueError("a day has the times from 00:00 to 23:59") from error


def _moment(text: str) -> datetime:
    iso = re.sub(r" ?UTC$", "Z", text, flags=re.IGNORECASE)
    try:
        return as_utc(datetime.fromisoformat(iso))
    except ValueError as error:
        raise ValueError(
            f"no such moment ({error}): write 2026-11-24, 2026-11-24T14:30 (UTC) or 2026-11-24T14:30+01:00"
        ) from error
    except OverflowError as error:
        raise ValueError("no calendar goes that far") from error
