"""The pace of the process: frames, and when garbage is collected."""

import gc
import os
import subprocess
import sys
from time import monotonic

import pytest

from reconcile_tui.terminal.pace import collecting_in_quiet, is_time_to_collect

SAYS = (
    "from reconcile_tui.terminal.pace import paint_often\n"
    "paint_often()\n"
    "from textual.constants import MAX_FPS\n"
    "print(MAX_FPS)\n"
)


@pytest.mark.parametrize(("env", "frames"), [({}, "120"), ({"TEXTUAL_FPS": "30"}, "30")])
def test_textual_paints_often_unless_somebody_set_how_often(env: dict[str, str], frames: str) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    told = subprocess.run([sys.executable, "-c", SAYS], env=clean | env, capture_output=True, check=True)
    assert told.stdout.decode().strip() == frames


@pytest.mark.parametrize(
    ("since_touched", "since_last", "is_time"),
    [
        (0.0, 59.0, False),
        (1.9, 59.0, False),
        (2.0, 9.0, False),
        (2.0, 10.0, True),
        (0.0, 60.0, True),
    ],
)
def test_garbage_waits_for_a_quiet_moment_and_not_for_ever(
    *, since_touched: float, since_last: float, is_time: bool
) -> None:
    assert is_time_to_collect(since_touched=since_touched, since_last=since_last) is is_time


async def test_the_oldest_garbage_is_collected_by_no_allocation_while_the_program_runs() -> None:
    before = gc.get_threshold()
    async with collecting_in_quiet(monotonic):
        assert gc.get_threshold()[2] > 1_000_000
    assert gc.get_threshold() == before
