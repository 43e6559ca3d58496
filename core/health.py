"""Health: whether somebody sweeps, and whether anything needs a person; judged from the tables alone.

Status and screens tell the same because both ask here. A daemon says of itself what it does and when it
was last alive (`core.store.daemons`); what it says is believed only while it beats.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reconcile_tui.core.clock_skew import skew_words
from reconcile_tui.core.policy import Mode, Policy
from reconcile_tui.core.slow_backlog import SlowBacklog
from reconcile_tui.core.standing import Standing, standing
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.store.daemons import Daemon, DaemonState
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.store.status_words import UnmappedWord
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tick_sums import TickSums, did, troubles
from reconcile_tui.core.tick_trouble import TickTrouble, TroubleKind
from reconcile_tui.core.time_proof import ShopTimes

_RUNS_LOOKED_AT = 20


class Level(StrEnum):
    """How much something matters; the worst first."""

    NOT_HEALTHY = "not_healthy"
    """Nothing is swept, or it goes wrong."""
    PAUSED = "paused"
    """Somebody stopped everything."""
    LOOK = "look"
    """The daemon does its work; something is left to a person."""
    HEALTHY = "healthy"


class ConcernKind(StrEnum):
    """What may be wrong; the worst first."""

    NO_DAEMON = "no_daemon"
    SILENT = "silent"
    NO_TURN = "no_turn"
    STOPPING = "stopping"
    OVERDUE = "overdue"
    ENDLESS = "endless"
    TICK_FAILED = "tick_failed"
    TICK_DIED = "tick_died"
    BREAKER = "breaker"
    SHUT = "shut"
    PAUSED = "paused"
    ATTENTION = "attention"
    CONNECTOR_PAUSED = "connector_paused"
    BACKLOG = "backlog"
    SLOW = "slow"
    UNMAPPED = "unmapped"
    OBSERVING = "observing"
    UNREADABLE = "unreadable"
    UNDELIVERED = "undelivered"
    CLOCK_SKEW = "clock_skew"
    ROW_TIMES = "row_times"
    FUTURE_ROWS = "future_rows"

    @property
    def level(self) -> Level:
        if self is ConcernKind.PAUSED:
            return Level.PAUSED
        return Level.NOT_HEALTHY if self in _NOT_HEALTHY else Level.LOOK


_NOT_HEALTHY = frozenset(
    (
        ConcernKind.NO_DAEMON,
        ConcernKind.SILENT,
        ConcernKind.NO_TURN,
        ConcernKind.STOPPING,
        ConcernKind.OVERDUE,
        ConcernKind.ENDLESS,
        ConcernKind.TICK_FAILED,
        ConcernKind.TICK_DIED,
        ConcernKind.BREAKER,
        ConcernKind.SHUT,
    )
)


class RunState(StrEnum):
    """How far a tick is, as far as others can tell."""

    ENDED = "ended"
    UNDER_WAY = "under_way"
    SILENT = "silent"
    """It never ended, and nobody hears of it any more: its process died, or stands still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is too long, and too much.

    Attributes:
        silent_after: a daemon, or a tick, not heard of for longer is silent.
        backlog: this many stuck rows are too many.
    """

    silent_after: timedelta
    backlog: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Something that is wrong, or needs a person.

    Attributes:
        since: UTC; since when, or what moment it is about.
        detail: in words of whoever met it; may hold foreign text.
        times: how the shop's dates are read, where it is about them.
        trouble: what went wrong with a daemon's tick.
        did: what the tick had done before it failed; empty where that was nothing.
        slow: what is due, where it is about how long that needs.
        unmapped: the words that it is about.
    """

    kind: ConcernKind
    rows: int = 0
    since: datetime | None = None
    detail: str | None = None
    trouble: TickTrouble | None = None
    did: str = ""
    pause: Pause | None = None
    times: ShopTimes | None = None
    slow: SlowBacklog | None = None
    unmapped: tuple[UnmappedWord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the tables say at one moment.

    Attributes:
        at: UTC, database clock.
        daemons: the latest heard of first.
        runs: the latest ticks of everybody, newest first.
        blocked_until: UTC; the PSP asked to be left alone until then.
    """

    at: datetime
    daemons: tuple[Daemon, ...]
    runs: tuple[Run, ...]
    pauses: tuple[Pause, ...]
    blocked_until: datetime | None
    standing: Standing
    limits: Limits

    @property
    def alive(self) -> tuple[Daemon, ...]:
        """The daemons that beat."""
        return tuple(each for each in self.daemons if not self.is_silent(each.heartbeat_at))

    @property
    def silent(self) -> tuple[Daemon, ...]:
        """The daemons that did not take their leave and are not heard of any more."""
        return tuple(each for each in self.daemons if self.is_silent(each.heartbeat_at))

    @property
    def sweeper(self) -> Daemon | None:
        """The daemon that has the turn."""
        having = (DaemonState.WAITING, DaemonState.SWEEPING)
        return next((each for each in self.alive if each.state in having), None)

    @property
    def tick(self) -> Run | None:
        """The last tick of a daemon; of anybody, where there is no daemon."""
        holders = {each.holder for each in self.daemons}
        return next((run for run in self.runs if not holders or run.holder in holders), None)

    def is_silent(self, heard_of: datetime) -> bool:
        """Whether who was last heard of then is silent by now."""
        return self.at - heard_of > self.limits.silent_after

    def state_of(self, run: Run) -> RunState:
        """How far a tick is."""
        return run_state(run, now=self.at, silent_after=self.limits.silent_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A situation with what is wrong in it, the worst first."""

    situation: Situation
    concerns: tuple[Concern, ...]

    @property
    def level(self) -> Level:
        return self.concerns[0].kind.level if self.concerns else Level.HEALTHY

    @property
    def daemon_heals(self) -> bool:
        """Whether a daemon applies what it may: it lives, does not only observe, and nothing stops it."""
        sweeper, pauses = self.situation.sweeper, self.situation.pauses
        well = self.level is not Level.NOT_HEALTHY and not pauses
        return well and sweeper is not None and sweeper.mode is Mode.HEAL


async def health(store: Store, policy: Policy, limits: Limits) -> Health:
    """How it is now."""
    stands = await standing(store, policy)
    return judged(
        Situation(
            at=stands.at,
            daemons=tuple(await store.daemons.all()),
            runs=tuple(await store.runs.latest(limit=_RUNS_LOOKED_AT)),
            pauses=tuple(await store.controls.pauses(now=stands.at)),
            blocked_until=await store.controls.blocked_until(now=stands.at),
            standing=stands,
            limits=limits,
        )
    )


def judged(situation: Situation) -> Health:
    """A situation with what is wrong in it."""
    concerns = (
        *_of_daemons(situation),
        *_of_tick(situation),
        *_of_pauses(situation.pauses),
        *_of_rows(situation),
        *_of_times(situation.standing.times),
    )
    order = list(ConcernKind)
    return Health(
        situation=situation, concerns=tuple(sorted(concerns, key=lambda each: order.index(each.kind)))
    )


def run_state(run: Run, *, now: datetime, silent_after: timedelta) -> RunState:
    """How far a tick is at `now` (UTC, database clock)."""
    if run.finished_at is not None:
        return RunState.ENDED
    return RunState.SILENT if now - run.heartbeat_at > silent_after else RunState.UNDER_WAY


def _of_daemons(situation: Situation) -> Iterator[Concern]:
    sweeper = situation.sweeper
    if not situation.daemons:
        yield Concern(kind=ConcernKind.NO_DAEMON)
    elif not situation.alive:
        last = situation.daemons[0]
        yield Concern(kind=ConcernKind.SILENT, since=last.heartbeat_at, detail=last.holder)
    elif sweeper is None:
        stopping = any(each.state is DaemonState.STOPPING for each in situation.alive)
        yield Concern(kind=ConcernKind.STOPPING if stopping else ConcernKind.NO_TURN)
    else:
        yield from _overdue(situation, sweeper)
        if sweeper.last_error is not None and not _is_told_by_its_counts(sweeper.last_error, situation.tick):
            failed = situation.tick if situation.tick and situation.tick.error is not None else None
            yield Concern(
                kind=ConcernKind.TICK_FAILED,
                trouble=sweeper.last_error,
                did=_did_before(failed) if failed else "",
            )


def _is_told_by_its_counts(trouble: TickTrouble, tick: Run | None) -> bool:
    """Whether a daemon's last error is what its last tick's counts tell too, with a better next step."""
    sums = TickSums.of(tick.counts if tick else None)
    match trouble.kind:
        case TroubleKind.BREAKER:
            return any((p, why) == (trouble.phase, trouble.reason) for p, why in sums.tripped.items())
        case TroubleKind.SHUT:
            return any((p, why) == (trouble.phase, trouble.reason) for p, why in sums.shut.items())
        case _:
            return False


def _did_before(tick: Run) -> str:
    """What a tick that failed had done; empty where that was nothing."""
    return did(TickSums.of(tick.counts), observed=tick.mode is Mode.OBSERVE) if tick.counts else ""


def _overdue(situation: Situation, sweeper: Daemon) -> Iterator[Concern]:
    """A daemon that beats and does not tick: its next tick is past, or one does not end."""
    tick = situation.tick
    if sweeper.state is DaemonState.WAITING and sweeper.next_tick_at is not None:
        if situation.is_silent(sweeper.next_tick_at):
            yield Concern(kind=ConcernKind.OVERDUE, since=sweeper.next_tick_at)
    elif sweeper.state is DaemonState.SWEEPING and tick is not None and tick.finished_at is None:
        longest = 2 * sweeper.interval + situation.limits.silent_after
        if situation.at - tick.started_at > longest:
            yield Concern(kind=ConcernKind.ENDLESS, since=tick.started_at)


def _of_tick(situation: Situation) -> Iterator[Concern]:
    tick, sweeper = situation.tick, situation.sweeper
    if tick is None:
        return
    known = sweeper is not None and sweeper.last_error is not None
    if tick.error is not None and not known:
        yield Concern(
            kind=ConcernKind.TICK_FAILED, since=tick.started_at, detail=tick.error, did=_did_before(tick)
        )
    if situation.state_of(tick) is RunState.SILENT:
        yield Concern(kind=ConcernKind.TICK_DIED, since=tick.heartbeat_at)
    sums = TickSums.of(tick.counts)
    if sums.tripped:
        yield Concern(kind=ConcernKind.BREAKER, since=tick.started_at, detail="; ".join(troubles(sums)))
    if sums.shut:
        yield Concern(kind=ConcernKind.SHUT, since=tick.started_at, detail="; ".join(troubles(sums)))
    elif sums.read_nothing and not sums.tripped:
        yield Concern(kind=ConcernKind.UNREADABLE, rows=sums.unreadable)
    elif sums.undelivered:
        yield Concern(kind=ConcernKind.UNDELIVERED, rows=sums.undelivered)
    if sums.clocks_differed:
        yield Concern(
            kind=ConcernKind.CLOCK_SKEW,
            since=tick.started_at,
            detail=skew_words(sums.skew) if sums.skew else "the clocks differ too much",
        )


def _of_times(times: ShopTimes) -> Iterator[Concern]:
    if times.keeps_orphans is not None:
        yield Concern(kind=ConcernKind.ROW_TIMES, times=times)
    if times.future:
        yield Concern(kind=ConcernKind.FUTURE_ROWS, rows=times.future, times=times)


def _of_pauses(pauses: Sequence[Pause]) -> Iterator[Concern]:
    for pause in pauses:
        kind = ConcernKind.PAUSED if pause.connector is None else ConcernKind.CONNECTOR_PAUSED
        yield Concern(kind=kind, since=pause.set_at, pause=pause)


def _of_rows(situation: Situation) -> Iterator[Concern]:
    stands, sweeper = situation.standing, situation.sweeper
    if stands.attention.unacknowledged:
        yield Concern(kind=ConcernKind.ATTENTION, rows=stands.attention.unacknowledged)
    if stands.stuck >= situation.limits.backlog:
        yield Concern(kind=ConcernKind.BACKLOG, rows=stands.stuck)
    if stands.slow is not None:
        yield Concern(kind=ConcernKind.SLOW, rows=sum(stands.slow.due.values()), slow=stands.slow)
    if stands.unmapped:
        rows = sum(each.rows for each in stands.unmapped)
        yield Concern(kind=ConcernKind.UNMAPPED, rows=rows, unmapped=stands.unmapped)
    if sweeper is not None and sweeper.mode is Mode.OBSERVE and stands.stuck:
        yield Concern(kind=ConcernKind.OBSERVING, rows=stands.stuck)
