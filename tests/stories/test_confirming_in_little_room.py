"""Confirming on a small terminal: nothing is agreed to before what decides has been painted."""

import pytest
from textual.pilot import Pilot

from reconcile_tui.screens.confirm.screen import ConfirmScreen
from reconcile_tui.screens.sheet.sheet import Sheet
from tests.dashboards import opened_dashboard, until
from tests.stories.batches import looked_at, on_record, over, said
from tests.world import World

SIZES = [(20, 5), (40, 10), (40, 17), (100, 8), (80, 24), (200, 60)]


def painted(pilot: Pilot[int]) -> str:
    """Everything on the screen that a person can see, in one line."""
    strips = pilot.app.screen._compositor.render_strips()
    return " ".join(" ".join(strip.text for strip in strips).split())


async def planned(pilot: Pilot[int]) -> ConfirmScreen:
    """Wait until the plan stands, seen or not."""

    def stands() -> bool:
        screen = pilot.app.screen
        return isinstance(screen, ConfirmScreen) and said(pilot, "question").startswith(
            ("Press y", "Type ", "Scroll")
        )

    await until(pilot, stands)
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, ConfirmScreen)
    looked_at(pilot)
    return screen


async def scrolled_through(pilot: Pilot[int], screen: ConfirmScreen) -> str:
    """Everything that was painted on the way to the end."""
    seen = painted(pilot)
    for _ in range(80):
        if screen.is_seen:
            break
        await pilot.press("down")
        await pilot.pause()
        seen += " " + painted(pilot)
    looked_at(pilot)
    return seen


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_one_row_is_agreed_to_once_its_id_money_and_change_were_painted(
    world: World, size: tuple[int, int]
) -> None:
    await world.order("order-of-a-very-long-name-0001", psp="succeeded", amount=123_456)

    async with opened_dashboard(world, size=size) as pilot:
        await pilot.press("s")
        screen = await planned(pilot)
        before = await on_record(world)
        if not screen.is_seen:
            assert said(pilot, "question").startswith("Scroll down")
            await pilot.press("y")
            await pilot.pause()
            assert isinstance(pilot.app.screen, ConfirmScreen)
            assert await on_record(world) == before
            assert "Nothing was applied" in painted(pilot)

        seen = await scrolled_through(pilot, screen)

        facts = "PRODUCTION payment.succeeded 1,234.56 EUR pending → completed order-of-a -name-0001"
        assert [word for word in facts.split() if word not in seen] == []
        await pilot.press("y")
        await over(pilot)
    assert await world.status("order-of-a-very-long-name-0001") == "completed"


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_batch_is_agreed_to_once_its_totals_per_currency_were_painted(
    world: World, size: tuple[int, int]
) -> None:
    for number in range(6):
        await world.order(f"o-{number}", psp="succeeded", amount=1_000, currency="EUR" if number else "USD")
    await world.order("o-6", psp="failed", amount=777)

    async with opened_dashboard(world, size=size) as pilot:
        await pilot.press("A", "S")
        screen = await planned(pilot)
        before = await on_record(world)
        if not screen.is_seen:
            await pilot.press("7", "y")
            await pilot.pause()
            assert isinstance(pilot.app.screen, ConfirmScreen)
            assert await on_record(world) == before

        seen = await scrolled_through(pilot, screen)

        facts = "Would change: 7 50.00 EUR, 10.00 USD 7.77 EUR"
        assert [word for word in facts.split() if word not in seen] == []
        await pilot.press("7", "y")
        await over(pilot)
    assert await world.status("o-6") == "failed"


async def test_a_terminal_that_grows_shows_what_was_missing(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world, size=(20, 5)) as pilot:
        await pilot.press("s")
        screen = await planned(pilot)
        assert not screen.is_seen
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: screen.is_seen)
        looked_at(pilot)
        assert said(pilot, "question") == "Press y to apply this to 1 row."

        await pilot.press("y")
        await over(pilot)


async def test_a_plan_that_is_made_anew_is_to_be_seen_anew(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world, size=(40, 10)) as pilot:
        await pilot.press("s")
        screen = await planned(pilot)
        await scrolled_through(pilot, screen)
        assert screen.is_seen
        await pilot.press("r")
        screen = await planned(pilot)
        if not screen.is_seen:
            await pilot.press("y")
            assert isinstance(pilot.app.screen, ConfirmScreen)
        assert isinstance(screen.query_one(Sheet), Sheet)
