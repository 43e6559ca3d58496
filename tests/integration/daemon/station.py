"""A place where daemons run in this very process: over a world's shop and PSP, on a clock that tests move.

Time stands still until `Station.later`; a daemon is awaited by what it says, by its ticks, or by its sleep.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from reconcile_tui.core.reconciler import Reconciler, TickReport
from reconcile_tui.core.store.store import Store
from reconcile_tui.daemon.loop import AfterTick, DaemonLoop
from reconcile_tui.daemon.pulse import Identity
from reconcile_tui.daemon.systemd import Systemd
from reconcile_tui.errors import explain_error
from tests.builders import span
from tests.clocks import AlarmClock
from tests.world import DAEMON, World

PATIENCE = 20.0
"""Real seconds until a test gives up waiting."""


class Lines:
    """A log that can be waited on."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []
        self._more = asyncio.Event()

    def debug(self, event: str, **fields: Any) -> None:
        self._write("debug", event, fields)

    def info(self, event: str, **fields: Any) -> None:
        self._write("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        self._write("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        self._write("error", event, fields)

    @property
    def events(self) -> list[str]:
        """What was said at the usual level, without `reconcile.daemon.`."""
        return [name.removeprefix("reconcile.daemon.") for level, name, _ in self.lines if level != "debug"]

    async def until(self, event: str, *, times: int = 1) -> dict[str, Any]:
        """Wait for a line; its fields."""
        async with asyncio.timeout(PATIENCE):
            while len(found := [f for _, name, f in self.lines if name.endswith(f".{event}")]) < times:
                self._more.clear()
                await self._more.wait()
        return found[times - 1]

    def _write(self, level: str, event: str, fields: dict[str, Any]) -> None:
        self.lines.append((level, event, fields))
        self._more.set()


class Switch:
    """Tells a daemon to stop."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self.cut_offs: list[float] = []

    def stop(self) -> None:
        self._asked.set()

    def requested(self) -> bool:
        return self._asked.is_set()

    async def wait(self) -> None:
        await self._asked.wait()

    def cut_off_in(self, seconds: float) -> None:
        self.cut_offs.append(seconds)


@dataclass(kw_only=True)
class Running:
    """A daemon under way, or about to be."""

    loop: DaemonLoop
    clock: AlarmClock
    holder: str
    log: Lines = field(default_factory=Lines)
    switch: Switch = field(default_factory=Switch)
    ticks: asyncio.Queue[TickReport | Exception] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None

    async def tick(self) -> TickReport | Exception:
        """Wait for the end of its next tick."""
        async with asyncio.timeout(PATIENCE):
            return await self.ticks.get()

    async def report(self) -> TickReport:
        """Wait for the end of its next tick, which ends well."""
        came = await self.tick()
        assert isinstance(came, TickReport), came
        return came

    async def at_rest(self) -> None:
        """Wait until it waits for its next tick."""
        async with asyncio.timeout(PATIENCE):
            await self.clock.until_slept_on(2)

    async def stop(self) -> None:
        """Tell it to stop, and wait for its end."""
        self.switch.stop()
        await self.end()

    async def end(self) -> None:
        assert self.task is not None
        async with asyncio.timeout(PATIENCE):
            await self.task


@dataclass(kw_only=True)
class Station:
    """Where daemons run. The turn lasts for longer than most tests: they are not about it."""

    world: World
    lease: timedelta = timedelta(days=10)
    shutdown_timeout: timedelta = timedelta(seconds=20)
    daemons: list[Running] = field(default_factory=list)

    def later(self, text: str) -> None:
        """Time goes by for everybody: `later("1h")`."""
        self.world.clock.advance(span(text))
        for daemon in self.daemons:
            daemon.clock.wake()

    def daemon(
        self,
        reconciler: Reconciler | None = None,
        *,
        holder: str | None = None,
        store: Store | None = None,
        jitter: Callable[[], float] = lambda: 0.5,
        systemd: Systemd | None = None,
        after_tick: Sequence[AfterTick] = (),
    ) -> Running:
        """A daemon that does not run yet. The jitter is such that an interval is its plain length."""
        name = holder or f"daemon-{len(self.daemons) + 1}"
        reconciler = reconciler or self.world.reconciler(holder=name)
        clock, log, switch = AlarmClock(self.world.clock), Lines(), Switch()
        ticks: asyncio.Queue[TickReport | Exception] = asyncio.Queue()
        policy = reconciler.policy
        loop = DaemonLoop(
            reconciler=reconciler,
            store=store or reconciler.store,
            actor=DAEMON,
            identity=Identity(
                holder=name, mode=policy.mode, dispatch="database", version="1", interval=policy.interval
            ),
            clock=clock,
            elapsed=clock.monotonic,
            sweep_lease=self.lease,
            shutdown_timeout=self.shutdown_timeout,
            jitter=jitter,
            stop=switch,
            explain=explain_error,
            log=log,
            systemd=systemd,
            after_tick=(ticks.put, *after_tick),
        )
        running = Running(loop=loop, clock=clock, holder=name, log=log, switch=switch, ticks=ticks)
        self.daemons.append(running)
        return running

    async def start(self, *args: Any, **options: Any) -> Running:
        """Start a daemon."""
        running = self.daemon(*args, **options)
        running.task = asyncio.create_task(running.loop.run())
        return running

    async def close(self) -> None:
        """End every daemon that still runs, at once; one that stands still is left to its fate."""
        running = {daemon.task for daemon in self.daemons if daemon.task is not None}
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=PATIENCE)


@asynccontextmanager
async def a_station(world: World) -> AsyncIterator[Station]:
    """A station; daemons that a test left running end with it."""
    station = Station(world=world)
    try:
        yield station
    finally:
        await station.close()
