"""The server over real HTTP: what it answers, and what it says when its address cannot be used."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from reconcile_tui.errors import explain_error
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.metrics.address import MetricsAddressRefused
from reconcile_tui.metrics.health import Verdict
from reconcile_tui.metrics.server import serving
from tests.builders import NOW
from tests.clocks import SkippingClock
from tests.exposed import series
from tests.integration.metrics.measured import bare_metrics

FREE = "127.0.0.1:0"
WELL = Verdict(well=True, words="alive: waiting")
ILL = Verdict(well=False, words="not ready: stopping")


@asynccontextmanager
async def served(
    address: str = FREE, *, live: Verdict = WELL, ready: Verdict = WELL
) -> AsyncIterator[httpx.AsyncClient]:
    metrics = bare_metrics(SkippingClock(NOW))
    async with (
        serving(
            address,
            registry=metrics.registry,
            liveness=lambda: live,
            readiness=lambda: ready,
            log=structlog.get_logger(),
        ) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield client


async def test_metrics_are_served_in_prometheus_format() -> None:
    async with served() as client:
        answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert series(answer.text)["reconcile_interval_seconds"] == 3600


async def test_a_prometheus_that_speaks_openmetrics_gets_it() -> None:
    accept = {"accept": "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5"}
    async with served() as client:
        answer = await client.get("/metrics", headers=accept)

    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


async def test_health_is_a_status_and_words() -> None:
    async with served(live=WELL, ready=ILL) as client:
        live, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (live.status_code, live.text) == (200, "alive: waiting\n")
    assert (ready.status_code, ready.text) == (503, "not ready: stopping\n")
    assert live.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/metrics/", 404), ("GET", "/../etc/passwd", 404), ("POST", "/metrics", 405)],
)
async def test_nothing_else_is_there(method: str, path: str, status: int) -> None:
    async with served() as client:
        assert (await client.request(method, path)).status_code == status


async def test_an_address_in_use_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(MetricsAddressRefused) as refused:
            async with served(address):
                pass

    text = explain_error(refused.value)
    assert text.exit_code is ExitCode.USAGE
    assert text.lines() == (
        "Another process serves at the address of the metrics.",
        f"  {address}",
        "Nothing was read and nothing was changed.",
        "Set RECONCILE_METRICS_ADDRESS to a free port of this machine, or leave it out.",
    )


async def test_an_address_of_another_machine_is_told_in_words() -> None:
    with pytest.raises(MetricsAddressRefused) as refused:
        async with served("203.0.113.7:9464"):
            pass

    assert explain_error(refused.value).what == "The metrics cannot be served at their address."


async def test_an_address_beyond_loopback_is_warned_of() -> None:
    with capture_logs() as logs:
        async with served():
            pass
        async with served("0.0.0.0:0"):
            pass

    warned = [line for line in logs if line["log_level"] == "warning"]
    assert [(line["event"], line["address"]) for line in warned] == [("reconcile.metrics.open", "0.0.0.0:0")]
