"""Processes that are forked off a zygote, run to their end, or to their death."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.kill_points.orders import Order

ROOT: Final = Path(__file__).parents[2]
KILLED: Final = -signal.SIGKILL


class Zygote:
    """A running zygote."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process = process
        self.told = folder / "points"
        """Where its children tell their points."""

    async def run(self, order: Order, *, meanwhile: Callable[[int], Awaitable[None]] | None = None) -> int:
        """Run a process; the code it ended with, or the negative number of the signal that killed it.

        Args:
            meanwhile: is handed its process id, and may kill it.
        """
        if self._process.stdin is None:
            raise RuntimeError("the zygote has no input")
        self._process.stdin.write(order.line)
        self._process.stdin.flush()
        pid = await self._line()
        if meanwhile is not None:
            await meanwhile(pid)
        return await self._line()

    def points(self) -> list[str]:
        """The points that the last child came to, in order; they are forgotten."""
        told = self.told.read_text().splitlines() if self.told.exists() else []
        self.told.unlink(missing_ok=True)
        return told

    async def _line(self) -> int:
        if self._process.stdout is None:
            raise RuntimeError("the zygote has no output")
        line = await asyncio.to_thread(self._process.stdout.readline)
        if not line:
            raise RuntimeError("the zygote has ended")
        return int(line)


@contextmanager
def running_zygote() -> Iterator[Zygote]:
    """A zygote for as long as the context is open."""
    with (
        tempfile.TemporaryDirectory(prefix="reconcile-zygote-") as folder,
        subprocess.Popen(
            [sys.executable, "-m", "tests.kill_points.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        ) as process,
    ):
        try:
            yield Zygote(process, Path(folder))
        finally:
            if process.stdin is not None:
                process.stdin.close()
            _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    """It ends when its input does, unless a child of its never ends."""
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
