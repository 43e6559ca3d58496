"""Kill points: every place where a process waits for something outside, and every edge of a commit, by name.

The names follow from what is called (`write:Journal.intend:before-commit#1` is the first time that this unit
of work is about to commit), so that no list of them can be forgotten when the code changes.
"""

import os
import signal
from collections import Counter
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar

import aiohttp
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database, DatabaseClock, Unit
from tests.clocks import SkippingClock

T = TypeVar("T")


class Points:
    """Where a process is. It tells a file each point that it comes to, and dies at the one it is doomed at.

    Args:
        told: a file descriptor.
        doomed: the name of a point; None: the process lives.
    """

    def __init__(self, *, told: int, doomed: str | None) -> None:
        self._told = told
        self._doomed = doomed
        self._times: Counter[str] = Counter()

    def reach(self, name: str) -> None:
        """The process is here."""
        self._times[name] += 1
        point = f"{name}#{self._times[name]}"
        os.write(self._told, f"{point}\n".encode())
        if point == self._doomed:
            os.kill(os.getpid(), signal.SIGKILL)


class WatchedDatabase(Database):
    """A database whose units of work are points: reads around them, writes at each statement and commit."""

    def __init__(self, url: URL, *, clock: DatabaseClock, points: Points) -> None:
        super().__init__(url, clock=clock)
        self._points = points

    async def read(self, unit: Unit[T]) -> T:
        name = f"read:{_name(unit)}"
        self._points.reach(f"{name}:before")
        result = await super().read(unit)
        self._points.reach(f"{name}:after")
        return result

    async def write(self, unit: Unit[T], *, repeatable: bool = False, announced: bool = True) -> T:
        name = f"write:{_name(unit)}"

        def after_statement(*_: Any) -> None:
            self._points.reach(f"{name}:statement")

        async def watched(connection: AsyncConnection) -> T:
            event.listen(connection.sync_connection, "after_cursor_execute", after_statement)
            result = await unit(connection)
            self._points.reach(f"{name}:before-commit")
            return result

        self._points.reach(f"{name}:before")
        result = await super().write(watched, repeatable=repeatable, announced=announced)
        self._points.reach(f"{name}:after-commit")
        return result


class WatchedClock(SkippingClock):
    """A clock that nobody waits for; each sleep is a point."""

    def __init__(self, start: datetime, points: Points) -> None:
        super().__init__(start)
        self._points = points

    async def sleep(self, seconds: float) -> None:
        self._points.reach("sleep:before")
        await super().sleep(seconds)
        self._points.reach("sleep:after")


def watch_http(points: Points) -> None:
    """Make every step of every HTTP request of this process a point, from now on and for good."""

    def step(what: str) -> Any:
        async def reached(_session: Any, request: SimpleNamespace, params: Any) -> None:
            if what == "begun":
                request.name = f"http:{params.method} {params.url.path.split('/')[1]}"
            points.reach(f"{request.name}:{what}")

        return reached

    def context(trace_request_ctx: Any = None) -> SimpleNamespace:
        return SimpleNamespace(name="")

    tracing = aiohttp.TraceConfig(trace_config_ctx_factory=context)  # type: ignore[arg-type]
    tracing.on_request_start.append(step("begun"))
    tracing.on_connection_create_end.append(step("connected"))
    tracing.on_request_chunk_sent.append(step("sending"))
    tracing.on_request_end.append(step("answered"))
    tracing.on_response_chunk_received.append(step("read"))
    plain = aiohttp.ClientSession.__init__

    def watched(session: aiohttp.ClientSession, *arguments: Any, **options: Any) -> None:
        plain(session, *arguments, **options, trace_configs=[tracing])

    aiohttp.ClientSession.__init__ = watched  # type: ignore[method-assign, assignment]


def _name(unit: Unit[Any]) -> str:
    """Whose unit of work it is: `Journal.intend`."""
    return unit.__qualname__.split(".<locals>")[0]
