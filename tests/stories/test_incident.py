"""The incident screen: what is going on, and from a bar to the rows it counts."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from reconcile_tui.core.breakdown import Aspect
from reconcile_tui.demo import shop
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.incident.bars import Bars
from reconcile_tui.screens.incident.screen import IncidentScreen
from tests.dashboards import SMALL, app_of, opened_dashboard, read_again, settled, until
from tests.world import World


def the_incident(pilot: Pilot[int]) -> IncidentScreen:
    screen = app_of(pilot).screen
    assert isinstance(screen, IncidentScreen)
    return screen


def written_in(folder: Path) -> list[Path]:
    """The incidents that were written down."""
    return list(folder.glob("incident*"))


async def gathered(pilot: Pilot[int]) -> IncidentScreen:
    """The incident screen, once everything was counted."""
    await until(pilot, lambda: isinstance(app_of(pilot).screen, IncidentScreen))
    await until(pilot, lambda: the_incident(pilot).gathered is not None)
    return the_incident(pilot)


async def some_orders_and_a_refund(world: World) -> None:
    """Two that fail at adyen and one at stripe, all looked at once; a stuck refund nobody looked at."""
    await world.order("o-1", stuck_for="2h", psp="processing", connector="adyen")
    await world.order("o-2", stuck_for="3h", psp="processing", connector="adyen")
    await world.order("o-3", stuck_for="3h", psp="processing", connector="stripe")
    await world.tick()
    await world.paid_order("o-9")
    await world.refund("r-1", of="o-9", stuck_for="50m", psp="succeeded")


async def test_a_bar_leads_to_the_rows_that_it_counts(either_world: World) -> None:
    await some_orders_and_a_refund(either_world)

    async with opened_dashboard(either_world) as pilot:
        await pilot.press("i")
        screen = await gathered(pilot)
        connectors = screen.query_one(f"#by-{Aspect.CONNECTOR.value}", Bars)
        assert [(bar.label, bar.rows) for bar in connectors.bars] == [
            ("adyen", 2),
            ("not known yet", 1),
            ("stripe", 1),
        ]
        before = await either_world.rows()
        await pilot.press("enter")
        await settled(pilot)

        live = app_of(pilot).live
        assert not isinstance(app_of(pilot).screen, IncidentScreen)
        assert live.tab is Tab.ORDERS
        assert str(live.rosters[Tab.ORDERS].wanted) == "connector:adyen"
        assert {ref.row_id for ref in live.rosters[Tab.ORDERS].visible} == {"o-1", "o-2"}
        assert await either_world.rows() == before


async def test_the_backlog_ends_at_the_present_one_and_knows_what_was_healed(world: World) -> None:
    await world.order("o-1", stuck_for="5h", psp="succeeded")
    await world.order("o-2", stuck_for="4h", psp="processing")
    await world.sync("o-1")
    world.later("1h")

    async with opened_dashboard(world) as pilot:
        await pilot.press("i")
        shown = (await gathered(pilot)).gathered
        assert shown is not None

        assert shown.points[-1].stuck == 1
        assert max(point.stuck for point in shown.points) == 2
        assert sum(point.went for point in shown.points) == 1


async def test_what_was_done_is_told(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.sync("o-1")

    async with opened_dashboard(world) as pilot:
        await pilot.press("i")
        screen = await gathered(pilot)

        told = str(screen.query_one("#told", Static).render())
        assert "alice: o-1: order pending → completed: the payment succeeded (42.00 EUR)" in told


async def test_it_is_written_down_for_the_post_mortem(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="processing")
    await world.sync("o-1")

    async with opened_dashboard(world) as pilot:
        await pilot.press("i")
        await gathered(pilot)
        await pilot.press("e", "enter", "tab", "enter")
        assert written_in(tmp_path) == []
        await pilot.press("y")
        await settled(pilot)

    (written,) = written_in(tmp_path)
    assert written.name == "incident-20261120T120000Z.md"
    assert written.stat().st_mode & 0o777 == 0o600
    text = written.read_text(encoding="utf-8")
    assert "## Summary" in text
    assert "order pending → completed" in text


async def test_the_charts_follow_the_lists_and_the_cursor_stays_on_its_bar(world: World) -> None:
    await some_orders_and_a_refund(world)

    async with opened_dashboard(world, size=SMALL) as pilot:
        await pilot.press("i")
        screen = await gathered(pilot)
        connectors = screen.query_one(f"#by-{Aspect.CONNECTOR.value}", Bars)
        await pilot.press("j", "j")
        await settled(pilot)
        assert connectors.bars[connectors.cursor].label == "stripe"
        scrolled = screen.pages.scroll_y

        for row_id in ("o-1", "o-2"):
            await world.change(shop.orders, row_id, status="completed")
        await read_again(pilot)
        await until(pilot, lambda: "adyen" not in {bar.label for bar in connectors.bars})

        assert connectors.has_focus
        assert connectors.bars[connectors.cursor].label == "stripe"
        assert screen.pages.scroll_y == scrolled
        assert screen.gathered is not None
        assert screen.gathered.points[-1].stuck == 2


async def test_nothing_is_counted_again_while_the_lists_stay_as_they_are(world: World) -> None:
    await some_orders_and_a_refund(world)

    async with opened_dashboard(world) as pilot:
        await pilot.press("i")
        screen = await gathered(pilot)
        await read_again(pilot)
        await settled(pilot)
        first = screen.gathered
        for _ in range(3):
            await read_again(pilot)
        await settled(pilot)
        assert screen.gathered is first
