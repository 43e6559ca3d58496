"""Apply: carry out a frozen plan, guarded at every step, and prove each row (design rules 3, 4, 5, 10, 11).

Rows go in groups. For each: is anything paused? does the PSP still say so? write down the intent, deliver,
read the rows again, write down the outcomes. A group's intents and outcomes are one transaction each.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from reconcile_tui.core.bookkeeping import Bookkeeper
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.dispatch.dispatcher import Delivered, Delivery, DeliveryReport, Dispatcher
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.plan import Plan, PlannedRow, is_fresh, psp_differs
from reconcile_tui.core.policy import Actor, Policy, Role
from reconcile_tui.core.proof import outcome_of, proven
from reconcile_tui.core.psp_states import ReadFailed, ReadHow, connector_of
from reconcile_tui.core.reads import PspReads
from reconcile_tui.core.store.controls import Pause, pause_binding
from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words
from reconcile_tui.core.store.journal_entries import Authorship, Conclusion, Intent, NotIntended
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener, RowConcluded, Warned, WarningKind

GROUP = 48
"""Rows whose intents are written down together: few enough that the lease is short for the last of them,
and that no statement has more than 50 parameters, which is where psycopg stops to cache it."""

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
    """What an apply did, row by row, in the order of the plan."""

    plan: Plan
    rows: tuple[Concluded, ...]

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
        dispatcher: Dispatcher,
        clock: Clock,
        policy: Policy,
        bookkeeper: Bookkeeper,
        holder: str,
        listener: Listener,
    ) -> None:
        self._store = store
        self._reads = reads
        self._dispatcher = dispatcher
        self._clock = clock
        self._policy = policy
        self._bookkeeper = bookkeeper
        self._holder = holder
        self._tell = listener

    async def apply(
        self, plan: Plan, *, time: DatabaseTime, should_stop: Callable[[], bool], again: bool = False
    ) -> Receipt:
        """Carry out what `plan` would apply; its other rows are left alone.

        Args:
            should_stop: asked before each group; rows not begun are refused as stopped.
            again: make the next attempt of events that were delivered before without effect.
        """
        by = Authorship(actor=plan.actor, plan_id=plan.plan_id, reason=plan.reason)
        results: dict[RowRef, Result] = {}
        rows = plan.to_apply
        places = asyncio.Semaphore(GROUPS_AT_ONCE)

        async def one(group: Sequence[PlannedRow]) -> None:
            async with places:
                if should_stop():
                    refused = Result(outcome=Outcome.REFUSED, refusal=Refusal.STOPPED)
                    ended = [(row, refused) for row in group]
                    self._tell_only(ended, by, time)
                else:
                    ended = await self._group(group, by=by, time=time, again=again, should_stop=should_stop)
            results.update({row.ref: result for row, result in ended})

        async with asyncio.TaskGroup() as groups:
            for start in range(0, len(rows), GROUP):
                groups.create_task(one(rows[start : start + GROUP]))
        concluded = (Concluded(planned=row, result=results[row.ref]) for row in rows)
        return Receipt(plan=plan, rows=tuple(concluded))

    async def deliver_again(
        self, intent: Intent, planned: PlannedRow, *, by: Authorship, time: DatabaseTime
    ) -> Result:
        """Deliver the event of an intent that is already written down and leased to us."""
        [(_, result)] = await self._deliver([(planned, intent)], by=by, time=time)
        return result

    async def conclude(
        self, ended: Sequence[tuple[PlannedRow, Result, Intent | None]], *, by: Authorship, time: DatabaseTime
    ) -> None:
        """Write outcomes down, with the bookkeeping of rows that were not delivered, and tell them."""
        if not ended:
            return
        now = time.now()
        conclusions = [
            Conclusion(
                planned=planned,
                result=result,
                intent=intent,
                check=self._bookkeeper.after_outcome(planned, result, now=now),
                attention=self._bookkeeper.attention_after(planned, result),
            )
            for planned, result, intent in ended
        ]
        try:
            await self._store.journal.conclude(conclusions, by=by, now=now)
        except DATABASE_TROUBLE as error:
            detail = f"outcomes could not be written down, the next tick settles them: {type(error).__name__}"
            self._tell(Warned(kind=WarningKind.DATABASE, detail=detail))
        for planned, result, _ in ended:
            self._tell(
                RowConcluded(planned=planned, result=result, actor=by.actor, at=now, plan_id=by.plan_id)
            )

    async def _group(
        self,
        group: Sequence[PlannedRow],
        *,
        by: Authorship,
        time: DatabaseTime,
        again: bool,
        should_stop: Callable[[], bool],
    ) -> list[tuple[PlannedRow, Result]]:
        ended: list[tuple[PlannedRow, Result]] = []
        try:
            pauses = await self._store.controls.pauses(now=time.now())
            refused = [(row, self._forbidden(row, by.actor, pauses)) for row in group]
            allowed = [row for row, result in refused if result is None]
            verified_at = self._clock.monotonic()
            true, untrue = await self._verify(allowed)
            before = [(row, result) for row, result in refused if result is not None] + untrue
            await self.conclude([(row, result, None) for row, result in before], by=by, time=time)
            ended += before
            async for done in self._intend_and_deliver(
                true, by=by, time=time, again=again, verified_at=verified_at, should_stop=should_stop
            ):
                ended += done
        except DATABASE_TROUBLE as error:
            known = {row.ref for row, _ in ended}
            undelivered = Result(outcome=Outcome.UNDELIVERED, detail=f"the database: {trouble_words(error)}")
            lost = [(row, undelivered) for row in group if row.ref not in known]
            self._tell_only(lost, by, time)
            ended += lost
        return ended

    def _forbidden(self, row: PlannedRow, actor: Actor, pauses: Sequence[Pause]) -> Result | None:
        """Why a row must not be touched, whatever the PSP says; None where it may."""
        if actor.role is Role.VIEWER:
            return Result(outcome=Outcome.REFUSED, refusal=Refusal.ROLE, detail="a viewer applies nothing")
        if (pause := pause_binding(pauses, connector_of(row.state))) is not None:
            return Result(outcome=Outcome.REFUSED, refusal=Refusal.PAUSED, detail=pause.words)
        if row.action is None or row.action.event not in self._dispatcher.handles:
            return Result(outcome=Outcome.REFUSED, refusal=Refusal.NOT_APPLICABLE)
        if (
            row.state is None
            or isinstance(row.state, ReadFailed)
            or row.state.stamp.how is not ReadHow.FORCED
        ):
            detail = "planned from what was last known: a plan that is applied is made of forced reads"
            return Result(outcome=Outcome.REFUSED, refusal=Refusal.NOT_APPLICABLE, detail=detail)
        return None

    async def _verify(
        self, rows: Sequence[PlannedRow]
    ) -> tuple[list[PlannedRow], list[tuple[PlannedRow, Result]]]:
        """The rows of which the PSP still says what the plan saw, and the others with their end."""
        results: dict[RowRef, Result | None] = {}
        waiting = iter(rows)

        async def work() -> None:
            for row in waiting:
                results[row.ref] = await self._still_true(row)

        async with asyncio.TaskGroup() as workers:
            for _ in range(min(len(rows), self._policy.reads_at_once)):
                workers.create_task(work())
        untrue = [(row, result) for row in rows if (result := results[row.ref]) is not None]
        return [row for row in rows if results[row.ref] is None], untrue

    async def _still_true(self, row: PlannedRow) -> Result | None:
        """Read the PSP again where the plan's read is old; why the row must be left, or None."""
        if row.state is None or is_fresh(row.state, now=self._clock.now(), fresh_for=self._policy.fresh_for):
            return None
        state = await self._reads.state(row.finding, how=ReadHow.LAST_KNOWN)
        if isinstance(state, ReadFailed):
            return Result(outcome=Outcome.UNREADABLE, detail=f"{state.kind.value}: {state.detail}")
        if psp_differs(row.state, state):
            return Result(outcome=Outcome.CHANGED, detail="the PSP says another thing than the plan saw")
        return None

    async def _intend_and_deliver(
        self,
        rows: Sequence[PlannedRow],
        *,
        by: Authorship,
        time: DatabaseTime,
        again: bool,
        verified_at: float,
        should_stop: Callable[[], bool],
    ) -> AsyncIterator[list[tuple[PlannedRow, Result]]]:
        """Write down the intents, awaiting rows that others act on, and deliver them; round by round."""
        waited_until = self._clock.monotonic() + self._policy.busy_wait.total_seconds()
        while rows:
            answers = await self._store.journal.intend(
                rows, by=by, holder=self._holder, now=time.now(), lease=self._policy.lease, again=again
            )
            ours = [(row, answer) for row in rows if isinstance(answer := answers[row.ref], Intent)]
            spent = [row for row in rows if answers[row.ref] is NotIntended.SPENT]
            busy = [row for row in rows if answers[row.ref] is NotIntended.BUSY]
            if self._clock.monotonic() - verified_at > self._policy.fresh_for.total_seconds():
                # The process stood still in between; from here on the lease bounds what may pass.
                true, untrue = await self._verify([row for row, _ in ours])
                intents = {row.ref: intent for row, intent in ours}
                await self.conclude([(r, result, intents[r.ref]) for r, result in untrue], by=by, time=time)
                yield untrue
                ours = [(row, intents[row.ref]) for row in true]
            yield await self._deliver(ours, by=by, time=time)
            yield await self._spent(spent, by=by, time=time)
            if busy and (self._clock.monotonic() >= waited_until or should_stop()):
                yield await self._give_up(busy, by=by, time=time)
                return
            if busy:
                await self._clock.sleep(BUSY_POLL_SECONDS)
            rows = busy

    async def _give_up(
        self, busy: Sequence[PlannedRow], *, by: Authorship, time: DatabaseTime
    ) -> list[tuple[PlannedRow, Result]]:
        detail = "another process acts on the row"
        result = Result(outcome=Outcome.REFUSED, refusal=Refusal.BUSY, detail=detail)
        await self.conclude([(row, result, None) for row in busy], by=by, time=time)
        return [(row, result) for row in busy]

    async def _deliver(
        self, ours: Sequence[tuple[PlannedRow, Intent]], *, by: Authorship, time: DatabaseTime
    ) -> list[tuple[PlannedRow, Result]]:
        if not ours:
            return []
        deliveries = [
            Delivery(intent=intent, planned=row, check=self._bookkeeper.once_applied(row, now=time.now()))
            for row, intent in ours
        ]
        reports = await self._dispatcher.deliver(deliveries, by=by, now=time.now())
        results = await self._prove(ours, reports)
        ended = [(row, result, intent) for (row, intent), result in zip(ours, results, strict=True)]
        await self.conclude(ended, by=by, time=time)
        return [(row, result) for row, result, _ in ended]

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

    async def _spent(
        self, rows: Sequence[PlannedRow], *, by: Authorship, time: DatabaseTime
    ) -> list[tuple[PlannedRow, Result]]:
        """Rows whose very event was delivered before: never again by itself, and loud if still open."""
        if not rows:
            return []
        after = await self._store.findings.rows([row.ref for row in rows])
        ended = [(row, _never_again(row, proven(row, after.get(row.ref)))) for row in rows]
        await self.conclude([(row, result, None) for row, result in ended], by=by, time=time)
        return ended

    def _tell_only(
        self, ended: Sequence[tuple[PlannedRow, Result]], by: Authorship, time: DatabaseTime
    ) -> None:
        for row, result in ended:
            self._tell(
                RowConcluded(planned=row, result=result, actor=by.actor, at=time.now(), plan_id=by.plan_id)
            )


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
