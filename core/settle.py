"""Settle: finish what a process that died, or was frozen, left in the journal (design rule 5).

What the row itself says is concluded in sets: delivered already, final, or gone. What is still open goes
through the ordinary plan and apply: the same event is delivered under the same attempt; another one ends the
intent as `changed`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from reconcile_tui.core.apply import Applier
from reconcile_tui.core.bookkeeping import Bookkeeper
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import Finding, RowRef, is_open
from reconcile_tui.core.late_effects import LateEffects
from reconcile_tui.core.left_intents import ended_by_the_row
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.planning import Planner
from reconcile_tui.core.policy import Actor, Policy, Role
from reconcile_tui.core.psp_states import ReadFailed, ReadHow
from reconcile_tui.core.records import facts_record
from reconcile_tui.core.store.attention import AttentionChange
from reconcile_tui.core.store.controls import Pause, pause_binding
from reconcile_tui.core.store.database import DATABASE_TROUBLE, is_about_values, trouble_words
from reconcile_tui.core.store.journal_entries import Authorship, Conclusion, OpenIntent
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener, RowSettled, Warned, WarningKind

PAGE = 200
"""Intents that are looked at together: bounded memory, whatever was left."""

INTERRUPTED = "settled after an interruption"


@dataclass(slots=True, kw_only=True)
class Settled:
    """What came of it.

    Attributes:
        outcomes: intents that were concluded, by what became of them.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """Settles abandoned intents. `remote`: the events that go to a handler of the shop's own."""

    store: Store
    planner: Planner
    applier: Applier
    bookkeeper: Bookkeeper
    remote: frozenset[Event]
    policy: Policy
    late: LateEffects
    listener: Listener

    async def settle(
        self,
        actor: Actor,
        *,
        time: DatabaseTime,
        may_deliver: bool,
        should_stop: Callable[[], bool],
        confirmed: Collection[RowRef] | None = None,
        settled: "Settled | None" = None,
    ) -> "Settled":
        """Settle everything that is abandoned, until `should_stop` answers True.

        Args:
            actor: who settles; a viewer settles nothing.
            may_deliver: False leaves alone what would have to be delivered again (observing).
            confirmed: these rows alone: a person settles nothing that they did not look at, and what is still
                open of it is delivered by their own plan.
            settled: is filled as intents end, so that whoever is cut off has it too.
        """
        settled = settled or Settled()
        if actor.role is Role.VIEWER:
            return settled
        await self.store.beats.end_leases_of_the_dead()
        # Nothing is delivered by this, so a person's plan lets it be as a tick does.
        settled.outcomes[Outcome.FIXED] += await self.late.close(confirmed, now=time.now())
        refs = None if confirmed is None else list(confirmed)
        last: OpenIntent | None = None
        while not should_stop():
            page = await self.store.journal.abandoned(now=time.now(), limit=PAGE, refs=refs, after=last)
            if not page:
                break
            last = page[-1]
            still_open = await self._end_by_the_rows(page, settled, time=time)
            if confirmed is None and not await self._resume(
                still_open, settled, time=time, may_deliver=may_deliver, should_stop=should_stop
            ):
                break
        return settled

    async def _end_by_the_rows(
        self, page: Sequence[OpenIntent], settled: "Settled", *, time: DatabaseTime
    ) -> list[tuple[OpenIntent, Finding]]:
        """Conclude what the rows say themselves; the others with their findings."""
        refs = [left.intent.ref for left in page]
        found = await self.store.findings.findings(refs, now=time.now(), policy=self.policy)
        findings = {finding.ref: finding for finding in found}
        ends: list[tuple[OpenIntent, Conclusion]] = []
        still_open: list[tuple[OpenIntent, Finding]] = []
        for left in page:
            finding = findings.get(left.intent.ref)
            result = ended_by_the_row(finding.row if finding else None, left)
            if result is not None:
                ends.append((left, self._conclusion(left, finding, result, time)))
            elif finding is not None:
                still_open.append((left, finding))
        for (actor, plan_id), theirs in groupby(
            sorted(ends, key=lambda end: _whose(end[0])), key=lambda end: (end[0].actor, end[0].plan_id)
        ):
            by = Authorship(actor=actor, plan_id=plan_id, reason=INTERRUPTED)
            await self._conclude(list(theirs), settled, by=by, time=time)
        return still_open

    def _conclusion(
        self, left: OpenIntent, finding: Finding | None, result: Result, time: DatabaseTime
    ) -> Conclusion:
        check = None
        # Killed between its POST and the record of it, a process leaves no word of what it sent.
        maybe_ours = result.outcome is Outcome.ALREADY_RESOLVED and left.intent.event in self.remote
        ours = result.outcome is Outcome.FIXED and not left.was_applied
        if finding is not None and (ours or maybe_ours):
            check = self.bookkeeper.once_settled(finding, left.intent.event, now=time.now())
        return Conclusion(
            result=result, intent=left.intent, check=check, attention=_attention(finding, result)
        )

    async def _conclude(
        self,
        ends: Sequence[tuple[OpenIntent, Conclusion]],
        settled: "Settled",
        *,
        by: Authorship,
        time: DatabaseTime,
    ) -> None:
        now = time.now()
        try:
            conclusions = [conclusion for _, conclusion in ends]
            ended = await self.store.journal.conclude(conclusions, by=by, now=now, ran_out=now)
        except Exception as error:  # noqa: BLE001 one row's trouble must not end the others' tick
            if len(ends) > 1 and is_about_values(error):
                for end in ends:
                    await self._conclude([end], settled, by=by, time=time)
                return
            for left, _ in ends:
                self._left_alone(left, _why(error))
            return
        for left, conclusion in ends:
            if left.intent.intent_id in ended:
                self._count(left, conclusion.result, settled)

    async def _resume(
        self,
        still_open: Sequence[tuple[OpenIntent, Finding]],
        settled: "Settled",
        *,
        time: DatabaseTime,
        may_deliver: bool,
        should_stop: Callable[[], bool],
    ) -> bool:
        """Plan and apply what is still open afresh, in the name of whoever began it; False where the PSP or
        the shop's handler is away, so that the rest waits for the next tick."""
        if not may_deliver:
            for left, _ in still_open:
                self._left_alone(left, "only observing")
            return True
        pauses = await self.store.controls.pauses(now=time.now()) if still_open else ()
        going = [each for each in still_open if self._may_go_on(*each, pauses, time)]
        for (actor, plan_id), group in groupby(
            sorted(going, key=lambda each: _whose(each[0])), key=lambda each: (each[0].actor, each[0].plan_id)
        ):
            theirs = {left.intent.ref: (left, finding) for left, finding in group}
            try:
                goes_on = await self._resume_plan(
                    theirs, actor, plan_id, settled, time=time, should_stop=should_stop
                )
            except DATABASE_TROUBLE as error:
                for left, _ in theirs.values():
                    self._left_alone(left, _why(error))
                return False
            if not goes_on:
                return False
        return True

    def _may_go_on(
        self, left: OpenIntent, finding: Finding, pauses: Sequence[Pause], time: DatabaseTime
    ) -> bool:
        check = finding.check
        pause = pause_binding(pauses, check.connector if check else None)
        if pause is not None:
            self._left_alone(left, pause.words)
            return False
        backs_off = check is not None and (check.failures > 0 or check.delivery_failures > 0)
        return not (backs_off and check and check.next_due is not None and check.next_due > time.now())

    async def _resume_plan(
        self,
        theirs: Mapping[RowRef, tuple[OpenIntent, Finding]],
        actor: Actor,
        plan_id: str | None,
        settled: "Settled",
        *,
        time: DatabaseTime,
        should_stop: Callable[[], bool],
    ) -> bool:
        planning = await self.planner.plan(
            [finding for _, finding in theirs.values()],
            actor=actor,
            time=time,
            how=ReadHow.FORCED,
            record=True,
            should_stop=should_stop,
            reason=INTERRUPTED,
        )
        plan = replace(planning.plan, plan_id=plan_id or planning.plan.plan_id)
        by = Authorship(actor=actor, plan_id=plan_id, reason=INTERRUPTED)
        await self._end_what_changed(plan.rows, theirs, settled, by=by, time=time)
        if not plan.to_apply or not planning.may_apply:
            return planning.tripped is None
        left = {row.ref: theirs[row.ref][0] for row in plan.to_apply}
        receipt = await self.applier.apply(plan, time=time, should_stop=should_stop, left=left)
        for row in receipt.rows:
            self._count(left[row.planned.ref], row.result, settled)
        return planning.tripped is None and receipt.shut is None

    async def _end_what_changed(
        self,
        rows: Sequence[PlannedRow],
        theirs: Mapping[RowRef, tuple[OpenIntent, Finding]],
        settled: "Settled",
        *,
        by: Authorship,
        time: DatabaseTime,
    ) -> None:
        """End the intents of rows that nothing is to be delivered to any more."""
        result = Result(outcome=Outcome.CHANGED, detail="decided afresh, another thing follows now")
        ends: list[tuple[OpenIntent, Conclusion]] = []
        for row in rows:
            left, _ = theirs[row.ref]
            if isinstance(row.state, ReadFailed):
                self._left_alone(left, f"{row.state.kind.value}: {row.state.detail}")
            elif row.action is None:
                ends.append((left, Conclusion(result=result, planned=row, intent=left.intent)))
        if ends:
            await self._conclude(ends, settled, by=by, time=time)

    def _count(self, left: OpenIntent, result: Result, settled: "Settled") -> None:
        settled.outcomes[result.outcome] += result.outcome.ends_intent
        self.listener(RowSettled(ref=left.intent.ref, event=left.intent.event, result=result))

    def _left_alone(self, left: OpenIntent, why: str) -> None:
        detail = f"{left.intent.ref}: {left.intent.event} is not settled yet ({why})"
        self.listener(Warned(kind=WarningKind.UNSETTLED, detail=detail))


def _whose(left: OpenIntent) -> tuple[str, str, str]:
    return (left.actor.name, left.actor.kind.value, left.plan_id or "")


def _attention(finding: Finding | None, result: Result) -> AttentionChange | None:
    # What somebody else made final is not read here: the next look says whether it agrees.
    if finding is None or not (result.attention or result.outcome is Outcome.FIXED):
        return None
    facts = facts_record(finding.row, None)
    return AttentionChange(
        ref=finding.ref, reason=result.attention, facts=facts, while_open=is_open(finding.row)
    )


def _why(error: Exception) -> str:
    if isinstance(error, DATABASE_TROUBLE):
        return f"the database: {trouble_words(error)}"
    return f"this program failed over it: {type(error).__name__}"
