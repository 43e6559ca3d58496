"""The dashboard where there is no terminal for it: the demo ticks once, everything else is told in words."""

import asyncio
import os
import pty
import sys
from pathlib import Path

import pytest

from reconcile_tui.exit_codes import ExitCode
from tests.integration.cli.conftest import Ended


async def run(folder: Path, *arguments: str, stdin: int = asyncio.subprocess.DEVNULL, **env: str) -> Ended:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "reconcile_tui",
        *arguments,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", **env},
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ended(code=process.returncode or 0, out=out.decode(), err=err.decode())


async def test_the_demo_ticks_once_says_so_and_ends_well(tmp_path: Path) -> None:
    ended = await run(tmp_path, "--demo", "--no-mouse")

    assert ended.code == ExitCode.OK
    assert "pending → completed" in ended.out
    first, *_ = ended.err.splitlines()
    assert first == "No terminal to open the dashboard on: this is what --demo --once does."


@pytest.mark.parametrize("options", [(), ("--context", "shop-eu"), ("--no-mouse",)])
async def test_the_dashboard_says_what_to_run_instead(tmp_path: Path, options: tuple[str, ...]) -> None:
    ended = await run(tmp_path, *options)

    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert "reconcile-tui --once" in ended.err
    assert "Traceback" not in ended.err


async def test_a_keyboard_without_a_screen_is_no_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    ended = await run(tmp_path, stdin=theirs)
    os.close(ours)
    os.close(theirs)

    assert ended.code == ExitCode.USAGE
    assert "needs a terminal" in ended.err
