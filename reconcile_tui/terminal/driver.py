"""The driver: Textual's own one for Linux and macOS, over a terminal that may hang, or go away.

Textual 8.2.8 by itself reads an end of file again and again, at a full core, when the terminal is gone; its
writer dies of the first error, and the event loop then waits for it for ever.
"""

import codecs
import os
import selectors
import signal
import sys
from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from reconcile_tui.terminal.keys import KeyParser
from reconcile_tui.terminal.writer import TerminalWriter

RESTORED_WITHIN: Final = 1.0
"""Seconds that a terminal which takes nothing is given to take what restores it."""


@runtime_checkable
class Terminated(Protocol):
    """An application that wants to know of its terminal."""

    def terminal_lost(self) -> None:
        """It is gone."""
        ...

    def terminal_back(self) -> None:
        """It missed something, or was another's for a while: everything is to be painted anew."""
        ...

    def crash(self, error: Exception) -> None:
        """What it sent could not be understood at all."""
        ...


class TerminalDriver(LinuxDriver):
    """The driver of this program.

    Ctrl+Z is switched off on purpose: a process that is stopped keeps its leases on rows, and perhaps a
    transaction in the shop's database. One that was stopped all the same takes its terminal back.
    """

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if not isinstance(app, Terminated):
            raise TypeError(f"{type(app).__name__} does not know what to do when its terminal is gone")
        self._owner: Terminated = app
        self._is_on = False
        stderr = sys.__stderr__
        self._writer = TerminalWriter(
            stderr.fileno() if stderr is not None else self.fileno,
            encoding=(stderr.encoding if stderr is not None else None) or "utf-8",
            on_lost=lambda: self._in_loop(self._owner.terminal_lost),
            on_caught_up=lambda: self._in_loop(self._owner.terminal_back),
        )
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        signal.signal(signal.SIGCONT, lambda *_: self._in_loop(self._continue))

    @property
    def can_suspend(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self._writer.write(data)

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._is_on = True

    def stop_application_mode(self) -> None:
        """Restore the terminal; a second time it does nothing."""
        if not self._is_on:
            return
        self._is_on = False
        super().stop_application_mode()
        self._writer.drained(RESTORED_WITHIN)

    def close(self) -> None:
        super().close()
        self._writer.close()

    def run_input_thread(self) -> None:
        """Read keys until told to end, or until there is no terminal to read from."""
        parser = KeyParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            try:
                while not self.exit_event.is_set():
                    if selector.select(_TICK):
                        data = self._read()
                        if not data:
                            self._in_loop(self._owner.terminal_lost)
                            return
                        for message in parser.feed(decode(data)):
                            self.process_message(message)
                    for message in parser.tick():
                        self.process_message(message)
            except Exception as error:  # noqa: BLE001 whatever it is, the thread's end would be a deaf screen
                self._in_loop(self._owner.crash, error)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _continue(self) -> None:
        if self._is_on:
            self.suspend_application_mode()
            self.resume_application_mode()
            self._owner.terminal_back()

    def suspend_application_mode(self) -> None:
        self.stop_application_mode()
        super().close()

    def _in_loop(self, callback: Callable[..., None], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)


_TICK: Final = 0.1
"""Seconds between looks at whether to end, and after which a lone Escape is the key."""
