"""The Textual application: the screens over a desk that opens behind the first paint, and every way to end.

Whatever ends it, rows under way end first: they are waited for before the desk is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final, Protocol

from textual.driver import Driver
from textual.events import Event, Key
from textual.screen import Screen
from textual.worker import WorkerFailed

from reconcile_tui.core.clock import Clock
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.screens.choices import Choices
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.opening.opening import OpeningScreen
from reconcile_tui.terminal.driver import TerminalDriver

if TYPE_CHECKING:
    from reconcile_tui.screens.desk.rehearsal import Rehearsal
    from reconcile_tui.screens.rehearsal.rehearsing import Rehearsing

_UNTOLD_SECONDS: Final = 0.3
"""After so long whoever looks at a prompt that does not come back is told why."""

OpensDesk = Callable[[], AbstractAsyncContextManager[Desk]]


class Process(Protocol):
    """The process around the application, where there is one."""

    def ends(self) -> None:
        """The end began: from now on its time is limited."""
        ...

    def waits(self) -> None:
        """Rows are under way still, and the screen is gone."""
        ...

    def crashed(self, error: BaseException) -> None:
        """A defect ends the application; for the log."""
        ...


class ReconcileApp(Dashboard):
    """The dashboard, wired.

    Args:
        where: the place as the command line names it, for the first paint.
        process: told of the end; none in tests that run the application inside theirs.

    Attributes:
        failure: what ended it, where something did.
    """

    def __init__(
        self,
        opens_desk: OpensDesk,
        *,
        clock: Clock | None = None,
        choices: Choices | None = None,
        process: Process | None = None,
        where: str = "",
    ) -> None:
        super().__init__(clock=clock, choices=choices)
        self._opens_desk = opens_desk
        self._process = process
        self._where = where
        self._at_work: asyncio.Task[None] | None = None
        self._rehearsing: Rehearsing | None = None
        self.failure: BaseException | None = None

    def get_driver_class(self) -> type[Driver]:
        return TerminalDriver

    def get_default_screen(self) -> Screen[None]:
        return OpeningScreen(self._where)

    def on_mount(self) -> None:
        self.call_after_refresh(self._open_triage)

    async def on_unmount(self) -> None:
        await self.wound_up()

    def leave(self, code: int) -> None:
        """End with this exit code. No new row begins, and those under way end."""
        self._end_begins()
        self.exit(code)

    def restore_terminal(self) -> None:
        """Give the terminal back, whatever the application is at."""
        if self._driver is not None:
            self._driver.stop_application_mode()

    def terminal_lost(self) -> None:
        """The terminal is gone: there is nobody left to show anything to."""
        self.leave(ExitCode.HUNG_UP)

    def terminal_back(self) -> None:
        """Paint everything anew."""
        self.refresh(layout=True)

    async def wound_up(self) -> None:
        """Wait until the rows under way ended, and close the desk; a second time it does nothing."""
        self._end_begins()
        ended = asyncio.ensure_future(self._rows_ended())
        await asyncio.wait({ended}, timeout=_UNTOLD_SECONDS)
        if not ended.done() and self._process is not None:
            self._process.waits()
        await ended
        if self._at_work is not None:
            self._at_work.cancel()
            await asyncio.gather(self._at_work, return_exceptions=True)

    async def _rows_ended(self) -> None:
        """Wait for what is under way: it needs the desk. Cancelling who waits cancels none of it."""
        self.batches.stop()
        await self.batches.ended()
        await self.errands.ended()

    def _end_begins(self) -> None:
        if self._process is not None:
            self._process.ends()
        self.batches.stop()

    async def _open_triage(self) -> None:
        from reconcile_tui.screens.triage.screen import TriageScreen  # noqa: PLC0415 behind the first paint

        await self.push_screen(TriageScreen())
        self.set_interval(1, self.live.tick)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._at_work = asyncio.create_task(self._work(), name="desk")

    async def _work(self) -> None:
        try:
            async with self._opens_desk() as desk:
                self.settle_in(desk)
                try:
                    await self._follow(desk)
                finally:
                    await self._rows_ended()
        except Exception as error:  # noqa: BLE001 told by whoever runs the application
            self.failure = self.failure or error
            self.exit(ExitCode.INTERNAL_ERROR)

    async def _follow(self, desk: Desk) -> None:
        if desk.rehearsal is None:
            await self.live.follow(desk)
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self.live.follow(desk))
            group.create_task(self._rehearse(desk.rehearsal))

    async def _rehearse(self, rehearsal: Rehearsal) -> None:
        from reconcile_tui.screens.rehearsal.rehearsing import Rehearsing  # noqa: PLC0415 with the demo alone

        self._rehearsing = Rehearsing(self, rehearsal)
        await self._rehearsing.follow()

    async def on_event(self, event: Event) -> None:
        if self._rehearsing is not None and isinstance(event, Key) and not event.is_forwarded:
            self._rehearsing.hears(event)
        await super().on_event(event)

    def _handle_exception(self, error: Exception) -> None:
        """End on a defect. Textual's own handler prints the variables of every frame: keys, and customers."""
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        if self.failure is None:
            self.failure = error.error if isinstance(error, WorkerFailed) else error
            if self._process is not None:
                self._process.crashed(self.failure)
        self._return_code = ExitCode.INTERNAL_ERROR
        self._end_begins()
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """What Textual would print on its way out is in the log, without variables."""
        self._exit_renderables.clear()
