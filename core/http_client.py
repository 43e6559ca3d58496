"""The HTTP client that everything here stands on: httpx over aiohttp, bounded, straight to its host.

No redirect is followed, no cookie kept, and neither proxies nor netrc of the environment are asked. httpx's
own transport collapses under concurrency (encode/httpx issue 3215), aiohttp's does not.
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

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=context),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    return httpx.AsyncClient(
        transport=AiohttpTransport(verify=context, trust_env=False, client=session),
        headers=headers,
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )


@cache
def public_authorities() -> ssl.SSLContext:
    """What a server's certificate must go back to; read once a process, since that takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)
