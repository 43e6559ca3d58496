"""The wire: one HTTP exchange with a PSP, bounded in time and in size, as an answer or a failure.

It knows nothing of payments. Every PSP's reader stands on it, so that the key goes to one host alone,
no redirect is followed and no network error leaves as an exception.
"""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import aiohttp
import httpx

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.http_client import DIRECT, Outbound, http_transport, no_connection
from reconcile_tui.core.loopback import is_loopback
from reconcile_tui.core.masking import masked
from reconcile_tui.core.psp.retry_after import http_date, seconds_to_wait
from reconcile_tui.core.psp_states import ReadFailed, ReadFailureKind

_GZIP = 16 + zlib.MAX_WBITS


class BaseUrlRefused(ValueError):
    """The base URL cannot be used: no http(s) address of a host, or it carries a name, query or fragment."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class PlainHttpRefused(BaseUrlRefused):
    """http:// to another host than loopback: the key would cross the network in the clear."""

    def __init__(self, host: str) -> None:
        super().__init__(f"http:// to {host} would send the key in the clear")
        self.host = host


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderTimeouts:
    """How long a read may take, in seconds.

    Attributes:
        connect: name look-up, TCP and TLS.
        read: silence between two pieces of the answer. A forced read waits for the connector, whose
            own time-out at Hyperswitch is 30 s (source).
        call: one exchange, from the send to the last byte.
        slot: waiting for a place in the budget, before the send.
    """

    connect: float = 5.0
    read: float = 35.0
    call: float = 40.0
    slot: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole HTTP answer.

    Attributes:
        at: when its head arrived (UTC, this machine's clock).
        psp_clock: the server's clock at that moment, by its Date header.
        media_type: lower case, without parameters; empty where not sent.
        retry_after: seconds the server asks to wait, by its own clock where it sent one.
    """

    status: int
    at: datetime
    psp_clock: datetime | None
    media_type: str
    retry_after: float | None
    body: bytes


class Wire:
    """Connections to one base URL, with the same headers on each request.

    The budget bounds how many are open: the connector itself has no limit that could queue a request
    behind its back.

    Raises:
        BaseUrlRefused: see there; `PlainHttpRefused` for http:// beyond loopback without `allow_http`.
    """

    def __init__(
        self,
        *,
        base_url: str,
        headers: Mapping[str, str],
        clock: Clock,
        timeouts: ReaderTimeouts,
        max_body_bytes: int,
        allow_http: bool = False,
        outbound: Outbound = DIRECT,
    ) -> None:
        self._base = _checked_base(base_url, allow_http=allow_http)
        self._clock = clock
        self._call_seconds = timeouts.call
        self._max_body_bytes = max_body_bytes
        self._headers = {**headers, "accept": "application/json", "accept-encoding": "gzip"}
        timeout = httpx.Timeout(timeouts.read, connect=timeouts.connect, pool=timeouts.connect)
        self._extensions = {"timeout": timeout.as_dict()}
        self._transport = http_transport(self._base, outbound=outbound)

    async def send(self, method: str, target: str, *, content: bytes | None = None) -> Answer | ReadFailed:
        """One exchange.

        Args:
            target: what follows the base URL, quoted: `/payments/pay_1?force_sync=true`.
            content: a JSON body, or None.
        """
        try:
            async with asyncio.timeout(self._call_seconds):
                return await self._exchange(method, target, content)
        except TimeoutError:
            return self._failed(ReadFailureKind.TIMEOUT, f"no whole answer within {self._call_seconds:g} s")
        except (httpx.TransportError, aiohttp.ClientError, OSError) as error:
            return self._failed(_kind_of(error), _text_of(error))

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._transport.aclose()

    async def _exchange(self, method: str, target: str, content: bytes | None) -> Answer | ReadFailed:
        headers = self._headers if content is None else self._headers | {"content-type": "application/json"}
        request = httpx.Request(
            method, self._base + target, content=content, headers=headers, extensions=self._extensions
        )
        response = await self._transport.handle_async_request(request)
        try:
            return await self._received(response)
        finally:
            await response.aclose()

    async def _received(self, response: httpx.Response) -> Answer | ReadFailed:
        at = self._clock.now()
        headers = response.headers
        psp_clock = http_date(headers.get("date"))
        status = response.status_code
        if 300 <= status < 400:
            return self._failed(ReadFailureKind.REDIRECTED, "a redirect, not followed", status)
        body = await self._body(response)
        if isinstance(body, ReadFailed):
            return body
        return Answer(
            status=status,
            at=at,
            psp_clock=psp_clock,
            media_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
            retry_after=seconds_to_wait(headers.get("retry-after"), now=psp_clock or at),
            body=body,
        )

    async def _body(self, response: httpx.Response) -> bytes | ReadFailed:
        """The decoded body, never more than the cap of it: read raw, and unpacked with a bound.

        httpx would unpack each piece without a bound, and several layers of packing one on another.
        """
        cap, status = self._max_body_bytes, response.status_code
        raw = bytearray()
        async for piece in response.aiter_raw():
            raw += piece
            if len(raw) > cap:
                return self._failed(ReadFailureKind.MALFORMED, f"a body of more than {cap} bytes", status)
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("identity", ""):
            return bytes(raw)
        if encoding not in ("gzip", "x-gzip"):
            return self._failed(ReadFailureKind.MALFORMED, f"a body packed as {encoding[:40]!r}", status)
        unpacker = zlib.decompressobj(_GZIP)
        try:
            body = unpacker.decompress(bytes(raw), cap + 1)
        except zlib.error as error:
            return self._failed(ReadFailureKind.MALFORMED, f"a body that is no gzip: {error}", status)
        if len(body) > cap:
            return self._failed(ReadFailureKind.MALFORMED, f"a body of more than {cap} bytes", status)
        if not unpacker.eof:
            return self._failed(ReadFailureKind.MALFORMED, "a truncated gzip body", status)
        return body

    def _failed(self, kind: ReadFailureKind, detail: str, status: int | None = None) -> ReadFailed:
        return ReadFailed(at=self._clock.now(), kind=kind, detail=detail, http_status=status)


def _checked_base(base_url: str, *, allow_http: bool) -> str:
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL as error:
        raise BaseUrlRefused(f"not a URL: {error}") from None
    if url.scheme not in ("https", "http") or not url.host:
        raise BaseUrlRefused("needs https:// and a host")
    if url.userinfo or url.query or url.fragment:
        raise BaseUrlRefused("holds a user name, a query or a fragment: the host and a path prefix alone")
    if url.scheme == "http" and not allow_http and not is_loopback(url.host):
        raise PlainHttpRefused(url.host)
    return str(url).rstrip("/")


def _kind_of(error: httpx.TransportError | aiohttp.ClientError | OSError) -> ReadFailureKind:
    """Why an exchange broke, by aiohttp's own error.

    The transport's map calls every broken or refused connection a `ConnectTimeout` (httpx-aiohttp 0.2),
    so the error underneath decides.
    """
    cause = error.__cause__ if isinstance(error, httpx.TransportError) else error
    match cause:
        case aiohttp.ServerTimeoutError():
            return ReadFailureKind.TIMEOUT
        case aiohttp.ClientHttpProxyError():
            return ReadFailureKind.UNREACHABLE
        case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError():
            return ReadFailureKind.MALFORMED
        case _:
            return ReadFailureKind.UNREACHABLE


def _text_of(error: Exception) -> str:
    """The error's message. Never its `repr`: aiohttp's holds the request's headers, and with them the key."""
    cause = error.__cause__ if isinstance(error, httpx.TransportError) else error
    why = no_connection(error)
    match cause:
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError() if why is not None:
            return why
        case aiohttp.ClientConnectorError(host=host, port=port):
            return f"{host}:{port}: {why}"
        case _:
            return masked(str(error)) or type(error).__name__
