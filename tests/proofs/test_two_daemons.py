"""Two daemons on one PostgreSQL: one sweeps. Killed or frozen, another takes
over; woken, it does nothing twice.
"""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.integration.daemon.process import DaemonProcess, a_daemon
from tests.postgres import PostgresServer
from tests.proofs.conftest import Say
from tests.proofs.ground import Ground, a_ground

TAKEOVERS = 12
LEASE_SECONDS = 1.0
MOST_SECONDS = LEASE_SECONDS * 4 / 3 + 1
"""The lease, the beat at which the other one asks, and a busy machine."""


@pytest.fixture
async def ground(postgres: PostgresServer, postgres_template: str, tmp_path: Path) -> AsyncIterator[Ground]:
    """A shop, and a PSP that takes a moment, so that ticks are under way when something befalls a daemon."""
    url = postgres.make_numbered(postgres_template)
    async with a_ground(url, tmp_path, orders=4_000, latency_ms=20) as ground:
        ground.settings["RECONCILE_SWEEP_LEASE"] = f"{LEASE_SECONDS}s"
        ground.settings["RECONCILE_PSP_CONCURRENCY"] = "4"
        yield ground
    postgres.drop(url)


async def two(ground: Ground, stack: AsyncExitStack) -> tuple[DaemonProcess, DaemonProcess]:
    """The one that sweeps, and the one that stands by."""
    first = await stack.enter_async_context(a_daemon(ground))
    await first.until("daemon.turn_taken")
    second = await stack.enter_async_context(a_daemon(ground))
    await second.until("daemon.standby")
    return first, second


async def befalls(ground: Ground, daemon: DaemonProcess, number: signal.Signals, *, after: float) -> float:
    """Orders come, and a while later something happens to the daemon that is at them; when it did."""
    ticks = len(daemon.of("tick.started"))
    await ground.orders_come(100)
    await daemon.until("tick.started", times=ticks + 1)
    await asyncio.sleep(after)
    daemon.send(number)
    return time.monotonic()


async def test_a_killed_daemon_is_taken_over(ground: Ground, say: Say) -> None:
    async with AsyncExitStack() as stack:
        first, second = await two(ground, stack)
        at = await befalls(ground, first, signal.SIGKILL, after=0.3)
        taken = await second.until("daemon.turn_taken")
        seconds = time.monotonic() - at
        await ground.all_are_healed()

    say(f"taken over from a killed daemon after {seconds:.2f} s (lease {LEASE_SECONDS:g} s)")
    assert taken["taken_from"] == first.of("daemon.started")[0]["process"]
    assert taken["fence"] == 2
    assert seconds < MOST_SECONDS
    assert await ground.applied() == {1: ground.made}


async def test_a_frozen_daemon_is_taken_over_and_does_nothing_twice(ground: Ground, say: Say) -> None:
    async with AsyncExitStack() as stack:
        first, second = await two(ground, stack)
        at = await befalls(ground, first, signal.SIGSTOP, after=0.3)
        await second.until("daemon.turn_taken")
        seconds = time.monotonic() - at
        await ground.all_are_healed()
        first.send(signal.SIGCONT)
        lost = await first.until("daemon.turn_lost")
        standby = await first.until("daemon.standby")
        fixed = len(first.of("order.fixed"))
        await ground.orders_come(50)
        await ground.all_are_healed()

    say(f"taken over from a frozen daemon after {seconds:.2f} s (lease {LEASE_SECONDS:g} s)")
    assert seconds < MOST_SECONDS
    assert lost["fence"] == 1
    assert standby["sweeps"] == second.of("daemon.started")[0]["process"]
    assert len(first.of("order.fixed")) == fixed
    assert await ground.applied() == {1: ground.made}


@pytest.mark.proof
@pytest.mark.timeout(600)
async def test_whatever_befalls_daemons_each_order_is_healed_once(ground: Ground, say: Say) -> None:
    chance = random.Random(20261124)  # noqa: S311 the same order in every run
    took: list[float] = []
    frozen: list[DaemonProcess] = []
    async with AsyncExitStack() as stack:
        sweeps, waits = await two(ground, stack)
        for number in range(TAKEOVERS):
            how = chance.choice((signal.SIGKILL, signal.SIGSTOP))
            at = await befalls(ground, sweeps, how, after=chance.uniform(0, 0.6))
            turns = len(waits.of("daemon.turn_taken"))
            await waits.until("daemon.turn_taken", times=turns + 1)
            took.append(time.monotonic() - at)
            if how is signal.SIGSTOP:
                frozen.append(sweeps)
            if len(frozen) > chance.randint(0, 2):
                woken = frozen.pop(0)
                woken.send(signal.SIGCONT)
                await woken.until("daemon.turn_lost")
                await ground.all_are_healed()
                woken.send(signal.SIGTERM)
                assert await woken.ended() == 0
            sweeps, waits = waits, await stack.enter_async_context(a_daemon(ground))
            await waits.until("daemon.standby")
            say(f"{number + 1:2}: {how.name}, taken over after {took[-1]:.2f} s")
        await ground.all_are_healed()

    say(f"{TAKEOVERS} takeovers: {min(took):.2f} to {max(took):.2f} s (lease {LEASE_SECONDS:g} s)")
    assert max(took) < MOST_SECONDS
    assert await ground.applied() == {1: ground.made}
