"""Confirming: a plan is seen, agreed to by number, applied, and its receipt stays."""

from tests.dashboards import opened_dashboard
from tests.stories.batches import asked, confirmed, listed, mark_all, over, said
from tests.world import World


async def test_the_marked_rows_are_fixed_after_their_number_was_typed(world: World) -> None:
    await world.order("o-1", stuck_for="3h", psp="succeeded")
    await world.order("o-2", stuck_for="2h", psp="failed", amount=900)
    await world.order("o-3", psp="processing")

    async with opened_dashboard(world) as pilot:
        mark_all(pilot)
        await pilot.press("S")
        await asked(pilot)

        assert said(pilot, "title") == "Sync 3 rows"
        assert said(pilot, "place") == "PRODUCTION shop-eu"
        assert said(pilot, "question") == "Type 2, then y: _"
        assert "Events: 1 payment.failed, 1 payment.succeeded" in said(pilot, "sent")
        assert "orders become completed" in listed(pilot)
        assert "waits for the processor" in listed(pilot)

        await pilot.press("2", "y")
        await over(pilot)

        assert "Fixed: 2 rows, 51.00 EUR" in listed(pilot)
        assert "= 1 · 42.00 EUR · left, still open at the PSP" in listed(pilot)
    assert await world.status("o-1") == "completed"
    assert await world.status("o-2") == "failed"
    assert await world.status("o-3") == "pending"
    assert {entry.reason for entry in await world.history("o-1")} == {"sync from the dashboard"}


async def test_one_row_is_applied_by_y_alone(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await confirmed(pilot, 1)

    assert await world.status("o-1") == "completed"
