"""One side of what `make bench-ui` compares, in its own process: `python -m tests.bench.ui_process SIDE`.

Prints a line of JSON. What a side does not need it does not load.
"""

# ruff: noqa: PLC0415, ASYNC110 a first paint is measured with its own imports; applications are waited for

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROWS = 100_000
PRESSES = 420
BATCH = 500
PER_SECOND = 25
"""Rows of the batch that end in a second."""


def main(side: str, *arguments: str) -> None:
    """Measure one side."""
    match side:
        case "paint-empty" | "paint-program":
            _first_paint(side)
        case "keys-bare":
            _answer(asyncio.run(_bare_keys()))
        case "keys-triage":
            _answer(asyncio.run(_triage_keys(Path(arguments[0]))))
        case _:
            sys.exit(f"no such side: {side}")


def _answer(found: object) -> None:
    """In a line of JSON, past the application, which keeps what is printed from its terminal."""
    os.write(1, (json.dumps(found) + "\n").encode())


def _first_paint(side: str) -> None:
    """Tell when the first paint was, by the clock that all processes share, and end."""
    from textual.app import App

    if side == "paint-empty":
        app: App[Any] = App()
    else:
        from reconcile_tui.app import ReconcileApp

        @asynccontextmanager
        async def never() -> AsyncIterator[Any]:
            await asyncio.Event().wait()
            yield None

        app = ReconcileApp(never)
    from tests.bench.painting import SIZE, watch_paints

    def on_paint() -> None:
        if side == "paint-empty" or len(app.screen_stack) > 1:
            _answer(time.monotonic())
            os._exit(0)

    watch_paints(app, on_paint)
    asyncio.run(app.run_async(size=SIZE))


async def _bare_keys() -> dict[str, Any]:
    from tests.bench.bare_table import BareApp
    from tests.bench.painting import KEYS, SIZE, KeyTimes, watch_paints

    app = BareApp(ROWS)
    times = KeyTimes(app, lambda: app.table.cursor)
    watch_paints(app, times.on_paint)
    running = asyncio.create_task(app.run_async(size=SIZE))
    while not app.is_running or not app.table.size:
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    taken = await times.press(KEYS, PRESSES)
    app.exit()
    await running
    return {"seconds": taken, "memory": _memory()}


async def _triage_keys(database: Path) -> dict[str, Any]:
    from datetime import timedelta

    from sqlalchemy import URL

    from reconcile_tui.app import ReconcileApp
    from reconcile_tui.screens.desk.desk import Desk
    from tests.bench.painting import KEYS, SIZE, KeyTimes, watch_paints
    from tests.dashboards import desk_of
    from tests.world import World

    @asynccontextmanager
    async def opens() -> AsyncIterator[Desk]:
        async with World.at(URL.create("sqlite", database=str(database))) as world:
            yield desk_of(world, refresh=timedelta(seconds=2))

    app = ReconcileApp(opens)
    live = app.live

    def state() -> object:
        roster = live.roster
        return None if roster is None else roster.cursor

    times = KeyTimes(app, state)
    watch_paints(app, times.on_paint)
    running = asyncio.create_task(app.run_async(size=SIZE))
    began = time.monotonic()
    while live.rounds == 0 and app.failure is None:
        await asyncio.sleep(0.05)
    if app.failure is not None:
        raise app.failure
    read_in = time.monotonic() - began
    await asyncio.sleep(1)
    batch = asyncio.create_task(_batch(app))
    taken = await times.press(KEYS, PRESSES)
    batch.cancel()
    memory = _memory()
    rows = len(live.roster or ())
    app.exit()
    await running
    return {"seconds": taken, "memory": memory, "rows": rows, "read_in": read_in}


async def _batch(app: Any) -> None:
    """Rows that end one by one, as those of a batch do, told of as the application tells of them."""
    from reconcile_tui.screens.live.live import Change

    roster = app.live.roster
    for number in range(BATCH):
        ref = roster.visible[len(roster.visible) // 2 if number % 2 else 0]
        await roster.drop([ref])
        app.changed.publish(Change.ROWS)
        if number % PER_SECOND == 0:
            app.changed.publish(Change.OVERVIEW)
        await asyncio.sleep(1 / PER_SECOND)


def _memory() -> float:
    """Megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main(*sys.argv[1:])
