"""An HTTP proxy that makes tunnels to servers on loopback, whatever host they are asked for as."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Tunnels:
    """`wanted`: the hosts that tunnels were asked to. `users`: as whom (user:password), None as nobody.

    Attributes:
        leads_to: the port of loopback behind every tunnel.
        status: what is answered instead of a tunnel, where it is not 200.
    """

    address: str = ""
    leads_to: int
    status: int = 200
    wanted: list[str] = field(default_factory=list)
    users: list[str | None] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.wanted.append(head[0].removeprefix("CONNECT ").removesuffix(" HTTP/1.1"))
        sent = [line.partition(" Basic ")[2] for line in head if line.lower().startswith("proxy-auth")]
        self.users.append(b64decode(sent[0]).decode() if sent else None)
        writer.write(f"HTTP/1.1 {self.status} so\r\n\r\n".encode())
        if self.status != 200:
            writer.close()
            return
        back, forth = await asyncio.open_connection("127.0.0.1", self.leads_to)
        await asyncio.gather(_copied(reader, forth), _copied(back, writer))


@asynccontextmanager
async def tunnels(leads_to: str) -> AsyncIterator[Tunnels]:
    """A running proxy, in front of the server at a URL."""
    made = Tunnels(leads_to=int(leads_to.rpartition(":")[2].partition("/")[0]))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


async def _copied(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65536):
            to.write(piece)
            await to.drain()
    except ConnectionError:
        pass
    finally:
        to.close()
