"""A defect in the dashboard: one line on the terminal, an account in the log, and no data in either."""

import signal
import sys
from pathlib import Path

import pytest

from reconcile_tui.exit_codes import ExitCode
from tests.stories.terminal.program import Program, log_of

PRIVATE = "ada.abendroth@buyers.example"
DEFECTS = {
    "in a key's handler": "TriageScreen.action_copy_row = lambda self: boom()",
    "in an asynchronous handler": "TriageScreen.action_copy_row = lambda self: late()",
    "in a worker": "TriageScreen.action_copy_row = lambda self: self.run_worker(late()) and None",
    "in a task that nobody waits for": "TriageScreen.action_copy_row = lambda self: lost()",
    "in what follows the database": (
        "import reconcile_tui.screens.live.live as live\n"
        "async def follow(self, desk): self.rounds = 1; self._on_change('opened'); await late()\n"
        "live.Live.follow = follow"
    ),
}
SCRIPT = f"""
import asyncio, gc
from reconcile_tui.screens.triage.screen import TriageScreen

def boom():
    customer = {PRIVATE!r}
    raise KeyError(customer)

async def late():
    customer = {PRIVATE!r}
    await asyncio.sleep(0.01)
    boom()

async def lost():
    task = asyncio.ensure_future(late())
    await asyncio.sleep(0.1)
    del task
    gc.collect()

%s

import sys
from reconcile_tui.__main__ import main
sys.argv = ["reconcile-tui", "--demo"]
main()
"""
STUCK = """
async def stuck(self):
    print("A handler that never ends.", file=sys.__stderr__, flush=True)
    await asyncio.sleep(3600)

def told(self, code):
    leave(self, code)
    print("It begins to end.", file=sys.__stderr__, flush=True)

import sys
from reconcile_tui.app import ReconcileApp
leave, ReconcileApp.leave = ReconcileApp.leave, told
TriageScreen.action_copy_row = stuck
"""


def with_a_defect(where: str) -> tuple[str, ...]:
    return (sys.executable, "-c", SCRIPT % DEFECTS[where])


@pytest.mark.parametrize(
    "where",
    [
        "in a key's handler",
        "in what follows the database",
        pytest.param("in a task that nobody waits for", marks=pytest.mark.proof),
        pytest.param("in an asynchronous handler", marks=pytest.mark.proof),
        pytest.param("in a worker", marks=pytest.mark.proof),
    ],
)
async def test_a_crash_is_one_line_and_the_path_of_a_log(tmp_path: Path, where: str) -> None:
    async with Program.started(folder=tmp_path, command=with_a_defect(where)) as program:
        if "database" not in where:
            await program.opens()
            program.presses("y")

        assert await program.ended() == ExitCode.INTERNAL_ERROR
        assert program.is_restored
        [line] = program.said_at_the_end.splitlines()
        assert line.startswith(
            "The dashboard ended by a defect (KeyError); no row is half changed; its log: /"
        )
        path, log = log_of(tmp_path)
        assert line.endswith(f"its log: {path}")
        assert "in boom" in log
        assert "KeyError" in log
        assert PRIVATE not in log
        assert PRIVATE.encode() not in program.written
        assert b"Traceback" not in program.written


async def test_a_setting_that_cannot_be_used_is_told_in_words_on_a_terminal_that_is_restored(
    tmp_path: Path,
) -> None:
    async with Program.started(folder=tmp_path, env={"RECONCILE_INTERVAL": "often"}) as program:
        assert await program.ended() == ExitCode.USAGE
        assert program.is_restored
        assert program.said_at_the_end.startswith("The settings cannot be used.\n")
        assert "RECONCILE_INTERVAL" in program.said_at_the_end
        assert b"Traceback" not in program.written


async def test_a_second_signal_ends_it_at_once_and_restores_the_terminal(tmp_path: Path) -> None:
    command = (sys.executable, "-c", SCRIPT % STUCK)
    async with Program.started(folder=tmp_path, command=command) as program:
        await program.opens()
        program.presses("y")
        await program.shows("A handler that never ends.")

        program.gets(signal.SIGTERM)
        await program.shows("It begins to end.")
        program.gets(signal.SIGINT)

        assert await program.ended(seconds=5) == ExitCode.TERMINATED
        assert program.is_restored
        assert "Ended at once" in program.said_at_the_end
