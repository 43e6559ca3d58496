"""Confirming: a plan is seen, agreed to by number, applied, and its receipt stays."""

from datetime import timedelta

import pytest
from textual.command import CommandList
from textual.widgets import Button, Input

from reconcile_tui.demo import shop
from reconcile_tui.demo.psp.faults import bad_gateway
from reconcile_tui.screens.confirm.screen import ConfirmScreen
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.help.screen import HelpScreen
from reconcile_tui.screens.live.sources import PspCondition
from tests.dashboards import app_of, desk_of, opened_dashboard, read_again, until
from tests.stories.batches import asked, confirmed, listed, looked_at, on_record, over, said
from tests.stories.held import Gate, held_desk
from tests.world import VIEWER, World, ref


async def test_the_marked_rows_are_fixed_after_their_number_was_typed(either_world: World) -> None:
    await either_world.order("o-1", stuck_for="3h", psp="succeeded")
    await either_world.order("o-2", stuck_for="2h", psp="failed", amount=900)
    await either_world.order("o-3", psp="processing")

    async with opened_dashboard(either_world) as pilot:
        await pilot.press("A")
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
    assert await either_world.status("o-1") == "completed"
    assert await either_world.status("o-2") == "failed"
    assert await either_world.status("o-3") == "pending"
    assert {entry.reason for entry in await either_world.history("o-1")} == {"sync from the dashboard"}


async def test_one_row_is_applied_by_y_alone(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await confirmed(pilot, 1)

    assert await world.status("o-1") == "completed"


async def test_a_wrong_number_is_said_and_applies_nothing(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("A")
        await pilot.press("S")
        await asked(pilot)
        before = await on_record(world)

        await pilot.press("y")
        assert said(pilot, "notice") == "Nothing was applied: type the number of rows, 2, then y."
        await pilot.press("2", "0", "y")
        assert said(pilot, "notice") == "Nothing was applied: 2 rows would change, not 20. Type 2, then y."
        assert said(pilot, "question") == "Type 2, then y: 20_"
        assert await on_record(world) == before

        await pilot.press("backspace", "y")
        await over(pilot)
    assert await world.status("o-2") == "completed"


async def test_no_key_but_the_agreed_ones_writes_anything(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="succeeded")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1) if chr(code) not in "yrex"]
    ctrl = [f"ctrl+{letter}" for letter in "abdefghijklmnorstuvwxyz"]
    keys = ["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "shift+tab", "space"]
    keys += [*letters, *(letter.upper() for letter in letters), *ctrl, "f1", "f5", "insert", "delete"]

    async with opened_dashboard(world) as pilot:
        await pilot.press("A")
        await pilot.press("S")
        await asked(pilot)
        before = await on_record(world)

        for key in keys:
            await pilot.press("2", key, "backspace")
            assert isinstance(pilot.app.screen, ConfirmScreen), key

        assert isinstance(pilot.app.focused, Button)
        await pilot.press("2", "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ConfirmScreen))
        assert app_of(pilot).batches.latest is None
        assert await on_record(world) == before


async def test_the_palette_agrees_to_nothing(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await asked(pilot)
        await pilot.press("ctrl+p", *"Apply")
        await until(pilot, lambda: pilot.app.screen.query_one(CommandList).option_count > 0)
        offered = [str(option.prompt) for option in pilot.app.screen.query_one(CommandList).options]
        assert not [words for words in offered if "Apply the plan" in words]
        await pilot.press("down", "enter")

        assert app_of(pilot).batches.latest is None
    assert await world.status("o-1") == "pending"


async def test_a_reason_is_kept_and_nothing_typed_into_it_agrees(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await asked(pilot)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.focused, Input))
        await pilot.press("ctrl+u", *"1y", "space", *"y")
        assert await world.status("o-1") == "pending"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.focused, Button))
        assert said(pilot, "why").startswith("Reason: 1y y")

        await confirmed(pilot, 1)

    assert {entry.reason for entry in await world.history("o-1")} == {"1y y"}


async def test_an_empty_reason_is_refused_in_production(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await asked(pilot)
        await pilot.press("e", "ctrl+u", "enter")
        await until(pilot, lambda: isinstance(pilot.app.focused, Button))
        await pilot.press("y")

        assert "a reason is needed" in said(pilot, "notice")
    assert await world.status("o-1") == "pending"


async def test_esc_leaves_the_reason_as_it_was(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await asked(pilot)
        await pilot.press("e", *"nonsense", "escape")
        await until(pilot, lambda: isinstance(pilot.app.focused, Button))

        assert said(pilot, "why").startswith("Reason: sync from the dashboard")


async def test_a_row_that_was_changed_since_the_plan_is_never_applied(either_world: World) -> None:
    await either_world.order("o-1", psp="succeeded")
    await either_world.order("o-2", psp="succeeded")

    async with opened_dashboard(either_world) as pilot:
        await pilot.press("A")
        await pilot.press("S")
        await asked(pilot)
        await either_world.change(shop.orders, "o-1", amount=999)
        await confirmed(pilot, 2)

        assert "1 · 42.00 EUR · order changed" in listed(pilot)
        assert "Make a new plan." in listed(pilot)
    assert await either_world.status("o-1") == "pending"
    assert await either_world.status("o-2") == "completed"


async def test_a_late_webhook_that_wins_is_a_success(world: World) -> None:
    payment = await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await asked(pilot)
        await world.real_webhook(payment)
        await confirmed(pilot, 1)

        assert "Healed already: 1 row, 42.00 EUR" in listed(pilot)
        assert "Next: Nothing to do." in listed(pilot)
    assert await world.status("o-1") == "completed"


async def test_a_contradiction_is_left_to_a_person(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await asked(pilot)
        await world.change(shop.orders, "o-1", status="failed")
        await confirmed(pilot, 1)

        assert "the shop and the PSP contradict each other" in listed(pilot)
        assert "Find out which side is right" in listed(pilot)
        assert "✗ 1 · 42.00 EUR · order changed: the shop and the PSP contradict each other" in listed(pilot)
        assert "Make a new plan" not in listed(pilot)
    assert await world.status("o-1") == "failed"
    assert await world.attention() == {"o-1": "contradiction"}


async def test_an_orphan_whose_refund_exists_is_adopted_never_failed(world: World) -> None:
    await world.paid_order("o-1")
    await world.orphan("r-1", of="o-1")
    world.book.refund("ref_there", payment="pay_o-1", status="succeeded", created=world.clock.now())

    async with opened_dashboard(world) as pilot:
        await pilot.press("3")
        await until(pilot, lambda: app_of(pilot).live.rosters[Tab.ORPHANS].cursor is not None)
        await pilot.press("s")
        await asked(pilot)
        assert "gets the id ref_there" in listed(pilot)
        await confirmed(pilot, 1)

    assert (await world.row("r-1"))["hyperswitch_refund_id"] == "ref_there"
    assert await world.status("r-1") == "pending"


async def test_one_orphan_to_be_failed_wants_its_number_too(world: World) -> None:
    await world.paid_order("o-1")
    await world.orphan("r-1", of="o-1")

    async with opened_dashboard(world) as pilot:
        await pilot.press("3")
        await until(pilot, lambda: app_of(pilot).live.rosters[Tab.ORPHANS].cursor is not None)
        await pilot.press("s")
        await asked(pilot)
        assert "! 1 · 42.00 EUR · orphan refunds fail, and their orders are rolled back" in listed(pilot)
        await pilot.press("y")
        assert said(pilot, "notice") == "Nothing was applied: type the number of rows, 1, then y."
        assert await world.status("r-1") == "pending"

        await pilot.press("1", "y")
        await over(pilot)
    assert await world.status("r-1") == "failed"
    assert await world.status("o-1") == "completed"


async def test_y_before_the_plan_is_whole_applies_nothing_and_x_goes_on_without_the_rest(
    world: World,
) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded")
    await world.order("o-2", psp="succeeded")
    gate = Gate()

    async with opened_dashboard(world, desk=held_desk(world, reads=gate, ids="pay_o-2")) as pilot:
        await pilot.press("A")
        await pilot.press("S")
        await until(pilot, lambda: "1 of 2 read" in said(pilot, "how_far"))
        assert "Would change so far: 1" in listed(pilot)

        await pilot.press("2", "y")
        assert "the plan is not whole yet" in said(pilot, "notice")
        await pilot.press("x")
        await until(pilot, lambda: said(pilot, "how_far").startswith("Stopping"))
        gate.open()
        await asked(pilot)
        await confirmed(pilot, 2)
    assert await world.status("o-1") == "completed"


async def test_what_could_not_be_read_is_left_out_and_retried_later(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded")
    await world.order("o-2", psp="succeeded")
    world.psp.faults.always("pay_o-2", bad_gateway())

    async with opened_dashboard(world) as pilot:
        await pilot.press("A")
        await pilot.press("S")
        await asked(pilot)
        assert "left, could not be read" in listed(pilot)
        await confirmed(pilot, 1)
        assert await world.status("o-2") == "pending"

        world.psp.faults.stop("pay_o-2")
        await pilot.press("r")
        await asked(pilot)
        assert said(pilot, "title") == "Retry 1 row that were left"
        await pilot.press("y")
        await until(pilot, lambda: app_of(pilot).batches.writing is None)
        await over(pilot)
    assert await world.status("o-2") == "completed"


async def test_a_psp_that_is_down_lets_nothing_be_applied(world: World) -> None:
    for number in range(12):
        await world.order(f"o-{number}", psp="succeeded")
    world.psp.faults.always("forced", bad_gateway())
    world.psp.faults.always("pay_o-3", bad_gateway())

    async with opened_dashboard(world) as pilot:
        await pilot.press("A")
        await pilot.press("S")
        await asked(pilot)
        before = await world.rows()

        await pilot.press("y")
        assert "Nothing is applied: the PSP fails too often" in said(pilot, "notice")
        assert said(pilot, "question") == "None of it can be applied. r reads it anew; Esc closes this."
        assert said(pilot, "how_far").startswith("No plan to apply")
        assert app_of(pilot).live.psp.condition is PspCondition.DOWN
        assert await world.rows() == before


async def test_what_was_answered_in_full_may_be_applied_though_the_psp_fails_too_often(world: World) -> None:
    for number in range(40):
        await world.order(f"o-{number:02}", stuck_for="2h" if number < 6 else "1h", psp="succeeded")
    for number in range(6, 40):
        world.psp.faults.always(f"pay_o-{number:02}", bad_gateway())

    async with opened_dashboard(world) as pilot:
        await pilot.press("A")
        await pilot.press("S")
        await asked(pilot)
        assert "not read: the PSP fails too often" in " ".join(listed(pilot).split())
        await confirmed(pilot, 6)

    assert [await world.status(f"o-{number:02}") for number in (0, 5, 6)] == [
        "completed",
        "completed",
        "pending",
    ]


async def test_everything_paused_refuses_in_words(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.store.controls.pause(actor="bob", reason="release", now=world.clock.now())

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await asked(pilot)
        await pilot.press("y")

        assert "paused by bob: release" in said(pilot, "notice")
    assert await world.status("o-1") == "pending"


async def test_nothing_is_applied_while_what_is_seen_is_too_old(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world, stale_after=timedelta(seconds=30)) as pilot:
        await pilot.press("s")
        await asked(pilot)
        world.later("40s")
        await pilot.press("y")
        assert said(pilot, "notice").startswith("Nothing was applied: what is shown is 40 s old.")
        assert await world.status("o-1") == "pending"

        await read_again(pilot)
        await confirmed(pilot, 1)
    assert await world.status("o-1") == "completed"


async def test_an_old_plan_says_so_and_is_held_against_the_psp_again(world: World) -> None:
    payment = await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world, stale_after=timedelta(hours=1)) as pilot:
        await pilot.press("s")
        await asked(pilot)
        world.later("45s")
        await until(pilot, lambda: "The plan is 45 s old" in said(pilot, "how_far"))
        world.psp.faults.always(payment, bad_gateway())
        await confirmed(pilot, 1)

        assert "the PSP could not be read again, so nothing was applied" in listed(pilot)
    assert await world.status("o-1") == "pending"


async def test_a_dry_run_says_so_and_cannot_be_applied(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        before = await on_record(world)
        await pilot.press("d")
        await asked(pilot)
        assert said(pilot, "title") == "Dry run of 1 row: nothing is written, and it cannot be applied"
        assert "As last known" in said(pilot, "how_far")
        await pilot.press("1", "y", "e", "enter")

        assert await on_record(world) == before
    assert await world.status("o-1") == "pending"


async def test_a_dry_run_never_says_that_there_is_nothing_to_do(world: World) -> None:
    await world.order("o-1", psp="processing")

    async with opened_dashboard(world) as pilot:
        await pilot.press("d")
        await asked(pilot)

        assert said(pilot, "sent") == "As last known no event would be sent; only a forced read can tell."
        assert "Would change, as last known: 0" in listed(pilot)
        assert "only a forced read, which asks the processor too, may learn more" in listed(pilot)
        assert "othing to do" not in listed(pilot)


async def test_sweep_plans_what_a_tick_would_take(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.paid_order("o-2")
    await world.refund("r-2", of="o-2", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("w")
        await asked(pilot)
        assert said(pilot, "title") == "Sweep now: 2 rows that a tick would take"
        await confirmed(pilot, 2)

    assert await world.status("o-1") == "completed"
    assert await world.status("r-2") == "succeeded"


@pytest.mark.parametrize("key", ["s", "S", "w"])
async def test_a_viewer_has_nothing_that_writes(world: World, key: str) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world, desk=desk_of(world, actor=VIEWER)) as pilot:
        before = await on_record(world)
        await pilot.press("A")
        await pilot.press(key)
        assert not isinstance(pilot.app.screen, ConfirmScreen)
        await pilot.press("d")
        await asked(pilot)
        await pilot.press("1", "y", "escape")
        assert await on_record(world) == before


async def test_a_plan_is_over_the_rows_that_were_marked_not_over_those_that_are_now(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded")
    await world.order("o-2", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("space", "S")
        await asked(pilot)
        await pilot.press("A")
        await world.order("o-3", psp="succeeded")
        batch = await confirmed(pilot, 1)

        assert batch.refs == (ref("o-1"),)
    assert await world.status("o-2") == "pending"
    assert await world.status("o-3") == "pending"


async def test_a_plan_with_nothing_to_apply_offers_no_key_that_applies(world: World) -> None:
    await world.order("o-1", psp="processing")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        screen = await asked(pilot)
        assert said(pilot, "question") == "There is nothing to apply. Esc closes this."
        assert not {"y", "e", "1", "backspace"} & set(screen.active_bindings)
        assert "r" in screen.active_bindings
        await pilot.press("y")
        assert pilot.app.screen is screen


async def test_help_in_a_modal_tells_its_own_keys_and_leads_back_to_it(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        screen = await asked(pilot)
        await pilot.press("question_mark")
        help_screen = pilot.app.screen
        assert isinstance(help_screen, HelpScreen)
        told = {line.description: line.name for group in help_screen.groups for line in group.lines}
        assert told["Apply the plan that is shown"] == "confirm"
        assert "The incident: how much, since when, by what" not in told
        await pilot.press("escape")
        assert pilot.app.screen is screen

        await pilot.press("e", "question_mark")
        assert pilot.app.screen is screen
        assert screen.reason_input.value.endswith("?")
        await pilot.press("escape")
        looked_at(pilot)
        await pilot.press("y")
        await over(pilot)
    assert await world.status("o-1") == "completed"


async def test_a_person_reads_all_the_same_what_the_psp_asked_to_be_left_alone(world: World) -> None:
    now = world.clock.now()
    await world.order("o-1", psp="succeeded")
    await world.store.controls.block(until=now + timedelta(minutes=10), actor="daemon", now=now)

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await asked(pilot)
        question = said(pilot, "question")
        assert question.startswith(
            f"The PSP asked to be left alone until {now + timedelta(minutes=10):%H:%M:%S}"
        )
        assert "r reads it all the same" in question

        await pilot.press("r")
        await confirmed(pilot, 1)

    assert await world.status("o-1") == "completed"
