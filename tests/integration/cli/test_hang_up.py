"""A hang-up: rows in flight end, whatever the command and whatever is left of the terminal; 128 + SIGHUP."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.integration.cli.conftest import Stage, ended, says
from tests.integration.cli.over_http import over_http
from tests.integration.daemon.process import a_daemon
from tests.shop_endpoint.behaviours import answers_late
from tests.shop_endpoint.endpoint import ShopEndpoint

COMMANDS = {
    "once": ("--once",),
    "sync": ("sync", "o-1", "o-2", "--yes", "--reason", "a test"),
    "apply": ("apply", "plan.json", "--yes"),
}


@pytest.fixture
async def held(stage: Stage) -> AsyncIterator[tuple[ShopEndpoint, asyncio.Event]]:
    """A shop that keeps the first event until it is let go: one row is in flight, another one is to come."""
    await stage.world.order("o-1", psp="succeeded", stuck_for="2h")
    await stage.world.order("o-2", psp="succeeded", stuck_for="1h")
    held = asyncio.Event()
    async with over_http(stage) as shop:
        shop.behaviours.always(answers_late(held))
        yield shop, held
        held.set()


@asynccontextmanager
async def in_a_window(stage: Stage, *arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """The program in a terminal of its own, and our end of it: closed, the terminal is gone."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
        "from reconcile_tui.__main__ import main; main()",
        *arguments,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=stage.folder,
        start_new_session=True,
        env={"PATH": os.environ["PATH"], "TERM": "xterm", "HOME": str(stage.folder), **stage.settings()},
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        if process.returncode is None:
            process.kill()


async def planned(stage: Stage, face: str) -> tuple[str, ...]:
    """The arguments of a command; for `apply`, with its file."""
    if face == "apply":
        plan = await stage.run("plan", "o-1", "o-2")
        (stage.folder / "plan.json").write_text(plan.out, encoding="utf-8")
    return COMMANDS[face]


@pytest.mark.parametrize("face", COMMANDS)
async def test_a_hang_up_lets_the_row_in_flight_end(
    stage: Stage, held: tuple[ShopEndpoint, asyncio.Event], face: str
) -> None:
    shop, let = held
    run = await stage.start(*await planned(stage, face), RECONCILE_WEBHOOK_CONCURRENCY="1")
    await shop.arrived(1)
    run.send_signal(signal.SIGHUP)
    await says(run, "Stopping")
    # The kernel sends one and the shell another: that is no second wish.
    run.send_signal(signal.SIGHUP)
    let.set()
    end = await ended(run)

    assert end.code == 129
    assert "Traceback" not in end.err
    statuses = sorted([await stage.world.status("o-1"), await stage.world.status("o-2")])
    assert statuses == ["completed", "pending"]
    assert len(shop.received) == 1
    assert "Next:" in end.out


@pytest.mark.parametrize("face", ["once", pytest.param("sync", marks=pytest.mark.proof)])
async def test_a_terminal_that_is_gone_ends_nothing_but_the_output(
    stage: Stage, held: tuple[ShopEndpoint, asyncio.Event], face: str
) -> None:
    shop, let = held
    async with in_a_window(stage, *await planned(stage, face)) as (process, ours):
        await shop.arrived(1)
        os.close(ours)
        # Nothing is heard of the program any more: it may not be asked whether it heard the hang-up.
        await asyncio.sleep(0.2)
        let.set()

        assert await process.wait() == 129

    assert "completed" in {await stage.world.status("o-1"), await stage.world.status("o-2")}
    for row_id in ("o-1", "o-2"):
        assert (await stage.world.steps(row_id) or ["fixed"])[-1] in ("fixed", "refused")


@pytest.mark.proof
async def test_a_terminal_that_is_gone_under_nohup_ends_nothing_at_all(
    stage: Stage, held: tuple[ShopEndpoint, asyncio.Event]
) -> None:
    shop, let = held
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        window = in_a_window(stage, "--once")
        process, ours = await window.__aenter__()
    finally:
        signal.signal(signal.SIGHUP, before)
    await shop.arrived(1)
    os.close(ours)
    let.set()

    assert await process.wait() == 0
    await window.__aexit__(None, None, None)
    assert {await stage.world.status("o-1"), await stage.world.status("o-2")} == {"completed"}


async def test_a_daemon_finishes_the_row_in_flight_and_says_that_it_was_hung_up(
    stage: Stage, held: tuple[ShopEndpoint, asyncio.Event]
) -> None:
    shop, let = held
    async with a_daemon(stage) as run:
        await shop.arrived(1)
        run.send(signal.SIGHUP)
        await run.until("daemon.stopping")
        run.send(signal.SIGHUP)
        let.set()
        code = await run.ended()

    assert code == 129
    assert "completed" in {await stage.world.status("o-1"), await stage.world.status("o-2")}
    assert run.of("daemon.stopped")[0]["rows_in_doubt"] == 0
    assert await stage.world.store.daemons.all() == []


async def test_a_daemon_under_nohup_goes_on(stage: Stage) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        daemon = a_daemon(stage, RECONCILE_INTERVAL="1s")
        run = await daemon.__aenter__()
    finally:
        signal.signal(signal.SIGHUP, before)
    await run.until("tick.ended")
    run.send(signal.SIGHUP)
    await stage.world.order("o-1", psp="succeeded")
    await run.until("order.fixed")
    run.send(signal.SIGTERM)

    assert await run.ended() == 0
    await daemon.__aexit__(None, None, None)


async def test_a_hang_up_while_nothing_is_in_flight_ends_it_at_once(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    async with in_a_window(stage, "sync", "o-1") as (process, ours):
        screen = bytearray()
        while b"/N]" not in screen:
            screen.extend(await asyncio.to_thread(os.read, ours, 65536))
        os.close(ours)

        assert await process.wait() == 129

    assert await stage.world.steps("o-1") == []
