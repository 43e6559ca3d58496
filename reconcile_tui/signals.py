"""Signals: which of them asks a second time, and which one nobody is to hear.

A wrapper (a shell, a process manager) passes on the SIGTERM that the whole group got anyway: two of them
within a second are one.
"""

import signal
import time
from collections.abc import Callable
from typing import Final

SAME_WITHIN_SECONDS: Final = 1.0
"""How long after the first SIGTERM another one is the same."""


class Asked:
    """What was asked of a process by signals so far.

    Attributes:
        number: the first signal; None where none came.

    Args:
        monotonic: seconds since an arbitrary start.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self.number: signal.Signals | None = None
        self._first: tuple[signal.Signals, float] | None = None

    def takes(self, number: signal.Signals) -> bool:
        """A signal came; True: it asks a second time. A hang-up neither does nor counts as the first, for the
        kernel and the shell both send one.
        """
        self.number = self.number or number
        if number is signal.SIGHUP:
            return False
        if self._first is None:
            self._first = number, self._monotonic()
            return False
        before, at = self._first
        is_the_same = number is before is signal.SIGTERM and self._monotonic() - at <= SAME_WITHIN_SECONDS
        return not is_the_same


def is_ignored_hang_up(number: signal.Signals) -> bool:
    """Whether this is the hang-up, and whoever started the process wants it ignored (nohup)."""
    return number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN
