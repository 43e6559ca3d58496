"""The words for health: is it well, and what to do next. One sentence each, the same on every front."""

from datetime import datetime
from typing import Final

from reconcile_tui.core.backlog_wording import FASTER, NAME_THEM, slow_words, unmapped_words
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.health import Concern, ConcernKind, Health
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.psp.breaker import TripReason
from reconcile_tui.core.shop_answers import Shut, ShutReason
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.store.daemons import DaemonState
from reconcile_tui.core.tick_trouble import TickTrouble, TroubleKind
from reconcile_tui.core.time_proof import TableTimes
from reconcile_tui.core.time_wording import NOT_CHECKED, future_words, kept_step, kept_words
from reconcile_tui.core.wording import blocked_words, next_step, shut_words, spoken_age, trip_words


def health_sentence(health: Health) -> str:
    """Whether it is well; the worst concern where it is not."""
    situation = health.situation
    if health.concerns:
        return concern_words(health.concerns[0], now=situation.at)
    swept = "A tick is under way"
    sweeper = situation.sweeper
    if sweeper is not None and sweeper.state is DaemonState.WAITING:
        last, coming = situation.tick, sweeper.next_tick_at
        ago = f"swept {spoken_age(situation.at - last.started_at)} ago" if last else "did not sweep yet"
        next_one = f", and the next tick is in {spoken_age(coming - situation.at)}" if coming else ""
        swept = f"The daemon {ago}{next_one}"
    return f"{swept}. Nobody needs to look."


def health_step(health: Health) -> str:
    """What to do next."""
    return concern_step(health.concerns[0]) if health.concerns else "Nothing to do."


def concern_words(concern: Concern, *, now: datetime) -> str:
    """What is wrong. `now`: UTC."""
    return _WORDS[concern.kind][0].format_map(_facts(concern, now))


def concern_step(concern: Concern) -> str:
    """What a person may do about it."""
    return _WORDS[concern.kind][1].format_map(_facts(concern, concern.since))


def tick_error_words(error: str) -> str:
    """Why a tick failed, from what its run kept: the name of an error."""
    if error in _DATABASE_ERRORS:
        return f"{_TROUBLES[TroubleKind.DATABASE]} ({error})"
    return _TICK_ERRORS.get(error, error)


def tick_trouble_words(trouble: TickTrouble) -> str:
    """Why a daemon's tick failed or was cut short: `orders: the PSP refuses the key (1 of 1 reads)`."""
    where = f"{trouble.phase}: " if trouble.phase else ""
    match trouble.kind:
        case TroubleKind.BREAKER if trouble.reason in list(TripReason):
            reads = f" ({trouble.count} of {trouble.reads} reads)" if trouble.reads is not None else ""
            return f"{where}{trip_words(TripReason(trouble.reason))}{reads}"
        case TroubleKind.SHUT if trouble.reason in list(ShutReason):
            shut = Shut(
                reason=ShutReason(trouble.reason),
                status=trouble.status,
                count=trouble.count or 1,
                until=datetime.fromisoformat(trouble.until) if trouble.until else None,
            )
            return f"{where}{shut_words(shut)}"
        case TroubleKind.PSP_BLOCKED if trouble.until is not None:
            return f"{where}{blocked_words(datetime.fromisoformat(trouble.until))}"
        case kind:
            return f"{where}{trouble.detail or _TROUBLES[kind]}"


def _facts(concern: Concern, now: datetime | None) -> dict[str, str]:
    """What the words have room for; foreign text among it is harmless."""
    one = concern.rows == 1
    return {
        "rows": "1 row" if one else f"{concern.rows} rows",
        "need": "needs" if one else "need",
        "are": "is" if one else "are",
        "since": spoken_age(now - concern.since) if now and concern.since else "",
        "detail": harmless(_detail(concern), limit=300).rstrip("."),
        "did": f" It had done before: {concern.did}." if concern.did else "",
        "connector": harmless(concern.pause.connector or "", limit=80) if concern.pause else "",
        "pause": _pause(concern.pause) if concern.pause else "",
        "kept": kept_words(kept) if (kept := _kept(concern)) else f"{NOT_CHECKED}.",
        "kept_step": kept_step(kept) if kept else "Set mapping.timezone.",
        "slow": slow_words(concern.slow) if concern.slow else "",
        "unmapped": unmapped_words(concern.unmapped) if concern.unmapped else "",
        "future": (future_words(concern.times) if concern.times else None) or "Rows are dated in the future.",
    }


def _kept(concern: Concern) -> TableTimes | None:
    return concern.times.keeps_orphans if concern.times is not None else None


def _detail(concern: Concern) -> str:
    if concern.trouble is not None:
        return tick_trouble_words(concern.trouble)
    return tick_error_words(concern.detail or "")


def _pause(pause: Pause) -> str:
    until = f"until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else "without an end"
    return f"by {harmless(pause.actor, limit=80)}, {until}: “{harmless(pause.reason)}”"


_TICK_ERRORS: Final = {"CancelledError": "it was stopped before its rows in flight had ended"}
_DATABASE_ERRORS: Final = (
    "CommitInDoubt",
    "DBAPIError",
    "DatabaseError",
    "InterfaceError",
    "InternalError",
    "OperationalError",
    "ProgrammingError",
    "TimeoutError",
)
_TROUBLES: Final[dict[TroubleKind, str]] = {
    TroubleKind.DATABASE: "the database could not be used",
    TroubleKind.DEFECT: "a defect of the program",
    TroubleKind.BREAKER: "the breaker ended the phase",
    TroubleKind.SHUT: "the shop takes no events",
    TroubleKind.PSP_BLOCKED: "the PSP asked to be left alone",
    TroubleKind.OTHER: "for a reason that this version does not know",
}

_START: Final = "Start one: reconcile-tui --daemon."
_RESTART: Final = "See the daemon's log. To restart it is safe: what was begun is settled first."

_WORDS: Final[dict[ConcernKind, tuple[str, str]]] = {
    ConcernKind.NO_DAEMON: (
        "No daemon runs: nothing is healed by itself.",
        f"{_START} reconcile-tui --once is one tick now.",
    ),
    ConcernKind.SILENT: (
        "The daemon has been silent for {since}: it died or hangs, and nothing is swept.",
        f"See whether {{detail}} still runs, and its log. {_START}",
    ),
    ConcernKind.NO_TURN: (
        "Every daemon stands by, and none has the turn.",
        "Look again in a minute: one takes over when the last one's turn has run out.",
    ),
    ConcernKind.STOPPING: ("The daemon is stopping, and no other one has the turn.", _START),
    ConcernKind.OVERDUE: (
        "The next tick is overdue by {since}: the daemon lives, and does not sweep.",
        _RESTART,
    ),
    ConcernKind.ENDLESS: (
        "A tick has been under way for {since}: longer than two of them should be apart.",
        _RESTART,
    ),
    ConcernKind.TICK_FAILED: (
        "The last tick failed: {detail}.{did}",
        "Mend that: the next tick tries again. reconcile-tui runs shows the ticks before.",
    ),
    ConcernKind.TICK_DIED: ("The last tick never ended: it has been silent for {since}.", _RESTART),
    ConcernKind.BREAKER: ("The breaker ended the last tick: {detail}.", next_step(Refusal.BREAKER)),
    ConcernKind.SHUT: ("The shop took no more events of the last tick: {detail}.", next_step(Refusal.SHOP)),
    ConcernKind.PAUSED: (
        "Everything is paused {pause}.",
        "reconcile-tui resume lifts it, once its reason is gone.",
    ),
    ConcernKind.CONNECTOR_PAUSED: (
        "{connector} is paused {pause}.",
        "reconcile-tui resume --connector {connector} lifts it, once its reason is gone.",
    ),
    ConcernKind.ATTENTION: (
        "{rows} {need} a person.",
        "reconcile-tui list attention says what each of them needs.",
    ),
    ConcernKind.BACKLOG: (
        "{rows} {are} stuck: as many as RECONCILE_ALERT_BACKLOG says, or more.",
        "reconcile-tui list says what they wait for; --once --drain looks at all of them now.",
    ),
    ConcernKind.SLOW: ("{slow}", FASTER),
    ConcernKind.UNMAPPED: ("{unmapped}", NAME_THEM),
    ConcernKind.OBSERVING: (
        "The daemon only observes, and {rows} {are} stuck.",
        "reconcile-tui sync ID applies a plan; with RECONCILE_MODE=heal the daemon does.",
    ),
    ConcernKind.UNREADABLE: (
        "The last tick could read none of its rows at the PSP ({rows}).",
        "Nothing to do now: the next tick tries again. reconcile-tui list orders refunds says why.",
    ),
    ConcernKind.UNDELIVERED: (
        "The last tick could not deliver the events of {rows}.",
        next_step(Outcome.UNDELIVERED),
    ),
    ConcernKind.CLOCK_SKEW: (
        "The last tick left orphans alone: {detail}.",
        "Fix the clocks of this machine and the database server (NTP); the PSP's is as its answers say.",
    ),
    ConcernKind.ROW_TIMES: ("{kept}", "{kept_step}"),
    ConcernKind.FUTURE_ROWS: (
        "{future}",
        "Check the clock and the time zone of the program that writes them, and mapping.timezone.",
    ),
}
