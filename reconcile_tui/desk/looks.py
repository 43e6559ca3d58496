"""The looks over the reconciler: plans that are dry runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.plan import without_bodies
from reconcile_tui.core.policy import Actor
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.screens.desk.looks import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilerLooks:
    """`Looks` over one reconciler."""

    reconciler: Reconciler
    actor: Actor
    clock: Clock

    async def look(self, refs: Sequence[RowRef]) -> Look:
        planning = await self.reconciler.plan(refs, self.actor, dry_run=True)
        rows = tuple(without_bodies(row) for row in planning.plan.rows)
        return Look(rows=rows, at=self.clock.now(), tripped=planning.tripped)
