"""A station for every test that asks for one."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.daemon.station import Station, a_station
from tests.world import World


@pytest.fixture
async def station(world: World) -> AsyncIterator[Station]:
    """A place to run daemons at, on SQLite and on PostgreSQL."""
    async with a_station(world) as station:
        yield station
