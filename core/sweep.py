"""The sweep: runs the slices of one tick, each from find to proof (the small runner of design.md)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconcile_tui.core.apply import Applier, Concluded, Receipt
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.clock_skew import ClockSkew, skew_words, worst_skew
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.findings import NO_TIME, Finding, RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.orphan_cap import NONE_LEFT, CapUse, OrphansLeft, fails_an_orphan, is_withheld_by_cap
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.phases import ORPHANS, Phase, PhaseName
from reconcile_tui.core.plan import Plan, PlannedRow, without_bodies
from reconcile_tui.core.planning import Planner, Planning
from reconcile_tui.core.policy import Actor, Mode, Policy
from reconcile_tui.core.psp.breaker import Tripped, TripReason
from reconcile_tui.core.psp_block import PspBlock
from reconcile_tui.core.psp_states import ReadFailed, ReadFailureKind, ReadHow, connector_of
from reconcile_tui.core.reads import Reading
from reconcile_tui.core.row_times import RowTimes
from reconcile_tui.core.schedule import share_slots
from reconcile_tui.core.shop_answers import Shut
from reconcile_tui.core.slices import Slice, stopper
from reconcile_tui.core.store.controls import Pause, pause_binding
from reconcile_tui.core.store.database import DATABASE_TROUBLE
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener, PhaseEnded, PhaseStarted, Warned, WarningKind
from reconcile_tui.core.time_wording import kept_step, kept_words
from reconcile_tui.core.wording import (
    blocked_words,
    cap_words,
    raises_more_than_its_outcome,
    shut_words,
)

SLICES_AT_ONCE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceReport:
    """What one slice did.

    Attributes:
        plan: every row that was read, or decided without reading; None where the slice did not run.
        receipt: what became of the rows that were applied; None where nothing was to be.
        tripped: the breaker ended the phase: nothing more of it was read.
        shut: the shop refused the phase's events; what had been sent before stands.
        skipped: why the slice did not run.
        skipped_until: how long that lasts (UTC, database clock), where that is known.
        not_begun: rows that were due and not begun: a stop, a deadline, the breaker.
        counts: how many rows came to each decision and outcome.
    """

    phase: PhaseName
    plan: Plan | None = None
    receipt: Receipt | None = None
    tripped: Tripped | None = None
    shut: Shut | None = None
    skipped: WarningKind | None = None
    skipped_until: datetime | None = None
    not_begun: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def found_rows(self) -> bool:
        """Whether there was something to do, and it was not cut short."""
        return bool(self.counts) and not self.was_cut_short

    @property
    def was_cut_short(self) -> bool:
        """Whether the breaker, the shop's answers or a wait that the PSP asked for ended the phase."""
        return self.tripped is not None or self.shut is not None or self.skipped is not None

    @property
    def in_short(self) -> "SliceReport":
        """The same without its rows, so that a long drain's memory does not grow with the backlog."""
        return replace(self, plan=None, receipt=None)


@dataclass(slots=True, kw_only=True)
class OrphansToFail:
    """Orphans to fail that wait until every other one was looked at: never more than the cap's `limit`, for
    above it nothing is left to wait for."""

    limit: int
    rows: list[PlannedRow] = field(default_factory=list)

    @property
    def refs(self) -> set[RowRef]:
        return {row.ref for row in self.rows}

    def without(self, rows: Sequence[PlannedRow]) -> tuple[PlannedRow, ...]:
        """The rows of a slice without those to fail: they wait. Once too many do, all of them go with it."""
        self.rows += [row for row in rows if fails_an_orphan(row)]
        others = [row for row in rows if not fails_an_orphan(row)]
        return (*others, *(self.take() if len(self.rows) > self.limit else ()))

    def take(self) -> tuple[PlannedRow, ...]:
        """All of them; none waits any more."""
        rows, self.rows = tuple(self.rows), []
        return rows


@dataclass(slots=True, kw_only=True)
class Sweep:
    """One tick's run over its slices.

    Attributes:
        ended: the reports of the slices so far: of one that died too, as far as it came.
        after_slice: awaited when a slice came to its end.
        phase: the one under way; None before the first.
        begun: the phases that were begun.
        pauses: those in force when the rows of the last slice were looked for.
    """

    store: Store
    planner: Planner
    applier: Applier
    block: PspBlock
    clock: Clock
    policy: Policy
    actor: Actor
    time: DatabaseTime
    times: RowTimes
    dry_run: bool
    should_stop: Callable[[], bool]
    listener: Listener
    on_slice: Callable[[SliceReport], None] | None = None
    after_slice: Callable[[], Awaitable[None]] | None = None
    ended: list[SliceReport] = field(default_factory=list)
    phase: PhaseName | None = None
    begun: set[PhaseName] = field(default_factory=set)
    phase_ended: bool = False
    found: int = 0
    blocked_until: datetime | None = None
    door: Door = field(init=False)
    ended_by: Tripped | None = None
    skew: ClockSkew = field(init=False)
    warned_of_clocks: bool = False
    withheld: set[str] = field(default_factory=set)
    pauses: Sequence[Pause] = ()

    def __post_init__(self) -> None:
        self.skew = worst_skew(self.time)
        self.door = Door(self._must_leave)

    @property
    def applies(self) -> bool:
        """Whether this tick writes to the shop at all."""
        return not self.dry_run and self.policy.mode is Mode.HEAL

    async def run(self, piece: Slice) -> SliceReport:
        """One slice, from find to proof."""
        self._begin_phase(piece.phase)
        await self._close_stale(piece.phase)
        if (reason := await self._kept_from(piece.phase)) is not None:
            return self._not_run(piece, reason)
        return await self.run_on(piece, await self._due(piece))

    async def run_on(
        self, piece: Slice, findings: Sequence[Finding], *, waiting: "OrphansToFail | None" = None
    ) -> SliceReport:
        """The same, over findings that are chosen already (a dry run pages through them).

        Args:
            waiting: where orphans to fail wait until all of the others were looked at.
        """
        reading = await self._read(piece, findings)
        return await self._carry_out(piece, await self._decide(piece, findings, reading, waiting))

    async def fail_orphans(self, piece: Slice, waiting: "OrphansToFail") -> None:
        """What waited until every orphan was looked at: failed, or withheld by the cap."""
        if waiting.rows:
            planning = await self._plan_of(piece, waiting.take())
            await self._carry_out(piece, planning)

    async def drain(self, piece: Slice) -> None:
        """A phase's slices until nothing is due, or it is ended early.

        Several at a time, in turns: one has the PSP's budget, while another one's rows are found already and
        a third one's are decided, recorded and applied.
        Orphans go one after the other, and none is failed before all were looked at: the cap is about the
        whole of them.
        """
        waiting = OrphansToFail(limit=self.policy.orphan_auto_limit) if piece.phase is ORPHANS else None
        self._begin_phase(piece.phase)
        await self._close_stale(piece.phase)
        finding, asking = asyncio.Lock(), asyncio.Lock()
        stop = stopper(piece, monotonic=self.clock.monotonic, should_stop=self._must_stop)
        in_hand: set[RowRef] = set()

        async def work() -> None:
            while not stop():
                async with finding:
                    if (reason := await self._kept_from(piece.phase)) is not None:
                        self._not_run(piece, reason)
                        self.phase_ended = True
                        return
                    findings = await self._due(piece, in_hand | (waiting.refs if waiting else set()))
                    in_hand.update(found.ref for found in findings)
                if not findings:
                    return
                async with asking:
                    reading = await self._read(piece, findings)
                planning = await self._decide(piece, findings, reading, waiting)
                in_hand.difference_update(found.ref for found in findings)
                await self._carry_out(piece, planning)

        async with asyncio.TaskGroup() as slices:
            for _ in range(1 if piece.phase is ORPHANS else SLICES_AT_ONCE):
                slices.create_task(work())
        if waiting is not None:
            await self.fail_orphans(piece, waiting)

    def _not_run(self, piece: Slice, reason: WarningKind) -> SliceReport:
        until = self.blocked_until if reason is WarningKind.PSP_BLOCKED else None
        report = SliceReport(
            phase=piece.phase.name, skipped=reason, skipped_until=until, tripped=self.ended_by
        )
        self.ended.append(report)
        return report

    async def _read(self, piece: Slice, findings: Sequence[Finding]) -> Reading:
        self.listener(PhaseStarted(phase=piece.phase.name, rows=len(findings)))
        stop = stopper(piece, monotonic=self.clock.monotonic, should_stop=self._must_stop)
        free, held = self._held(findings)
        how = ReadHow.FORCED if self.applies else ReadHow.LAST_KNOWN
        # What a pause holds is not applied: asking the processor may send the real webhook, and is for later.
        reading = await self.planner.read(held, how=ReadHow.LAST_KNOWN, should_stop=stop, found=self.found)
        self.found = reading.breaker.found
        freed = [
            finding
            for finding in held
            if (state := reading.states.get(finding.ref)) is not None
            and pause_binding(self.pauses, connector_of(state)) is None
        ]
        if reading.tripped is None:
            later = await self.planner.read([*free, *freed], how=how, should_stop=stop, found=self.found)
            reading = reading.then(later)
            self.found = reading.breaker.found
        if reading.tripped is not None:
            self.phase_ended = True
            if reading.tripped.reason is TripReason.UNAUTHORISED:
                self.ended_by = reading.tripped
        return reading

    def _held(self, findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
        """Those of `findings` that no pause holds, and those that one does, or may: their processor is not
        known yet."""
        free: list[Finding] = []
        held: list[Finding] = []
        for finding in findings:
            connector = finding.check.connector if finding.check is not None else None
            (free if pause_binding(self.pauses, connector) is None else held).append(finding)
        return free, held

    async def _decide(
        self,
        piece: Slice,
        findings: Sequence[Finding],
        reading: Reading,
        waiting: "OrphansToFail | None" = None,
    ) -> Planning:
        rows = await self.planner.decided(findings, reading, actor_kind=self.actor.kind, time=self.time)
        not_begun = len(findings) - len(rows)
        if waiting is not None:
            rows = waiting.without(rows)
        left = await self._left(piece, findings) if waiting is None else NONE_LEFT
        planning = await self._plan_of(piece, rows, tripped=reading.tripped, left=left)
        if not self.dry_run:
            await self.block.share(self.time, actor=self.actor.name)
        self._notice_skew(piece.phase, planning.plan, reading)
        return replace(planning, not_begun=not_begun)

    async def _plan_of(
        self,
        piece: Slice,
        rows: Sequence[PlannedRow],
        *,
        tripped: Tripped | None = None,
        left: OrphansLeft = NONE_LEFT,
    ) -> Planning:
        planning = await self.planner.plan_of(
            rows,
            actor=self.actor,
            time=self.time,
            record=not self.dry_run,
            tripped=tripped,
            left=left,
            withheld=self.withheld,
        )
        self.withheld.update(row.ref.row_id for row in planning.plan.rows if is_withheld_by_cap(row))
        return planning

    async def _left(self, piece: Slice, findings: Sequence[Finding]) -> OrphansLeft:
        """Orphans that are due beside a full slice."""
        if piece.phase is not ORPHANS or len(findings) < piece.limit:
            return NONE_LEFT
        return await self.store.findings.orphans_to_look_at(
            now=self.time.now(), policy=self.policy, but=[finding.ref for finding in findings]
        )

    async def _carry_out(self, piece: Slice, planning: Planning) -> SliceReport:
        stop = stopper(piece, monotonic=self.clock.monotonic, should_stop=self._must_leave)
        receipt = None
        if self.applies and planning.may_apply and planning.plan.to_apply:
            results: dict[RowRef, Result] = {}
            try:
                receipt = await self.applier.apply(
                    planning.plan,
                    time=self.time,
                    should_stop=stop,
                    door=self.door,
                    leaving=self.should_stop,
                    results=results,
                )
            except BaseException:
                self._report(piece, planning, _cut_off(planning.plan, results))
                raise
            self._notice_shut(piece.phase)
            self.withheld.update(
                row.planned.ref.row_id for row in receipt.rows if row.result.refusal is Refusal.ORPHAN_CAP
            )
        report = self._report(piece, planning, receipt)
        if self.after_slice is not None:
            await self.after_slice()
        self.listener(PhaseEnded(phase=piece.phase.name, tripped=planning.tripped))
        return report

    def _report(self, piece: Slice, planning: Planning, receipt: Receipt | None) -> SliceReport:
        plan = _slim(planning.plan)
        report = SliceReport(
            phase=piece.phase.name,
            plan=plan,
            receipt=_slim_receipt(receipt, plan) if receipt else None,
            tripped=planning.tripped,
            shut=receipt.shut if receipt else None,
            not_begun=planning.not_begun,
            counts=_counts(planning.plan, receipt),
        )
        if self.on_slice is not None:
            self.on_slice(report)
            report = report.in_short
        self.ended.append(report)
        return report

    def _begin_phase(self, phase: Phase) -> None:
        self.phase = phase.name
        self.begun.add(phase.name)
        self.phase_ended = False
        self.found = 0
        self.door = self.door.of_next_phase(self._must_leave)

    def _must_stop(self) -> bool:
        """The breaker, opened by one slice, ends the other one of its phase too."""
        return self.should_stop() or self.phase_ended

    def _must_leave(self) -> bool:
        """Whether nothing more is to be applied. What was answered in full is, though its phase ended early;
        not once the key is refused."""
        return self.should_stop() or self.ended_by is not None

    async def _close_stale(self, phase: Phase) -> None:
        if self.dry_run:
            return
        for ref in await self.store.findings.close_stale(phase, now=self.time.now()):
            detail = f"{harmless(str(ref), limit=100)} is gone from the shop: its attention item was closed"
            self.listener(Warned(kind=WarningKind.GONE, detail=detail))

    async def _due(self, piece: Slice, in_hand: Collection[RowRef] = ()) -> list[Finding]:
        """The rows of a slice; those `in_hand` are read at this moment and not recorded yet."""
        if self.applies:
            self.pauses = await self.store.controls.pauses(now=self.time.now())
        lanes = await self.store.findings.due(
            piece.phase,
            now=self.time.now(),
            policy=self.policy,
            limit=piece.limit,
            tried_before=piece.tried_before,
            pauses=self.pauses,
            in_hand=in_hand,
        )
        return share_slots(lanes, piece.limit, due=_due_since)

    async def _kept_from(self, phase: Phase) -> WarningKind | None:
        """Why a phase must not run at all; told once."""
        if self.ended_by is not None:
            return WarningKind.UNAUTHORISED
        if phase.needs_agreeing_clocks and self.skew.size > self.policy.skew_limit:
            return self._warn_skew()
        if (
            phase.needs_agreeing_clocks
            and (kept := self.times.now(self.time.now()).keeps_orphans) is not None
        ):
            self.listener(Warned(kind=WarningKind.ROW_TIMES, detail=f"{kept_words(kept)} {kept_step(kept)}"))
            return WarningKind.ROW_TIMES
        left = await self.block.obey(self.time)
        if left > self.policy.longest_block_wait:
            self.blocked_until = self.time.now() + left
            self.listener(Warned(kind=WarningKind.PSP_BLOCKED, detail=blocked_words(self.blocked_until)))
            return WarningKind.PSP_BLOCKED
        return None

    def _notice_skew(self, phase: Phase, plan: Plan, reading: Reading) -> None:
        """Compare the PSP's clock, as its answers gave it, with this machine's."""
        seen = worst_skew(self.time, reading.states.values())
        self.skew = max(self.skew, seen, key=lambda skew: skew.size)
        failures = (row.state for row in plan.rows if isinstance(row.state, ReadFailed))
        if phase.needs_agreeing_clocks and any(f.kind is ReadFailureKind.CLOCK_SKEW for f in failures):
            self._warn_skew()

    async def tell_cap(self) -> None:
        """Tell once what the tick withheld from the daemon, with everything that is withheld and counts."""
        if not self.withheld:
            return
        use = CapUse()
        with suppress(*DATABASE_TROUBLE):
            use = await self.store.orphan_cap.use(interval=self.policy.interval)
        detail = cap_words(
            withheld=len(use.withheld | self.withheld),
            failed=len(use.failed - use.withheld - self.withheld),
            limit=self.policy.orphan_auto_limit,
            interval=self.policy.interval,
        )
        self.listener(Warned(kind=WarningKind.ORPHAN_CAP, detail=detail))

    def _notice_shut(self, phase: Phase) -> None:
        """The shop refuses its events: nothing more of the phase is read for nothing."""
        if self.door.shut is not None and not self.phase_ended:
            self.phase_ended = True
            detail = f"{phase.name}: {shut_words(self.door.shut)}; nothing more of it was sent"
            self.listener(Warned(kind=WarningKind.SHOP_REFUSES, detail=detail))

    def _warn_skew(self) -> WarningKind:
        self.warned_of_clocks = True
        detail = f"clocks differ: {skew_words(self.skew)}; orphans are left alone"
        self.listener(Warned(kind=WarningKind.CLOCK_SKEW, detail=detail))
        return WarningKind.CLOCK_SKEW


def _due_since(finding: Finding) -> datetime:
    due = finding.check.next_due if finding.check is not None else None
    return due or NO_TIME


def _cut_off(plan: Plan, results: Mapping[RowRef, Result]) -> Receipt:
    """What is known of an apply that did not come to its end: a row without a result may be in flight."""
    detail = "the check was cut off; the next one finds out whether it was applied"
    unknown = Result(outcome=Outcome.IN_DOUBT, detail=detail)
    rows = (Concluded(planned=row, result=results.get(row.ref, unknown)) for row in plan.to_apply)
    return Receipt(plan=plan, rows=tuple(rows))


def _counts(plan: Plan, receipt: Receipt | None) -> dict[str, int]:
    counted = Counter(f"decision.{row.decision.kind}" for row in plan.rows)
    results = [row.result for row in (receipt.rows if receipt else ())]
    counted.update(f"outcome.{result.outcome}" for result in results)
    counted.update(
        f"raised.{result.attention}" for result in results if raises_more_than_its_outcome(result.attention)
    )
    return dict(counted)


def _slim(plan: Plan) -> Plan:
    """A plan to report: the PSP's full objects were for the dispatch alone."""
    return replace(plan, rows=tuple(without_bodies(row) for row in plan.rows))


def _slim_receipt(receipt: Receipt, plan: Plan) -> Receipt:
    """A receipt over the rows of its slim plan."""
    slim = {row.ref: row for row in plan.rows}
    rows = tuple(replace(row, planned=slim[row.planned.ref]) for row in receipt.rows)
    return replace(receipt, plan=plan, rows=rows)
