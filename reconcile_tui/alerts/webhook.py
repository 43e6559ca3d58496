"""The webhook that alerts go to: one bounded POST in Slack's format. Its address is a secret."""

import asyncio
from datetime import timedelta

import aiohttp
import httpx
from pydantic import SecretStr

from reconcile_tui.core.http_client import DIRECT, Outbound, http_client, no_connection

TIMEOUT = timedelta(seconds=10)


class AlertWebhook:
    """Takes messages."""

    def __init__(self, url: SecretStr, *, timeout: timedelta = TIMEOUT, outbound: Outbound = DIRECT) -> None:
        self._url = url
        self._seconds = timeout.total_seconds()
        self._client = http_client(
            url.get_secret_value(),
            headers={"user-agent": "reconcile-tui"},
            connect_seconds=self._seconds,
            read_seconds=self._seconds,
            outbound=outbound,
        )

    async def post(self, text: str) -> str | None:
        """Send a message. None: it arrived; else why not, in words that hold nothing of the address."""
        try:
            async with asyncio.timeout(self._seconds):
                status = await self._exchange(text)
        except TimeoutError:
            return f"no answer within {self._seconds:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
            why = no_connection(error)
            return f"the webhook cannot be reached{f': {why}' if why else f' ({type(error).__name__})'}"
        return None if 200 <= status < 300 else f"the webhook answered {status}"

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _exchange(self, text: str) -> int:
        request = self._client.build_request("POST", self._url.get_secret_value(), json={"text": text})
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return response.status_code
