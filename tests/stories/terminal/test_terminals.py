"""Terminals of every sort: without colour, without UTF-8, without a mouse, too simple for a screen."""

import re
from pathlib import Path

import pytest

from reconcile_tui.exit_codes import ExitCode
from tests.stories.terminal.program import Program


@pytest.mark.parametrize("term", ["screen", pytest.param("xterm", marks=pytest.mark.proof)])
async def test_it_opens_on_every_usual_terminal(tmp_path: Path, term: str) -> None:
    async with Program.started("--demo", folder=tmp_path, env={"TERM": term}) as program:
        await program.opens()
        program.presses("q")

        assert await program.ended() == ExitCode.OK
        assert program.is_restored


async def test_a_dumb_terminal_gets_the_demos_tick_and_no_escape_sequence(tmp_path: Path) -> None:
    async with Program.started("--demo", folder=tmp_path, env={"TERM": "dumb"}) as program:
        await program.shows("this is what --demo --once does")
        assert b"\x1b" not in program.written


async def test_no_mouse_leaves_the_mouse_alone(tmp_path: Path) -> None:
    async with Program.started("--demo", "--no-mouse", folder=tmp_path) as program:
        await program.opens()
        program.presses("q")

        assert await program.ended() == ExitCode.OK
        assert b"\x1b[?1000h" not in program.written
        assert b"\x1b[?1003h" not in program.written


async def test_without_utf_8_it_draws_plain_signs(tmp_path: Path) -> None:
    async with Program.started(
        "--demo",
        folder=tmp_path,
        env={"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    ) as program:
        await program.opens()
        program.presses("q")

        assert await program.ended() == ExitCode.OK
        assert program.written.isascii()
        assert program.is_restored


async def test_no_colour_where_nobody_wants_any(tmp_path: Path) -> None:
    async with Program.started("--demo", folder=tmp_path, env={"NO_COLOR": "1"}) as program:
        await program.opens()
        program.presses("q")

        assert await program.ended() == ExitCode.OK
        assert colours(program) <= 1


def colours(program: Program) -> int:
    """How many different hues were written: greys are none."""
    found = {
        (int(red), int(green), int(blue))
        for red, green, blue in re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", bytes(program.written))
    }
    return len({each for each in found if max(each) - min(each) > 8})


async def test_a_space_that_arrives_as_csi_32_u_is_a_space(tmp_path: Path) -> None:
    async with Program.started("--demo", folder=tmp_path) as program:
        await program.opens()
        program.presses("/")
        await program.shows("words, or key:value")
        program.presses("one\x1b[32utwo\x1b[32;2uthr\x1b[101u\x1b[57401u")
        await program.shows("one two thre2")
