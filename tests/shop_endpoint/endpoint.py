"""A shop with a webhook handler of its own, behind a real HTTP server on loopback, unkind at will.

async with ShopEndpoint(world.url, clock=world.clock) as shop:
    shop.behaviours.script(loses_the_answer())
    ...  # POST to shop.url; what arrived is in shop.received, what was done in `await shop.deeds()`
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp import web
from sqlalchemy import URL

from reconcile_tui.core.clock import Clock
from tests.shop_endpoint.behaviours import Behaviour, Behaviours, Work
from tests.shop_endpoint.shop_database import ShopDatabase
from tests.shop_endpoint.webhook_handler import ANSWERS, Event, Verdict, WebhookHandler, is_genuine

SIGNATURE_HEADER: Final = "x-webhook-signature-512"
SECRET: Final = "simulated_payment_response_hash_key"
"""What the simulated PSP signs with, unless it is told otherwise."""
PATH: Final = "/hooks/hyperswitch"


@dataclass(slots=True, kw_only=True)
class Received:
    """A request as it arrived, and what became of it.

    Attributes:
        at: UTC, the endpoint's clock.
        headers: names in lower case.
        genuine: whether its signature is the PSP's, whatever was done about it.
        verdict: what the handler made of it; None where it did not (or not yet) look.
        answered: the status that was sent; None where none was.
    """

    at: datetime
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    event: Event | None
    genuine: bool
    verdict: Verdict | None = None
    answered: int | None = None

    @property
    def event_id(self) -> str | None:
        return self.event.event_id if self.event else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What the shop did once because of an event."""

    event_id: str
    row_id: str
    before: str
    after: str


class ShopEndpoint:
    """A server over the shop's database, open while its context is. The demo shop's tables are there.

    Attributes:
        url: where events are posted.
        received: every request, oldest first.
        handler: what takes the events; its secret can be changed.

    Args:
        tls: behind https.
    """

    def __init__(
        self,
        url: URL,
        *,
        clock: Clock,
        secret: str = SECRET,
        own_refund_ids: bool = False,
        pool_size: int = 4,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.url = ""
        self._tls = tls
        self.behaviours = Behaviours()
        self.received: list[Received] = []
        self._clock = clock
        self._database = ShopDatabase(url, pool_size=pool_size)
        self.handler = WebhookHandler(
            self._database, secret=secret, now=clock.now, own_refund_ids=own_refund_ids
        )
        self._work: set[asyncio.Task[Verdict]] = set()
        self._news = asyncio.Condition()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        self._client: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        await self._database.install()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"{'https' if self._tls else 'http'}://{host}:{port}{PATH}"
        self._client = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Work that waits to be let is given up."""
        await self._client.close()
        await self._runner.cleanup()
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._database.close()

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> None:
        """A real webhook of the PSP's arrives, over HTTP; the PSP does not mind how it is answered."""
        try:
            async with self._client.post(self.url, data=body, headers=headers) as answer:
                await answer.read()
        except aiohttp.ClientError:
            return

    async def arrived(self, count: int) -> list[Received]:
        """Wait until so many requests have arrived in all; they may not be answered yet."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def settled(self) -> None:
        """Wait until all work that was begun is over; that which waits to be let, too.

        Raises:
            Exception: the handler failed.
        """
        await asyncio.gather(*self._work)

    async def deeds(self) -> list[Deed]:
        """What the shop did, oldest first."""
        query = "SELECT event_id, row_id, before_it, after_it FROM shop_deeds ORDER BY seq"
        async with self._database.transaction() as sql:
            return [
                Deed(event_id=row.event_id, row_id=row.row_id, before=row.before_it, after=row.after_it)
                for row in await sql.rows(query)
            ]

    async def taken(self) -> dict[str, Verdict]:
        """The events that the shop remembers, by their ids."""
        async with self._database.transaction() as sql:
            rows = await sql.rows("SELECT event_id, verdict FROM shop_events ORDER BY event_id")
        return {row.event_id: Verdict(row.verdict) for row in rows}

    async def forget(self) -> None:
        """A new shop: nothing was received, taken or done."""
        self.received.clear()
        async with self._database.transaction() as sql:
            await sql.run("DELETE FROM shop_deeds")
            await sql.run("DELETE FROM shop_events")

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        received = await self._arrival(request)
        behaviour = self.behaviours.meets(received.event.object_id if received.event else None)
        if behaviour.work is not Work.LEFT:
            work = self._begin(received, behaviour.let if behaviour.work is Work.LATER else None)
            if behaviour.work is Work.DONE:
                # A client that is gone does not stop the shop's work.
                await asyncio.shield(work)
        if behaviour.held is not None:
            await behaviour.held.wait()
        if behaviour.seconds:
            await self._clock.sleep(behaviour.seconds)
        if behaviour.cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return self._answer(received, behaviour)

    async def _arrival(self, request: web.Request) -> Received:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(
            at=self._clock.now(),
            method=request.method,
            path=request.path,
            headers=headers,
            body=body,
            event=Event.of(body),
            genuine=is_genuine(body, headers.get(SIGNATURE_HEADER), self.handler.secret),
        )
        async with self._news:
            self.received.append(received)
            self._news.notify_all()
        return received

    def _begin(self, received: Received, let: asyncio.Event | None) -> asyncio.Task[Verdict]:
        async def work() -> Verdict:
            if let is not None:
                await let.wait()
            signature = received.headers.get(SIGNATURE_HEADER)
            received.verdict = await self.handler.take(received.body, signature)
            return received.verdict

        def over(task: asyncio.Task[Verdict]) -> None:
            if task.cancelled() or task.exception() is None:
                self._work.discard(task)

        task = asyncio.create_task(work())
        self._work.add(task)
        task.add_done_callback(over)
        return task

    def _answer(self, received: Received, behaviour: Behaviour) -> web.Response:
        status = behaviour.status
        if status is None:
            status = ANSWERS.get(received.verdict, 200) if received.verdict else 200
        received.answered = status
        return web.Response(status=status, body=behaviour.body, headers=behaviour.headers)
