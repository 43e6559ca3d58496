"""The server of `/metrics`, `/healthz` and `/readyz`, in the daemon's own event loop.

It has no authentication: what it shows holds no secret, no customer and no id.
"""

import errno
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

from reconcile_tui.chronicle import Log
from reconcile_tui.core.loopback import is_loopback
from reconcile_tui.metrics.address import MetricsAddressRefused
from reconcile_tui.metrics.health import Verdict

_LAST_ANSWERS: Final = 1.0
"""Seconds that answers under way get when the daemon ends."""


@asynccontextmanager
async def serving(
    address: str,
    *,
    registry: CollectorRegistry,
    liveness: Callable[[], Verdict],
    readiness: Callable[[], Verdict],
    log: Log,
) -> AsyncIterator[str]:
    """Serve at `address` (`127.0.0.1:9464`, `[::]:9464`); yields the URL that it answers at.

    Raises:
        MetricsAddressRefused: the address cannot be used.
    """
    host, port = _host_and_port(address)
    app = web.Application()
    app.router.add_get("/metrics", make_aiohttp_handler(registry))
    app.router.add_get("/healthz", _answering(liveness))
    app.router.add_get("/readyz", _answering(readiness))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_LAST_ANSWERS)
    await runner.setup()
    try:
        await _bound(web.TCPSite(runner, host, port), address)
        url = _url(runner)
        log.info("reconcile.metrics.served", url=url)
        if not is_loopback(host):
            log.warning(
                "reconcile.metrics.open",
                address=address,
                why="anybody who can reach this address can read the metrics: there is no authentication",
                next_step="Let only your monitoring reach it.",
            )
        yield url
    finally:
        await runner.cleanup()


async def _bound(site: web.TCPSite, address: str) -> None:
    try:
        await site.start()
    except OSError as error:
        raise MetricsAddressRefused(address, in_use=error.errno == errno.EADDRINUSE) from error


def _answering(ask: Callable[[], Verdict]) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        verdict = ask()
        return web.Response(
            status=200 if verdict.well else 503,
            text=f"{verdict.words}\n",
            headers={"cache-control": "no-store"},
        )

    return answer


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _url(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
