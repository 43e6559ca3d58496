"""Keys in haste: what is pressed while a screen comes or goes agrees to nothing that was not seen."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual.pilot import Pilot
from textual.widgets._footer import FooterKey

from reconcile_tui.core.findings import RowRef
from reconcile_tui.desk.lists import StoreLists
from reconcile_tui.desk.work import ReconcilerWork
from reconcile_tui.screens.confirm.screen import ConfirmScreen
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.prompts.open_row import OpenRowPrompt
from reconcile_tui.screens.prompts.pause import PausePrompt
from reconcile_tui.screens.quit.screen import QuitScreen
from reconcile_tui.screens.triage.screen import TriageScreen
from tests.dashboards import app_of, desk_of, opened_dashboard, read_again, until
from tests.stories.batches import asked, listed, looked_at, on_record, over, said
from tests.stories.held import Gate, held_desk
from tests.world import World, ref


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowlyDue(ReconcilerWork):
    """Work that knows what is due once its gate is open."""

    gate: Gate

    async def due(self) -> Sequence[RowRef]:
        await self.gate.passed()
        return await ReconcilerWork.due(self)


@dataclass(slots=True, kw_only=True)
class SlowlyFound(StoreLists):
    """Lists that look an id up once their gate is open."""

    gate: Gate

    async def find(self, text: str) -> Sequence[RowRef]:
        await self.gate.passed()
        return await StoreLists.find(self, text)


async def being_read(pilot: Pilot[int], reads: Gate) -> ConfirmScreen:
    """The question about the row under the cursor, of which the PSP has not answered yet."""
    await pilot.press("s")
    await until(pilot, lambda: reads.waiting > 0)
    confirmation = pilot.app.screen
    assert isinstance(confirmation, ConfirmScreen)
    return confirmation


async def test_y_in_the_very_moment_in_which_the_plan_becomes_whole_applies_nothing(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    reads = Gate()

    async with opened_dashboard(world, desk=held_desk(world, reads=reads, ids="pay_o-1")) as pilot:
        confirmation = await being_read(pilot, reads)
        before = await on_record(world)
        reads.open()
        while said(pilot, "question").startswith("Wait until"):
            confirmation.action_confirm()
            assert app_of(pilot).batches.writing is None
            await asyncio.sleep(0)
        await asked(pilot)

        assert said(pilot, "question") == "Press y to apply this to 1 row."
        assert app_of(pilot).batches.latest is None
        assert await on_record(world) == before


async def test_y_before_anybody_can_have_looked_is_told_and_counts_a_moment_later(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen) and pilot.app.screen.is_seen)
        await pilot.press("y")
        assert said(pilot, "notice").startswith("Nothing was applied: the plan has only just appeared.")
        for _ in range(20):
            world.later("100ms")
            await pilot.press("y")
        assert app_of(pilot).batches.latest is None, "a key that is held agrees to nothing"

        looked_at(pilot)
        await pilot.press("y")
        await over(pilot)
    assert await world.status("o-1") == "completed"


async def test_a_number_that_was_typed_for_something_else_is_not_the_number_of_rows(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("A", "S")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen) and pilot.app.screen.is_seen)
        await pilot.press("2", "y")

        assert said(pilot, "question") == "Type 2, then y: _"
        assert "only just appeared" in said(pilot, "notice")
        assert app_of(pilot).batches.latest is None


async def test_a_plan_that_became_whole_under_another_screen_is_seen_only_when_that_one_goes(
    world: World,
) -> None:
    await world.order("o-1", psp="succeeded")
    reads = Gate()

    async with opened_dashboard(world, desk=held_desk(world, reads=reads, ids="pay_o-1")) as pilot:
        confirmation = await being_read(pilot, reads)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: pilot.app.screen is not confirmation)
        reads.open()
        await until(pilot, lambda: not confirmation.check_action("stop_reading", ()))
        await pilot.pause(0.2)
        looked_at(pilot)
        assert not confirmation.is_seen

        await pilot.press("escape", "y")
        await until(pilot, lambda: confirmation.is_seen)
        assert app_of(pilot).batches.latest is None

        await asked(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: pilot.app.screen is not confirmation)
        looked_at(pilot)
        await pilot.press("escape", "y")
        await until(pilot, lambda: confirmation.is_seen)
        assert app_of(pilot).batches.latest is None, "nor a plan that was seen before"
    assert await world.status("o-1") == "pending"


async def test_a_click_agrees_to_nothing(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await asked(pilot)
        [apply] = [key for key in pilot.app.screen.query(FooterKey) if key.action == "confirm"]
        await pilot.click(apply)
        await pilot.pause()

        assert isinstance(pilot.app.screen, ConfirmScreen)
        assert app_of(pilot).batches.latest is None


async def test_the_question_about_quitting_does_not_go_away_under_the_finger(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="succeeded")
    deliveries = Gate()

    async with opened_dashboard(world, desk=held_desk(world, deliveries=deliveries)) as pilot:
        await pilot.press("s")
        await asked(pilot)
        await pilot.press("y")
        await until(pilot, lambda: deliveries.waiting > 0)
        await pilot.press("b", "j", "s")
        await asked(pilot)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuitScreen))
        deliveries.open()
        await until(pilot, lambda: app_of(pilot).batches.writing is None)

        assert isinstance(pilot.app.screen, QuitScreen)
        assert "The batch has ended meanwhile" in said(pilot, "question")
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.return_code == 0)
    assert await world.status("o-1") == "completed"
    assert await world.status("o-2") == "pending"


async def test_a_sweep_that_comes_late_opens_nothing_over_what_is_being_typed(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    gate = Gate()

    async with opened_dashboard(world, desk=_slow_sweep(desk_of(world), gate)) as pilot:
        await pilot.press("w")
        await until(pilot, lambda: gate.waiting == 1)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PausePrompt))
        gate.open()
        await app_of(pilot).errands.ended()
        await pilot.press(*"1y")

        assert isinstance(pilot.app.screen, PausePrompt)
        assert pilot.app.screen.text_of("reason") == "1y"
    assert await world.status("o-1") == "pending"


async def test_one_confirmation_is_open_however_often_the_key_is_pressed(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    gate = Gate()

    async with opened_dashboard(world, desk=_slow_sweep(desk_of(world), gate)) as pilot:
        await pilot.press("w", "w", "w")
        await until(pilot, lambda: gate.waiting == 3)
        gate.open()
        await asked(pilot)

        assert [type(screen) for screen in pilot.app.screen_stack[1:]] == [TriageScreen, ConfirmScreen]
        await pilot.press("y")
        await over(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TriageScreen))
    assert app_of(pilot).batches.latest is not None
    assert await world.status("o-1") == "completed"


async def test_a_row_that_is_found_late_takes_no_other_screen_away(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    gate = Gate()
    desk = desk_of(world)
    assert isinstance(desk.lists, StoreLists)
    lists = desk.lists
    slowly = SlowlyFound(
        store=lists.store,
        policy=lists.policy,
        budget=lists.budget,
        limits=lists.limits,
        clock=lists.clock,
        gate=gate,
    )

    async with opened_dashboard(world, desk=replace(desk, lists=slowly)) as pilot:
        await pilot.press("colon", *"o-1", "enter")
        await until(pilot, lambda: gate.waiting == 1)
        assert isinstance(pilot.app.screen, OpenRowPrompt)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TriageScreen))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        gate.open()
        await asked(pilot)

        assert isinstance(pilot.app.screen, ConfirmScreen)


async def test_the_palette_lifts_no_brake(world: World) -> None:
    await world.store.controls.pause(actor="bob", reason="look first", now=world.clock.now())

    async with opened_dashboard(world) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PausePrompt))
        await pilot.press("ctrl+p", *"lift", "down", "enter", "enter")
        await app_of(pilot).errands.ended()
        assert await world.store.controls.pauses(now=world.clock.now())


def _slow_sweep(desk: Desk, gate: Gate) -> Desk:
    work = desk.work
    assert isinstance(work, ReconcilerWork)
    return replace(
        desk, work=SlowlyDue(reconciler=work.reconciler, actor=work.actor, heard=work.heard, gate=gate)
    )


async def test_a_row_that_comes_under_the_cursor_by_itself_takes_no_key_that_was_meant_for_another(
    world: World,
) -> None:
    await world.order("o-1", stuck_for="3h", psp="succeeded")
    await world.order("o-2", stuck_for="2h", psp="succeeded")

    async with opened_dashboard(world, toasts=True) as pilot:
        roster = app_of(pilot).live.roster
        assert roster is not None
        assert roster.cursor == ref("o-1")
        await world.real_webhook("pay_o-1")
        await read_again(pilot)
        assert roster.cursor == ref("o-2")

        await pilot.press("space", "v", "s")
        assert not roster.marks
        assert roster.anchor is None
        assert isinstance(pilot.app.screen, TriageScreen)
        said_of_it = "o-2 came under the cursor only just, in place of o-1."
        assert any(said_of_it in toast.message for toast in pilot.app._notifications)

        looked_at(pilot)
        await pilot.press("space")
        assert roster.marks == {ref("o-2")}
        await pilot.press("s")
        await asked(pilot)
        assert "o-2" in listed(pilot)
