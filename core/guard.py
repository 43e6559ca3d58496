"""The guard: what must still hold of a planned row right before its event is delivered (design rules 3, 4).

The rules are asked in the order of their cost: a pause, the PSP where its word is old, the row itself. The
tool's own handlers ask for the row once more, in the transaction that changes it.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.dispatch.dispatcher import Delivered
from reconcile_tui.core.dispatch.last_look import differs, ended
from reconcile_tui.core.findings import LocalRow, RowRef
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.plan import PlannedRow, is_forced, is_fresh, psp_differs
from reconcile_tui.core.policy import Actor, Policy, Role
from reconcile_tui.core.proof import outcome_of
from reconcile_tui.core.psp_states import ReadFailed, ReadHow, connector_of, stamp_of
from reconcile_tui.core.reads import PspReads
from reconcile_tui.core.shop_answers import Shut
from reconcile_tui.core.store.controls import Pause, pause_binding
from reconcile_tui.core.store.findings import FindingsQuery

STOP_POLL_SECONDS = 0.2
LEAST_WAIT_SECONDS = 0.001

Ended = tuple[PlannedRow, Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Asks whether planned rows may still be delivered."""

    findings: FindingsQuery
    reads: PspReads
    clock: Clock
    policy: Policy

    async def grace(self, rows: Sequence[PlannedRow], *, should_stop: Callable[[], bool]) -> None:
        """Let the real webhook arrive that the read may have set off; ends early where somebody says stop."""
        grace = self.policy.webhook_grace.total_seconds()
        now, monotonic = self.clock.now(), self.clock.monotonic()
        ages = ((now - stamp.at).total_seconds() for row in rows if (stamp := stamp_of(row.state)))
        until = monotonic + max((grace - max(age, 0.0) for age in ages), default=0.0)
        while (left := until - self.clock.monotonic()) > 0 and not should_stop():
            await self.clock.sleep(min(left + LEAST_WAIT_SECONDS, STOP_POLL_SECONDS))

    async def verified(self, rows: Sequence[PlannedRow]) -> tuple[list[PlannedRow], list[Ended]]:
        """The rows of which the PSP still says what the plan saw, and the others with their end."""
        results: dict[RowRef, Result | None] = {}
        waiting = iter(rows)

        async def work() -> None:
            for row in waiting:
                results[row.ref] = await self._still_true(row)

        async with asyncio.TaskGroup() as workers:
            for _ in range(min(len(rows), self.policy.reads_at_once)):
                workers.create_task(work())
        untrue = [(row, result) for row in rows if (result := results[row.ref]) is not None]
        return [row for row in rows if results[row.ref] is None], untrue

    async def _still_true(self, row: PlannedRow) -> Result | None:
        """Read the PSP again where the plan's read is old; why the row must be left, or None."""
        if row.state is None or is_fresh(row.state, now=self.clock.now(), fresh_for=self.policy.fresh_for):
            return None
        state = await self.reads.state_or_defect(row.finding, how=ReadHow.LAST_KNOWN)
        if isinstance(state, ReadFailed):
            return Result(outcome=Outcome.UNREADABLE, detail=f"{state.kind.value}: {state.detail}")
        if psp_differs(row.state, state):
            return Result(outcome=Outcome.CHANGED, detail="the PSP says another thing than the plan saw")
        return None

    async def overtaken(self, rows: Sequence[PlannedRow]) -> list[Ended]:
        """Those of `rows` that are not as the plan saw them any more: the read alone may have healed them."""
        if not rows:
            return []
        now = await self.findings.rows([row.ref for row in rows])
        shared = await self.findings.shared_psp_ids(list(now.values()))
        ends = ((row, _end_before_sending(row, now.get(row.ref), shared)) for row in rows)
        return [(row, result) for row, result in ends if result is not None]


def forbidden(
    row: PlannedRow, *, actor: Actor, pauses: Sequence[Pause], handles: frozenset[Event], shut: Shut | None
) -> Result | None:
    """Why a row must not be touched, whatever the PSP says; None where it may.

    Args:
        handles: the events that can be delivered.
        shut: why the shop gets no more events; None where it may, or the row's event is not for it.
    """
    if actor.role is Role.VIEWER:
        return Result(outcome=Outcome.REFUSED, refusal=Refusal.ROLE, detail="a viewer applies nothing")
    if (pause := pause_binding(pauses, connector_of(row.state))) is not None:
        return Result(outcome=Outcome.REFUSED, refusal=Refusal.PAUSED, detail=pause.words)
    if row.action is None or row.action.event not in handles:
        return Result(outcome=Outcome.REFUSED, refusal=Refusal.NOT_APPLICABLE)
    if shut is not None:
        return Result(outcome=Outcome.REFUSED, refusal=Refusal.SHOP)
    if not is_forced(row.state):
        detail = "planned from what was last known: a plan that is applied is made of forced reads"
        return Result(outcome=Outcome.REFUSED, refusal=Refusal.NOT_APPLICABLE, detail=detail)
    return None


def _end_before_sending(row: PlannedRow, now: LocalRow | None, shared: Collection[str]) -> Result | None:
    """Why an event must not be sent any more, by the row as it is now; None where it may."""
    if row.action is None:
        raise ValueError(f"{row.ref}: nothing to apply")
    report = ended(now, row.action.event) or differs(row, now, shared)
    if report is None:
        return None
    if report.delivered is Delivered.ALREADY:
        return Result(outcome=Outcome.OVERTAKEN, after=now, detail="healed before anything was sent")
    return outcome_of(row, report, now)
