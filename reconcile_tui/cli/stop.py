"""Stopping: what SIGINT and SIGTERM mean to a command.

While rows are under way the first signal begins no new one; it, or the second, ends everything else at
once. What was begun and not ended is settled by the next tick.
"""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether somebody said stop.

    Args:
        tell: told in words what a signal now does.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._rows_end = False
        self._task: asyncio.Task[object] | None = None
        self._number: signal.Signals | None = None

    @property
    def exit_code(self) -> int | None:
        """128 and the signal's number; None where nobody said stop."""
        return None if self._number is None else 128 + self._number

    def requested(self) -> bool:
        """Asked between rows."""
        return self._number is not None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals of the process; the current task is the one that ends."""
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    @contextmanager
    def after_rows_in_flight(self) -> Iterator[None]:
        """Within: the first signal only keeps new rows from beginning."""
        self._rows_end = True
        try:
            yield
        finally:
            self._rows_end = False

    def _on_signal(self, number: signal.Signals) -> None:
        again = self._number is not None
        self._number = self._number or number
        if self._rows_end and not again:
            self._tell("Stopping: no new row begins, those under way end. Once more stops at once.")
        elif self._task is not None:
            self._task.cancel()
