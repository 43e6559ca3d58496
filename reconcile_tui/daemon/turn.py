"""The turn keeper: takes the turn to sweep, renews it, and knows without asking whether it still holds.

A process that was frozen does not know it, and a lease that was lost still looks held to its owner. So
whether the turn holds is judged by how long ago it was last renewed, on a clock that nobody can stop.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from reconcile_tui.chronicle import Log
from reconcile_tui.core.store.turns import Turn, Turns


class TurnKeeper:
    """Keeps the turn of one daemon.

    Args:
        holder: names this process.
        lease: how long a turn lasts that is not renewed.
        elapsed: seconds that go on while the process, or the machine, stands still.
        post_timeout: how long an event may be under way to the shop's own handler.
    """

    def __init__(
        self,
        *,
        turns: Turns,
        holder: str,
        lease: timedelta,
        elapsed: Callable[[], float],
        log: Log,
        post_timeout: timedelta = timedelta(0),
    ) -> None:
        self._turns = turns
        self._holder = holder
        self._lease = lease
        self._post_timeout = post_timeout
        self._elapsed = elapsed
        self._log = log
        self._turn: Turn | None = None
        self._renewed_at = 0.0
        self._awaits: str | None = None
        self.changed = asyncio.Event()
        """Set whenever `held` may have changed; whoever waits for it clears it."""

    def holds(self) -> bool:
        """Whether the turn is certainly still ours. Asks nobody."""
        return self.held is not None

    @property
    def held(self) -> Turn | None:
        """Our turn, where it certainly still is ours."""
        if self._elapsed() - self._renewed_at >= self._lease.total_seconds():
            return None
        return self._turn

    async def tend(self) -> None:
        """Renew the turn, or try to take it. To be done several times a lease.

        Raises:
            One of `core.store.database.DATABASE_TROUBLE`: nothing was heard; the turn runs out by itself.
        """
        if self._turn is not None and await self._renewed(self._turn):
            return
        began = self._elapsed()
        turn = await self._turns.take(holder=self._holder, lease=self._lease, post_timeout=self._post_timeout)
        if turn.holder == self._holder:
            self._taken(turn, began)
        elif self._awaits != turn.holder:
            self._awaits = turn.holder
            self._log.info("reconcile.daemon.standby", sweeps=turn.holder, fence=turn.fence)

    async def give_back(self) -> None:
        """Let another daemon take over at once.

        Raises:
            One of `core.store.database.DATABASE_TROUBLE`: it runs out by itself.
        """
        turn, self._turn = self._turn, None
        if turn is not None:
            await self._turns.give_back(turn)

    async def _renewed(self, turn: Turn) -> bool:
        began = self._elapsed()
        renewed = await self._turns.renew(turn, lease=self._lease)
        if renewed is not None:
            if not self.holds():
                self.changed.set()
            self._turn, self._renewed_at = renewed, began
            return True
        silent = round(self._elapsed() - self._renewed_at, 1)
        self._turn = None
        self.changed.set()
        self._log.warning("reconcile.daemon.turn_lost", fence=turn.fence, not_renewed_for_seconds=silent)
        return False

    def _taken(self, turn: Turn, began: float) -> None:
        self._turn, self._renewed_at, self._awaits = turn, began, None
        self.changed.set()
        self._log.info("reconcile.daemon.turn_taken", fence=turn.fence, taken_from=turn.taken_from)
