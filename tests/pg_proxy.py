"""A proxy between the driver and a real PostgreSQL, that breaks connections where it hurts most.

It reads just as much of the protocol (3.0, without TLS) as it takes to know a COMMIT: the driver sends it
as a simple query of its own, and the server's answer to it ends with the first ReadyForQuery after.

    async with PgProxy(url) as proxy:
        database = Database(proxy.url)
        proxy.strike(Cut.ANSWER_TO_COMMIT, at=2)
"""

import asyncio
import struct
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import URL

_HEADER: Final = struct.Struct("!ci")
_READY: Final = b"Z\x00\x00\x00\x05I"
"""ReadyForQuery, outside a transaction."""
_SIMPLE_QUERY: Final = b"Q"
_BIND: Final = b"B"
"""Each statement with parameters has one."""


class Cut(StrEnum):
    """Where a connection is cut."""

    ANSWER_TO_COMMIT = "committed, and nobody heard it"
    UNDER_WAY = "the commit is under way, and nobody waits for it any more"
    COMMIT = "the commit never reached the server"
    STATEMENT = "in mid transaction, before a statement of it reaches the server"


@dataclass(eq=False, slots=True)
class _Link:
    """One client and its connection to the server. `unheard`: the server's words since the last COMMIT;
    `cut_once_sent`: the client's message is the last one."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    in_transaction: bool = False
    unheard: bytearray | None = None
    cut_once_sent: bool = False
    over: bool = field(default=False)

    def cut(self) -> None:
        self.over = True
        self.client.transport.abort()
        self.server.transport.abort()


class PgProxy:
    """A proxy for as long as its context is open.

    Attributes:
        url: leads through the proxy to the same database.
        commits: how many COMMITs were seen since `strike`.
        struck: how many connections were cut by `strike`.
        flowing: cleared, nothing passes in either direction until it is set.
        open: whether new connections are taken; else they are closed at once.
    """

    def __init__(self, url: URL) -> None:
        self._upstream = url
        self.url = url
        self.commits = 0
        self.struck = 0
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.open = True
        self._cut: Cut | None = None
        self._at: int | None = 0
        self._seen = 0
        self._links: set[_Link] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        plain = {"sslmode": "disable", "gssencmode": "disable"}
        self.url = self._upstream.set(host="127.0.0.1", port=port, query=plain)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut_all()
        self.flowing.set()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    def strike(self, cut: Cut, *, at: int | None = 0) -> None:
        """Cut a connection: at the COMMIT (or statement in a transaction) number `at` from now on, counted
        over all connections from 0; None: at each one."""
        self._cut, self._at, self._seen = cut, at, 0
        self.commits = self.struck = 0

    def spare(self) -> None:
        """No more of it."""
        self._cut = None

    def cut_all(self) -> None:
        """Every connection breaks at once, whatever it is doing."""
        for link in list(self._links):
            link.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._serving.add(task)
        try:
            if self.open:
                await self._join(reader, writer)
        finally:
            writer.close()
            if task is not None:
                self._serving.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await self._connect()
        link = _Link(writer, to_server)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._ask(link, reader))
                pumps.create_task(self._answer(link, from_server))
        except* (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            link.cut()
            self._links.discard(link)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        query = self._upstream.query
        host, port = self._upstream.host or str(query.get("host", "")), self._upstream.port
        port = port or int(str(query.get("port", 5432)))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(str(Path(host) / f".s.PGSQL.{port}"))
        return await asyncio.open_connection(host, port)

    async def _ask(self, link: _Link, reader: asyncio.StreamReader) -> None:
        """What the client says, message by message; the first one has no type."""
        size = await reader.readexactly(4)
        (length,) = struct.unpack("!i", size)
        await self._pass(link.server, size + await reader.readexactly(length - 4))
        while True:
            head = await reader.readexactly(_HEADER.size)
            kind, length = _HEADER.unpack(head)
            body = await reader.readexactly(length - 4)
            if self._is_fatal(link, kind, body):
                link.cut()
                return
            await self._pass(link.server, head + body)
            if link.cut_once_sent:
                link.cut()
                return

    async def _answer(self, link: _Link, reader: asyncio.StreamReader) -> None:
        """What the server says, as it comes."""
        while piece := await reader.read(65536):
            if link.unheard is None:
                await self._pass(link.client, piece)
                continue
            link.unheard += piece
            if link.unheard.endswith(_READY):
                link.cut()
                return
        # The server hung up; the other pump reads from a client that must hear of it.
        link.cut()

    async def _pass(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        await self.flowing.wait()
        writer.write(data)
        await writer.drain()

    def _is_fatal(self, link: _Link, kind: bytes, body: bytes) -> bool:
        """Whether the connection is cut before this message of the client's reaches the server."""
        said = body.rstrip(b"\0").upper() if kind == _SIMPLE_QUERY else b""
        if said.startswith(b"COMMIT"):
            link.in_transaction = False
            self.commits += 1
            return self._meets_commit(link)
        if said.startswith((b"BEGIN", b"ROLLBACK")):
            link.in_transaction = said.startswith(b"BEGIN")
            return False
        is_statement = link.in_transaction and kind in (_SIMPLE_QUERY, _BIND)
        return is_statement and self._cut is Cut.STATEMENT and self._is_its_turn()

    def _meets_commit(self, link: _Link) -> bool:
        if self._cut not in (Cut.COMMIT, Cut.UNDER_WAY, Cut.ANSWER_TO_COMMIT) or not self._is_its_turn():
            return False
        if self._cut is Cut.UNDER_WAY:
            link.cut_once_sent = True
            return False
        if self._cut is Cut.ANSWER_TO_COMMIT:
            link.unheard = bytearray()
            return False
        return True

    def _is_its_turn(self) -> bool:
        number, self._seen = self._seen, self._seen + 1
        if self._at is not None and number != self._at:
            return False
        self.struck += 1
        return True
