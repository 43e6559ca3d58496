"""Batches under way: they go on without a screen, stop after the rows in flight, and leave a receipt."""

import math

from textual.pilot import Pilot

from reconcile_tui.core.apply import GROUP, GROUPS_AT_ONCE
from reconcile_tui.core.store.journal_search import JournalFilter
from reconcile_tui.demo import shop
from reconcile_tui.screens.batch.batch import Stage
from reconcile_tui.screens.progress.screen import BatchScreen
from reconcile_tui.screens.quit.screen import QuitScreen
from reconcile_tui.screens.receipt.batch_receipt import Section, receipt_of, receipt_of_batch
from reconcile_tui.screens.triage.event_line import EventLine
from tests.dashboards import app_of, opened_dashboard, until
from tests.stories.batches import asked, confirmed, listed, over, said
from tests.stories.held import Gate, held_desk
from tests.world import World

IN_FLIGHT = GROUP * GROUPS_AT_ONCE
BEYOND_ALL_GROUPS = IN_FLIGHT + 8
"""Rows of which not all are in flight at once."""


async def test_esc_stops_after_the_rows_in_flight_and_the_rest_is_retried(world: World) -> None:
    await _orders(world, BEYOND_ALL_GROUPS)
    gate = Gate()

    async with opened_dashboard(world, desk=held_desk(world, deliveries=gate)) as pilot:
        await _under_way(pilot, BEYOND_ALL_GROUPS, gate)
        await pilot.press("escape")
        assert said(pilot, "notice").startswith("Stopping: no new row begins")
        gate.open()
        await over(pilot)

        assert f"Fixed: {IN_FLIGHT} rows" in listed(pilot)
        assert "8 · 336.00 EUR · orders refused: the program was stopping" in listed(pilot)
        assert sum(row["status"] == "pending" for row in (await world.rows()).values()) == 8

        await pilot.press("r")
        await asked(pilot)
        assert said(pilot, "title") == "Retry 8 rows that were left"
        await pilot.press("8", "y")
        await until(pilot, lambda: _completed(pilot) == 8)
    assert {row["status"] for row in (await world.rows()).values()} == {"completed"}


async def test_leaving_the_screen_does_not_end_the_batch(world: World) -> None:
    await _orders(world, 3)
    gate = Gate()

    async with opened_dashboard(world, desk=held_desk(world, deliveries=gate)) as pilot:
        await _under_way(pilot, 3, gate)
        await pilot.press("b")
        await until(pilot, lambda: not isinstance(pilot.app.screen, BatchScreen))
        assert app_of(pilot).batches.writing is not None
        events = pilot.app.screen.query_one(EventLine)
        await until(pilot, lambda: "batch: 0 of 3 · b shows it" in str(events.render()))
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, BatchScreen))
        assert "0 of 3" in said(pilot, "how_far")
        await pilot.press("b")
        gate.open()
        await until(pilot, lambda: app_of(pilot).batches.writing is None)
        assert "batch:" not in str(events.render())

        await pilot.press("b")
        await over(pilot)
        assert "Fixed: 3 rows" in listed(pilot)


async def test_a_second_plan_waits_for_the_first_batch(world: World) -> None:
    await _orders(world, 2)
    gate = Gate()

    async with opened_dashboard(world, desk=held_desk(world, deliveries=gate)) as pilot:
        await _under_way(pilot, 2, gate)
        await pilot.press("b")
        await until(pilot, lambda: not isinstance(pilot.app.screen, BatchScreen))
        await pilot.press("s")
        await asked(pilot)
        await pilot.press("y")
        assert said(pilot, "notice").startswith("Another batch is under way")
        gate.open()
        await until(pilot, lambda: app_of(pilot).batches.writing is None)
        await pilot.press("y")
        await over(pilot)

        assert "Healed already: 1 row" in listed(pilot)


async def test_quitting_in_mid_batch_asks_and_staying_stays(world: World) -> None:
    await _orders(world, 2)
    gate = Gate()

    async with opened_dashboard(world, desk=held_desk(world, deliveries=gate)) as pilot:
        await _under_way(pilot, 2, gate)
        await pilot.press("b", "q")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuitScreen))
        assert "A batch is under way: 0 of 2 rows have ended." in said(pilot, "question")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, QuitScreen))
        assert app_of(pilot).is_running
        gate.open()
        await until(pilot, lambda: app_of(pilot).batches.writing is None)
    assert await world.status("o-1") == "completed"


async def test_quitting_ends_after_the_rows_in_flight(world: World) -> None:
    await _orders(world, BEYOND_ALL_GROUPS)
    gate = Gate()

    async with opened_dashboard(world, desk=held_desk(world, deliveries=gate)) as pilot:
        await _under_way(pilot, BEYOND_ALL_GROUPS, gate)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuitScreen))
        await pilot.press("y")
        assert "those in flight end" in said(pilot, "question")
        assert app_of(pilot).is_running
        gate.open()
        await until(pilot, lambda: pilot.app.return_code == 0)
    statuses = [row["status"] for row in (await world.rows()).values()]
    assert (statuses.count("completed"), statuses.count("pending")) == (IN_FLIGHT, 8)
    assert await world.store.journal.abandoned(now=world.clock.now(), limit=10) == []


async def test_a_program_that_is_ended_from_outside_leaves_no_row_in_the_middle(world: World) -> None:
    await _orders(world, 3)
    gate = Gate()

    async with opened_dashboard(world, desk=held_desk(world, deliveries=gate)) as pilot:
        await _under_way(pilot, 3, gate)
        pilot.app.exit(0)
        gate.open()
    assert {row["status"] for row in (await world.rows()).values()} == {"completed"}
    assert await world.steps("o-1") == ["intended", "applied", "fixed"]


async def test_an_event_without_effect_is_sent_again_only_after_a_plan_of_its_own(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.tick()
    await world.change(shop.orders, "o-1", status="pending")

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")
        await confirmed(pilot, 1)
        assert "Left: 1 row, 42.00 EUR" in listed(pilot)
        assert await world.status("o-1") == "pending"

        await pilot.press("a")
        await asked(pilot)
        assert said(pilot, "title") == "Send again: 1 row whose event had no effect"
        await pilot.press("y")
        await until(pilot, lambda: _completed(pilot) == 1)
    assert await world.status("o-1") == "completed"
    assert [entry.attempt for entry in await world.history("o-1") if entry.step == "applied"] == [1, 2]


async def test_the_journal_gives_the_same_receipt(world: World) -> None:
    await world.order("o-1", stuck_for="3h", psp="succeeded")
    await world.order("o-2", stuck_for="2h", psp="succeeded", amount=900, currency="USD")
    await world.order("o-3", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.press("A")
        await pilot.press("S")
        await asked(pilot)
        await world.change(shop.orders, "o-3", amount=1)
        await world.real_webhook("pay_o-2")
        batch = await confirmed(pilot, 3)

        here = receipt_of_batch(batch)
        desk = app_of(pilot).desk
        assert desk is not None
        found = receipt_of(await desk.records.journal(JournalFilter(plan_id=here.plan_id), limit=1000))
    for section in Section:
        assert {row.ref for row in found.of(section)} == {row.ref for row in here.of(section)}
        assert {group.words for group in found.groups(section)} == {g.words for g in here.groups(section)}
    assert (found.actor, found.reason) == (here.actor, here.reason)
    assert {row.ref: row.money for row in found.rows} == {row.ref: row.money for row in here.rows}


async def test_five_hundred_rows_are_healed_and_explained_in_fewer_than_fifteen_keys(
    world: World,
) -> None:
    rows = 500
    for number in range(rows):
        psp = ("succeeded", "succeeded", "failed", "cancelled", "processing")[number % 5]
        await world.order(f"o-{number}", psp=psp)
    keys = 0

    async def press(pilot: Pilot[int], *pressed: str) -> None:
        nonlocal keys
        keys += len(pressed)
        await pilot.press(*pressed)

    async with opened_dashboard(world) as pilot:
        await press(pilot, "A", "S")
        await asked(pilot)
        await press(pilot, "e")
        await pilot.press("ctrl+u", *"webhooks of 14:02 were lost")
        await press(pilot, "enter", *"400", "y")
        await over(pilot)
        assert "Fixed: 400 rows, 16,800.00 EUR" in listed(pilot)
        await press(pilot, "y")

        assert "webhooks of 14:02 were lost" in pilot.app.clipboard
    assert keys < 15
    statuses = [row["status"] for row in (await world.rows()).values()]
    assert statuses.count("pending") == 100


async def _orders(world: World, count: int) -> None:
    for number in range(1, count + 1):
        await world.order(f"o-{number}", psp="succeeded")


async def _under_way(pilot: Pilot[int], rows: int, gate: Gate) -> None:
    """A batch over everything that is seen, as many of its groups at the gate as work at once."""
    groups = min(math.ceil(rows / GROUP), GROUPS_AT_ONCE)
    await pilot.press("A")
    await pilot.press("S")
    await asked(pilot)
    await pilot.press(*str(rows), "y")
    await until(pilot, lambda: gate.waiting == groups and isinstance(pilot.app.screen, BatchScreen))


def _completed(pilot: Pilot[int]) -> int:
    """How many rows the latest batch fixed; 0 before it is over."""
    batch = app_of(pilot).batches.latest
    if batch is None or batch.stage is not Stage.ENDED:
        return 0
    return len(receipt_of_batch(batch).of(Section.FIXED))
