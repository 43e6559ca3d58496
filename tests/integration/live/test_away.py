"""A PostgreSQL that goes away and comes back: nothing ends, and what is shown says how old it is."""

from collections.abc import AsyncIterator

import pytest

from reconcile_tui.core.store.store import Store
from reconcile_tui.screens.desk.lists import Tab
from tests.dashboards import desk_of
from tests.integration.live.followed import followed
from tests.pg_proxy import PgProxy
from tests.postgres import PostgresServer
from tests.world import World


@pytest.fixture
async def world(postgres: PostgresServer, postgres_template: str) -> AsyncIterator[World]:
    url = postgres.make_numbered(postgres_template)
    async with World.at(url) as world:
        yield world
    postgres.drop(url)


async def test_the_last_data_stay_until_the_database_is_back(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    async with PgProxy(world.url) as proxy:
        store = Store.at(proxy.url, clock=world.database_clock)
        async with followed(desk_of(world, store=store), world.clock) as live:
            proxy.open = False
            proxy.cut_all()
            world.later("5s")
            await live.read_again()

            assert live.trouble == "The database cannot be reached."
            assert live.locked == "no answer from the database since 12:00:05 UTC"
            assert len(live.rosters[Tab.ORDERS]) == 1

            world.later("60s")
            await live.read_again()
            assert live.locked == "no answer from the database since 12:00:05 UTC"

            await world.tick()
            proxy.open = True
            await live.read_again()

            assert live.may_write()
            assert live.lines == [
                "The database answers again",
                "order o-1 became completed by daemon at 12:01 UTC",
            ]
        await store.close()


async def test_what_another_process_writes_is_seen_at_once(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with followed(desk_of(world, hears=True), world.clock) as live:
        await world.tick()
        await live.until(lambda: not len(live.rosters[Tab.ORDERS]))
