"""The bare minimum to measure against: no plan, no guard beyond one WHERE, no journal, no proof.

Same PSP, same concurrency, same drivers and pool as the core, and nothing more.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
from sqlalchemy import URL, Column, MetaData, Table, Text, bindparam, event, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from reconcile_tui.core.store.backends import DatabaseLimits, wal_is_safe
from reconcile_tui.demo.psp.keys import API_KEY
from reconcile_tui.demo.shop import orders
from tests.bench.scale import AT_ONCE

_log = Table("bench_log", MetaData(), Column("row_id", Text, primary_key=True), Column("payload", Text))


async def read_all(psp_url: str, payment_ids: Sequence[str]) -> None:
    """Read every payment, forced, and parse its JSON."""
    async with _session() as session:

        async def one(payment_id: str) -> None:
            await _read(session, psp_url, payment_id)

        await _at_once(one, payment_ids)


async def heal_all(url: URL, psp_url: str, rows: Sequence[tuple[str, str]]) -> None:
    """For each row (id, payment id): read, one guarded UPDATE and its commit, one INSERT and its commit.

    Raises:
        RuntimeError: a row was not as expected.
    """
    engine = _engine(url)
    change = (
        update(orders)
        .where(
            orders.c.id == bindparam("the_id"),
            orders.c.status == "pending",
            orders.c.payment_id == bindparam("the_psp_id"),
        )
        .values(status="completed", updated_at=bindparam("now"))
    )
    note = insert(_log)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_log.create)
        async with _session() as session:

            async def one(row: tuple[str, str]) -> None:
                row_id, payment_id = row
                body = await _read(session, psp_url, payment_id)
                if body["status"] != "succeeded":
                    raise RuntimeError(f"{payment_id} is {body['status']}")
                values = {"the_id": row_id, "the_psp_id": payment_id, "now": datetime.now(UTC)}
                async with engine.begin() as connection:
                    if (await connection.execute(change, values)).rowcount != 1:
                        raise RuntimeError(f"{row_id} is not pending")
                async with engine.begin() as connection:
                    await connection.execute(note, {"row_id": row_id, "payload": json.dumps(body)})

            await _at_once(one, rows)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers={"api-key": API_KEY}) as session:
        yield session


async def _read(session: aiohttp.ClientSession, psp_url: str, payment_id: str) -> dict[str, Any]:
    async with session.get(f"{psp_url}/payments/{payment_id}?force_sync=true") as response:
        body: dict[str, Any] = await response.json()
        if response.status != 200 or body["payment_id"] != payment_id:
            raise RuntimeError(f"{payment_id}: HTTP {response.status}")
        return body


async def _at_once(one: Callable[[Any], Awaitable[None]], items: Sequence[Any]) -> None:
    """As many workers as the core has places; each takes the next item."""
    left = iter(items)

    async def worker() -> None:
        for item in left:
            await one(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "postgresql":
        pool = DatabaseLimits().pool_size
        return create_async_engine(url.set(drivername="postgresql+psycopg"), pool_size=pool, max_overflow=0)
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=600,
    )
    mode = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"

    @event.listens_for(engine.sync_engine, "connect")
    def as_durable_as_the_core(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for pragma in (f"journal_mode={mode}", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
