"""The HTTP clients that everything here stands on: aiohttp, bounded, straight to its host.

No redirect is followed, no cookie kept, and neither proxies nor netrc of the environment are asked. The PSP
is read by aiohttp itself, many times a second; what is sent seldom goes by httpx over it, whose own transport
collapses under concurrency (encode/httpx issue 3215).
"""

import ssl
from collections.abc import Mapping
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport


def http_client(
    *,
    headers: Mapping[str, str],
    connect_seconds: float,
    read_seconds: float,
    ssl_context: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """A client without a limit of connections of its own: who calls it bounds them.

    Args:
        headers: sent with each request.
        connect_seconds: name look-up, TCP and TLS.
        read_seconds: silence between two pieces of an answer.
    """
    context = ssl_context or public_authorities()
    return httpx.AsyncClient(
        transport=AiohttpTransport(
            verify=context, trust_env=False, client=lambda: http_session(ssl_context=context)
        ),
        headers=headers,
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )


def http_session(
    *,
    ssl_context: ssl.SSLContext | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: aiohttp.ClientTimeout | None = None,
) -> aiohttp.ClientSession:
    """A session without a limit of connections of its own, whose answers stay as they came: packed, and read
    as far as the caller reads. To be made where the event loop runs.

    Args:
        headers: sent with each request.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=ssl_context or public_authorities()),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=headers,
        timeout=timeout or aiohttp.ClientTimeout(),
        trust_env=False,
        auto_decompress=False,
    )


@cache
def public_authorities() -> ssl.SSLContext:
    """What a server's certificate must go back to; read once a process, since that takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)
