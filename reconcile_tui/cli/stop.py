"""Stopping: what SIGINT, SIGTERM and SIGHUP mean to a command.

While rows are under way the first signal begins no new one; it, or the second, ends everything else at
once. A daemon is there to be stopped: the first signal is how it ends as it should. What was begun and not
ended is settled by the next tick. A hang-up (the terminal went away) never counts as the second; where it is
ignored, as under nohup, it stays ignored. What asks twice: `reconcile_tui.signals`.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconcile_tui.signals import Asked, is_ignored_hang_up

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

AT_ONCE_SECONDS = 2.0
"""What "at once" leaves to a unit of work that the database is at, and that nobody can cancel."""


class Stop:
    """Whether somebody said stop.

    Args:
        tell: told in words what a signal now does.
        asked: what was asked so far.
    """

    def __init__(self, tell: Callable[[str], None], asked: Asked | None = None) -> None:
        self._tell = tell
        self._rows_end = False
        self._is_the_end_meant = False
        self._at_once = False
        self._asked = asyncio.Event()
        self._task: asyncio.Task[object] | None = None
        self._signals = asked or Asked()

    @property
    def exit_code(self) -> int | None:
        """128 and the signal's number; None where nobody said stop, or where that is how the command ends."""
        number = self._signals.number
        if number is None:
            return None
        is_meant = self._is_the_end_meant and number is not signal.SIGHUP
        return None if is_meant and not self._at_once else 128 + number

    def requested(self) -> bool:
        """Asked between rows."""
        return self._signals.number is not None

    async def wait(self) -> None:
        """Until somebody says stop."""
        await self._asked.wait()

    def cut_off_in(self, seconds: float) -> None:
        """End the process by then as if it were killed, whatever it is at; what it began is settled later."""
        asyncio.get_running_loop().call_later(seconds, lambda: os._exit(self.exit_code or 0))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals of the process; the current task is the one that ends."""
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        heard = [number for number in _SIGNALS if not is_ignored_hang_up(number)]
        for number in heard:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            yield
        finally:
            for number in heard:
                loop.remove_signal_handler(number)

    @contextmanager
    def after_rows_in_flight(self) -> Iterator[None]:
        """Within: the first signal only keeps new rows from beginning."""
        self._rows_end = True
        try:
            yield
        finally:
            self._rows_end = False

    def ends_the_command(self) -> None:
        """From now on: the first signal is how the command ends as it should, in its own time."""
        self._is_the_end_meant = True

    def _on_signal(self, number: signal.Signals) -> None:
        first, at_once = self._signals.number is None, self._signals.takes(number)
        self._asked.set()
        if at_once:
            self._end_at_once()
        elif self._is_the_end_meant or not first:
            return
        elif self._rows_end:
            self._tell("Stopping: no new row begins, those under way end. Once more stops at once.")
        else:
            self._cancel()

    def _end_at_once(self) -> None:
        self._at_once = True
        self.cut_off_in(AT_ONCE_SECONDS)
        self._cancel()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
