"""The installed program in a terminal of its own: a pseudo-terminal that is its session's controlling one.

async with Program.started("--demo") as program:
    await program.shows("Stuck orders")
    program.presses("j")
"""

import asyncio
import codecs
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psutil

from tests.stories.terminal.screen import Screen

INSTALLED = Path(sys.executable).with_name("reconcile-tui")
ENTERED = b"\x1b[?1049h"
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[?7h")
"""What gives a terminal back: its own screen, its cursor, its mouse, its pasting, its lines' ends."""

_SEQUENCE = re.compile(r"\x1b\[[?<>]?[0-9;$]*[A-Za-z]")


class Program:
    """A running program and its terminal.

    Attributes:
        written: every byte that it wrote; `screen`: what stands on its terminal now.
        before: how the terminal was set before it began.
    """

    def __init__(
        self, ours: int, theirs: int, process: asyncio.subprocess.Process, before: list[Any]
    ) -> None:
        self.process = process
        self.written = bytearray()
        self.screen = Screen()
        self.before = before
        self._ours: int | None = ours
        self._theirs = theirs
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._more = asyncio.Event()
        self._end = asyncio.ensure_future(process.wait())
        self._end.add_done_callback(lambda _: self._more.set())
        asyncio.get_running_loop().add_reader(ours, self._read)

    @classmethod
    @asynccontextmanager
    async def started(
        cls,
        *arguments: str,
        folder: Path,
        command: tuple[str, ...] = (str(INSTALLED),),
        size: tuple[int, int] = (120, 40),
        is_controlled: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Self]:
        """Start it in `folder`, which is its home too; it is killed at the end, if it still runs.

        Args:
            is_controlled: whether the terminal is its session's own, and sends it SIGHUP when it is gone.
        """
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        before = termios.tcgetattr(theirs)
        process = await asyncio.create_subprocess_exec(
            *command,
            *arguments,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=_environment(folder, env or {}),
            start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if is_controlled else None,
        )
        program = cls(ours, theirs, process, before)
        try:
            yield program
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await program.ended()
            program.hang_up()
            os.close(theirs)

    def presses(self, keys: str) -> None:
        """Type."""
        assert self._ours is not None
        os.write(self._ours, keys.encode())

    def gets(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """The terminal is gone: its window is closed, or the line dropped."""
        if self._ours is not None:
            asyncio.get_running_loop().remove_reader(self._ours)
            os.close(self._ours)
            self._ours = None

    def stop_reading(self) -> None:
        """The terminal hangs: it takes nothing more, and is still there."""
        assert self._ours is not None
        asyncio.get_running_loop().remove_reader(self._ours)

    async def opens(self) -> None:
        """Wait until the demo's lists are there, and put its first card away."""
        await self.shows("Any key begins")
        self.presses(" ")
        await self.until(lambda screen: "SO-20" in screen and "Any key begins" not in screen)

    async def shows(self, text: str) -> None:
        """Wait until its screen shows `text`.

        Raises:
            AssertionError: it never does.
        """
        await self.until(lambda screen: text in screen)

    async def until(self, holds: Callable[[str], bool], *, seconds: float = 30) -> None:
        """Wait until something holds of its screen.

        Raises:
            AssertionError: it never does.
        """
        try:
            async with asyncio.timeout(seconds):
                while not holds(self.screen.text):
                    self._more.clear()
                    await self._written_on()
        except TimeoutError:
            raise AssertionError(f"what was waited for was not shown, but\n{self.screen.text}") from None

    async def _written_on(self) -> None:
        """Wait for more.

        Raises:
            TimeoutError: it ended.
        """
        if self._end.done():
            raise TimeoutError
        await self._more.wait()

    async def ended(self, *, seconds: float = 30) -> int:
        """Wait for its end; its exit code."""
        async with asyncio.timeout(seconds):
            code = await asyncio.shield(self._end)
        self._read()
        return code

    @property
    def is_restored(self) -> bool:
        """Whether the terminal is as it was: every mode given back after it was entered, and its settings."""
        last = self.written.rfind(ENTERED)
        after = bytes(self.written[last:])
        return all(each in after for each in RESTORED) and termios.tcgetattr(self._theirs) == self.before

    @property
    def said_at_the_end(self) -> str:
        """What it wrote after it had given its screen back."""
        rest = self.written.rpartition(b"\x1b[?1004l")[2].decode()
        return _SEQUENCE.sub("", rest).replace("\r\n", "\n")

    def cpu_seconds(self) -> float:
        """How much of a core it took so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def _read(self) -> None:
        if self._ours is None:
            return
        with suppress(BlockingIOError):
            os.set_blocking(self._ours, False)
            try:
                while data := os.read(self._ours, 65536):
                    self.written.extend(data)
                    self.screen.takes(self._decoder.decode(data))
                    self._more.set()
            except BlockingIOError:
                raise
            except OSError:
                asyncio.get_running_loop().remove_reader(self._ours)


def _environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "RECONCILE_OPERATOR": "ida",
        **more,
    }


def log_of(folder: Path) -> tuple[Path, str]:
    """The dashboard's log of a program that was at home in `folder`: where it is, and what it says."""
    [path] = folder.rglob("dashboard.log")
    assert path.stat().st_mode & 0o777 == 0o600
    return path, path.read_text()
