"""The Textual application: the screens over a desk that opens behind the first paint."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from reconcile_tui.core.clock import Clock
from reconcile_tui.screens.choices import Choices
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.triage.screen import TriageScreen

OpensDesk = Callable[[], AbstractAsyncContextManager[Desk]]


class ReconcileApp(Dashboard):
    """The dashboard, wired.

    Attributes:
        failure: what ended it, where something did.
    """

    def __init__(
        self, opens_desk: OpensDesk, *, clock: Clock | None = None, choices: Choices | None = None
    ) -> None:
        super().__init__(clock=clock, choices=choices)
        self._opens_desk = opens_desk
        self._at_work: asyncio.Task[None] | None = None
        self.failure: Exception | None = None

    def on_mount(self) -> None:
        self.push_screen(TriageScreen())
        self.set_interval(1, self.live.tick)
        self._at_work = asyncio.create_task(self._work())

    async def on_unmount(self) -> None:
        if self._at_work is not None:
            self._at_work.cancel()
            await asyncio.gather(self._at_work, return_exceptions=True)

    async def _work(self) -> None:
        try:
            async with self._opens_desk() as desk:
                self.settle_in(desk)
                try:
                    await self.live.follow(desk)
                finally:
                    # Nothing in flight loses its database: the desk closes after the last row.
                    self.batches.stop()
                    await self.batches.ended()
        except Exception as error:  # noqa: BLE001 told by whoever runs the application
            self.failure = error
            self.exit(1)
