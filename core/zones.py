"""Time zones by their IANA names, as the machine's zone database has them, or else the package `tzdata`."""

from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_OF_THIS_MACHINE = frozenset({"localtime", "posixrules", "Factory"})
"""Files of a zone database that name no zone of their own."""
_COPIES = ("posix/", "right/")
"""Folders of it with the same zones once more; the second one's count leap seconds."""


class UnknownZone(ValueError):
    """There is no such zone. The message says what one looks like, and does not repeat the name."""


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name, such as `America/New_York`.

    Raises:
        UnknownZone: an offset, a city alone, or a misspelt name.
    """
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    if zone is None or name in _OF_THIS_MACHINE or name.startswith(_COPIES):
        raise UnknownZone(f"no IANA time zone; write one such as UTC or America/New_York{_meant(name)}")
    return zone


def _meant(name: str) -> str:
    """` (did you mean X?)`, or nothing. Cities alone: `Etc/GMT+2` lies west of Greenwich."""
    names = [each for each in available_timezones() if "/" in each and not each.startswith("Etc/")]
    spellings = {each.lower(): each for each in (*names, "UTC")}
    cities = {each.lower().rpartition("/")[2]: each for each in sorted(names)}
    wanted = "_".join(name.lower().split())
    for known in (spellings, cities):
        if close := get_close_matches(wanted, known, n=1, cutoff=0.8):
            return f" (did you mean {known[close[0]]}?)"
    return ""
