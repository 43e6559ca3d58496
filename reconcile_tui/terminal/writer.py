"""The writer: text for the terminal, from a thread of its own, so that no terminal can hold up the program.

Textual's own writer blocks the event loop once thirty texts wait, and dies of the first error: an SSH
connection that hangs would then stop a batch in its middle.
"""

import os
import threading
from collections.abc import Callable
from typing import Final

from reconcile_tui.terminal.plain import encoded

MOST: Final = 1_000_000
"""How many characters may wait. A whole screen of 200 by 60 is some 100,000 with its colours."""


class TerminalWriter:
    """Writes to a terminal.

    Args:
        on_lost: told once, from the thread, when the terminal takes nothing ever again.
        on_caught_up: told, from the thread, when the terminal takes text again after some was dropped: what
            it shows is then to be painted anew.
    """

    def __init__(
        self,
        fileno: int,
        *,
        encoding: str = "utf-8",
        on_lost: Callable[[], None],
        on_caught_up: Callable[[], None],
        most: int = MOST,
    ) -> None:
        self._fileno = fileno
        self._encoding = encoding
        self._on_lost = on_lost
        self._on_caught_up = on_caught_up
        self._most = most
        self._changed = threading.Condition()
        self._waiting: list[str] = []
        self._length = 0
        self._is_writing = False
        self._has_dropped = False
        self._is_lost = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="terminal-writer", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Have `text` written soon. Where too much waits already, all that waits is dropped before it."""
        with self._changed:
            if self._is_lost or self._is_closed:
                return
            if self._length > self._most:
                self._waiting.clear()
                self._length = 0
                self._has_dropped = True
            self._waiting.append(text)
            self._length += len(text)
            self._changed.notify_all()

    def drained(self, timeout: float) -> bool:
        """Wait until everything is written, for so many seconds at most; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._waiting or self._is_writing), timeout)

    def close(self) -> None:
        """Take no more text; what waits may still be written."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (text := self._next()) is not None:
            try:
                self._put(encoded(text, self._encoding))
            except OSError:
                self._lose()
                return
            self._caught_up()

    def _next(self) -> str | None:
        with self._changed:
            self._is_writing = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            if not self._waiting:
                return None
            text = "".join(self._waiting)
            self._waiting.clear()
            self._length = 0
            self._is_writing = True
            return text

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fileno, rest) :]

    def _caught_up(self) -> None:
        with self._changed:
            dropped, self._has_dropped = self._has_dropped, False
        if dropped:
            self._on_caught_up()

    def _lose(self) -> None:
        with self._changed:
            self._is_lost = True
            self._is_writing = False
            self._waiting.clear()
            self._changed.notify_all()
        self._on_lost()
