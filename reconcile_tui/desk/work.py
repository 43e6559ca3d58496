"""The work over the reconciler."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reconcile_tui.core.apply import Receipt
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.plan import Plan
from reconcile_tui.core.planning import Planning
from reconcile_tui.core.policy import Actor
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.schedule import share_slots
from reconcile_tui.core.slices import due_slices
from reconcile_tui.desk.heard import Heard
from reconcile_tui.screens.desk.work import OnConcluded, OnRead


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilerWork:
    """`Work` over one reconciler."""

    reconciler: Reconciler
    actor: Actor
    heard: Heard
    goes_through: bool = False

    async def plan(
        self,
        refs: Sequence[RowRef],
        *,
        on_read: OnRead,
        should_stop: Callable[[], bool],
        dry_run: bool = False,
    ) -> Planning:
        return await self.reconciler.plan(
            refs,
            self.actor,
            dry_run=dry_run,
            should_stop=should_stop,
            on_row=on_read,
            through_block=self.goes_through and not dry_run,
        )

    def through_block(self) -> "ReconcilerWork":
        return replace(self, goes_through=True)

    async def apply(
        self,
        plan: Plan,
        *,
        reason: str,
        on_begin: Callable[[], None],
        on_concluded: OnConcluded,
        should_stop: Callable[[], bool],
        again: bool = False,
    ) -> Receipt:
        plan = replace(plan, reason=reason)
        with self.heard.watched(plan.plan_id, on_concluded):
            return await self.reconciler.apply(plan, again=again, should_stop=should_stop, on_begin=on_begin)

    async def due(self) -> Sequence[RowRef]:
        store, policy = self.reconciler.store, self.reconciler.policy
        now = await store.database.now()
        refs: list[RowRef] = []
        for piece in due_slices(policy=policy, phases=None, deadline=None, tried_before=None):
            lanes = await store.findings.due(piece.phase, now=now, policy=policy, limit=piece.limit)
            refs += [finding.ref for finding in share_slots(lanes, piece.limit)]
        return list(dict.fromkeys(refs))
