"""The words for a time proof: why orphan refunds are not checked, what to set, and which rows lie ahead."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.time_proof import MOST_COUNTED, Basis, Doubt, ShopTimes, TableTimes
from reconcile_tui.core.wording import spoken_age

NOT_CHECKED: Final = "Orphan refunds are not checked"
_SET: Final = 'mapping.timezone (for example "UTC" or "America/New_York")'
_TRUST: Final = "RECONCILE_ORPHANS_TRUST_CLOCK=true checks them all the same"


def kept_words(times: TableTimes) -> str:
    """Why orphans are not checked, in sentences; the last one says until when."""
    return f"{_why(times)} {NOT_CHECKED} until {_until(times)}."


def kept_short(times: TableTimes) -> str:
    """The same in a few words, for a line that is narrow."""
    if times.basis is Basis.WRONG:
        return f"time zone of {_name(times.table)} looks wrong"
    return f"no time zone for {_name(times.table)}"


def kept_step(times: TableTimes) -> str:
    """What a person may do about it."""
    match times.doubt:
        case Doubt.UNREADABLE:
            return "Name the column that holds the time in [mapping]."
        case Doubt.UNKNOWN:
            return "Add the indexes of reconcile-tui init-db --print-shop-indexes, or set mapping.timezone."
        case Doubt.NO_ZONE:
            set_it = (
                "Set it, or RECONCILE_TIMEZONE, to the time zone that the rows are written in, then restart."
            )
            return f"{set_it}{_hint(times)}"
        case _:
            return f"Correct mapping.timezone, or the program that writes the rows; {_TRUST}.{_hint(times)}"


def future_words(times: ShopTimes) -> str | None:
    """How many rows lie in the future, and what that means for them; None where none does."""
    parts = [_ahead(each) for each in times.tables if each.future]
    if not parts:
        return None
    they_are = "it is" if times.future == 1 else "they are"
    return f"{' and '.join(parts)} in the future; {they_are} not checked until then."


def time_words(times: ShopTimes) -> Iterator[str]:
    """Everything that somebody should know of the shop's dates, a line each."""
    if (kept := times.keeps_orphans) is not None:
        yield f"{kept_words(kept)} {kept_step(kept)}"
    if (future := future_words(times)) is not None:
        yield future


def _why(times: TableTimes) -> str:
    column = _column(times)
    match times.doubt:
        case Doubt.UNREADABLE:
            return f"{column} holds no times that can be read."
        case Doubt.UNKNOWN:
            return f"{column} could not be looked at in time."
        case Doubt.AHEAD:
            return f"Rows of {_name(times.table)} are up to {_span(times)} in the future: {_not_in(times)}."
        case Doubt.PSP:
            where = "behind" if (times.offset or timedelta(0)) < timedelta(0) else "ahead of"
            on = f"{times.compared} rows" if times.compared else "most rows"
            return f"{column} is {_span(times)} {where} the PSP's dates on {on}: {_not_in(times)}."
        case _:
            return f"{column} has no time zone."


def _until(times: TableTimes) -> str:
    match times.doubt:
        case Doubt.NO_ZONE | None:
            return f"you set {_SET}"
        case Doubt.UNREADABLE | Doubt.UNKNOWN:
            return "that is known"
        case _:
            return "that is corrected"


def _not_in(times: TableTimes) -> str:
    """What follows from a contradiction, and the offset that fits, where dates are read as UTC."""
    looks = f"; it looks like {_utc_offset(times.offset)}" if times.offset and times.zone == "UTC" else ""
    return f"its time zone is not {times.zone}{looks}"


def _hint(times: TableTimes) -> str:
    hints = []
    if times.doubt is Doubt.NO_ZONE and times.offset is not None:
        hints.append(f" Its newest row is never younger than {_span(times)}.")
    if times.server_zone is not None:
        hints.append(f" Sessions of this database begin in {harmless(times.server_zone, limit=60)}.")
    return "".join(hints)


def _ahead(times: TableTimes) -> str:
    one = times.future == 1
    rows, have = ("row", "has") if one else ("rows", "have")
    more = " or more" if times.future >= MOST_COUNTED else ""
    return f"{times.future:,}{more} {rows} of {_name(times.table)} {have} a {_name(times.column)}"


def _column(times: TableTimes) -> str:
    return f"{_name(times.column)} of {_name(times.table)}"


def _name(name: str) -> str:
    return harmless(name, limit=60)


def _span(times: TableTimes) -> str:
    return spoken_age(abs(times.offset)) if times.offset is not None else "some time"


def _utc_offset(offset: timedelta) -> str:
    minutes = round(abs(offset).total_seconds() / 60)
    return f"UTC{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}:{minutes % 60:02}"
