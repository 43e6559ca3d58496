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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconcile_tui.app import ReconcileApp

ROWS = 100_000
PRESSES = 420
BATCH = 500


def main(side: str, *arguments: str) -> None:
    """Measure one side."""
    match side:
        case "paint-empty" | "paint-program" | "paint-screen":
            _first_paint(side)
        case "keys-bare":
            _answer(asyncio.run(_bare_keys()))
        case "keys-triage":
            _answer(asyncio.run(_triage_keys(Path(arguments[0]), arguments[1])))
        case _:
            sys.exit(f"no such side: {side}")


def _answer(found: object) -> None:
    """In a line of JSON, past the application, which keeps what is printed from its terminal."""
    os.write(1, (json.dumps(found) + "\n").encode())


def _first_paint(side: str) -> None:
    """Tell when the first paint was, or that of the first screen, by the clock that all processes share."""
    if side != "paint-empty":
        from reconcile_tui.terminal.pace import paint_often

        paint_often()
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
        if side != "paint-screen" or len(app.screen_stack) > 1:
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


async def _triage_keys(database: Path, psp_url: str) -> dict[str, Any]:
    from reconcile_tui.terminal.pace import collecting_in_quiet, paint_often

    paint_often()
    from reconcile_tui.app import ReconcileApp
    from reconcile_tui.desk.opening import opened_desk
    from reconcile_tui.screens.desk.desk import Desk
    from tests.bench.painting import KEYS, SIZE, KeyTimes, watch_paints

    @asynccontextmanager
    async def opens() -> AsyncIterator[Desk]:
        async with opened_desk(_settings(database, psp_url), listener=lambda _: None) as desk:
            yield desk

    app = ReconcileApp(opens)
    live = app.live
    times = KeyTimes(app, lambda: live.roster.cursor if live.roster else None)
    watch_paints(app, times.on_paint)

    async def runs() -> None:
        async with collecting_in_quiet(lambda: app.touched_at):
            await app.run_async(size=SIZE)

    running = asyncio.create_task(runs())
    began = time.monotonic()
    while not (live.roster and live.roster.was_read):
        if app.failure is not None:
            raise app.failure
        await asyncio.sleep(0.05)
    read_in = time.monotonic() - began
    batches = asyncio.create_task(_batches(app))
    taken = await times.press(KEYS, PRESSES)
    batches.cancel()
    ended = (await asyncio.gather(batches, return_exceptions=True))[0]
    if isinstance(ended, Exception):
        raise ended
    found = {"seconds": taken, "memory": _memory(), "rows": len(live.roster or ()), "read_in": read_in}
    app.exit()
    await running
    return found | {"healed": sum(_healed)}


_healed: list[int] = []


async def _batches(app: "ReconcileApp") -> None:
    """Batches of 500 rows, one after the other: planned with forced reads, applied, told of row by row."""
    from reconcile_tui.core.outcomes import Outcome

    if app.desk is None or app.live.roster is None:
        raise RuntimeError("nothing was read yet")
    while True:
        refs = tuple(app.live.roster.visible[-BATCH:])
        planning = await app.desk.work.plan(refs, on_read=lambda _: None, should_stop=lambda: False)
        await app.desk.work.apply(
            planning.plan,
            reason="a measurement",
            on_begin=lambda: None,
            on_concluded=lambda _, result: _healed.append(result.outcome is Outcome.FIXED),
            should_stop=lambda: False,
        )


def _settings(database: Path, psp_url: str) -> Any:
    from reconcile_tui.demo.psp.keys import API_KEY
    from reconcile_tui.settings import load_settings

    env = {
        "DATABASE_URL": f"sqlite:///{database}",
        "RECONCILE_TIMEZONE": "UTC",
        "HYPERSWITCH_ENABLED": "true",
        "HYPERSWITCH_API_KEY": API_KEY,
        "HYPERSWITCH_BASE_URL": psp_url,
        "RECONCILE_PSP_RATE": "100",
    }
    return load_settings(context=None, env=env, cwd=database.parent, read_files=False).settings


def _memory() -> float:
    """Megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main(*sys.argv[1:])
