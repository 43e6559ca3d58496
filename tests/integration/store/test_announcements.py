"""What one process writes wakes whoever listens in another; a listener that was cut off listens again."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest
from sqlalchemy import URL, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.announcements import announcements
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import controls
from tests.builders import NOW
from tests.pg_proxy import PgProxy
from tests.postgres import PostgresServer


@pytest.fixture
def url(postgres: PostgresServer, postgres_template: str) -> URL:
    return postgres.make_numbered(postgres_template)


@pytest.fixture
async def writer(url: URL) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
async def listener(url: URL) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


async def a_pause(connection: AsyncConnection) -> None:
    await connection.execute(insert(controls), [{"name": "pause", "actor": "alice", "set_at": NOW}])


async def kill_listeners(connection: AsyncConnection) -> None:
    await connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
    )


async def next_of(heard: AsyncGenerator[None], *, within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        await anext(heard)


async def test_what_one_process_writes_wakes_another(writer: Database, listener: Database) -> None:
    async with aclosing(announcements(listener)) as heard:
        await next_of(heard)  # It listens.

        await writer.write(a_pause)

        await next_of(heard)


async def test_nothing_is_told_of_what_was_rolled_back_read_or_is_a_heartbeat(
    writer: Database, listener: Database
) -> None:
    async def refused(connection: AsyncConnection) -> None:
        await a_pause(connection)
        raise LookupError

    async with aclosing(announcements(listener)) as heard:
        await next_of(heard)
        with pytest.raises(LookupError):
            await writer.write(refused)
        await writer.ping()
        await writer.write(a_pause, announced=False)

        with pytest.raises(TimeoutError):
            await next_of(heard, within=0.3)


async def test_a_listener_whose_connection_was_killed_listens_again(
    writer: Database, listener: Database
) -> None:
    async with aclosing(announcements(listener)) as heard:
        await next_of(heard)

        await writer.write(kill_listeners)
        await next_of(heard)  # It listens again: what was written meanwhile is to be read.

        await writer.write(a_pause)
        await next_of(heard)


async def test_a_listener_waits_for_a_server_that_takes_nobody(url: URL, writer: Database) -> None:
    async with PgProxy(url) as proxy:
        proxy.open = False
        database = Database(proxy.url)
        async with aclosing(announcements(database)) as heard:
            with pytest.raises(TimeoutError):
                await next_of(heard, within=0.2)
        proxy.open = True
        async with aclosing(announcements(database)) as heard:
            await next_of(heard)
        await database.close()


async def test_sqlite_tells_of_nothing(tmp_path: object) -> None:
    database = Database(URL.create("sqlite", database=f"{tmp_path}/shop.sqlite3"))

    assert [None async for _ in announcements(database)] == []
    await database.close()
