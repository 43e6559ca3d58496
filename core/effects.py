"""Effects: awaiting what an event does to its row, once the shop's own handler has it (design rule 11).

Many rows are awaited at once with one query a look, and nothing that delivers waits with them.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.dispatch.dispatcher import Delivered, DeliveryReport
from reconcile_tui.core.findings import LocalRow, RowRef
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.proof import is_final, outcome_of, shown
from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words
from reconcile_tui.core.store.findings import FindingsQuery
from reconcile_tui.core.store.journal_entries import Intent

_FIRST_LOOK_AFTER = 0.1
_LOOKS_AT_MOST_APART = 2.0
_LEAST_WAIT = 0.001
_LASTING = (Delivered.ACKNOWLEDGED, Delivered.UNHEARD)
"""Reports after which an effect may still come; after any other, one look says it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A row whose event was handed over, or was not."""

    planned: PlannedRow
    intent: Intent
    report: DeliveryReport


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectWatch:
    """Looks at rows until they show their events, or the settle time is over."""

    findings: FindingsQuery
    clock: Clock
    policy: Policy

    async def watch(
        self, rows: Sequence[Awaited], *, should_stop: Callable[[], bool]
    ) -> AsyncIterator[list[tuple[Awaited, Result]]]:
        """The outcomes, as they come; at last those of rows that showed nothing in time.

        Args:
            should_stop: asked between looks; what is open then is left as `settling` or `in_doubt`, for
                the next tick to find out.
        """
        until = self.clock.monotonic() + self.policy.settle_timeout.total_seconds()
        pause, waiting = _FIRST_LOOK_AFTER, list(rows)
        while waiting:
            after, trouble = await self._look(waiting)
            over = self.clock.monotonic() >= until
            stopped = should_stop()
            ended = [(row, result) for row in waiting if (result := _end(row, after, trouble, over, stopped))]
            if ended:
                yield ended
            done = {row.planned.ref for row, _ in ended}
            waiting = [row for row in waiting if row.planned.ref not in done]
            if waiting:
                await self.clock.sleep(min(pause, max(until - self.clock.monotonic(), _LEAST_WAIT)))
                pause = min(pause * 2, _LOOKS_AT_MOST_APART)

    async def _look(self, rows: Sequence[Awaited]) -> tuple[Mapping[RowRef, LocalRow] | None, str | None]:
        """The rows as they are now; None and why, where the database does not say."""
        try:
            return await self.findings.rows([row.planned.ref for row in rows]), None
        except DATABASE_TROUBLE as error:
            return None, trouble_words(error)


def _end(
    row: Awaited, after: Mapping[RowRef, LocalRow] | None, trouble: str | None, over: bool, stopped: bool
) -> Result | None:
    """How a row ended; None where its effect may still come."""
    lasting = row.report.delivered in _LASTING
    acknowledged = row.report.delivered is Delivered.ACKNOWLEDGED
    if lasting and after is None:
        if not (over or stopped):
            return None
        outcome = Outcome.SETTLING if acknowledged else Outcome.IN_DOUBT
        return Result(outcome=outcome, detail=f"the row could not be read again: {trouble}")
    now = after.get(row.planned.ref) if after is not None else None
    if lasting and now is not None and not (shown(row.planned, now) or is_final(now)):
        if stopped and acknowledged:
            return Result(outcome=Outcome.SETTLING, after=now, detail=row.report.detail)
        if not (over or stopped):
            return None
    return outcome_of(row.planned, row.report, now)
