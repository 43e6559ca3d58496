"""What a daemon shows to the outside while it runs as a process: metrics, health and alerts."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.exposed import series
from tests.integration.alerts.receiver import PATH, receiver
from tests.integration.cli.conftest import Ended, Stage, ended


def a_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


class Watched:
    """A daemon's process. `lines`: its log so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def says(self, words: str) -> None:
        assert self.process.stderr is not None
        while line := (await self.process.stderr.readline()).decode():
            self.lines.append(line)
            if words in line:
                return
        raise AssertionError(f"it ended without saying {words!r}: {self.lines}")

    async def stop(self) -> Ended:
        self.process.send_signal(signal.SIGTERM)
        return await ended(self.process)


@asynccontextmanager
async def a_daemon(stage: Stage, **settings: str) -> AsyncIterator[Watched]:
    """A daemon that is killed at the end, if it still runs."""
    process = await stage.start("--daemon", **settings)
    try:
        yield Watched(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_daemon_shows_its_health_and_what_it_did_and_alerts_people(stage: Stage) -> None:
    for number in range(2):
        await stage.world.order(f"o-{number}", psp="processing")
    await stage.world.order("o-3", psp="succeeded")
    port = a_free_port()
    async with receiver() as people, httpx.AsyncClient(trust_env=False) as client:
        settings = {
            "RECONCILE_METRICS_ADDRESS": str(port),
            "RECONCILE_ALERT_URL": people.url.get_secret_value(),
            "RECONCILE_ALERT_BACKLOG": "2",
        }
        async with a_daemon(stage, **settings) as daemon:
            await daemon.says("reconcile.alert.told")
            url = f"http://127.0.0.1:{port}"
            health = await client.get(f"{url}/healthz")
            ready = await client.get(f"{url}/readyz")
            now = series((await client.get(f"{url}/metrics")).text)
            stopped = await daemon.stop()

    assert (health.status_code, health.text[:6]) == (200, "alive:")
    assert (ready.status_code, ready.text) == (200, "sweeping: this daemon has the turn\n")
    assert now["reconcile_has_turn"] == 1
    assert now['reconcile_outcomes_total{class="orders",outcome="fixed"}'] == 1
    assert now['reconcile_psp_reads_total{answer="seen",call="payment"}'] == 3
    assert now['reconcile_backlog_rows{class="orders"}'] == 2
    assert now["reconcile_psp_requests_in_flight_limit"] == 16
    assert now["reconcile_last_success_timestamp_seconds"] > 0
    [told] = people.texts
    assert "*2 rows stuck*" in told
    assert stopped.code == 0
    assert PATH not in "".join(daemon.lines) + stopped.err


async def test_an_address_in_use_ends_it_in_words_before_the_first_tick(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"

        run = await stage.run("--daemon", RECONCILE_METRICS_ADDRESS=address)

    assert run.code == 2
    assert "Another process serves at the address of the metrics." in run.err
    assert "Traceback" not in run.err
    assert await stage.world.status("o-1") == "pending"


async def test_without_an_address_nothing_listens_and_without_a_url_nobody_is_told(stage: Stage) -> None:
    for number in range(3):
        await stage.world.order(f"o-{number}", psp="processing")
    async with a_daemon(stage, RECONCILE_ALERT_BACKLOG="1") as daemon:
        await daemon.says("reconcile.tick.ended")
        stopped = await daemon.stop()

    log = "".join(daemon.lines) + stopped.err
    assert "reconcile.metrics" not in log
    assert "reconcile.alert" not in log
    assert await stage.world.store.alerts.all() == {}
