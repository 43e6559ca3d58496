"""The incident screen, as it is seen."""

from typing import Any

import pytest
from sqlalchemy import URL
from textual.pilot import Pilot

from reconcile_tui.screens.incident.screen import IncidentScreen
from tests.dashboards import LARGE, SMALL, USUAL, app_of, dashboard_over, settled, the_demo, until
from tests.world import World


async def _the_demo_after_a_tick(world: World) -> None:
    await the_demo(world)
    await world.tick()
    await world.store.controls.pause(
        actor="bob\x1b]0;x\x07[red]", reason="adyen answers wrong amounts", now=world.clock.now()
    )


async def _nothing(world: World) -> None:
    """A shop in which nothing hangs."""


async def _incident(pilot: Pilot[int]) -> None:
    app = app_of(pilot)
    await until(pilot, lambda: app.live.rounds > 0 and not app.live.is_looking)
    await pilot.press("i")
    await until(pilot, lambda: isinstance(app.screen, IncidentScreen) and app.screen.gathered is not None)
    await settled(pilot)


async def _further_down(pilot: Pilot[int]) -> None:
    await _incident(pilot)
    await pilot.press("pagedown")
    await settled(pilot)


class TestTheIncident:
    @pytest.mark.parametrize("size", [USUAL, SMALL, LARGE], ids=["usual", "small", "large"])
    def test_of_the_demo(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        app = dashboard_over(shop_url, _the_demo_after_a_tick)
        assert snap_compare(app, terminal_size=size, run_before=_incident)

    def test_further_down(self, snap_compare: Any, shop_url: URL) -> None:
        app = dashboard_over(shop_url, _the_demo_after_a_tick)
        assert snap_compare(app, terminal_size=USUAL, run_before=_further_down)

    def test_nothing_is_stuck(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, _nothing), terminal_size=USUAL, run_before=_incident)
