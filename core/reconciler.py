"""The reconciler: find, read, decide, plan, apply, record, prove, tell. The one way through, for every front.

It takes a store, a PSP reader, a dispatcher, a clock and a policy. `run_once` is one tick; `plan` and
`apply` are what a person does, with a look in between.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconcile_tui.core.apply import Applier, Receipt
from reconcile_tui.core.bookkeeping import Bookkeeper
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.clock_skew import ClockSkew, skew_words, worst_skew
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.dispatch.dispatcher import Dispatcher
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.late_effects import LateEffects
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.phases import ORPHANS, PhaseName
from reconcile_tui.core.plan import Plan, PlannedRow
from reconcile_tui.core.planning import OnRow, Planner, Planning
from reconcile_tui.core.policy import Actor, Mode, Policy, Role
from reconcile_tui.core.psp.budget import PspBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_block import PspBlock
from reconcile_tui.core.psp_states import ReadHow
from reconcile_tui.core.reads import PspReads
from reconcile_tui.core.row_times import RowTimes
from reconcile_tui.core.settle import Settled, Settler
from reconcile_tui.core.slices import Slice, due_slices
from reconcile_tui.core.store.database import DATABASE_TROUBLE
from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.sweep import OrphansToFail, SliceReport, Sweep
from reconcile_tui.core.tellings import (
    Listener,
    TickEnded,
    TickFailed,
    TickStarted,
    Warned,
    WarningKind,
    unbroken,
)
from reconcile_tui.core.time_proof import ShopTimes
from reconcile_tui.core.time_wording import future_words


@dataclass(frozen=True, slots=True, kw_only=True)
class TickReport:
    """What one tick did.

    Attributes:
        started_at: UTC, database clock.
        times: how the shop's dates were read.
        settlements: intents of earlier processes that were concluded, by what became of them.
        error: what ended it before its end; None where nothing did.
        died_in: the phase that it ended in; None where that was before the first.
        not_begun: the phases that were to come then.
        skew: the clock that was too far from this machine's; None where none was.
        leases_end: when the first of the rows that somebody acts on, this process with them, is free again
            (UTC, database clock); None where nobody acts on any.
    """

    started_at: datetime
    took: timedelta
    mode: Mode
    dry_run: bool
    slices: tuple[SliceReport, ...]
    times: ShopTimes = field(default_factory=ShopTimes)
    settlements: Mapping[Outcome, int] = field(default_factory=dict)
    error: BaseException | None = None
    died_in: PhaseName | None = None
    not_begun: tuple[PhaseName, ...] = ()
    skew: ClockSkew | None = None
    leases_end: datetime | None = None

    @property
    def did_something(self) -> bool:
        """Whether there is anything to tell of it: a slice that was run, or an intent that was settled."""
        return bool(self.slices or self.settled)

    @property
    def settled(self) -> int:
        """How many intents of earlier processes were concluded."""
        return sum(self.settlements.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many rows came to each decision and outcome, how many were settled as what, and how many
        slices were cut short by what."""
        counted: Counter[str] = Counter()
        counted.update({f"settled.{outcome}": rows for outcome, rows in self.settlements.items() if rows})
        for piece in self.slices:
            counted.update(piece.counts)
            if piece.tripped is not None:
                counted[f"breaker.{piece.phase}.{piece.tripped.reason}"] += 1
            if piece.shut is not None:
                counted[f"shut.{piece.phase}.{piece.shut.reason}"] += 1
            if piece.skipped is not None:
                counted[f"skipped.{piece.phase}.{piece.skipped}"] += 1
        counted.update(self.times.counts)
        if self.skew is not None:
            counted[f"clocks.{self.skew.of}"] = round(self.skew.ahead / timedelta(milliseconds=1))
        return dict(sorted(counted.items()))


def never_stop() -> bool:
    """The answer of somebody who does not want to stop."""
    return False


def _require_operator(actor: Actor, *, dry_run: bool) -> None:
    if actor.role is Role.VIEWER and not dry_run:
        raise PermissionError("a viewer may look at what is last known, and change nothing")


class Reconciler:
    """Heals what a lost webhook left open.

    Args:
        budget: the PSP's budget that `psp` draws on; waits the PSP asks for are shared through the store.
        holder: names this process in leases; unique among processes.
        new_id: makes ids of plans.
        jitter: a number in [0, 1) at each call.
        listener: told what happens; must not block. What it raises stops nothing.
        alive: open while this process acts on rows; says so to others.
    """

    def __init__(
        self,
        *,
        store: Store,
        psp: PspReader,
        budget: PspBudget,
        dispatcher: Dispatcher,
        clock: Clock,
        policy: Policy,
        holder: str,
        new_id: Callable[[], str],
        jitter: Callable[[], float],
        listener: Listener = lambda _: None,
        alive: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        self.store = store
        self._alive = alive
        self.policy = policy
        self._block = PspBlock(controls=store.controls, budget=budget, clock=clock)
        self._clock = clock
        self._tell = listener = unbroken(listener)
        self._holder = holder
        bookkeeper = Bookkeeper(policy, jitter)
        reads = PspReads(psp, store.orphan_facts, clock)
        self._times = RowTimes(store, policy)
        self._planner = Planner(
            store=store,
            reads=reads,
            times=self._times,
            policy=policy,
            bookkeeper=bookkeeper,
            handles=dispatcher.handles,
            new_id=new_id,
            listener=listener,
        )
        self._applier = Applier(
            store=store,
            reads=reads,
            times=self._times,
            dispatcher=dispatcher,
            clock=clock,
            policy=policy,
            bookkeeper=bookkeeper,
            holder=holder,
            listener=listener,
        )
        self._late = LateEffects(store=store, bookkeeper=bookkeeper, policy=policy, listener=listener)
        self._settler = Settler(
            store=store,
            planner=self._planner,
            applier=self._applier,
            bookkeeper=bookkeeper,
            remote=dispatcher.remote,
            policy=policy,
            late=self._late,
            listener=listener,
        )

    async def run_once(
        self,
        actor: Actor,
        *,
        phases: Sequence[PhaseName] | None = None,
        dry_run: bool = False,
        drain: bool = False,
        should_stop: Callable[[], bool] = never_stop,
        deadline: timedelta | None = None,
        on_slice: Callable[[SliceReport], None] | None = None,
        on_failure: Callable[[TickReport], None] = lambda _: None,
    ) -> TickReport:
        """One tick: settle what was left, then each phase's slice.

        Args:
            phases: all where None.
            dry_run: plan from what is last known and write nothing at all, bookkeeping included.
            drain: go on with slices until nothing is due; each row is tried once.
            should_stop: asked between rows; those under way end.
            deadline: how long new rows may begin.
            on_slice: is handed each slice's report with its rows, and the tick's own report then holds
                counts alone: the memory of a drain does not grow with the backlog.
            on_failure: is handed what the tick did before an error ended it; the error is raised then.

        Raises:
            One of `core.store.database.DATABASE_TROUBLE`, maybe in an ExceptionGroup: the database cannot
            be used. What was delivered before is settled by the next tick.
            PermissionError: a viewer's tick that is no dry run.
        """
        _require_operator(actor, dry_run=dry_run)
        began = self._clock.monotonic()
        time = await DatabaseTime.of(self.store.database, self._clock)
        started_at = time.now()
        self._tell(TickStarted(at=started_at, actor=actor, mode=self.policy.mode, dry_run=dry_run))
        run_id = None if dry_run else await self._start_run(actor, started_at)
        sweep = self._sweep(actor, time, dry_run=dry_run, should_stop=should_stop, on_slice=on_slice)
        settled = Settled()
        pieces = due_slices(
            policy=self.policy,
            phases=phases,
            deadline=None if deadline is None else began + deadline.total_seconds(),
            tried_before=started_at if drain else None,
        )

        def so_far(error: BaseException | None = None) -> TickReport:
            return TickReport(
                started_at=started_at,
                took=timedelta(seconds=self._clock.monotonic() - began),
                mode=self.policy.mode,
                dry_run=dry_run,
                slices=tuple(sweep.ended),
                settlements=dict(settled.outcomes),
                times=self._times.own(time.now()),
                error=error,
                skew=sweep.skew if sweep.warned_of_clocks else None,
                died_in=sweep.phase if error is not None else None,
                not_begun=tuple(
                    piece.phase.name
                    for piece in pieces
                    if error is not None and piece.phase.name not in sweep.begun
                ),
            )

        if run_id is not None:
            sweep.after_slice = self._progress_of(run_id, time, so_far)
        try:
            await self._times.look(time)
            self._tell_of_the_future(time)
            async with nullcontext() if dry_run else self._alive():
                await self._settle(sweep, settled)
                await self._slices(sweep, pieces, drain=drain)
            await sweep.tell_cap()
            report = replace(so_far(), leases_end=await self._leases_end(time, dry_run=dry_run))
            if run_id is not None:
                await self.store.runs.finish(run_id, now=time.now(), counts=report.counts)
        except BaseException as error:
            report = so_far(error)
            if run_id is not None:
                await self._run_failed(run_id, time, report)
            self._tell(TickFailed(took=report.took, counts=report.counts, error=error))
            on_failure(report)
            raise
        self._tell(TickEnded(took=report.took, counts=report.counts))
        return report

    async def plan(
        self,
        refs: Sequence[RowRef],
        actor: Actor,
        *,
        reason: str | None = None,
        dry_run: bool = False,
        should_stop: Callable[[], bool] = never_stop,
        on_row: OnRow | None = None,
        through_block: bool = False,
    ) -> Planning:
        """Read and decide these rows, for a person to look at. Rows that do not exist are left out.

        Args:
            through_block: read although the PSP asked to be left alone: a person was told, and said yes.
            dry_run: read what is last known and write nothing; such a plan cannot be applied.
            on_row: see `Planner.plan`; must not block.

        Raises:
            PermissionError: a viewer's plan that is no dry run: it writes down what it saw.
        """
        _require_operator(actor, dry_run=dry_run)
        time = await DatabaseTime.of(self.store.database, self._clock)
        await self._block.obey(time)
        await self._times.look(time)
        if not dry_run and refs:
            await self._late.close(refs, now=time.now())
        findings = await self.store.findings.findings(refs, now=time.now(), policy=self.policy)
        with self._block.read_through() if through_block else nullcontext():
            planning = await self._planner.plan(
                findings,
                actor=actor,
                time=time,
                how=ReadHow.LAST_KNOWN if dry_run else ReadHow.FORCED,
                record=not dry_run,
                reason=reason,
                should_stop=should_stop,
                on_row=on_row,
            )
        if not dry_run:
            await self._block.share(time, actor=actor.name)
        return planning

    async def apply(
        self,
        plan: Plan,
        *,
        again: bool = False,
        should_stop: Callable[[], bool] = never_stop,
        on_begin: Callable[[], None] = lambda: None,
    ) -> Receipt:
        """Carry out a plan that a person confirmed.

        Args:
            again: send events again that were delivered before without effect.
            on_begin: told before the first row of the plan is begun; where it was not, none was.
        """
        time = await DatabaseTime.of(self.store.database, self._clock)
        await self._block.obey(time)
        await self._times.look(time)
        on_begin()
        confirmed = [row.ref for row in plan.to_apply]
        async with self._alive():
            with self._block.read_through():
                receipt = await self._confirmed(
                    plan, confirmed, time=time, again=again, should_stop=should_stop
                )
            await self._block.share(time, actor=plan.actor.name)
        return receipt

    async def blocked_until(self) -> datetime | None:
        """Until when the PSP asked to be left alone (UTC, this machine's clock); None: it may be asked."""
        return await self._block.until(await DatabaseTime.of(self.store.database, self._clock))

    async def _confirmed(
        self,
        plan: Plan,
        confirmed: Sequence[RowRef],
        *,
        time: DatabaseTime,
        again: bool,
        should_stop: Callable[[], bool],
    ) -> Receipt:
        await self._settler.settle(
            plan.actor, time=time, may_deliver=True, should_stop=should_stop, confirmed=confirmed
        )
        if time.skew > self.policy.skew_limit:
            detail = f"clocks differ: {skew_words(worst_skew(time))}"
            self._tell(Warned(kind=WarningKind.CLOCK_SKEW, detail=detail))
        return await self._applier.apply(plan, time=time, should_stop=should_stop, again=again)

    async def conclude(self, plan: Plan, ended: Sequence[tuple[PlannedRow, Result]]) -> None:
        """Write down what became of rows of a plan that are not to be applied after all."""
        time = await DatabaseTime.of(self.store.database, self._clock)
        by = Authorship(actor=plan.actor, plan_id=plan.plan_id, reason=plan.reason)
        await self._applier.conclude([(row, result, None) for row, result in ended], by=by, time=time)

    async def _leases_end(self, time: DatabaseTime, *, dry_run: bool) -> datetime | None:
        return None if dry_run else await self.store.journal.leases_end(now=time.now())

    def _sweep(
        self,
        actor: Actor,
        time: DatabaseTime,
        *,
        dry_run: bool,
        should_stop: Callable[[], bool],
        on_slice: Callable[[SliceReport], None] | None,
    ) -> Sweep:
        return Sweep(
            store=self.store,
            planner=self._planner,
            applier=self._applier,
            block=self._block,
            clock=self._clock,
            policy=self.policy,
            actor=actor,
            time=time,
            times=self._times,
            dry_run=dry_run,
            should_stop=should_stop,
            listener=self._tell,
            on_slice=on_slice,
        )

    def _tell_of_the_future(self, time: DatabaseTime) -> None:
        if (words := future_words(self._times.now(time.now()))) is not None:
            self._tell(Warned(kind=WarningKind.FUTURE_ROWS, detail=words))

    async def _start_run(self, actor: Actor, now: datetime) -> int:
        return await self.store.runs.start(
            actor=actor.name, mode=self.policy.mode, now=now, holder=self._holder
        )

    async def _run_failed(self, run_id: int, time: DatabaseTime, report: TickReport) -> None:
        """Write down that a tick did not end; where the database is away, its heartbeat says so."""
        with suppress(*DATABASE_TROUBLE):
            await self.store.runs.finish(
                run_id, now=time.now(), counts=report.counts, error=type(report.error).__name__
            )

    def _progress_of(
        self, run_id: int, time: DatabaseTime, so_far: Callable[[], TickReport]
    ) -> Callable[[], Awaitable[None]]:
        """Writes down what a tick has done so far. That this cannot be written stops no tick."""
        in_turn = asyncio.Lock()

        async def progress() -> None:
            async with in_turn:
                with suppress(*DATABASE_TROUBLE):
                    await self.store.runs.progress(run_id, now=time.now(), counts=so_far().counts)

        return progress

    async def _settle(self, sweep: Sweep, settled: Settled) -> None:
        """Settle what earlier processes left, where the PSP may be asked."""
        blocked = await self._block.obey(sweep.time)
        if sweep.dry_run or blocked > self.policy.longest_block_wait:
            return
        await self._settler.settle(
            sweep.actor,
            time=sweep.time,
            may_deliver=sweep.applies,
            should_stop=sweep.should_stop,
            settled=settled,
        )

    async def _slices(self, sweep: Sweep, pieces: Sequence[Slice], *, drain: bool) -> None:
        while pieces and not sweep.should_stop():
            before = len(sweep.ended)
            for piece in pieces:
                await (self._drain(sweep, piece) if drain else sweep.run(piece))
            came = sweep.ended[before:]
            if not drain or sweep.dry_run or not any(report.found_rows for report in came):
                break
            # A row that a pass moved on (an orphan that got its id) is due again in an earlier phase; a phase
            # that was ended early is over for this tick.
            over = {report.phase for report in came if report.was_cut_short}
            pieces = [piece for piece in pieces if piece.phase.name not in over]

    async def _drain(self, sweep: Sweep, piece: Slice) -> None:
        """A phase's slices until one finds nothing, or is ended early."""
        if sweep.dry_run:
            await self._page_through(sweep, piece)
        else:
            await sweep.drain(piece)

    async def _page_through(self, sweep: Sweep, piece: Slice) -> None:
        """A dry run records nothing, so it goes by the rows' keys instead of by what was read."""
        waiting = OrphansToFail(limit=self.policy.orphan_auto_limit) if piece.phase is ORPHANS else None
        after = None
        while not sweep.should_stop():
            page = await self.store.findings.page(
                piece.phase, now=sweep.time.now(), policy=self.policy, limit=piece.limit, after=after
            )
            report = await sweep.run_on(piece, page.findings, waiting=waiting)
            after = page.after
            if after is None or report.tripped or report.skipped:
                break
        if waiting is not None:
            await sweep.fail_orphans(piece, waiting)
