"""Marking rows."""

from tests.dashboards import app_of, opened_dashboard
from tests.world import World


async def test_a_marked_row_is_in_the_scope(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded")
    await world.order("o-2", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("space")

        roster = app_of(pilot).live.roster
        assert roster is not None
        assert [ref.row_id for ref in roster.scope] == ["o-1"]
