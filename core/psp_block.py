"""The PSP's wish to be left alone, obeyed and told by every process on the database (design rule 9)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.psp.budget import PspBudget, through_block
from reconcile_tui.core.store.controls import Controls

_SAME = timedelta(seconds=1)
"""Two clocks are read one after the other: a block that ends this much sooner is the same one."""


@dataclass(slots=True, kw_only=True)
class PspBlock:
    """Carries `blocked until` between this process' budget and the database.

    Attributes:
        known: until when the database was seen to say so (UTC, this machine's clock); None: it said nothing.
    """

    controls: Controls
    budget: PspBudget
    clock: Clock
    known: datetime | None = None

    async def obey(self, time: DatabaseTime) -> timedelta:
        """Take over what any process was told, and that a person lifted it; how long it lasts from now."""
        blocked = await self.controls.blocked_until(now=time.now())
        left = blocked - time.now() if blocked is not None else timedelta(0)
        until = self.clock.now() + left
        here = self.budget.blocked_until
        if here is not None and self.known is not None and until + _SAME < here <= self.known + _SAME:
            self.budget.lift()
        self.known = None
        if blocked is not None:
            self.budget.penalise(until)
            self.known = until
        return left

    async def until(self, time: DatabaseTime) -> datetime | None:
        """Until when the PSP asked to be left alone, by whomever (UTC, this machine's clock); None: it may be
        asked."""
        await self.obey(time)
        here = self.budget.blocked_until
        return here if here is not None and here > self.clock.now() else None

    @contextmanager
    def read_through(self) -> Iterator[None]:
        """Within: a person reads although the PSP asked to be left alone. What it asks for then binds."""
        with through_block(self.budget.blocked_until):
            yield

    async def share(self, time: DatabaseTime, *, actor: str) -> None:
        """Tell the others what this process was told."""
        until = self.budget.blocked_until
        if until is None or until <= self.clock.now():
            return
        if self.known is not None and until <= self.known + _SAME:
            return
        there = time.now() + (until - self.clock.now())
        await self.controls.block(until=there, actor=actor, now=time.now())
        self.known = until
