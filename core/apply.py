"""Apply: carry out a frozen plan, guarded at every step, and prove each row (design rules 3, 4, 5, 10, 11).

Rows go in groups. For each: is anything paused? does the PSP still say so? write down the intent, deliver,
read the rows again, write down the outcomes. A group's intents and outcomes are one transaction each.

An event for the shop's own handler goes alone: first the real webhook, which the read may have set off, gets
its grace; then the row is read again; and its effect is awaited beside everything else.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconcile_tui.core.bookkeeping import Bookkeeper, last_outcome
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.dispatch.dispatcher import Delivered, Delivery, DeliveryReport, Dispatcher
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.effects import Awaited, EffectWatch
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.guard import Ended, Guard, Verified, forbidden
from reconcile_tui.core.left_intents import ended_by_the_row
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.plan import Plan, PlannedRow
from reconcile_tui.core.policy import ActorKind, Policy
from reconcile_tui.core.proof import outcome_of, proven
from reconcile_tui.core.psp_states import ReadFailureKind
from reconcile_tui.core.reads import PspReads
from reconcile_tui.core.row_times import RowTimes
from reconcile_tui.core.shop_answers import Shut
from reconcile_tui.core.store.checks import CheckedRow
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.store.database import DATABASE_TROUBLE, is_about_values, trouble_words
from reconcile_tui.core.store.journal import Intended, OrphanLimit
from reconcile_tui.core.store.journal_entries import (
    Authorship,
    Conclusion,
    Intent,
    NotIntended,
    OpenIntent,
)
from reconcile_tui.core.store.row_leases import Held
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener, RowConcluded, Warned, WarningKind
from reconcile_tui.core.time_wording import kept_words

GROUP = 100
"""Rows whose intents are written down together: few enough that the lease is short for the last of them, many
enough that what a statement costs by itself is shared by many."""

GROUPS_AT_ONCE = 4
"""While one group waits for the database, others work: half of a connection pool's usual size."""

BUSY_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """A row of a plan and what became of it."""

    planned: PlannedRow
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What an apply did, row by row, in the order of the plan. `shut`: the shop refused its events."""

    plan: Plan
    rows: tuple[Concluded, ...]
    shut: Shut | None = None

    @property
    def closed(self) -> tuple[Concluded, ...]:
        """The rows whose finding is over."""
        return tuple(row for row in self.rows if row.result.outcome.closes)

    @property
    def left(self) -> tuple[Concluded, ...]:
        """The rows that need another look."""
        return tuple(row for row in self.rows if not row.result.outcome.closes)


class Applier:
    """Carries out plans over one store, PSP and dispatcher."""

    def __init__(
        self,
        *,
        store: Store,
        reads: PspReads,
        times: RowTimes,
        dispatcher: Dispatcher,
        clock: Clock,
        policy: Policy,
        bookkeeper: Bookkeeper,
        holder: str,
        listener: Listener,
    ) -> None:
        self._store = store
        self._times = times
        self._dispatcher = dispatcher
        self._clock = clock
        self._policy = policy
        self._bookkeeper = bookkeeper
        self._guard = Guard(findings=store.findings, reads=reads, clock=clock, policy=policy)
        self._watch = EffectWatch(findings=store.findings, clock=clock, policy=policy)
        self._holder = holder
        self._tell = listener
        self._under_way: dict[str, dict[RowRef, Result]] = {}

    async def apply(
        self,
        plan: Plan,
        *,
        time: DatabaseTime,
        should_stop: Callable[[], bool],
        again: bool = False,
        door: Door | None = None,
        leaving: Callable[[], bool] | None = None,
        results: dict[RowRef, Result] | None = None,
        left: Mapping[RowRef, OpenIntent] | None = None,
    ) -> Receipt:
        """Carry out what `plan` would apply; its other rows are left alone.

        Args:
            should_stop: asked before each group, and before each delivery; rows not begun are refused as
                stopped.
            again: make the next attempt of events that were delivered before without effect.
            door: the phase's, where the plan is a part of one.
            leaving: whether the process is to end, so that effects are no longer awaited; `should_stop` by
                default.
            results: is filled with what became of rows, as they end: an apply that is cut off has them too.
            left: what former holders left of these rows, whose leases ran out.
        """
        job = _Job(
            by=Authorship(actor=plan.actor, plan_id=plan.plan_id, reason=plan.reason),
            time=time,
            should_stop=should_stop,
            door=door or Door(should_stop),
            leaving=leaving or should_stop,
            again=again,
            left=left or {},
        )
        results = {} if results is None else results
        self._under_way[plan.plan_id] = results
        places = {
            True: asyncio.Semaphore(self._policy.deliveries_at_once),
            False: asyncio.Semaphore(GROUPS_AT_ONCE),
        }

        async def one(group: Sequence[PlannedRow], *, remote: bool) -> None:
            awaited: list[Awaited] = []
            async with places[remote]:
                ended = await self._group(group, job, awaited)
            ended += await self._effects(awaited, job)
            results.update({row.ref: result for row, result in ended})

        async def alone(row: PlannedRow) -> None:
            async with job.door.turn_taken():
                await self._guard.grace([row], should_stop=job.should_stop)
                await one([row], remote=True)

        local = [row for row in plan.to_apply if not self._is_remote(row)]
        remote = [row for row in plan.to_apply if self._is_remote(row)]
        try:
            async with asyncio.TaskGroup() as groups:
                for start in range(0, len(local), GROUP):
                    groups.create_task(one(local[start : start + GROUP], remote=False))
                # The first ones decide for all: those that the shop would not take before are tried last.
                for row in sorted(remote, key=_was_not_taken):
                    await job.door.turn()
                    groups.create_task(alone(row))
        finally:
            del self._under_way[plan.plan_id]
        concluded = (Concluded(planned=row, result=results[row.ref]) for row in plan.to_apply)
        return Receipt(plan=plan, rows=tuple(concluded), shut=job.door.shut)

    async def conclude(
        self,
        ended: Sequence[tuple[PlannedRow, Result, Intent | None]],
        *,
        by: Authorship,
        time: DatabaseTime,
        ran_out: datetime | None = None,
    ) -> None:
        """Write outcomes down, with the bookkeeping of rows that were not delivered, and tell them.

        Args:
            ran_out: see `Journal.conclude`.
        """
        if not ended:
            return
        now = time.now()
        await self._write_down(ended, by=by, time=time, ran_out=ran_out)
        self._concluded([(planned, result) for planned, result, _ in ended], by=by, at=now)

    async def _write_down(
        self,
        ended: Sequence[tuple[PlannedRow, Result, Intent | None]],
        *,
        by: Authorship,
        time: DatabaseTime,
        ran_out: datetime | None = None,
    ) -> None:
        """Write outcomes down; each by itself where it may be one row's fault that they cannot be."""
        try:
            conclusions = [
                Conclusion(
                    planned=planned,
                    result=result,
                    intent=intent,
                    check=self._check(planned, result, intent, time),
                    attention=self._bookkeeper.attention_after(planned, result),
                )
                for planned, result, intent in ended
            ]
            await self._store.journal.conclude(conclusions, by=by, now=time.now(), ran_out=ran_out)
        except Exception as error:  # noqa: BLE001 what was done stands, written down or not
            if len(ended) > 1 and is_about_values(error):
                for one in ended:
                    await self._write_down([one], by=by, time=time, ran_out=ran_out)
                return
            which = str(ended[0][0].ref) if len(ended) == 1 else f"{len(ended)} rows"
            detail = (
                f"{which}: the outcome is not written down, a later check settles it: {type(error).__name__}"
            )
            self._tell(Warned(kind=WarningKind.DATABASE, detail=detail))

    def _is_remote(self, row: PlannedRow) -> bool:
        return row.action is not None and row.action.event in self._dispatcher.remote

    def _check(
        self, planned: PlannedRow, result: Result, intent: Intent | None, time: DatabaseTime
    ) -> CheckedRow | None:
        """What to write of a row's schedule; the tool's own handlers did it with the change itself."""
        outcome, remote = result.outcome, self._is_remote(planned)
        if remote and intent is not None and outcome.closes and result.attention is None:
            # Whoever had the intent before may have sent it, and not have lived to say so.
            return self._bookkeeper.once_applied(planned, now=time.now())
        sent = intent is not None and outcome is Outcome.UNDELIVERED
        late = remote and (sent or outcome is Outcome.UNCHANGED)
        return self._bookkeeper.after_outcome(planned, result, now=time.now(), effect_may_come=late)

    async def _group(self, group: Sequence[PlannedRow], job: "_Job", awaited: list[Awaited]) -> list[Ended]:
        """A group to its end, but for effects that are still to come: those go to `awaited`."""
        if job.should_stop():
            stopped = [(row, _STOPPED) for row in group]
            self._tell_only(stopped, job)
            return stopped
        try:
            pauses = await self._store.controls.pauses(now=job.time.now())
        except DATABASE_TROUBLE as error:
            return await self._after_trouble(group, error, job, awaited, ())
        ended: list[Ended] = []

        async def came(true: Sequence[Verified], before: Sequence[Ended]) -> None:
            ended.extend(await self._batch(true, before, job, awaited))

        refused = [(row, self._ageless(row, job) or self._forbidden(row, job, pauses)) for row in group]
        going = [(row, self._guard.fresh(row)) for row, result in refused if result is None]
        true = [verified for _, verified in going if verified is not None]
        await came(true, [(row, result) for row, result in refused if result is not None])
        old = [row for row, verified in going if verified is None]
        await self._guard.read_again(old, should_stop=job.should_stop, came=came)
        return ended

    async def _batch(
        self, true: Sequence[Verified], before: Sequence[Ended], job: "_Job", awaited: list[Awaited]
    ) -> list[Ended]:
        """Rows that are verified, delivered at once; `before`: those that came to their end before."""
        ended: list[Ended] = []
        begun: set[RowRef] = set()
        try:
            overtaken = await self._guard.overtaken([each.row for each in true if self._is_remote(each.row)])
            over = {row.ref for row, _ in overtaken}

            before = [*before, *overtaken]
            before = [(row, _by_what_was_sent(result, job.left.get(row.ref))) for row, result in before]
            await self._conclude_before(before, job)
            ended += before
            going = [each for each in true if each.row.ref not in over]
            async for done in self._intend_and_deliver(going, job, awaited, begun):
                ended += done
        except Exception as error:  # noqa: BLE001 one batch's trouble must not end the others
            known = {row.ref for row, _ in ended} | {row.planned.ref for row in awaited}
            rows = [*(row for row, _ in before), *(each.row for each in true)]
            lost = [row for row in {row.ref: row for row in rows}.values() if row.ref not in known]
            ended += await self._after_trouble(lost, error, job, awaited, begun)
        return ended

    async def _after_trouble(
        self,
        rows: Sequence[PlannedRow],
        error: Exception,
        job: "_Job",
        awaited: list[Awaited],
        begun: Collection[RowRef],
    ) -> list[Ended]:
        """The end of rows whose group broke off. Where it may be one row's fault, each goes by itself."""
        if len(rows) > 1 and is_about_values(error) and not begun:
            return [end for row in rows for end in await self._group([row], job, awaited)]
        if isinstance(error, DATABASE_TROUBLE):
            result = Result(outcome=Outcome.UNDELIVERED, detail=f"the database: {trouble_words(error)}")
            ended = [(row, result) for row in rows]
        else:
            detail = f"this program failed over it: {type(error).__name__}"
            outcomes = {True: Outcome.IN_DOUBT, False: Outcome.UNDELIVERED}
            ended = [(row, Result(outcome=outcomes[row.ref in begun], detail=detail)) for row in rows]
        self._tell_only(ended, job)
        return ended

    def _ageless(self, row: PlannedRow, job: "_Job") -> Result | None:
        """An orphan whose age is not known any more is left, whoever planned it."""
        kept = self._times.now(job.time.now()).keeps_orphan if row.finding.is_orphan_row else None
        if kept is None:
            return None
        detail = f"{ReadFailureKind.ROW_TIMES.value}: {kept_words(kept)}"
        return Result(outcome=Outcome.UNREADABLE, detail=detail)

    def _forbidden(self, row: PlannedRow, job: "_Job", pauses: Sequence[Pause]) -> Result | None:
        shut = job.door.shut if self._is_remote(row) else None
        handles = self._dispatcher.handles
        return forbidden(row, actor=job.by.actor, pauses=pauses, handles=handles, shut=shut)

    async def _intend_and_deliver(
        self, verified: Sequence[Verified], job: "_Job", awaited: list[Awaited], begun: set[RowRef]
    ) -> AsyncIterator[list[Ended]]:
        """Write down the intents, awaiting rows that others act on, and deliver them; round by round.

        `begun` gets the rows whose intents are written down.
        """
        by, time = job.by, job.time
        waited_until = self._clock.monotonic() + self._busy_wait(by).total_seconds()
        as_verified = {each.row.ref: each for each in verified}
        rows = [each.row for each in verified]
        while rows:
            answers = await self._store.journal.intend(
                rows,
                by=by,
                holder=self._holder,
                now=time.now(),
                lease=self._policy.lease,
                again=job.again,
                orphan_limit=self._orphan_limit(by),
            )
            ours = [(row, answer) for row in rows if isinstance(answer := answers[row.ref], Intent)]
            begun.update(row.ref for row, _ in ours)
            spent = [row for row in rows if answers[row.ref] is NotIntended.SPENT]
            capped = [(row, _CAPPED) for row in rows if answers[row.ref] is NotIntended.CAPPED]
            over = [(row, left) for row in rows if isinstance(left := answers[row.ref], OpenIntent)]
            busy = [row for row in rows if _is_busy(answers[row.ref])]
            ours, too_late = await self._still_fresh(ours, as_verified)
            await self.conclude(too_late, by=by, time=time)
            yield [(row, result) for row, result, _ in too_late]
            yield await self._deliver(ours, job, awaited)
            yield await self._spent(spent, by=by, time=time)
            yield await self._end_by_the_rows(over, by=by, time=time)
            await self.conclude([(row, result, None) for row, result in capped], by=by, time=time)
            yield capped
            if busy and (self._clock.monotonic() >= waited_until or job.should_stop()):
                yield await self._give_up([(row, answers[row.ref]) for row in busy], by=by, time=time)
                return
            if busy:
                await self._clock.sleep(BUSY_POLL_SECONDS)
            rows = busy

    async def _still_fresh(
        self, ours: Sequence[tuple[PlannedRow, Intent]], verified: Mapping[RowRef, Verified]
    ) -> tuple[list[tuple[PlannedRow, Intent]], list[tuple[PlannedRow, Result, Intent]]]:
        """Intents to deliver now, and those whose row was verified too long ago by now: the process stood
        still in between. Such a row is read once more, where it was not yet."""
        true: list[tuple[PlannedRow, Intent]] = []
        late: list[tuple[PlannedRow, Result, Intent]] = []
        for row, intent in ours:
            seen = verified[row.ref]
            if self._guard.is_fresh(seen):
                true.append((row, intent))
                continue
            again = (row, _TOO_OLD) if seen.again else await self._guard.once_more(row)
            if isinstance(again, Verified):
                true.append((row, intent))
            else:
                late.append((row, again[1], intent))
        return true, late

    def _busy_wait(self, by: Authorship) -> timedelta:
        """A person's row is awaited for a moment; a daemon's comes up again by itself."""
        return self._policy.busy_wait if by.actor.kind is ActorKind.OPERATOR else timedelta(0)

    def _orphan_limit(self, by: Authorship) -> OrphanLimit | None:
        """What binds a daemon; what an operator confirmed was looked at by a person."""
        if by.actor.kind is not ActorKind.DAEMON:
            return None
        return OrphanLimit(most=self._policy.orphan_auto_limit, interval=self._policy.interval)

    async def _give_up(
        self, busy: Sequence[tuple[PlannedRow, Intended]], *, by: Authorship, time: DatabaseTime
    ) -> list[Ended]:
        ended = [
            (row, Result(outcome=Outcome.REFUSED, refusal=Refusal.BUSY, detail=_who_acts(answer)))
            for row, answer in busy
        ]
        await self.conclude([(row, result, None) for row, result in ended], by=by, time=time)
        return ended

    async def _end_by_the_rows(
        self, over: Sequence[tuple[PlannedRow, OpenIntent]], *, by: Authorship, time: DatabaseTime
    ) -> list[Ended]:
        """Rows whose former holder had delivered already: each says itself what became of it."""
        if not over:
            return []
        after = await self._store.findings.rows([row.ref for row, _ in over])
        ended: list[tuple[PlannedRow, Result, Intent]] = []
        for row, left in over:
            result = ended_by_the_row(after.get(row.ref), left)
            if result is None:
                raise ValueError(f"{row.ref}: what was delivered says nothing of its end")
            ended.append((row, result, left.intent))
        await self.conclude(ended, by=by, time=time)
        return [(row, result) for row, result, _ in ended]

    async def _conclude_before(self, ended: Sequence[Ended], job: "_Job") -> None:
        """Write down what became of rows before a delivery; what somebody left of them ends with it."""
        nothing_left = [
            (row, result, None) for row, result in ended if not _ends(result, job.left.get(row.ref))
        ]
        await self.conclude(nothing_left, by=job.by, time=job.time)
        left = [
            (row, result, job.left[row.ref].intent)
            for row, result in ended
            if _ends(result, job.left.get(row.ref))
        ]
        await self.conclude(left, by=job.by, time=job.time, ran_out=job.time.now())

    async def _deliver(
        self, ours: Sequence[tuple[PlannedRow, Intent]], job: "_Job", awaited: list[Awaited]
    ) -> list[Ended]:
        """Deliver; what the shop's own handler got goes to `awaited`, the others to their end."""
        by, time = job.by, job.time
        if job.should_stop():
            # A process that stood still notices here that it lost its turn.
            await self.conclude([(row, _STOPPED, intent) for row, intent in ours], by=by, time=time)
            return [(row, _STOPPED) for row, _ in ours]
        if not ours:
            return []
        deliveries = [
            Delivery(intent=intent, planned=row, check=self._bookkeeper.once_applied(row, now=time.now()))
            for row, intent in ours
        ]
        reports = await self._dispatcher.deliver(deliveries, by=by, time=time, door=job.door)
        came = list(zip(ours, reports, strict=True))
        awaited += [
            Awaited(planned=row, intent=intent, report=report)
            for (row, intent), report in came
            if self._is_remote(row)
        ]
        local = [(mine, report) for mine, report in came if not self._is_remote(mine[0])]
        if not local:
            return []
        results = await self._prove([mine for mine, _ in local], [report for _, report in local])
        results = [
            self._bookkeeper.judged(row, result) for ((row, _), _), result in zip(local, results, strict=True)
        ]
        ended = [(row, result, intent) for ((row, intent), _), result in zip(local, results, strict=True)]
        await self.conclude(ended, by=by, time=time)
        return [(row, result) for row, result, _ in ended]

    async def _effects(self, awaited: Sequence[Awaited], job: "_Job") -> list[Ended]:
        """Await the effects of what the shop's own handler got, and write down what became of each."""
        ended: list[Ended] = []
        async for shown in self._watch.watch(awaited, should_stop=job.leaving):
            for row, result in shown:
                _tell_door(job.door, row.report, result)
            came = [(row, self._bookkeeper.judged(row.planned, result)) for row, result in shown]
            conclusions = [(row.planned, result, row.intent) for row, result in came]
            await self.conclude(conclusions, by=job.by, time=job.time)
            ended += [(row.planned, result) for row, result in came]
        return ended

    async def _prove(
        self, ours: Sequence[tuple[PlannedRow, Intent]], reports: Sequence[DeliveryReport]
    ) -> list[Result]:
        try:
            after = await self._store.findings.rows([row.ref for row, _ in ours])
        except DATABASE_TROUBLE as error:
            detail = f"delivered, but the row could not be read again: {trouble_words(error)}"
            doubt = DeliveryReport(delivered=Delivered.IN_DOUBT, detail=detail)
            return [outcome_of(row, doubt, None) for row, _ in ours]
        return [
            outcome_of(row, report, after.get(row.ref))
            for (row, _), report in zip(ours, reports, strict=True)
        ]

    async def _spent(self, rows: Sequence[PlannedRow], *, by: Authorship, time: DatabaseTime) -> list[Ended]:
        """Rows whose very event was delivered before: never again by itself, and loud if still open."""
        if not rows:
            return []
        after = await self._store.findings.rows([row.ref for row in rows])
        ended = [(row, _never_again(row, proven(row, after.get(row.ref)))) for row in rows]
        await self.conclude([(row, result, None) for row, result in ended], by=by, time=time)
        return ended

    def _tell_only(self, ended: Sequence[Ended], job: "_Job") -> None:
        self._concluded(ended, by=job.by, at=job.time.now())

    def _concluded(self, ended: Sequence[Ended], *, by: Authorship, at: datetime) -> None:
        """Tell what became of rows, and keep it for whoever applies their plan."""
        results = self._under_way.get(by.plan_id or "", {})
        for row, result in ended:
            results[row.ref] = result
            self._tell(RowConcluded(planned=row, result=result, actor=by.actor, at=at, plan_id=by.plan_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What every group of one apply shares."""

    by: Authorship
    time: DatabaseTime
    should_stop: Callable[[], bool]
    door: Door
    leaving: Callable[[], bool]
    again: bool = False
    left: Mapping[RowRef, OpenIntent] = field(default_factory=dict)


_STOPPED = Result(outcome=Outcome.REFUSED, refusal=Refusal.STOPPED)
_TOO_OLD = Result(
    outcome=Outcome.UNREADABLE, detail="what the PSP said was too old by the time the row could be acted on"
)
_CAPPED = Result(outcome=Outcome.REFUSED, refusal=Refusal.ORPHAN_CAP, attention=Reason.ORPHAN_CAP)


def _is_busy(answer: Intended) -> bool:
    return isinstance(answer, Held) or answer is NotIntended.BUSY


def _who_acts(answer: Intended) -> str:
    """Who has a row, and until when others wait for them."""
    if not isinstance(answer, Held):
        return "another process takes the row at this moment"
    until = f"{answer.expires_at:%H:%M:%S} UTC"
    return f"{answer.actor or answer.holder} acts on it, until {until} at the latest"


def _ends(result: Result, left: OpenIntent | None) -> bool:
    """Whether what somebody left of a row is over by what the row, or the PSP, says now."""
    return left is not None and (result.outcome is Outcome.CHANGED or result.outcome.closes)


def _by_what_was_sent(result: Result, left: OpenIntent | None) -> Result:
    """A row that shows by now what was on its way to the shop before was healed by it."""
    if left is None or not left.was_sent or result.outcome is not Outcome.OVERTAKEN:
        return result
    return Result(outcome=Outcome.FIXED, after=result.after, detail="sent before, and the row shows it now")


def _was_not_taken(row: PlannedRow) -> bool:
    """Whether the shop would not take the row's event when it was last tried."""
    return row.finding.check is not None and last_outcome(row.finding.check) is Outcome.UNDELIVERED


def _tell_door(door: Door, report: DeliveryReport, result: Result) -> None:
    """What a row tells of the shop's handler: whether events have effects there."""
    if result.outcome is Outcome.FIXED:
        door.had_effect()
    elif report.status is not None and result.outcome in (Outcome.UNCHANGED, Outcome.UNDELIVERED):
        door.came_to_nothing(report.status)


def _never_again(row: PlannedRow, result: Result) -> Result:
    """A row that shows the event was resolved before; nothing was delivered now."""
    if result.outcome is Outcome.FIXED:
        return Result(outcome=Outcome.ALREADY_RESOLVED, after=result.after)
    if result.outcome is Outcome.UNCHANGED:
        event = row.action.event if row.action else "this event"
        detail = f"{event} was delivered before and did not last; only an operator sends it again"
        return Result(
            outcome=Outcome.UNCHANGED, after=result.after, attention=result.attention, detail=detail
        )
    return result
