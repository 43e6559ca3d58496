"""A PSP that answers what a test tells it to: a real HTTP server on loopback, and a raw one below HTTP."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "snd_4f8d2c7b6a5e"
"""The key of every reader in these tests: it must turn up nowhere."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it arrived."""

    method: str
    raw_path: str
    headers: Mapping[str, str]
    json: Mapping[str, object] | None


@dataclass(slots=True, kw_only=True)
class StubPsp:
    """Answers in the order of `script`; the last one again and again."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    script: list[Handler] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def will(self, *answers: Handler) -> None:
        """Answer so from now on."""
        self.script = list(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.asked.append(
            Asked(
                method=request.method,
                raw_path=request.raw_path,
                headers={name.lower(): value for name, value in request.headers.items()},
                json=json.loads(raw) if raw else None,
            )
        )
        self.arrived.set()
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return await answer(request)


@asynccontextmanager
async def stub_psp(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[StubPsp]:
    """A running one; requests that hang are cut off at the end. `tls`: behind https."""
    stub = StubPsp()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", stub.handle)
    server = TestServer(app, scheme="https" if tls else "http")
    await server.start_server(shutdown_timeout=0.0, ssl=tls)
    stub.url = str(server.make_url("/")).rstrip("/")
    try:
        yield stub
    finally:
        await server.close()


@asynccontextmanager
async def raw_server(answer: bytes, *, abort: bool = False) -> AsyncIterator[str]:
    """A server that reads a request, writes `answer` as it is and hangs up; its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if abort:
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def says(
    body: object, *, status: int = 200, headers: Mapping[str, str] | None = None, packed: bool = False
) -> Handler:
    """A JSON answer."""

    async def answer(_: web.Request) -> web.StreamResponse:
        response = web.json_response(body, status=status, headers=headers)
        if packed:
            response.enable_compression(web.ContentCoding.gzip)
        return response

    return answer


def sends(
    body: bytes,
    *,
    status: int = 200,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Handler:
    """Any bytes."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, content_type=content_type, headers=headers)

    return answer


def refuses(
    status: int, code: str, message: str = "no", *, headers: Mapping[str, str] | None = None
) -> Handler:
    """A Hyperswitch error."""
    error = {"type": "invalid_request", "message": message, "code": code}
    return says({"error": error}, status=status, headers=headers)


def drips(piece: bytes, *, every: float) -> Handler:
    """A body that never ends, in small pieces."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/json"})
        await response.prepare(request)
        while True:
            await response.write(piece)
            await asyncio.sleep(every)

    return answer


def hangs() -> Handler:
    """Takes the request and says nothing."""

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    return answer


def a_payment(payment_id: str = "pay_1", **fields: object) -> dict[str, object]:
    """A PaymentsResponse with what a reader needs."""
    return {
        "payment_id": payment_id,
        "merchant_id": "merchant_1",
        "status": "succeeded",
        "amount": 4210,
        "net_amount": 4210,
        "amount_capturable": 0,
        "amount_received": 4210,
        "currency": "EUR",
        "connector": "stripe",
        "attempt_count": 1,
        "created": "2026-11-20T10:00:00.000Z",
        **fields,
    }


def a_refund(refund_id: str = "ref_1", payment_id: str = "pay_1", **fields: object) -> dict[str, object]:
    """A RefundResponse with what a reader needs."""
    return {
        "refund_id": refund_id,
        "payment_id": payment_id,
        "amount": 1000,
        "currency": "EUR",
        "status": "pending",
        "connector": "stripe",
        **fields,
    }


def a_page(*refunds: dict[str, object], total: int | None = None) -> dict[str, object]:
    """A RefundListResponse; `total` on all pages, else what this one holds."""
    return {
        "count": len(refunds),
        "total_count": len(refunds) if total is None else total,
        "data": list(refunds),
    }
