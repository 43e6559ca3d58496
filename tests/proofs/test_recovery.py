"""A daemon gets over whatever its database does, by itself: connections cut, a failover, a restart."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.demo.shop import create_shop
from tests.integration.daemon.process import DaemonProcess, a_daemon
from tests.postgres import OwnServer, own_server
from tests.proofs.conftest import Say
from tests.proofs.ground import Ground, a_ground

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'reconcile-tui' AND pid <> pg_backend_pid()"
)
READ_ONLY = ("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
WRITABLE = (
    "SET default_transaction_read_only = off",
    "ALTER SYSTEM RESET default_transaction_read_only",
    "SELECT pg_reload_conf()",
)


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """A server that can be mistreated: nobody else uses it."""
    with own_server() as server:
        yield server


@pytest.fixture
async def ground(server: OwnServer, tmp_path: Path) -> AsyncIterator[Ground]:
    """A shop, and a PSP that takes a moment, so that a tick is under way when something happens."""
    url = server.make_numbered("template1")
    database = Database(url)
    try:
        await create_shop(database)
        await migrate(database)
    finally:
        await database.close()
    async with a_ground(url, tmp_path, orders=4_000, latency_ms=20) as ground:
        ground.settings |= {"RECONCILE_SWEEP_LEASE": "2s", "RECONCILE_PSP_CONCURRENCY": "4"}
        yield ground


async def in_mid_tick(ground: Ground, daemon: DaemonProcess, orders: int) -> None:
    """Orders come, and the daemon is at them."""
    ticks = len(daemon.of("tick.started"))
    await ground.orders_come(orders)
    await daemon.until("tick.started", times=ticks + 1)
    await asyncio.sleep(0.1)


async def at_work_again(ground: Ground, daemon: DaemonProcess) -> float:
    """Seconds until an order that comes now is healed."""
    began = time.monotonic()
    number = ground.made
    await ground.orders_come(1)
    await ground.is_healed(f"o-{number}")
    return time.monotonic() - began


async def in_thread(call: Callable[..., None], *arguments: str) -> None:
    await asyncio.to_thread(call, *arguments)


async def mistreat(ground: Ground, daemon: DaemonProcess, server: OwnServer, orders: int) -> dict[str, float]:
    """Each thing that a database may do, in mid tick; how long until the daemon was at work again."""
    took = {}
    await in_mid_tick(ground, daemon, orders)
    await in_thread(server.run, CUT)
    took["connections cut"] = await at_work_again(ground, daemon)

    await in_mid_tick(ground, daemon, orders)
    away = len(daemon.of("daemon.database_away"))
    await in_thread(server.run, *READ_ONLY)
    await daemon.until("daemon.database_away", times=away + 1)
    await in_thread(server.run, *WRITABLE)
    took["read-only and back"] = await at_work_again(ground, daemon)

    await in_mid_tick(ground, daemon, orders)
    away = len(daemon.of("daemon.database_away"))
    await in_thread(server.stop)
    await daemon.until("daemon.database_away", times=away + 1)
    await in_thread(server.start)
    took["stopped and started"] = await at_work_again(ground, daemon)
    return took


async def test_a_daemon_gets_over_whatever_its_database_does(
    ground: Ground, server: OwnServer, say: Say
) -> None:
    async with a_daemon(ground) as daemon:
        await daemon.until("daemon.turn_taken")
        took = await mistreat(ground, daemon, server, orders=4)

    say(", ".join(f"{what}: at work after {seconds:.1f} s" for what, seconds in took.items()))
    assert len(daemon.of("daemon.started")) == 1
    assert "Traceback" not in daemon.everything
    assert set(await ground.applied()) == {1}


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_a_daemon_loses_and_repeats_nothing_however_often_its_database_fails(
    ground: Ground, server: OwnServer, say: Say
) -> None:
    async with a_daemon(ground) as daemon:
        await daemon.until("daemon.turn_taken")
        for _ in range(5):
            took = await mistreat(ground, daemon, server, orders=200)
            say(", ".join(f"{what}: at work after {seconds:.1f} s" for what, seconds in took.items()))
        await ground.all_are_healed()

    assert len(daemon.of("daemon.started")) == 1
    assert "Traceback" not in daemon.everything
    assert await ground.applied() == {1: ground.made}
