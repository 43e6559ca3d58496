"""The PSP's wish to be left alone, obeyed and told by every process on the database (design rule 9)."""

from dataclasses import dataclass
from datetime import timedelta

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.psp.budget import PspBudget
from reconcile_tui.core.store.controls import Controls


@dataclass(frozen=True, slots=True, kw_only=True)
class PspBlock:
    """Carries `blocked until` between this process' budget and the database."""

    controls: Controls
    budget: PspBudget
    clock: Clock

    async def obey(self, time: DatabaseTime) -> timedelta:
        """Take over what any process was told; how long it lasts from now."""
        blocked = await self.controls.blocked_until(now=time.now())
        if blocked is None:
            return timedelta(0)
        left = blocked - time.now()
        self.budget.penalise(self.clock.now() + left)
        return left

    async def share(self, time: DatabaseTime, *, actor: str) -> None:
        """Tell the others what this process was told."""
        until = self.budget.blocked_until
        if until is None or until <= self.clock.now():
            return
        there = time.now() + (until - self.clock.now())
        await self.controls.block(until=there, actor=actor, now=time.now())
