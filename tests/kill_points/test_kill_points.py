"""kill -9 at every await and commit edge of a heal: after a restart the end is as if nothing had happened.

A real process is killed, at one named point after the other; each event is applied once all the same, and
journal and rows agree. The points are those that an undisturbed process comes to.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import URL

from tests.integration.dispatch.conftest import a_delivering_world
from tests.kill_points.deaths import AtTheShop, Deaths
from tests.kill_points.forked import Zygote, running_zygote
from tests.kill_points.orders import Act
from tests.properties.incidents import INCIDENTS
from tests.shop_endpoint.endpoint import ShopEndpoint
from tests.world import World

DISPATCHES = ("database", "http")


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with running_zygote() as zygote:
        yield zygote


@pytest.fixture
async def opened() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def dying(world: World, zygote: Zygote, opened: AsyncExitStack) -> Callable[..., Any]:
    """Deaths in an incident, under a dispatch."""

    async def of(incident: str, dispatch: str, *, own_refund_ids: bool = False, **options: Any) -> Deaths:
        shop = None
        if dispatch == "http":
            shop = ShopEndpoint(world.url, clock=world.clock, own_refund_ids=own_refund_ids)
            await opened.enter_async_context(shop)
        return Deaths(world=world, zygote=zygote, shop=shop, incident=incident, **options)

    return of


def everything(_: str) -> bool:
    return True


def is_an_edge(point: str) -> bool:
    """Whether something changes between this point and the last one: what is left out is a read of the
    database, a wait, and a statement in mid transaction, which is the database's job to undo."""
    return ":statement" not in point and not point.startswith(("sleep:", "read:"))


async def die_everywhere(deaths: Deaths, which: Callable[[str], bool] = everything) -> list[str]:
    """Let a process die at each of these points; their names."""
    points, undisturbed = await deaths.undisturbed()
    fatal = [point for point in points if which(point)]
    ends = {point: await deaths.killed_at(point) for point in fatal}
    assert {point: end for point, end in ends.items() if end != undisturbed} == {}, undisturbed
    return fatal


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("database_url", "dispatch"),
    [
        ("sqlite", "http"),
        ("postgresql", "database"),
        pytest.param("sqlite", "database", marks=pytest.mark.proof),
        pytest.param("postgresql", "http", marks=pytest.mark.proof),
    ],
    indirect=["database_url"],
)
async def test_wherever_a_heal_is_killed_each_event_is_applied_once(dying: Any, dispatch: str) -> None:
    deaths = await dying("one_stuck_order", dispatch)

    points = await die_everywhere(deaths, is_an_edge)

    assert len(points) > 25
    if dispatch == "http":
        assert {"http:POST hooks:sending#1", *AtTheShop} <= set(points)


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("dispatch", DISPATCHES)
@pytest.mark.parametrize("incident", INCIDENTS)
async def test_wherever_a_tick_is_killed_whatever_it_heals_the_end_is_the_same(
    dying: Any, incident: str, dispatch: str
) -> None:
    deaths = await dying(incident, dispatch, orphans="update")

    assert len(await die_everywhere(deaths)) > 50


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("dispatch", DISPATCHES)
@pytest.mark.parametrize("incident", ["one_failed_order", "a_batch_of_three"])
async def test_wherever_an_operators_apply_is_killed_the_end_is_the_same(
    dying: Any, incident: str, dispatch: str
) -> None:
    deaths = await dying(incident, dispatch, act=Act.SYNC)

    assert len(await die_everywhere(deaths)) > 40


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_wherever_a_process_is_killed_that_fails_an_orphan_by_an_event_the_end_is_the_same(
    dying: Any,
) -> None:
    deaths = await dying("an_orphan_that_was_never_sent", "http", orphans="event", own_refund_ids=True)

    points = await die_everywhere(deaths)

    assert "http:POST hooks:sending#1" in points


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_wherever_a_process_is_killed_the_real_webhook_and_it_end_the_row_once(
    database_url: URL, zygote: Zygote
) -> None:
    async with a_delivering_world(database_url) as delivering:
        deaths = Deaths(
            world=delivering.world, zygote=zygote, shop=delivering.shop, incident="one_stuck_order"
        )
        points, undisturbed = await deaths.undisturbed()

        for point in points:
            end = await deaths.killed_at(point)
            assert end.stands == undisturbed.stands, f"killed at {point}"
