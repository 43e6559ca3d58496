"""Live over a real desk, without a terminal: `async with followed(desk, world.clock) as live`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.live.live import Change, Live


class Followed(Live):
    """A live one that tells what changed, in order."""

    def __init__(self, clock: Clock) -> None:
        self.changes: list[Change] = []
        super().__init__(clock=clock, on_change=self.changes.append)

    @property
    def lines(self) -> list[str]:
        """What happened, the oldest first."""
        return [each.words for each in reversed(list(self.happenings))]

    def may_write(self) -> bool:
        """Whether writing is not locked now."""
        return self.locked is None

    async def until(self, condition: Callable[[], bool], *, within: float = 20.0) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(within):
            while not condition():  # noqa: ASYNC110 what is waited for is many things
                await asyncio.sleep(0.005)

    async def read_again(self) -> None:
        """The lists follow the database once more."""
        before = self.rounds
        self.refresh_now()
        await self.until(lambda: self.rounds > before)

    async def look_at(self, refs: Sequence[RowRef]) -> None:
        """These rows come into view, and are looked at."""
        self.in_view(refs)
        await self.until(lambda: not self.is_looking)


@asynccontextmanager
async def followed(desk: Desk, clock: Clock) -> AsyncIterator[Followed]:
    """Live follows this desk, and everything was read once."""
    live = Followed(clock)
    following = asyncio.create_task(live.follow(desk))
    try:
        await live.until(lambda: live.rounds > 0 or following.done())
        yield live
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
