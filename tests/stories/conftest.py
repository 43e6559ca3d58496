"""What every story stands on: a pilot that does not dawdle, and a shop."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL

from tests.pace import hurry
from tests.world import World


@pytest.fixture(autouse=True)
def _no_dawdling(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture
async def world(shop_url: URL) -> AsyncIterator[World]:
    """A shop, its PSP and a reconciler, on SQLite: what is below the screens is proven on both databases."""
    async with World.at(shop_url) as world:
        yield world


@pytest.fixture
async def either_world(database_url: URL) -> AsyncIterator[World]:
    """The same on SQLite and on PostgreSQL: for what a database searches, locks or tells of."""
    async with World.at(database_url) as world:
        yield world
