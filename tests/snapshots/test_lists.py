"""The lists of the triage screen, as they are seen."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import URL
from textual.pilot import Pilot

from tests.dashboards import LARGE, SMALL, USUAL, app_of, dashboard_over, settled, until
from tests.world import World

Seen = Callable[[Pilot[int]], Awaitable[None]]


async def a_shop(world: World) -> None:
    """Orders of three currencies, some of them read before."""
    await world.order("o-100", stuck_for="8d", psp="processing", amount=1_234_500)
    await world.order("o-101", stuck_for="26h", psp="succeeded", amount=990, currency="JPY")
    await world.order("o-102", stuck_for="3h", psp="requires_capture", amount=12_345, currency="KWD")
    await world.order("o-103", stuck_for="45m", psp="failed", amount=700)
    await world.order("o-104", stuck_for="40m", psp="succeeded", amount=4_200)


async def nothing(_: World) -> None:
    """Nothing hangs."""


def pressed(*keys: str) -> Seen:
    async def press(pilot: Pilot[int]) -> None:
        live = app_of(pilot).live
        await until(pilot, lambda: live.rounds > 0 and not live.is_looking)
        await settled(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: not live.is_looking)
        await settled(pilot)

    return press


class TestAList:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_marks_and_a_range(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        keys = pressed("space", "j", "v", "j")
        assert snap_compare(dashboard_over(shop_url, a_shop), terminal_size=size, run_before=keys)

    def test_a_filter_that_is_wrong(self, snap_compare: Any, shop_url: URL) -> None:
        keys = pressed("/", *"status:processsing")
        assert snap_compare(dashboard_over(shop_url, a_shop), terminal_size=USUAL, run_before=keys)

    def test_a_filter_that_nothing_matches(self, snap_compare: Any, shop_url: URL) -> None:
        async def filtered(pilot: Pilot[int]) -> None:
            await pressed("/", *"connector:moon", "enter")(pilot)
            roster = app_of(pilot).live.roster
            await until(pilot, lambda: roster is not None and not roster.visible)
            await settled(pilot)

        assert snap_compare(dashboard_over(shop_url, a_shop), terminal_size=USUAL, run_before=filtered)

    def test_nothing_hangs(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, nothing), terminal_size=USUAL, run_before=pressed())

    def test_choosing_columns(self, snap_compare: Any, shop_url: URL) -> None:
        keys = pressed("c", "j", "space")
        assert snap_compare(dashboard_over(shop_url, a_shop), terminal_size=USUAL, run_before=keys)
