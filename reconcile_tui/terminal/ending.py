"""The end of a dashboard: what signals mean to it, and that it comes within a bounded time.

The first signal begins no new row and lets those under way end; a second one ends at once. Neither leaves a
terminal that is not restored. What asks twice: `reconcile_tui.signals`.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from reconcile_tui.signals import Asked, is_ignored_hang_up

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

PATIENCE_SECONDS: Final = 20.0
"""How long rows under way may take, where the settings do not say."""
CLOSING_SECONDS: Final = 5.0
"""What closing the database, the PSP's client and the screens may take on top."""


class Ended(Protocol):
    """What ends."""

    def leave(self, code: int) -> None:
        """End in good order."""
        ...

    def restore_terminal(self) -> None:
        """Give the terminal back as it was; from any thread, as often as anybody likes."""
        ...


class Ending:
    """The end of one process.

    Args:
        tell: says something on the terminal, once that is restored.
        asked: what was asked so far.
    """

    def __init__(self, *, tell: Callable[[str], None], asked: Asked | None = None) -> None:
        self._tell = tell
        self._asked = asked or Asked()
        self._who: Ended | None = None
        self._deadline: threading.Timer | None = None

    @property
    def exit_code(self) -> int | None:
        """128 and the signal's number; None where no signal came."""
        number = self._asked.number
        return None if number is None else 128 + number

    @contextmanager
    def listening(self, who: Ended) -> Iterator[None]:
        """Take the process's signals, which end `who`."""
        loop = asyncio.get_running_loop()
        self._who = who
        heard = [number for number in _SIGNALS if not is_ignored_hang_up(number)]
        for number in heard:
            # asyncio tells of a signal by a byte on a socket, which some three hundred keys that wait to be
            # dealt with fill: the byte may be lost. Here it only wakes the loop; the signal goes another way.
            loop.add_signal_handler(number, _wakes)
            signal.signal(
                number, lambda got, _: loop.call_soon_threadsafe(self._on_signal, signal.Signals(got))
            )
        signal.set_wakeup_fd(signal.set_wakeup_fd(-1), warn_on_full_buffer=False)
        try:
            yield
        finally:
            for number in heard:
                loop.remove_signal_handler(number)

    def begins(self, patience: float | None) -> None:
        """The end began: in so many seconds the process is over, whatever it is at."""
        if self._deadline is None:
            seconds = (PATIENCE_SECONDS if patience is None else patience) + CLOSING_SECONDS
            self._deadline = threading.Timer(seconds, self._at_once)
            self._deadline.daemon = True
            self._deadline.start()

    def _on_signal(self, number: signal.Signals) -> None:
        is_impatience = self._is_impatience(number)
        if self._asked.takes(number) or is_impatience:
            self._at_once()
        elif self._who is not None:
            self._who.leave(128 + number)

    def _is_impatience(self, number: signal.Signals) -> bool:
        """Whether somebody who quit already, and waits for the prompt, presses Ctrl-C."""
        return number is signal.SIGINT and self._deadline is not None

    def _at_once(self) -> None:
        """End as if killed, but for the terminal. What was begun is settled by the next tick."""
        if self._who is not None:
            self._who.restore_terminal()
        self._tell("Ended at once: what was begun and did not end is settled first by the next tick.")
        os._exit(self.exit_code or 1)


def _wakes() -> None:
    """Nothing else."""
