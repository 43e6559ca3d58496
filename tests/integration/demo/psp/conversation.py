"""A conversation with the simulated PSP over real HTTP: a plain client, and what it got."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp

from reconcile_tui.demo.psp import Book, MovableClock, SimulatedPsp

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        code: str = self.body["error"]["code"]
        return code


class Client:
    """Asks one PSP with one key."""

    def __init__(self, psp: SimulatedPsp, session: aiohttp.ClientSession) -> None:
        self._psp = psp
        self._session = session

    async def get(self, path: str, *, key: str | None = None, **query: str) -> Got:
        return await self.ask("GET", path, key=key, query=query)

    async def payment(self, payment_id: str, *, forced: bool = False, key: str | None = None) -> Got:
        query = {"force_sync": "true"} if forced else {}
        return await self.get(f"/payments/{payment_id}", key=key, **query)

    async def refund(self, refund_id: str, *, forced: bool = False, key: str | None = None) -> Got:
        query = {"force_sync": "true"} if forced else {}
        return await self.get(f"/refunds/{refund_id}", key=key, **query)

    async def refund_list(self, *, key: str | None = None, **request: object) -> Got:
        return await self.ask("POST", "/refunds/list", key=key, body=request)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Got:
        headers = {"api-key": self._psp.api_key if key is None else key}
        async with self._session.request(
            method, self._psp.url + path, params=query, json=body, headers=headers, allow_redirects=False
        ) as response:
            return Got(status=response.status, headers=response.headers, raw=await response.read())


def a_book() -> Book:
    """An empty one, at `NOW`, on a clock that stands still."""
    return Book(clock=MovableClock(NOW))


def clock_of(book: Book) -> MovableClock:
    assert isinstance(book.clock, MovableClock)
    return book.clock


@asynccontextmanager
async def talking_to(psp: SimulatedPsp) -> AsyncIterator[Client]:
    """The PSP is opened, and closed at the end."""
    async with psp, aiohttp.ClientSession() as session:
        yield Client(psp, session)
