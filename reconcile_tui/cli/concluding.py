"""Concluding: rows of a plan that were never delivered get their outcome in the journal all the same."""

from collections.abc import Sequence

from reconcile_tui.bootstrap import Program
from reconcile_tui.core.bookkeeping import Bookkeeper
from reconcile_tui.core.outcomes import Result
from reconcile_tui.core.plan import Plan, PlannedRow
from reconcile_tui.core.store.journal_entries import Authorship, Conclusion
from reconcile_tui.core.tellings import Listener, RowConcluded


async def conclude(
    program: Program, plan: Plan, ended: Sequence[tuple[PlannedRow, Result]], *, tell: Listener
) -> None:
    """Write down what became of `ended`, under the plan's id, reason and actor."""
    if not ended:
        return
    now = await program.store.database.now()
    keeper = Bookkeeper(program.reconciler.policy, lambda: 0.0)
    by = Authorship(actor=plan.actor, plan_id=plan.plan_id, reason=plan.reason)
    conclusions = [
        Conclusion(
            planned=planned,
            result=result,
            check=keeper.after_outcome(planned, result, now=now),
            attention=keeper.attention_after(planned, result),
        )
        for planned, result in ended
    ]
    await program.store.journal.conclude(conclusions, by=by, now=now)
    for planned, result in ended:
        tell(RowConcluded(planned=planned, result=result, actor=plan.actor, at=now, plan_id=plan.plan_id))
