"""The program beside a shop and a simulated PSP: run as a process, or a command of it called directly."""

import asyncio
import io
import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import URL

from reconcile_tui.cli.execution import Command, perform
from reconcile_tui.cli.options import Options
from reconcile_tui.cli.output import Output, console
from reconcile_tui.cli.stop import Stop
from reconcile_tui.core.dispatch.handlers import ShopHandlers
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.store.store import Store
from reconcile_tui.demo.psp import Book, Latency, SimulatedPsp
from tests.clocks import DatabaseClockOf, SkippingClock
from tests.world import World


class HeldClock(SkippingClock):
    """A clock of the PSP: whoever sleeps on it waits until `go`. `asleep` is set by the first."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))
        self.asleep = asyncio.Event()
        self.go = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await self.go.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run of the program ended."""

    code: int
    out: str
    err: str


@dataclass(kw_only=True)
class Stage:
    """A shop at this very moment, its PSP, and the settings that lead there."""

    world: World
    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def settings(self, **more: str) -> dict[str, str]:
        """The environment of a run. A name with an empty value is not set."""
        known = {
            "DATABASE_URL": self.world.url.render_as_string(hide_password=False),
            "RECONCILE_TIMEZONE": "UTC",
            "HYPERSWITCH_ENABLED": "true",
            "HYPERSWITCH_BASE_URL": self.world.psp.url,
            "HYPERSWITCH_API_KEY": self.world.psp.api_key,
            "RECONCILE_OPERATOR": "alice",
            "RECONCILE_PRODUCTION": "false",
            "RECONCILE_PSP_RATE": "1000",
        }
        return {**known, **self.env, **more}

    async def perform(self, command: Command, *, as_json: bool = False, **more: str) -> Ended:
        """Run a command in this very process and loop: a process of its own takes a second."""
        out, err = io.StringIO(), io.StringIO()
        output = Output(out=console(out), err=console(err), as_json=as_json)
        code = await perform(
            command,
            Options(as_json=as_json),
            output=output,
            stop=Stop(output.tell),
            env=self.settings(**more),
            cwd=self.folder,
            log=err,
        )
        return Ended(code=code, out=out.getvalue(), err=err.getvalue())

    async def start(self, *arguments: str, **more: str) -> asyncio.subprocess.Process:
        """Start the program as a process, in a folder of its own."""
        return await self._started(arguments, asyncio.subprocess.DEVNULL, more)

    async def run(self, *arguments: str, **more: str) -> Ended:
        """Run the program to its end."""
        return await ended(await self.start(*arguments, **more))

    async def feed(self, data: bytes, *arguments: str, **more: str) -> Ended:
        """Run the program to its end with `data` on its stdin."""
        return await ended(await self._started(arguments, asyncio.subprocess.PIPE, more), data)

    async def _started(
        self, arguments: Sequence[str], stdin: int, more: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "reconcile_tui",
            *arguments,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.settings(**more)},
        )


async def ended(process: asyncio.subprocess.Process, data: bytes | None = None) -> Ended:
    """Wait for a process. `data`: what it reads on stdin."""
    out, err = await process.communicate(data)
    return Ended(code=process.returncode or 0, out=out.decode(), err=err.decode())


async def says(process: asyncio.subprocess.Process, words: str) -> None:
    """Wait until the program says so on stderr."""
    assert process.stderr is not None
    while line := await process.stderr.readline():
        if words in line.decode():
            return
    raise AssertionError(f"it ended without saying {words!r}")


@asynccontextmanager
async def a_stage(url: URL, folder: Path, *, clock: SkippingClock | None = None) -> AsyncIterator[Stage]:
    """A stage over a database with the tables. `clock` held: the PSP answers when it is let go."""
    held = isinstance(clock, HeldClock)
    clock = clock or SkippingClock(datetime.now(UTC))
    database_clock = DatabaseClockOf(clock)
    store = Store.at(url, clock=database_clock)
    book = Book(clock=clock)
    latency = Latency(median=1.0) if held else None
    try:
        async with SimulatedPsp(book, latency=latency) as psp:
            world = World(
                url=url,
                clock=clock,
                database_clock=database_clock,
                store=store,
                book=book,
                psp=psp,
                handlers=ShopHandlers(store.database, store.shop, watch=Policy().reversal_watch),
            )
            try:
                yield Stage(world=world, folder=folder)
            finally:
                for reader in world.readers:
                    await reader.aclose()
    finally:
        await store.close()


@pytest.fixture(autouse=True)
def the_log_is_put_back() -> Iterator[None]:
    """A command sends the log of the whole process to its own stderr."""
    root, own = logging.getLogger(), logging.getLogger("reconcile_tui")
    handlers, levels = list(root.handlers), (root.level, own.level)
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    own.setLevel(levels[1])
    structlog.reset_defaults()


@pytest.fixture
def shop_url(sqlite_template: Path, tmp_path: Path) -> URL:
    """An SQLite shop with empty tables, the tool's own beside them."""
    path = tmp_path / "shop.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    return URL.create("sqlite", database=str(path))


@pytest.fixture
async def stage(shop_url: URL, tmp_path: Path) -> AsyncIterator[Stage]:
    """A shop, its PSP, and the program."""
    async with a_stage(shop_url, tmp_path) as stage:
        yield stage
