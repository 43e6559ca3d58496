"""A daemon as a process of its own, awaited by the lines of its log."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

PATIENCE = 60.0
"""Real seconds until a test gives up waiting."""


class Place(Protocol):
    """Where the program can be started."""

    async def start(self, *arguments: str, **settings: str) -> asyncio.subprocess.Process: ...


@dataclass(kw_only=True)
class DaemonProcess:
    """A running `reconcile-tui --daemon`.

    Attributes:
        lines: the log so far, parsed.
        plain: what else it said on stderr.
    """

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, event: str, *, times: int = 1) -> dict[str, Any]:
        """Wait for a line of the log whose event ends like that; the line."""
        async with asyncio.timeout(PATIENCE):
            while len(found := self.of(event)) < times:
                assert not self._more.is_set() or self.process.returncode is None, self.everything
                self._more.clear()
                await self._more.wait()
        return found[times - 1]

    def of(self, event: str) -> list[dict[str, Any]]:
        """The lines so far whose event ends like that."""
        return [line for line in self.lines if line["event"].endswith(f".{event}")]

    def send(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end; the exit code."""
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    @property
    def everything(self) -> str:
        """All that it said."""
        return "\n".join([*map(str, self.lines), *self.plain])

    async def listen(self) -> None:
        """Take in what it says, to its end."""
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            text = line.decode()
            try:
                self.lines.append(json.loads(text))
            except ValueError:
                self.plain.append(text.rstrip())
            self._more.set()


@asynccontextmanager
async def a_daemon(where: Place, *arguments: str, **settings: str) -> AsyncIterator[DaemonProcess]:
    """A daemon process; one that a test left running is killed."""
    process = await where.start("--daemon", *arguments, **settings)
    daemon = DaemonProcess(process=process)
    listening = asyncio.create_task(daemon.listen())
    try:
        yield daemon
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await listening
