"""The loop: one tick after the other while the turn is held, until somebody says stop.

What a tick does is the reconciler's business. This is about when, about what a tick that fails means (the
daemon lives, and tries again), and about ending: rows in flight get their time, and no new one begins.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol

from reconcile_tui.chronicle import Log, counts_told
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.health_wording import tick_trouble_words
from reconcile_tui.core.policy import Actor
from reconcile_tui.core.reconciler import Reconciler, TickReport
from reconcile_tui.core.store.daemons import DaemonState
from reconcile_tui.core.store.database import DATABASE_TROUBLE
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.store.turns import Turn
from reconcile_tui.core.sweep import SliceReport
from reconcile_tui.core.tick_trouble import TickTrouble, TroubleKind
from reconcile_tui.daemon.cut_short import cut_short
from reconcile_tui.daemon.health import Health, Situation
from reconcile_tui.daemon.pace import Pace
from reconcile_tui.daemon.pulse import Identity, Pulse
from reconcile_tui.daemon.systemd import Systemd
from reconcile_tui.daemon.turn import TurnKeeper
from reconcile_tui.daemon.waiting import ended, first
from reconcile_tui.error_text import ErrorText
from reconcile_tui.exit_codes import ExitCode

AfterTick = Callable[[TickReport | Exception], Awaitable[None]]
"""Awaited after each tick with what came of it; bounds its own time. What it raises is logged."""

SOONEST_SECONDS = 1.0
"""Between two ticks, whatever the second one is for."""
LAST_SECONDS = 5.0
"""How long the last words to the database may take, and units of work under way that nobody can cancel."""


class Stopping(Protocol):
    """How the loop is told to stop."""

    def requested(self) -> bool:
        """Whether somebody said stop."""
        ...

    async def wait(self) -> None:
        """Until somebody says stop."""
        ...

    def cut_off_in(self, seconds: float) -> None:
        """End the process by then, whatever it is at."""
        ...


class DaemonLoop:
    """A daemon, from its start to its end.

    Args:
        identity: its `holder` is the reconciler's own.
        elapsed: seconds that go on while the process, or the machine, stands still.
        sweep_lease: how long the turn of a daemon lasts that no longer answers.
        post_timeout: how long an event may be under way to the shop's own handler.
        shutdown_timeout: how long rows in flight may take to end.
        jitter: a number in [0, 1) at each call.
        explain: an error in words.
        after_tick: see `AfterTick`.
    """

    def __init__(
        self,
        *,
        reconciler: Reconciler,
        store: Store,
        actor: Actor,
        identity: Identity,
        clock: Clock,
        elapsed: Callable[[], float],
        sweep_lease: timedelta,
        post_timeout: timedelta = timedelta(0),
        shutdown_timeout: timedelta,
        jitter: Callable[[], float],
        stop: Stopping,
        explain: Callable[[BaseException], ErrorText],
        log: Log,
        systemd: Systemd | None = None,
        after_tick: Sequence[AfterTick] = (),
    ) -> None:
        self._reconciler = reconciler
        self._store = store
        self._actor = actor
        self._holder = identity.holder
        self._interval = identity.interval.total_seconds()
        self._clock = clock
        self._shutdown_timeout = shutdown_timeout
        self._stop = stop
        self._explain = explain
        self._log = log
        self._systemd = systemd or Systemd()
        self._after_tick = tuple(after_tick)
        self._pace = Pace(interval=identity.interval, jitter=jitter)
        self._situation = Situation()
        self._running = False
        self._ticks = 0
        self._turn = TurnKeeper(
            turns=store.turns,
            holder=identity.holder,
            lease=sweep_lease,
            elapsed=elapsed,
            log=log,
            post_timeout=post_timeout,
        )
        self._pulse = Pulse(
            store=store,
            clock=clock,
            identity=identity,
            turn=self._turn,
            situation=self._situation,
            lease=sweep_lease,
            explain=explain,
            log=log,
        )

    @property
    def health(self) -> Health:
        """How it is at this moment. Asks nobody."""
        return Health(
            alive=self._running,
            ready=self._running
            and not self._stop.requested()
            and self._situation.database_answers
            and self._situation.tables_fit,
            has_turn=self._turn.holds(),
            state=self._situation.state,
            last_success_at=self._situation.last_success_at,
            last_error=self._situation.last_error,
        )

    async def run(self) -> None:
        """Tick until told to stop, then end in order. Cancelled, it ends at once: its turn runs out.

        Raises:
            SchemaOutdated: the tool's own tables are not there, or are another version's; maybe in a group.
        """
        self._running = True
        try:
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(self._work())
                beside = [tasks.create_task(self._pulse.run()), tasks.create_task(self._watchdog())]
                self._systemd.ready()
                await first(self._stop.wait(), ended(work))
                await self._end(work)
                for task in beside:
                    task.cancel()
            await self._leave()
        finally:
            self._running = False

    async def _work(self) -> None:
        """One tick after the other, each when it is due; the first one as soon as the turn is taken."""
        fence, due = None, math.inf
        while not self._stop.requested():
            self._turn.changed.clear()
            turn = self._turn.held
            if turn is None:
                self._is(DaemonState.STANDBY)
                await first(self._turn.changed.wait(), self._stop.wait())
                continue
            if turn.fence != fence:
                fence, due = turn.fence, due if self._pace.failures else self._clock.monotonic()
            if (left := due - self._clock.monotonic()) > 0:
                self._is(DaemonState.WAITING, next_tick=due)
                await first(self._clock.sleep(left), self._turn.changed.wait(), self._stop.wait())
                continue
            self._is(DaemonState.SWEEPING, next_tick=self._clock.monotonic() + self._interval)
            due = await self._tick(turn)

    async def _tick(self, turn: Turn) -> float:
        """One tick of a turn; when the next one is due, in monotonic seconds."""
        began = self._clock.monotonic()
        lost = False

        def must_stop() -> bool:
            """Asked between rows, and right before each delivery. A turn once lost is over for the tick."""
            nonlocal lost
            held = self._turn.held
            lost = lost or held is None or held.fence != turn.fence
            return lost or self._stop.requested()

        came: TickReport | Exception
        before_it_failed: list[TickReport] = []
        try:
            drain = self._reconciler.policy.drain
            came = await self._reconciler.run_once(
                self._actor,
                drain=drain,
                deadline=timedelta(seconds=self._interval / 2) if drain else None,
                should_stop=must_stop,
                on_slice=_forgotten if drain else None,
                on_failure=before_it_failed.append,
            )
        except Exception as error:  # noqa: BLE001 the daemon outlives whatever ends a tick
            came = error
        self._ticks += 1
        if isinstance(came, Exception):
            due = self._failed(came, before_it_failed)
        else:
            due = self._came_to_its_end(came, began, lost=lost)
        for hook in self._after_tick:
            try:
                await hook(came)
            except Exception as error:  # noqa: BLE001 nor does what others do after it end the daemon
                self._log.error("reconcile.daemon.hook_failed", **self._explain(error).fields())
                self._log.debug("reconcile.error", exc_info=error)
        return due

    def _came_to_its_end(self, report: TickReport, began: float, *, lost: bool) -> float:
        cut = cut_short(report)
        self._situation.last_error = cut.trouble if cut is not None else None
        if cut is None:
            self._situation.last_success_at = report.started_at + report.took
        elif cut.passes:
            wait = self._pace.after_failure()
            why = tick_trouble_words(cut.trouble)
            self._log.warning("reconcile.daemon.tick_cut_short", why=why, again_in_seconds=round(wait, 1))
            return self._clock.monotonic() + wait
        else:
            self._log.error("reconcile.daemon.tick_cut_short", why=tick_trouble_words(cut.trouble))
        due = min(began + self._pace.after_success(), self._leases_end(report))
        # What a tick left that lost its turn goes on as soon as the turn is ours again.
        return self._clock.monotonic() if lost else due

    def _leases_end(self, report: TickReport) -> float:
        """When the first row that somebody acts on is free again, in monotonic seconds."""
        if report.leases_end is None:
            return math.inf
        left = report.leases_end - (report.started_at + report.took)
        return self._clock.monotonic() + max(left.total_seconds(), SOONEST_SECONDS)

    def _failed(self, error: Exception, before: Sequence[TickReport]) -> float:
        """A tick failed. `before`: what it had done; empty where it did not begin."""
        text = self._explain(error)
        of_database = text.exit_code is ExitCode.DATABASE
        self._situation.last_error = TickTrouble(
            kind=TroubleKind.DATABASE if of_database else TroubleKind.DEFECT, detail=text.in_short
        )
        self._situation.tables_fit = False
        self._log.debug("reconcile.error", exc_info=error)
        wait = self._pace.after_failure()
        done = counts_told(before[0].counts, failed=True) if before else {}
        self._log.error(
            "reconcile.daemon.tick_failed", **text.fields(), again_in_seconds=round(wait, 1), **done
        )
        return self._clock.monotonic() + wait

    async def _end(self, work: asyncio.Task[None]) -> None:
        """Let rows in flight end, for as long as they may."""
        in_flight = self._situation.state is DaemonState.SWEEPING
        within = self._shutdown_timeout
        self._log.info(
            "reconcile.daemon.stopping", rows_in_flight_may_take_seconds=within.total_seconds() * in_flight
        )
        self._systemd.stopping(within + timedelta(seconds=LAST_SECONDS))
        self._is(DaemonState.STOPPING)
        await first(ended(work), self._clock.sleep(within.total_seconds()))
        if not work.done():
            self._log.warning(
                "reconcile.daemon.cut_off",
                why="the rows in flight did not end in time",
                next_step="the next start settles what was in doubt",
            )
        self._stop.cut_off_in(LAST_SECONDS)
        work.cancel()
        await ended(work)

    async def _leave(self) -> None:
        """Give the turn to the next one, and be forgotten."""
        in_doubt: int | None = None
        try:
            in_doubt = await self._store.daemons.in_flight(self._holder)
            await self._turn.give_back()
            await self._store.daemons.gone(self._holder)
        except DATABASE_TROUBLE as error:
            self._log.debug("reconcile.error", exc_info=error)
        self._log.info("reconcile.daemon.stopped", ticks=self._ticks, rows_in_doubt=in_doubt)

    async def _watchdog(self) -> None:
        """Tell systemd that the event loop goes round."""
        if self._systemd.watchdog is None:
            return
        while True:
            self._systemd.alive()
            await self._clock.sleep(self._systemd.watchdog.total_seconds() / 2)

    def _is(self, state: DaemonState, *, next_tick: float | None = None) -> None:
        """Remember what it does now, and let others see it."""
        if self._situation.state is not state or self._situation.next_tick != next_tick:
            self._situation.state, self._situation.next_tick = state, next_tick
            self._systemd.says(state)
            self._pulse.beat_soon()


def _forgotten(_: SliceReport) -> None:
    """A drain's rows were told as they ended: the memory of a long one does not grow with the backlog."""
