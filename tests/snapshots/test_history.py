"""The history, a record in full, and the export prompt, as they are seen."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from textual.pilot import Pilot

from reconcile_tui.demo import shop
from reconcile_tui.screens.history.view import HistoryView
from tests.dashboards import SMALL, USUAL, app_of, dashboard_over, settled, until
from tests.world import World

Story = Callable[[Pilot[int]], Awaitable[None]]


async def _a_day(world: World) -> None:
    """Plans, ticks, a pause, and reasons that somebody wrote to do harm."""
    await world.order("o-1", psp="succeeded", stuck_for="3h")
    await world.order("o-2", psp="failed", stuck_for="2h")
    await world.order("o-3", psp="succeeded", stuck_for="1h")
    await world.order("o-4", psp="processing", stuck_for="1h")
    reconciler = world.reconciler()
    plan = await world.plan("o-1", "o-2", "o-3", reconciler=reconciler)
    await world.change(shop.orders, "o-3", amount=1)
    await reconciler.apply(plan)
    world.later("2h")
    reason = "[@click=app.quit]a release[/] \x1b[31m \u202e"
    await world.store.controls.pause(actor="bob", reason=reason, now=world.clock.now(), connector="adyen")
    world.later("20m")
    await world.tick()


def _pressed(*keys: str) -> Story:
    async def story(pilot: Pilot[int]) -> None:
        app = app_of(pilot)
        await until(pilot, lambda: app.live.rounds > 0)
        if "6" in keys:
            await pilot.press("6")
            await until(pilot, lambda: bool(app.screen.query(HistoryView)))
            await until(pilot, lambda: app.screen.query_one(HistoryView).reading.started)
        for key in keys:
            if key != "6":
                await pilot.press(key)
                await settled(pilot)
        await settled(pilot)

    return story


class TestTheHistory:
    @pytest.mark.parametrize("size", [USUAL, SMALL], ids=["usual", "small"])
    def test_of_a_day(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        assert snap_compare(dashboard_over(shop_url, _a_day), terminal_size=size, run_before=_pressed("6"))

    def test_every_step_filtered(self, snap_compare: Any, shop_url: URL) -> None:
        keys = ("6", "x", "slash", "o", "minus", "1", "enter")
        assert snap_compare(dashboard_over(shop_url, _a_day), terminal_size=USUAL, run_before=_pressed(*keys))

    def test_an_entry_in_full(self, snap_compare: Any, shop_url: URL) -> None:
        keys = ("6", "x", "slash", "o", "minus", "1", "enter", "enter")
        assert snap_compare(dashboard_over(shop_url, _a_day), terminal_size=USUAL, run_before=_pressed(*keys))

    def test_a_plan_as_a_receipt(self, snap_compare: Any, shop_url: URL) -> None:
        keys = ("6", "j", "j", "enter")
        assert snap_compare(dashboard_over(shop_url, _a_day), terminal_size=USUAL, run_before=_pressed(*keys))


class TestExporting:
    def test_a_list(self, snap_compare: Any, shop_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Path, "cwd", lambda: Path("/home/alice"))
        keys = ("space", "e")
        assert snap_compare(dashboard_over(shop_url, _a_day), terminal_size=USUAL, run_before=_pressed(*keys))
