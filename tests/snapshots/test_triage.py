"""The triage screen, as it is seen."""

from typing import Any

from sqlalchemy import URL
from textual.pilot import Pilot

from tests.dashboards import USUAL, app_of, dashboard_over, settled, until
from tests.world import World


class TestTheLists:
    def test_orders_that_hang(self, snap_compare: Any, shop_url: URL) -> None:
        async def two_orders(world: World) -> None:
            await world.order("o-1", stuck_for="45m", psp="succeeded")
            await world.order("o-2", stuck_for="2h", psp="failed")

        async def shown(pilot: Pilot[int]) -> None:
            live = app_of(pilot).live
            await until(pilot, lambda: live.rounds > 0 and not live.is_looking)
            await settled(pilot)

        assert snap_compare(dashboard_over(shop_url, two_orders), terminal_size=USUAL, run_before=shown)
