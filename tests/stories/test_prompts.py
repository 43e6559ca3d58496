"""The brake, acknowledgements, and opening a row by an id."""

from datetime import timedelta

from textual.pilot import Pilot

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.prompts.acknowledge import AcknowledgePrompt
from reconcile_tui.screens.prompts.pause import PausePrompt
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from reconcile_tui.screens.triage.row_screen import RowScreen
from tests.dashboards import SMALL, app_of, desk_of, opened_dashboard, read_again, until
from tests.world import VIEWER, World


async def typed(pilot: Pilot[int], text: str) -> None:
    await pilot.press(*("space" if char == " " else char for char in text))


async def pauses(world: World) -> list[str]:
    now = await world.store.database.now()
    return [pause.words for pause in await world.store.controls.pauses(now=now)]


async def test_a_pause_wants_a_reason_and_a_y_outside_of_the_fields(world: World) -> None:
    async with opened_dashboard(world) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PausePrompt))
        await typed(pilot, "they pay twice")
        await pilot.press("enter", "enter", "enter", "enter", "enter")
        assert await pauses(world) == []

        await pilot.press("y")
        await app_of(pilot).errands.ended()

        assert await pauses(world) == ["paused by alice: they pay twice"]

        await read_again(pilot)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PausePrompt))
        await pilot.press("enter", "enter", "enter", "u")
        await app_of(pilot).errands.ended()

        assert await pauses(world) == []


async def test_a_pause_that_stands_in_the_place_of_the_one_that_was_seen_is_not_lifted(world: World) -> None:
    await world.store.controls.pause(actor="alice", reason="the release", now=world.clock.now())
    async with opened_dashboard(world) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PausePrompt))
        world.later("1s")
        await world.store.controls.pause(actor="bob", reason="wrong amounts", now=world.clock.now())
        await pilot.press("enter", "enter", "enter", "u")
        await app_of(pilot).errands.ended()

    assert await pauses(world) == ["paused by bob: wrong amounts"]


async def test_what_is_seen_too_long_ago_lifts_no_brake_and_hides_no_row_but_stops_everything(
    world: World,
) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded", amount_received=1)
    await world.tick()
    await world.store.controls.pause(
        actor="bob", reason="wrong amounts", connector="adyen", now=world.clock.now()
    )
    async with opened_dashboard(world, stale_after=timedelta(minutes=5)) as pilot:
        app_of(pilot).screen.action_show_tab(Tab.ATTENTION.value)  # type: ignore[attr-defined]
        await until(pilot, lambda: len(app_of(pilot).live.rosters[Tab.ATTENTION]) == 1)
        await read_again(pilot)
        world.later("6m")

        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PausePrompt))
        await pilot.press("enter", "enter", "enter", "u")
        await app_of(pilot).errands.ended()
        assert await pauses(world) == ["paused by bob: wrong amounts"]

        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AcknowledgePrompt))
        await typed(pilot, "asked adyen")
        await pilot.press("enter", "enter", "y")
        await app_of(pilot).errands.ended()
        [item] = await world.store.attention.open_items(limit=10)
        assert item.acknowledged_by is None

        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PausePrompt))
        await typed(pilot, "stop")
        await pilot.press("enter", "enter", "enter", "y")
        await app_of(pilot).errands.ended()
        assert "paused by alice: stop" in await pauses(world)


async def test_a_pause_without_a_reason_is_none(world: World) -> None:
    async with opened_dashboard(world) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PausePrompt))
        await pilot.press("enter", "enter", "enter", "y")
        await pilot.press("escape")
        await app_of(pilot).errands.ended()

    assert await pauses(world) == []


async def test_what_y_does_is_seen_on_a_low_terminal_too_and_no_toast_lies_over_it(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    async with opened_dashboard(world, size=SMALL, toasts=True) as pilot:
        await pilot.press("S")
        await until(pilot, lambda: bool(pilot.app.screen.query("Toast")))
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PausePrompt))
        await pilot.pause()

        decision = pilot.app.screen.query_one("#decision")
        assert not pilot.app.screen.query("Toast")
        assert pilot.app.screen.find_widget(decision).visible_region.height == decision.size.height


async def test_an_attention_row_is_acknowledged_as_it_was_seen(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded", amount_received=1)
    await world.tick()
    async with opened_dashboard(world) as pilot:
        app_of(pilot).screen.action_show_tab(Tab.ATTENTION.value)  # type: ignore[attr-defined]
        await until(pilot, lambda: len(app_of(pilot).live.rosters[Tab.ATTENTION]) == 1)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AcknowledgePrompt))
        await typed(pilot, "asked adyen")
        await pilot.press("enter", "4", "h", "enter", "y")
        await app_of(pilot).errands.ended()

    [item] = await world.store.attention.open_items(limit=10)
    assert (item.acknowledged_by, item.acknowledged_reason) == ("alice", "asked adyen")
    assert item.acknowledged_until is not None


async def test_a_row_is_opened_by_its_payment_id(world: World) -> None:
    await world.order("o-1", stuck_for="3h", psp="succeeded")
    await world.order("o-2", stuck_for="2h", psp="succeeded")
    async with opened_dashboard(world) as pilot:
        await pilot.press("colon")
        await typed(pilot, "pay_o-2")
        await pilot.press("enter")
        roster = app_of(pilot).live.rosters[Tab.ORDERS]
        await until(pilot, lambda: roster.cursor is not None and roster.cursor.row_id == "o-2")


async def test_a_row_of_no_list_is_opened_by_itself(world: World) -> None:
    await world.order("o-1", stuck_for="3h", psp="succeeded")
    await world.order("o-2", stuck_for="2h", status="completed", psp="succeeded")
    async with opened_dashboard(world) as pilot:
        await pilot.press("colon")
        await typed(pilot, "o-2")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RowScreen))
        panel = pilot.app.screen.query_one(RowPanel)
        await until(pilot, lambda: panel.known is not None and panel.known.looked is not None)

        assert panel.known is not None
        assert panel.known.listed.ref.row_id == "o-2"
        await pilot.press("escape")
        roster = app_of(pilot).live.rosters[Tab.ORDERS]
        assert roster.cursor == RowRef(Kind.ORDER, "o-1")
    assert await world.status("o-2") == "completed"


async def test_a_viewer_has_neither_key(world: World) -> None:
    async with opened_dashboard(world, desk=desk_of(world, actor=VIEWER)) as pilot:
        await pilot.press("p", "a")
        keys = set(app_of(pilot).screen.active_bindings)

    assert keys.isdisjoint({"s", "S", "a", "w", "p"})
    assert {"d", "r", "i", "y"} <= keys
