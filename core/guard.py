"""The guard: what must still hold of a planned row right before its event is delivered (design rules 3, 4).

The rules are asked in the order of their cost: a pause, the PSP where its word is old, the row itself. The
tool's own handlers ask for the row once more, in the transaction that changes it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.dispatch.dispatcher import Delivered
from reconcile_tui.core.dispatch.last_look import differs, ended
from reconcile_tui.core.findings import LocalRow
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.plan import PlannedRow, is_forced, psp_differs
from reconcile_tui.core.policy import Actor, Policy, Role
from reconcile_tui.core.proof import outcome_of
from reconcile_tui.core.psp_states import PspState, ReadFailed, ReadHow, connector_of, stamp_of
from reconcile_tui.core.reads import PspReads
from reconcile_tui.core.shop_answers import Shut
from reconcile_tui.core.store.controls import Pause, pause_binding
from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words
from reconcile_tui.core.store.findings import FindingsQuery

STOP_POLL_SECONDS = 0.2
LEAST_WAIT_SECONDS = 0.001

Ended = tuple[PlannedRow, Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A row of which the PSP says what its plan saw.

    Attributes:
        at: when the PSP said so last (UTC, this machine's clock); None where there was nothing to ask.
        again: that was a read of its own, after the plan's: no row is read a third time.
    """

    row: PlannedRow
    at: datetime | None
    again: bool = False


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

    def fresh(self, row: PlannedRow) -> "Verified | None":
        """The row as its plan's read verifies it; None where that read is too old."""
        verified = Verified(row=row, at=None if row.state is None else _read_at(row.state))
        return verified if self.is_fresh(verified) else None

    def is_fresh(self, verified: "Verified") -> bool:
        """Whether what the PSP said of a row may still be applied."""
        if verified.at is None:
            return verified.row.state is None
        return timedelta(0) <= self.clock.now() - verified.at <= self.policy.fresh_for

    async def read_again(
        self,
        rows: Sequence[PlannedRow],
        *,
        should_stop: Callable[[], bool],
        came: Callable[[Sequence["Verified"], Sequence[Ended]], Awaitable[None]],
    ) -> None:
        """Read the PSP again for rows whose plan's read is old. `came` is awaited with those that are true
        still, and with the others' ends, as they come: none waits for a slow one.

        Args:
            should_stop: asked before each read; rows that are not read then end as stopped.
        """
        waiting = iter(rows)
        arrived: asyncio.Queue[Verified | Ended] = asyncio.Queue()

        async def work() -> None:
            for row in waiting:
                stopped = (row, Result(outcome=Outcome.REFUSED, refusal=Refusal.STOPPED))
                arrived.put_nowait(stopped if should_stop() else await self.once_more(row))

        async def hand_over() -> None:
            left = len(rows)
            while left:
                batch = [await arrived.get()]
                while not arrived.empty():
                    batch.append(arrived.get_nowait())
                left -= len(batch)
                true = [each for each in batch if isinstance(each, Verified)]
                await came(true, [each for each in batch if not isinstance(each, Verified)])

        async with asyncio.TaskGroup() as workers:
            workers.create_task(hand_over())
            for _ in range(min(len(rows), self.policy.reads_at_once)):
                workers.create_task(work())

    async def once_more(self, row: PlannedRow) -> "Verified | Ended":
        """The row, where the PSP says at this moment what the plan saw; else why it must be left."""
        try:
            state = await self.reads.state_or_defect(row.finding, how=ReadHow.LAST_KNOWN)
        except DATABASE_TROUBLE as error:
            detail = f"the database: {trouble_words(error)}"
            return row, Result(outcome=Outcome.UNREADABLE, detail=detail)
        if isinstance(state, ReadFailed):
            return row, Result(outcome=Outcome.UNREADABLE, detail=f"{state.kind.value}: {state.detail}")
        if row.state is not None and psp_differs(row.state, state):
            detail = "the PSP says another thing than the plan saw"
            return row, Result(outcome=Outcome.CHANGED, detail=detail)
        return Verified(row=row, at=state.stamp.at, again=True)

    async def overtaken(self, rows: Sequence[PlannedRow]) -> list[Ended]:
        """Those of `rows` that are not as the plan saw them any more: the read alone may have healed them."""
        if not rows:
            return []
        now = await self.findings.rows([row.ref for row in rows])
        shared = await self.findings.shared_psp_ids(list(now.values()))
        ends = ((row, _end_before_sending(row, now.get(row.ref), shared)) for row in rows)
        return [(row, result) for row, result in ends if result is not None]


def _read_at(state: PspState) -> datetime | None:
    return stamp.at if is_forced(state) and (stamp := stamp_of(state)) else None


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
