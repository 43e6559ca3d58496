"""Every way to end the dashboard, in a real terminal, against the program as it is installed."""

import asyncio
import resource
import signal
from pathlib import Path

import pytest

from reconcile_tui.exit_codes import ExitCode
from tests.stories.terminal.program import Program


async def test_quitting_gives_the_terminal_back(tmp_path: Path) -> None:
    async with Program.started("--demo", folder=tmp_path) as program:
        await program.opens()
        program.presses("jjj\x1b[B")
        program.presses("q")

        assert await program.ended() == ExitCode.OK
        assert program.is_restored
        assert program.said_at_the_end == ""


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, ExitCode.TERMINATED),
        (signal.SIGHUP, ExitCode.HUNG_UP),
        pytest.param(signal.SIGINT, ExitCode.INTERRUPTED, marks=pytest.mark.proof),
    ],
)
async def test_a_signal_ends_it_and_gives_the_terminal_back(
    tmp_path: Path, number: signal.Signals, code: ExitCode
) -> None:
    async with Program.started("--demo", folder=tmp_path) as program:
        await program.opens()

        program.gets(number)

        assert await program.ended() == code
        assert program.is_restored


async def test_an_ssh_line_that_drops_sends_more_than_one_hang_up_and_none_cuts_anything_short(
    tmp_path: Path,
) -> None:
    async with Program.started("--demo", folder=tmp_path) as program:
        await program.opens()

        program.gets(signal.SIGHUP)
        program.hang_up()
        program.gets(signal.SIGHUP)
        program.gets(signal.SIGTERM)

        assert await program.ended() in (ExitCode.HUNG_UP, ExitCode.TERMINATED)
        assert "Ended at once" not in program.said_at_the_end


async def test_a_signal_before_anything_is_open_ends_it_too(tmp_path: Path) -> None:
    async with Program.started("--demo", folder=tmp_path) as program:
        await program.shows("Opening")

        program.gets(signal.SIGTERM)

        assert await program.ended() == ExitCode.TERMINATED
        assert program.is_restored


@pytest.mark.parametrize("is_controlled", [True, False], ids=["with a signal", "without a signal"])
async def test_a_terminal_that_is_gone_ends_it_without_a_busy_loop(
    tmp_path: Path, is_controlled: bool
) -> None:
    async with Program.started("--demo", folder=tmp_path, is_controlled=is_controlled) as program:
        await program.opens()
        spent, others = program.cpu_seconds(), children_cpu_seconds()

        program.hang_up()

        assert await program.ended() == ExitCode.HUNG_UP
        assert children_cpu_seconds() - others - spent < 1


async def test_a_terminal_that_hangs_holds_nothing_up(tmp_path: Path) -> None:
    async with Program.started("--demo", folder=tmp_path) as program:
        await program.opens()
        program.stop_reading()
        for _ in range(200):
            program.presses("jk")
            await asyncio.sleep(0)

        program.gets(signal.SIGTERM)

        assert await program.ended() == ExitCode.TERMINATED


def children_cpu_seconds() -> float:
    """What every process that this one waited for took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
