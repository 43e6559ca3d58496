"""The interactive face: what `reconcile-tui` opens on a terminal; the one door to the screens."""

# ruff: noqa: PLC0415 whatever the first paint does not need is loaded behind it

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

from reconcile_tui.cli.options import Options
from reconcile_tui.screens.desk.desk import Desk


def run_dashboard(options: Options, *, mouse: bool) -> NoReturn:
    """Open the dashboard, and end the process with its exit code."""
    from reconcile_tui.app import ReconcileApp
    from reconcile_tui.remembered import RememberedChoices, remembered_path

    @asynccontextmanager
    async def opened() -> AsyncIterator[Desk]:
        from reconcile_tui.cli.execution import _demo
        from reconcile_tui.desk.opening import opened_desk
        from reconcile_tui.settings import load_settings

        if options.demo:
            async with (
                _demo(os.environ, Path.cwd()) as demo,
                opened_desk(
                    demo.loaded.settings, listener=lambda _: None, context="demo", reported=demo.reported
                ) as desk,
            ):
                yield desk
        else:
            loaded = load_settings(context=options.context, env=os.environ, cwd=Path.cwd())
            async with opened_desk(loaded.settings, listener=lambda _: None) as desk:
                yield desk

    app = ReconcileApp(opened, choices=RememberedChoices(remembered_path()))
    code = asyncio.run(app.run_async(mouse=mouse))
    if app.failure is not None:
        raise app.failure
    sys.exit(code or 0)
