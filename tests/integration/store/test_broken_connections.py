"""Connections to PostgreSQL that break: before a COMMIT the unit runs again, at the COMMIT it is in doubt."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import CommitInDoubt, Database
from reconcile_tui.core.store.tables import controls
from tests.builders import NOW
from tests.pg_proxy import Cut, PgProxy
from tests.postgres import PostgresServer


@pytest.fixture
async def proxy(postgres: PostgresServer, postgres_template: str) -> AsyncIterator[PgProxy]:
    url = postgres.make_numbered(postgres_template)
    async with PgProxy(url) as proxy:
        yield proxy
    postgres.drop(url)


@pytest.fixture
async def database(proxy: PgProxy) -> AsyncIterator[Database]:
    database = Database(proxy.url)
    await database.ping()
    yield database
    await database.close()


async def a_pause(connection: AsyncConnection) -> None:
    await connection.execute(insert(controls), [{"name": "pause", "actor": "alice", "set_at": NOW}])


async def pauses(database: Database) -> list[str]:
    async def unit(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(controls.c.name))).scalars())

    return await database.read(unit)


@pytest.mark.parametrize(("cut", "there"), [(Cut.ANSWER_TO_COMMIT, ["pause"]), (Cut.COMMIT, [])], ids=str)
async def test_a_commit_that_nobody_heard_of_is_in_doubt_and_is_not_done_again(
    proxy: PgProxy, database: Database, cut: Cut, there: list[str]
) -> None:
    proxy.strike(cut)

    with pytest.raises(CommitInDoubt):
        await database.write(a_pause)

    assert proxy.struck == 1
    assert await pauses(database) == there


@pytest.mark.parametrize("cut", [Cut.ANSWER_TO_COMMIT, Cut.COMMIT])
async def test_a_unit_that_may_be_done_twice_is_done_again_when_its_commit_is_in_doubt(
    proxy: PgProxy, database: Database, cut: Cut
) -> None:
    async def unit(connection: AsyncConnection) -> None:
        if not (await connection.execute(select(controls.c.name))).all():
            await a_pause(connection)

    proxy.strike(cut)
    await database.write(unit, repeatable=True)

    assert proxy.struck == 1
    assert await pauses(database) == ["pause"]


@pytest.mark.parametrize("at", [0, 1])
async def test_a_connection_cut_in_mid_transaction_runs_the_unit_again(
    proxy: PgProxy, database: Database, at: int
) -> None:
    proxy.strike(Cut.STATEMENT, at=at)

    await database.write(a_pause)

    assert proxy.struck == 1
    assert await pauses(database) == ["pause"]


async def test_connections_that_broke_while_they_were_idle_are_not_noticed(
    proxy: PgProxy, database: Database
) -> None:
    await asyncio.gather(*(database.ping() for _ in range(5)))
    proxy.cut_all()

    await database.write(a_pause)

    assert await pauses(database) == ["pause"]


async def test_a_server_that_takes_nobody_is_an_error_and_used_again_when_it_does(
    proxy: PgProxy, database: Database
) -> None:
    proxy.open = False
    proxy.cut_all()
    with pytest.raises(OperationalError):
        await database.write(a_pause)

    proxy.open = True
    await database.write(a_pause)
    assert await pauses(database) == ["pause"]


async def test_a_unit_whose_server_is_silent_for_a_while_ends_when_it_speaks(
    proxy: PgProxy, database: Database
) -> None:
    begun = asyncio.Event()

    async def unit(connection: AsyncConnection) -> None:
        await a_pause(connection)
        proxy.flowing.clear()
        begun.set()

    work = asyncio.create_task(database.write(unit))
    await begun.wait()
    work.cancel()
    proxy.flowing.set()

    with pytest.raises(asyncio.CancelledError):
        await work
    assert await pauses(database) == ["pause"]


async def test_a_server_that_vanished_without_a_word_is_noticed_within_a_minute(database: Database) -> None:
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)

    assert await wire_options(database, *options) == [30, 10, 3, 60_000]


async def test_how_silence_is_noticed_can_be_said_in_the_address(proxy: PgProxy) -> None:
    database = Database(proxy.url.update_query_dict({"keepalives_idle": "7"}))

    assert await wire_options(database, socket.TCP_KEEPIDLE, socket.TCP_KEEPCNT) == [7, 3]
    await database.close()


async def wire_options(database: Database, *options: int) -> list[int]:
    """The TCP options of a connection."""

    async def unit(connection: AsyncConnection) -> list[int]:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        with socket.socket(fileno=os.dup(driver.pgconn.socket)) as wire:
            return [wire.getsockopt(socket.IPPROTO_TCP, option) for option in options]

    return await database.read(unit)
