"""The HTTP client that everything here stands on: httpx over aiohttp, bounded, to one host.

No redirect is followed, no cookie kept, no netrc asked, and no request sent twice: aiohttp itself would
repeat a GET on a kept connection that broke, outside of any budget. httpx's own transport collapses under
concurrency (encode/httpx issue 3215), aiohttp's does not.
"""

import os
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from reconcile_tui.core.proxies import Proxy, goes_direct
from reconcile_tui.core.trust import authorities, certificate_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """How this machine reaches others.

    Attributes:
        ca_file: a PEM file of authorities that are trusted beside the public ones and this machine's.
        proxy: what https:// goes through; http:// never does.
        exempt: which hosts are reached without it, see `goes_direct`.
    """

    ca_file: str | None = None
    proxy: Proxy | None = None
    exempt: str = ""

    def proxy_to(self, address: str) -> Proxy | None:
        """What stands between this machine and a URL."""
        url = httpx.URL(address)
        if url.scheme != "https" or goes_direct(url.host, url.port or 443, self.exempt):
            return None
        return self.proxy


DIRECT = Outbound()


class ConnectionBroke(aiohttp.ClientConnectionError):
    """A connection ended before an answer: the request may have arrived."""


def http_client(
    address: str,
    *,
    headers: Mapping[str, str],
    connect_seconds: float,
    read_seconds: float,
    outbound: Outbound = DIRECT,
) -> httpx.AsyncClient:
    """A client without a limit of connections of its own: who calls it bounds them.

    Args:
        address: the URL, or its beginning, of every request.
        headers: sent with each request.
        connect_seconds: name look-up, TCP and TLS.
        read_seconds: silence between two pieces of an answer.

    Raises:
        CaFileRefused: the file of further authorities cannot be used.
    """
    return httpx.AsyncClient(
        transport=http_transport(address, outbound=outbound),
        headers=headers,
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )


def http_transport(address: str, *, outbound: Outbound = DIRECT) -> httpx.AsyncBaseTransport:
    """What the client sends its requests by. By itself it costs half as much a request, for whoever needs
    neither cookies nor redirects, and sends many.

    Raises:
        CaFileRefused: the file of further authorities cannot be used.
    """
    context = authorities(outbound.ca_file)
    proxy = outbound.proxy_to(address)

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=context),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            middlewares=(_sent_once,),
        )

    return AiohttpTransport(
        verify=context, trust_env=False, client=session, proxy=_tunnel(proxy) if proxy else None
    )


def no_connection(error: BaseException) -> str | None:
    """Why no connection was made, without the address that was wanted. None: something else went wrong.

    Args:
        error: as httpx or aiohttp raised it.
    """
    match _underneath(error):
        case aiohttp.ClientHttpProxyError(status=407):
            return "the proxy asks for a user and password (407): write them into HTTPS_PROXY"
        case aiohttp.ClientHttpProxyError(status=status):
            return f"the proxy made no connection (it answered {status})"
        case aiohttp.ClientProxyConnectionError(os_error=cause, host=host, port=port):
            return f"the proxy {host}:{port} cannot be reached: {_words_of(cause)}"
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLError() as cause):
            return certificate_words(cause)
        case aiohttp.ClientConnectorError(os_error=ssl.SSLError() as cause):
            return certificate_words(cause)
        case aiohttp.ClientConnectorError(os_error=cause):
            return _words_of(cause)
        case _:
            return None


def _underneath(error: BaseException) -> BaseException | None:
    """aiohttp's own error: the transport's map calls every broken connection a `ConnectTimeout`."""
    return error.__cause__ if isinstance(error, httpx.TransportError) else error


def _words_of(error: OSError) -> str:
    # An error of the event loop's own ends with a tuple of Python's.
    number = error.errno
    return (os.strerror(number) if number is not None and number > 0 else error.strerror) or "no connection"


async def _sent_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ConnectionBroke(str(error)) from error


def _tunnel(proxy: Proxy) -> httpx.Proxy:
    if proxy.user is None:
        return httpx.Proxy(proxy.address)
    password = proxy.password.get_secret_value() if proxy.password else ""
    words = b64encode(f"{proxy.user.get_secret_value()}:{password}".encode()).decode()
    return httpx.Proxy(proxy.address, headers={"proxy-authorization": f"Basic {words}"})
