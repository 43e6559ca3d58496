"""Settle: finish what a process that died, or was frozen, left in the journal (design rule 5).

Every intent whose lease ran out is looked at, its row pending or not, by deciding afresh: the same event
is delivered under the same attempt; another one ends the intent as `changed`.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reconcile_tui.core.apply import Applier
from reconcile_tui.core.bookkeeping import Bookkeeper
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.decisions import Applicable, Event, Reason
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.findings import Finding, LocalRow, RowRef, is_open
from reconcile_tui.core.late_effects import LateEffects
from reconcile_tui.core.orphan_cap import is_withheld_by_cap
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Actor, ActorKind, Policy, Role
from reconcile_tui.core.psp_states import ReadFailed, ReadFailureKind, connector_of
from reconcile_tui.core.records import facts_record
from reconcile_tui.core.store.attention import AttentionChange
from reconcile_tui.core.store.controls import pause_binding
from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words
from reconcile_tui.core.store.journal_entries import Authorship, Conclusion, Intent, OpenIntent
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener, RowSettled, Warned, WarningKind
from reconcile_tui.core.transitions import agrees

PATIENCE = 3
"""Failed reads in a row after which settling ends: the PSP is away, and the tick's breaker says so."""


@dataclass(slots=True, kw_only=True)
class Settled:
    """What came of it.

    Attributes:
        outcomes: intents that were concluded, by what became of them.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    failures_in_a_row: int = 0


class PlansOne(Protocol):
    """Reads the PSP, forced, and decides one finding."""

    async def __call__(
        self, finding: Finding, actor_kind: ActorKind, time: DatabaseTime, /
    ) -> PlannedRow: ...


class Records(Protocol):
    """Writes down what a look at rows left behind."""

    async def __call__(self, rows: Sequence[PlannedRow], time: DatabaseTime, /) -> Sequence[PlannedRow]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """Settles abandoned intents. `remote`: the events that go to a handler of the shop's own."""

    store: Store
    applier: Applier
    bookkeeper: Bookkeeper
    remote: frozenset[Event]
    policy: Policy
    holder: str
    plan_one: PlansOne
    recorded: Records
    late: LateEffects
    listener: Listener

    async def settle(
        self,
        actor: Actor,
        *,
        time: DatabaseTime,
        may_deliver: bool,
        should_stop: Callable[[], bool],
        confirmed: Mapping[RowRef, Applicable] | None = None,
        settled: "Settled | None" = None,
    ) -> "Settled":
        """Settle what is abandoned, oldest lease first.

        What cannot be settled now is leased anew for a while, so that it does not stand before others for
        ever; after a few reads in a row that fail, the rest waits for the next tick.

        Args:
            actor: who settles; a viewer settles nothing.
            may_deliver: False leaves alone what would have to be delivered again (observing).
            confirmed: these rows alone, and nothing else delivered to them than this: a person settles
                nothing that they did not look at.
            settled: is filled as intents end, so that whoever is cut off has it too.
        """
        settled = settled or Settled()
        if actor.role is Role.VIEWER:
            return settled
        # Nothing is delivered by this, so a person's plan lets it be as a tick does.
        settled.outcomes[Outcome.FIXED] += await self.late.close(
            None if confirmed is None else confirmed.keys(), now=time.now()
        )
        limit = self.policy.batch_limit
        refs = None if confirmed is None else list(confirmed)
        abandoned = iter(await self.store.journal.abandoned(now=time.now(), limit=limit, refs=refs))
        door = Door(should_stop)

        async def work() -> None:
            for left in abandoned:
                if should_stop() or settled.failures_in_a_row >= PATIENCE or door.shut is not None:
                    return
                try:
                    await self._one(
                        left, settled, time=time, may_deliver=may_deliver, door=door, confirmed=confirmed
                    )
                except DATABASE_TROUBLE as error:
                    settled.failures_in_a_row += 1
                    self._left_alone(left, f"the database: {trouble_words(error)}")
                except Exception as error:  # noqa: BLE001 a defect over one row must not end the others' tick
                    self._left_alone(left, f"this program failed over it: {type(error).__name__}")

        # An event to the shop's own handler is awaited; several are, so that many of them end in one tick.
        async with asyncio.TaskGroup() as workers:
            for _ in range(self.policy.deliveries_at_once):
                workers.create_task(work())
        return settled

    async def _one(
        self,
        left: OpenIntent,
        settled: "Settled",
        *,
        time: DatabaseTime,
        may_deliver: bool,
        door: Door,
        confirmed: Mapping[RowRef, Applicable] | None,
    ) -> None:
        by = Authorship(actor=left.actor, plan_id=left.plan_id, reason="settled after an interruption")
        intent = await self.store.journal.take_over(
            left.intent, holder=self.holder, now=time.now(), lease=self.policy.lease
        )
        if intent is None:
            return None
        found = await self.store.findings.findings([intent.ref], now=time.now(), policy=self.policy)
        if not found:
            gone = Result(outcome=Outcome.CHANGED, detail="the row is gone")
            return await self._end(intent, None, gone, settled, by=by, time=time)
        finding = found[0]
        if left.was_applied or left.was_delivered:
            return await self._end(
                intent,
                finding,
                _of_applied(finding.row, left),
                settled,
                by=by,
                time=time,
                was_applied=left.was_applied,
            )
        if not is_open(finding.row):
            return await self._end(intent, finding, _of_final(finding.row, left), settled, by=by, time=time)
        if not may_deliver:
            return self._left_alone(left, "only observing")
        planned = await self.plan_one(finding, left.actor.kind, time)
        if isinstance(planned.state, ReadFailed):
            # Dates that nobody can trust say nothing about the PSP: others' intents go on being settled.
            settled.failures_in_a_row += planned.state.kind is not ReadFailureKind.ROW_TIMES
            return self._left_alone(left, f"{planned.state.kind.value}: {planned.state.detail}")
        settled.failures_in_a_row = 0
        if (paused := await self._paused(planned, time)) is not None:
            return self._left_alone(left, paused)
        if confirmed is not None and planned.action not in (None, confirmed[intent.ref]):
            return self._left_alone(left, "another thing follows now than what was confirmed")
        return await self._deliver_or_end(
            intent, planned, settled, was_sent=left.was_sent, by=by, time=time, door=door
        )

    async def _deliver_or_end(
        self,
        intent: Intent,
        planned: PlannedRow,
        settled: "Settled",
        *,
        was_sent: bool,
        by: Authorship,
        time: DatabaseTime,
        door: Door,
    ) -> None:
        same = planned.action is not None and planned.action.event is intent.event
        if same and (planned.finding.row.psp_id or "") == intent.psp_id:
            result = await self.applier.deliver_again(
                intent, planned, was_sent=was_sent, by=by, time=time, door=door
            )
        else:
            if is_withheld_by_cap(planned):
                await self.recorded([planned], time)
            result = Result(outcome=Outcome.CHANGED, detail="decided afresh, another thing follows now")
            await self.applier.conclude([(planned, result, intent)], by=by, time=time)
        self._count(intent, result, settled)

    async def _end(
        self,
        intent: Intent,
        finding: Finding | None,
        result: Result,
        settled: "Settled",
        *,
        by: Authorship,
        time: DatabaseTime,
        was_applied: bool = False,
    ) -> None:
        """Conclude an intent that needs no delivery.

        Args:
            was_applied: the tool's own handlers committed it, and the row's schedule with it.
        """
        check = None
        # Killed between its POST and the record of it, a process leaves no word of what it sent.
        maybe_ours = result.outcome is Outcome.ALREADY_RESOLVED and intent.event in self.remote
        ours = result.outcome is Outcome.FIXED and not was_applied
        if finding is not None and (ours or maybe_ours):
            check = self.bookkeeper.once_settled(finding, intent.event, now=time.now())
        conclusion = Conclusion(
            result=result, intent=intent, check=check, attention=self._attention(finding, result)
        )
        await self.store.journal.conclude([conclusion], by=by, now=time.now())
        self._count(intent, result, settled)

    def _count(self, intent: Intent, result: Result, settled: "Settled") -> None:
        settled.outcomes[result.outcome] += result.outcome.ends_intent
        self.listener(RowSettled(ref=intent.ref, event=intent.event, result=result))

    def _attention(self, finding: Finding | None, result: Result) -> AttentionChange | None:
        # What somebody else made final is not read here: the next look says whether it agrees.
        if finding is None or not (result.attention or result.outcome is Outcome.FIXED):
            return None
        facts = facts_record(finding.row, None)
        return AttentionChange(
            ref=finding.ref, reason=result.attention, facts=facts, while_open=is_open(finding.row)
        )

    async def _paused(self, planned: PlannedRow, time: DatabaseTime) -> str | None:
        pauses = await self.store.controls.pauses(now=time.now())
        pause = pause_binding(pauses, connector_of(planned.state))
        return pause.words if pause is not None else None

    def _left_alone(self, left: OpenIntent, why: str) -> None:
        detail = f"{left.intent.ref}: {left.intent.event} is not settled yet ({why})"
        self.listener(Warned(kind=WarningKind.UNSETTLED, detail=detail))


def _of_applied(row: LocalRow, left: OpenIntent) -> Result:
    """The delivery was committed, or acknowledged; the process died before it could say what became of it."""
    if left.intent.event.target is None or (not is_open(row) and agrees(row, left.intent.event)):
        return Result(outcome=Outcome.FIXED, after=row, detail="delivered before the interruption")
    if is_open(row):
        detail = "delivered before the interruption, yet the row is open"
        return Result(outcome=Outcome.UNCHANGED, after=row, attention=Reason.NO_EFFECT, detail=detail)
    return Result(outcome=Outcome.OVERTAKEN, after=row, attention=Reason.CONTRADICTION)


def _of_final(row: LocalRow, left: OpenIntent) -> Result:
    """Nothing was delivered, and the row is final: somebody else was faster."""
    if agrees(row, left.intent.event):
        if left.was_sent:
            detail = "sent before the interruption; the answer was never heard, but the row shows it"
            return Result(outcome=Outcome.FIXED, after=row, detail=detail)
        return Result(outcome=Outcome.ALREADY_RESOLVED, after=row)
    return Result(outcome=Outcome.CHANGED, after=row, attention=Reason.CONTRADICTION)
