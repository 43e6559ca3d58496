"""Help, the palette and the small questions, as they are seen."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import URL
from textual.pilot import Pilot

from tests.dashboards import SMALL, USUAL, app_of, dashboard_over, settled, until
from tests.world import World

Press = Callable[[Pilot[int]], Awaitable[None]]


async def _shop(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded", amount_received=1)
    await world.store.controls.pause(
        actor="bob", reason="adyen answers wrong amounts", now=world.clock.now(), connector="adyen"
    )
    await world.tick()


def _pressed(*keys: str) -> Press:
    async def story(pilot: Pilot[int]) -> None:
        live = app_of(pilot).live
        await until(pilot, lambda: live.rounds > 0 and not live.is_looking)
        before = live.rounds
        if keys[0] == "4":
            await pilot.press("4")
            await until(pilot, lambda: live.rounds > before and not live.is_looking)
        await settled(pilot)
        await pilot.press(*keys[keys[0] == "4" :])
        await settled(pilot)

    return story


class TestHelp:
    @pytest.mark.parametrize("size", [USUAL, SMALL], ids=["usual", "small"])
    def test_the_keys(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        app = dashboard_over(shop_url, _shop)
        assert snap_compare(app, terminal_size=size, run_before=_pressed("question_mark"))


class TestPrompts:
    def test_the_brake(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, _shop), terminal_size=USUAL, run_before=_pressed("p"))

    def test_the_brake_without_a_reason(self, snap_compare: Any, shop_url: URL) -> None:
        keys = ("p", "enter", "enter", "enter", "y")
        assert snap_compare(dashboard_over(shop_url, _shop), terminal_size=SMALL, run_before=_pressed(*keys))

    def test_an_acknowledgement(self, snap_compare: Any, shop_url: URL) -> None:
        app = dashboard_over(shop_url, _shop)
        assert snap_compare(app, terminal_size=USUAL, run_before=_pressed("4", "a"))

    def test_opening_a_row_that_is_not_there(self, snap_compare: Any, shop_url: URL) -> None:
        keys = ("colon", "x", "y", "enter")
        assert snap_compare(dashboard_over(shop_url, _shop), terminal_size=USUAL, run_before=_pressed(*keys))
