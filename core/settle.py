"""Settle: finish what a process that died, or was frozen, left in the journal (design rule 5).

Every intent whose lease ran out is looked at, its row pending or not, by deciding afresh: the same event
is delivered under the same attempt; another one ends the intent as `changed`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from reconcile_tui.core.apply import Applier
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import Finding, LocalRow, RowRef, is_open
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Actor, ActorKind, Policy, Role
from reconcile_tui.core.psp_states import ReadFailed, connector_of
from reconcile_tui.core.records import facts_record
from reconcile_tui.core.store.attention import AttentionChange
from reconcile_tui.core.store.controls import pause_binding
from reconcile_tui.core.store.journal_entries import Authorship, Conclusion, Intent, OpenIntent
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener, RowSettled, Warned, WarningKind
from reconcile_tui.core.transitions import agrees


class PlansOne(Protocol):
    """Reads the PSP, forced, and decides one finding."""

    async def __call__(
        self, finding: Finding, actor_kind: ActorKind, time: DatabaseTime, /
    ) -> PlannedRow: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """Settles abandoned intents."""

    store: Store
    applier: Applier
    policy: Policy
    holder: str
    plan_one: PlansOne
    listener: Listener

    async def settle(
        self,
        actor: Actor,
        *,
        time: DatabaseTime,
        may_deliver: bool,
        should_stop: Callable[[], bool],
        refs: Sequence[RowRef] | None = None,
    ) -> int:
        """Settle what is abandoned; how many intents were concluded.

        Args:
            actor: who settles; a viewer settles nothing.
            may_deliver: False leaves alone what would have to be delivered again (observing).
            refs: these rows alone: a person settles nothing that they did not look at.
        """
        if actor.role is Role.VIEWER:
            return 0
        concluded = 0
        limit = self.policy.batch_limit
        for left in await self.store.journal.abandoned(now=time.now(), limit=limit, refs=refs):
            if should_stop():
                break
            concluded += await self._one(left, time=time, may_deliver=may_deliver)
        return concluded

    async def _one(self, left: OpenIntent, *, time: DatabaseTime, may_deliver: bool) -> bool:
        by = Authorship(actor=left.actor, plan_id=left.plan_id, reason="settled after an interruption")
        found = await self.store.findings.findings([left.intent.ref], now=time.now(), policy=self.policy)
        if not found:
            gone = Result(outcome=Outcome.CHANGED, detail="the row is gone")
            return await self._end(left, None, gone, by, time)
        finding = found[0]
        if left.was_applied:
            return await self._end(left, finding, _of_applied(finding.row, left), by, time)
        if not is_open(finding.row):
            return await self._end(left, finding, _of_final(finding.row, left), by, time)
        if not may_deliver:
            return self._left_alone(left, "only observing")
        planned = await self.plan_one(finding, left.actor.kind, time)
        if isinstance(planned.state, ReadFailed):
            return self._left_alone(left, f"{planned.state.kind.value}: {planned.state.detail}")
        if (paused := await self._paused(planned, time)) is not None:
            return self._left_alone(left, paused)
        return await self._deliver_or_end(left, planned, by, time)

    async def _deliver_or_end(
        self, left: OpenIntent, planned: PlannedRow, by: Authorship, time: DatabaseTime
    ) -> bool:
        intent = await self._take_over(left, time)
        if intent is None:
            return False
        same = planned.action is not None and planned.action.event is left.intent.event
        if same and (planned.finding.row.psp_id or "") == left.intent.psp_id:
            result = await self.applier.deliver_again(intent, planned, by=by, time=time)
        else:
            result = Result(outcome=Outcome.CHANGED, detail="decided afresh, another thing follows now")
            await self.applier.conclude([(planned, result, intent)], by=by, time=time)
        self.listener(RowSettled(ref=left.intent.ref, event=left.intent.event, result=result))
        return result.outcome.ends_intent

    async def _end(
        self, left: OpenIntent, finding: Finding | None, result: Result, by: Authorship, time: DatabaseTime
    ) -> bool:
        """Conclude an intent that needs no delivery."""
        intent = await self._take_over(left, time)
        if intent is None:
            return False
        attention = self._attention(finding, result)
        conclusion = Conclusion(result=result, intent=intent, attention=attention)
        await self.store.journal.conclude([conclusion], by=by, now=time.now())
        self.listener(RowSettled(ref=left.intent.ref, event=left.intent.event, result=result))
        return True

    def _attention(self, finding: Finding | None, result: Result) -> AttentionChange | None:
        if finding is None or not (result.attention or result.outcome.closes):
            return None
        facts = facts_record(finding.row, None)
        return AttentionChange(
            ref=finding.ref, reason=result.attention, facts=facts, while_open=is_open(finding.row)
        )

    async def _take_over(self, left: OpenIntent, time: DatabaseTime) -> Intent | None:
        return await self.store.journal.take_over(
            left.intent, holder=self.holder, now=time.now(), lease=self.policy.lease
        )

    async def _paused(self, planned: PlannedRow, time: DatabaseTime) -> str | None:
        pauses = await self.store.controls.pauses(now=time.now())
        pause = pause_binding(pauses, connector_of(planned.state))
        return pause.words if pause is not None else None

    def _left_alone(self, left: OpenIntent, why: str) -> bool:
        detail = f"{left.intent.ref}: {left.intent.event} is not settled yet ({why})"
        self.listener(Warned(kind=WarningKind.UNSETTLED, detail=detail))
        return False


def _of_applied(row: LocalRow, left: OpenIntent) -> Result:
    """The delivery was committed; the process died before it could say so."""
    if left.intent.event.target is None or (not is_open(row) and agrees(row, left.intent.event)):
        return Result(outcome=Outcome.FIXED, after=row, detail="applied before the interruption")
    if is_open(row):
        detail = "applied before the interruption, yet the row is open"
        return Result(outcome=Outcome.UNCHANGED, after=row, attention=Reason.NO_EFFECT, detail=detail)
    return Result(outcome=Outcome.OVERTAKEN, after=row, attention=Reason.CONTRADICTION)


def _of_final(row: LocalRow, left: OpenIntent) -> Result:
    """Nothing was delivered, and the row is final: somebody else was faster."""
    if agrees(row, left.intent.event):
        return Result(outcome=Outcome.ALREADY_RESOLVED, after=row)
    return Result(outcome=Outcome.CHANGED, after=row, attention=Reason.CONTRADICTION)
