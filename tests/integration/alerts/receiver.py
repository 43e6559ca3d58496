"""A receiver of alerts: a real HTTP server that takes messages as Slack does, or refuses them."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

PATH = "/services/T0/B0/a-secret-path"


@dataclass(slots=True, kw_only=True)
class Receiver:
    """`status`: what it answers. `texts`: what arrived, refused or not."""

    status: int = 200
    address: str = ""
    texts: list[str] = field(default_factory=list)

    @property
    def url(self) -> SecretStr:
        return SecretStr(f"{self.address}{PATH}")

    async def take(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        assert request.content_type == "application/json"
        assert set(body) == {"text"}
        self.texts.append(body["text"])
        if 300 <= self.status < 400:
            return web.Response(status=self.status, headers={"location": "/elsewhere"})
        return web.Response(status=self.status, text="ok" if self.status == 200 else "invalid_token")


@asynccontextmanager
async def receiver(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A running one. `tls`: behind https."""
    taken = Receiver()
    app = web.Application()
    app.router.add_post(PATH, taken.take)
    server = TestServer(app, scheme="https" if tls else "http")
    await server.start_server(shutdown_timeout=0.0, ssl=tls)
    taken.address = str(server.make_url("")).rstrip("/")
    try:
        yield taken
    finally:
        await server.close()
