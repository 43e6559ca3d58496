"""Signals and pipes: what stops the program, and how it ends."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.integration.cli.conftest import HeldClock, Stage, a_stage, ended, says


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
async def test_a_signal_lets_rows_in_flight_end_begins_no_new_one_and_prints_the_receipt(
    shop_url: URL, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    clock = HeldClock()
    async with a_stage(shop_url, tmp_path, clock=clock) as stage:
        await stage.world.order("o-1", psp="succeeded", stuck_for="2h")
        await stage.world.order("o-2", psp="succeeded", stuck_for="1h")
        run = await stage.start("--once", RECONCILE_PSP_CONCURRENCY="1")
        await clock.asleep.wait()
        run.send_signal(number)
        await says(run, "Stopping")
        clock.go.set()
        end = await ended(run)

        assert end.code == code
        assert "Next:" in end.out
        assert "Traceback" not in end.err
        assert not await stage.world.store.journal.abandoned(now=clock.now(), limit=10)


async def test_a_second_signal_ends_at_once(shop_url: URL, tmp_path: Path) -> None:
    clock = HeldClock()
    async with a_stage(shop_url, tmp_path, clock=clock) as stage:
        await stage.world.order("o-1", psp="succeeded")
        run = await stage.start("--once")
        await clock.asleep.wait()
        run.send_signal(signal.SIGINT)
        await says(run, "Stopping")
        run.send_signal(signal.SIGINT)
        end = await ended(run)
        clock.go.set()

        assert (end.code, await stage.world.status("o-1")) == (130, "pending")
        assert "Traceback" not in end.err


async def test_a_reader_that_goes_away_ends_nothing_but_the_output(stage: Stage) -> None:
    for number in range(40):
        await stage.world.order(f"o-{number}", psp="succeeded")
    command = f"{sys.executable} -m reconcile_tui list; echo $? >code"
    shell = await asyncio.create_subprocess_shell(
        f"({command}) | head -1",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=stage.folder,
        env=stage.settings(PATH="/usr/bin:/bin"),
    )
    end = await ended(shell)

    assert end.err == ""
    assert len(end.out.splitlines()) == 1
    assert (stage.folder / "code").read_text().strip() == "0"
