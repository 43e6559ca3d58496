"""The header's second line: what is wrong, loud and first, then how fresh everything is and who sweeps."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.wording import spoken_age
from reconcile_tui.screens.desk.lists import Overview
from reconcile_tui.screens.desk.place import Place
from reconcile_tui.screens.header.fitting import Part
from reconcile_tui.screens.header.place_parts import BADGE, CALM, LOUD, WARNING
from reconcile_tui.screens.live.live import Live
from reconcile_tui.screens.live.sources import PspCondition

if TYPE_CHECKING:
    from reconcile_tui.core.health import Concern
    from reconcile_tui.core.standing import Standing
    from reconcile_tui.core.store.controls import Pause
    from reconcile_tui.core.store.daemons import Daemon

_OLD: Final = timedelta(seconds=10)
"""What is older is said to be old; the settings say what is too old."""


_CLOCKS_DIFFER: Final = timedelta(seconds=60)


def state_parts(place: Place | None, live: Live) -> Iterator[Part]:
    """How it is; nothing is said of what is not known."""
    if place is None:
        yield Part(("nothing is known yet",), 100)
        return
    yield from _lock(place, live)
    overview = live.overview
    if overview is not None:
        for pause in overview.health.situation.pauses:
            yield _pause(pause)
        yield from _sweeping(live, overview)
    yield from _psp(live)
    yield from _ages(place, live)
    if overview is not None:
        yield from _clocks(overview)
        yield from _times(overview)
        yield from backlog_parts(overview.health.situation.standing)
        yield _budget(overview)


def _lock(place: Place, live: Live) -> Iterator[Part]:
    """Why nothing may be written, and what to do about it."""
    locked, trouble = live.locked, live.database.trouble
    if locked is None:
        return
    label = "LOCKED" if place.may_write else "NOT FRESH"
    if trouble is None:
        yield Part((f" {label}: {locked} ", f" {label} "), 100, BADGE, stands_apart=True)
        return
    what = trouble.words.rstrip(".")
    since = f"since {trouble.since.wall:%H:%M:%S} UTC"
    shown = "the last data stays" if live.overview is not None else "nothing was read yet"
    yield Part(
        (f" {label}: {what}, {since}; {shown} ", f" {label}: {what}, {since} ", f" {label}: {what} "),
        100,
        BADGE,
        stands_apart=True,
    )


def _pause(pause: "Pause") -> Part:
    what = f"{harmless(pause.connector, limit=40)} PAUSED" if pause.connector else "PAUSED"
    who = harmless(pause.actor, limit=40)
    until = f"until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else "without an end"
    why = harmless(pause.reason, limit=80)
    return Part(
        (f"{what} by {who}, {until}: “{why}”", f"{what} by {who}, {until}", f"{what} by {who}", what),
        95,
        LOUD,
    )


def _sweeping(live: Live, overview: Overview) -> Iterator[Part]:
    """The daemon: what is wrong with it, else its ticks and its heartbeat."""
    from reconcile_tui.core.health import Level  # noqa: PLC0415 loaded by whoever read the overview

    health = overview.health
    worst = next((each for each in health.concerns if each.kind.level is Level.NOT_HEALTHY), None)
    if worst is not None:
        yield _concern(worst, live)
    sweeper, now = health.situation.sweeper, live.database_now or overview.at
    if sweeper is None:
        return
    if sweeper.mode is Mode.OBSERVE:
        yield Part(("daemon OBSERVES only", "OBSERVES"), 86, WARNING)
    tick = health.situation.tick
    last = spoken_age(now - tick.started_at) if tick else None
    heard = spoken_age(now - sweeper.heartbeat_at)
    coming = _coming(sweeper, now)
    mode = "heals" if sweeper.mode is Mode.HEAL else "observes"
    ago = f"last tick {last} ago" if last else "no tick yet"
    yield Part(
        (
            f"daemon {mode}, {ago}, {coming}, heard {heard} ago",
            f"daemon {mode}, {ago}, {coming}",
            f"daemon {mode}, {coming}",
            f"daemon {mode}",
            "",
        ),
        45,
        CALM,
    )


def _coming(sweeper: "Daemon", now: datetime) -> str:
    if sweeper.next_tick_at is None:
        return "a tick is under way"
    if sweeper.next_tick_at <= now:
        return "next tick due"
    return f"next in {spoken_age(sweeper.next_tick_at - now)}"


def _concern(concern: "Concern", live: Live) -> Part:
    from reconcile_tui.core.health import ConcernKind  # noqa: PLC0415 loaded by whoever read the overview
    from reconcile_tui.core.health_wording import concern_words  # noqa: PLC0415 loaded with it

    now = live.database_now or concern.since
    words = concern_words(concern, now=now) if now else concern.kind.value
    age = f" for {spoken_age(now - concern.since)}" if now and concern.since else ""
    match concern.kind:
        case ConcernKind.NO_DAEMON:
            short = "NO DAEMON"
        case ConcernKind.SILENT:
            short = f"DAEMON SILENT{age}"
        case ConcernKind.BREAKER:
            short = "BREAKER OPEN"
        case kind:
            short = kind.value.replace("_", " ").upper()
    return Part((words.rstrip("."), short), 92, LOUD)


def _psp(live: Live) -> Iterator[Part]:
    psp = live.psp
    if (until := live.blocked_until) is not None:
        at = f"{until:%H:%M:%S} UTC"
        yield Part((f"PSP asks to be left alone until {at}", f"PSP blocked until {at}"), 90, WARNING)
    ago = f"{spoken_age(psp.age)} ago" if psp.age is not None else None
    match psp.condition:
        case PspCondition.NOT_ASKED:
            yield Part(("PSP not asked yet", ""), 50, CALM)
        case PspCondition.ANSWERING:
            yield Part((f"PSP answered {ago}", f"PSP {ago}"), 43, CALM)
        case PspCondition.SLOW:
            yield Part((f"PSP SLOW, answered {ago}", "PSP SLOW"), 75, WARNING)
        case condition:
            words = f"PSP {condition.value.upper()}"
            since = f" for {spoken_age(psp.since.age(psp.clock))}" if psp.since else ""
            last = f", last answer {ago}" if ago else ", never answered"
            why = f": {psp.why}" if psp.why else ""
            yield Part((f"{words}{since}{why}{last}", f"{words}{since}{last}", f"{words}{since}"), 91, LOUD)


def _ages(place: Place, live: Live) -> Iterator[Part]:
    age = live.database.age
    if age is None:
        yield Part(("database not read yet", "no data yet"), 65, CALM)
        return
    ago = f"{spoken_age(age)} ago"
    if age > max(_OLD, 3 * place.refresh):
        yield Part((f"data OLD, of {ago}", f"data {ago}!"), 90, WARNING)
    else:
        yield Part((f"database read {ago}", f"db {ago}"), 44, CALM)


def _clocks(overview: Overview) -> Iterator[Part]:
    skew = abs(overview.at - overview.read_at)
    if skew > _CLOCKS_DIFFER:
        yield Part(
            (f"this clock and the database's differ by {spoken_age(skew)}", "CLOCKS DIFFER"), 84, WARNING
        )


def _times(overview: Overview) -> Iterator[Part]:
    """Why orphans are not checked, and rows that nobody sees yet."""
    from reconcile_tui.core.time_wording import NOT_CHECKED, kept_short  # noqa: PLC0415 loaded with the overview

    times = overview.health.situation.standing.times
    if (kept := times.keeps_orphans) is not None:
        why = kept_short(kept)
        yield Part((f"{NOT_CHECKED}: {why}", f"orphans off: {why}", "ORPHANS OFF"), 85, WARNING)
    if times.future:
        rows = f"{times.future:,} row{'' if times.future == 1 else 's'}"
        yield Part((f"{rows} dated in the future", "FUTURE ROWS"), 83, WARNING)


def backlog_parts(stands: "Standing") -> Iterator[Part]:
    """How long what is due needs, and rows that nobody looks at."""
    from reconcile_tui.core.backlog_wording import (  # noqa: PLC0415 loaded with the overview
        FASTER,
        slow_short,
        slow_words,
        unmapped_words,
    )

    if stands.unmapped:
        words = unmapped_words(stands.unmapped).rstrip(".")
        rows = sum(each.rows for each in stands.unmapped)
        yield Part((words, f"{rows:,} UNMAPPED {'ROW' if rows == 1 else 'ROWS'}"), 42, WARNING)
    if stands.slow is not None:
        whole, short = slow_words(stands.slow).rstrip("."), slow_short(stands.slow)
        yield Part((f"{whole}. {FASTER.rstrip('.')}", short, "SLOW BACKLOG"), 41, WARNING)


def _budget(overview: Overview) -> Part:
    use = overview.budget
    sent = (
        f"{use.sent_last_second}/{use.rate:g} per s"
        if use.rate is not None
        else f"{use.sent_last_second} per s"
    )
    return Part(
        (
            f"budget {sent}, {use.in_flight} of {use.at_once} in flight",
            f"budget {sent}, {use.in_flight}/{use.at_once}",
            "",
        ),
        20,
        CALM,
    )
