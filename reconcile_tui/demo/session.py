"""The demo's session: a throw-away shop with its incident, and the simulated PSP that knows the truth.

    async with demo_session() as demo:
        ...  # demo.database_url, demo.base_url, demo.api_key

Everything is gone when the context ends: the database's file, its folder, the server.
"""

import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from reconcile_tui.core.clock import Clock, SystemClock
from reconcile_tui.core.dispatch.handlers import ShopHandlers
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp.wire import ReaderTimeouts
from reconcile_tui.core.store.database import CommitInDoubt
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.core.store.store import Store
from reconcile_tui.demo.filling import fill
from reconcile_tui.demo.going_on import Pace, going_on, silent_daemon
from reconcile_tui.demo.history import remember
from reconcile_tui.demo.incident import SEED, Incident, demo_rows
from reconcile_tui.demo.psp import NEVER, Book, Faults, Latency, RateLimit, SimulatedPsp
from reconcile_tui.demo.psp.chance import seeded
from reconcile_tui.demo.psp.faults import Hang, bad_gateway, busy, server_error, too_many_requests
from reconcile_tui.demo.shop import create_shop

TIMEOUTS: Final = ReaderTimeouts(connect=1.0, read=2.0, call=2.0, slot=30.0)
"""How long a reader of the demo's PSP should wait at most: one answer hangs for longer."""

HANGS_FOR: Final = 4.0
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSession:
    """An open demo.

    Attributes:
        reported: what support was told, in one sentence.
        timeouts: for the reader; see `TIMEOUTS`.
        store: the session's own way into the shop, to see what became of it.
        times_out: the payment whose first read does not end in time; None where the PSP is kind.
    """

    database_url: URL
    base_url: str
    api_key: SecretStr
    merchant_id: str
    reported: str
    incident: Incident
    psp: SimulatedPsp
    store: Store
    timeouts: ReaderTimeouts = TIMEOUTS
    times_out: str | None = None


@asynccontextmanager
async def demo_session(
    *,
    seed: int = SEED,
    folder: Path | None = None,
    clock: Clock | None = None,
    unkind: bool = True,
    pace: Pace | None = None,
) -> AsyncIterator[DemoSession]:
    """Open a demo. Whoever connects to its database must be done before the context ends.

    Args:
        seed: decides rows and mishaps; the same one gives much the same run.
        folder: where the private folder with the database is made; the system's own place by default.
        clock: the moment of the incident, and the PSP's time; the machine's by default. The database keeps
            its own, and an unkind PSP waits on this one: it should be right, and go.
        unkind: whether the PSP is slow and fails at times, as the real one.
        pace: how the incident goes on while the demo is open; None: it stands still.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        private = stack.enter_context(tempfile.TemporaryDirectory(prefix="reconcile-demo-", dir=folder))
        url = URL.create("sqlite", database=str(Path(private) / "shop.db"))
        store = Store.at(url)
        stack.push_async_callback(store.close)
        incident = demo_rows(seed, clock.now(), pace=pace)
        await create_shop(store.database)
        await migrate(store.database)
        await fill(store.database, incident)
        await remember(store, incident.remembered)
        if pace is not None:
            await store.daemons.beat(silent_daemon(incident.since))
        psp = _psp(incident, store, clock, unkind=unkind)
        await stack.enter_async_context(psp)
        shop = ShopEndpoint(store)
        await stack.enter_async_context(going_on(incident.late, psp, shop.deliver, clock=clock))
        yield DemoSession(
            database_url=url,
            base_url=psp.url,
            api_key=SecretStr(psp.api_key),
            merchant_id=psp.book.merchant_id,
            reported=incident.reported,
            incident=incident,
            psp=psp,
            store=store,
            times_out=incident.unheard[_HANGING] if unkind else None,
        )


def _psp(incident: Incident, store: Store, clock: Clock, *, unkind: bool) -> SimulatedPsp:
    book = Book(clock=clock)
    incident.write_book(book)
    rng = seeded(f"session {incident.seed}")
    faults = Faults(rng)
    incident.spoil(faults)
    if unkind:
        _be_unkind(faults, incident)
    return SimulatedPsp(
        book,
        faults=faults,
        latency=_LATENCY if unkind else None,
        rate_limit=_RATE_LIMIT if unkind else None,
        deliver=ShopEndpoint(store).deliver,
        webhook=NEVER,
        rng=rng,
    )


def _be_unkind(faults: Faults, incident: Incident) -> None:
    """Mishaps at fixed payments, so that each run meets them all, and a few more by lot."""
    unheard = incident.unheard
    faults.script(unheard[2], server_error())
    faults.script(unheard[4], too_many_requests(1))
    faults.script(unheard[_HANGING], Hang(HANGS_FOR))
    faults.script(unheard[9], bad_gateway())
    faults.script(unheard[12], busy())
    faults.script(unheard[14], bad_gateway(503, 1))
    faults.share(0.01, server_error())


class ShopEndpoint:
    """The shop's webhook address: it hands what arrives to the shop's own handlers."""

    def __init__(self, store: Store) -> None:
        self._handlers = ShopHandlers(store.database, store.shop, watch=Policy().reversal_watch)

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Take one webhook. The shop's own trouble loses it: the PSP is told 500, and the row stays stuck."""
        process = (
            self._handlers.process_refund_webhook
            if json.loads(body)["event_type"].startswith("refund_")
            else self._handlers.process_payment_webhook
        )
        try:
            await process(body)
        except (DBAPIError, CommitInDoubt):
            return


_HANGING: Final = 7
_LATENCY: Final = Latency(median=0.03, connector_median=0.05, sigma=0.4)
_RATE_LIMIT: Final = RateLimit(per_second=100, burst=100)
