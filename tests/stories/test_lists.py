"""Finding rows in a list: filters, orders, columns, and what stays chosen."""

from pathlib import Path

from textual.widgets import Static

from reconcile_tui.demo import shop
from reconcile_tui.remembered import RememberedChoices
from reconcile_tui.screens.choices import Choices
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.triage.filter_bar import FilterBar
from reconcile_tui.screens.triage.ordering import ColumnId
from reconcile_tui.screens.triage.roster import Roster
from reconcile_tui.screens.triage.row_list import RowList
from reconcile_tui.screens.triage.table import RowTable
from tests.dashboards import SMALL, app_of, desk_of, opened_dashboard, read_again, until
from tests.world import World


async def three_orders(world: World) -> None:
    await world.order("o-1", stuck_for="3h", psp="processing", amount=300)
    await world.order("o-2", stuck_for="2h", psp="processing", amount=9900)
    await world.order("o-3", stuck_for="1h", psp="succeeded", amount=500)


def ids(roster: Roster | None) -> list[str]:
    assert roster is not None
    return [ref.row_id for ref in roster.visible]


async def test_a_filter_and_the_marks_in_it_are_the_scope(world: World) -> None:
    await three_orders(world)

    async with opened_dashboard(world) as pilot:
        app = app_of(pilot)
        await pilot.press("/", *"amount>=4", "enter")
        await until(pilot, lambda: ids(app.live.roster) == ["o-2", "o-3"])
        await pilot.press("A")
        await read_again(pilot)

        assert app.live.roster is not None
        assert [ref.row_id for ref in app.live.roster.scope] == ["o-2", "o-3"]
        assert "only amount>=4: 2 of 3 · 2 marked" in said(app.screen.query_one(RowList))

        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(ids(app.live.roster)) == 3)
        assert app.live.roster.scope == ()


async def test_a_filter_that_is_none_says_why_and_changes_nothing(world: World) -> None:
    await three_orders(world)

    async with opened_dashboard(world) as pilot:
        app = app_of(pilot)
        await pilot.press("/", *"moon:full", "enter")

        bar = app.screen.query_one(FilterBar)
        assert is_open(bar)
        assert "there is no such key at `moon`" in str(bar.help.content)

        await pilot.press("escape")
        assert not is_open(bar)
        assert len(ids(app.live.roster)) == 3
        await pilot.press("j")
        assert app.live.roster is not None
        assert app.live.roster.cursor_index == 1


async def test_order_and_columns_stay_chosen(world: World, tmp_path: Path) -> None:
    await three_orders(world)
    path = tmp_path / "choices.json"

    async with opened_dashboard(world, choices=RememberedChoices(path)) as pilot:
        app = app_of(pilot)
        await pilot.press("c", "j", "space", "enter")
        while app.live.roster is not None and app.live.roster.order.column is not ColumnId.AMOUNT:
            await pilot.press(">")
            await pilot.pause()
        await pilot.press("R")
        await until(pilot, lambda: ids(app.live.roster) == ["o-2", "o-3", "o-1"])
        await app.errands.ended()

    again: Choices = RememberedChoices(path)
    async with opened_dashboard(world, choices=again) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: ids(app.live.roster) == ["o-2", "o-3", "o-1"])
        assert ColumnId.AGE not in app.screen.query_one(RowList).columns_of(Tab.ORDERS)


def is_open(bar: FilterBar) -> bool:
    return bar.display


def said(rows: RowList) -> str:
    """The line above the rows."""
    return str(rows.query_one("#list-line", Static).content)


async def test_a_filter_goes_by_what_is_seen_though_no_tick_ever_read_the_rows(
    world: World,
) -> None:
    for number in range(30):
        await world.order(f"o-{100 + number}", stuck_for="3h", psp="succeeded", connector="adyen")
    await world.order("o-2", stuck_for="2h", psp="failed", connector="stripe")

    async with opened_dashboard(world, size=SMALL) as pilot:
        app = app_of(pilot)
        await pilot.press("/", *"connector:stripe", "enter")
        assert "being asked" in said(app.screen.query_one(RowList))
        await until(pilot, lambda: len(app.live.looks) == 31)
        await read_again(pilot)
        assert ids(app.live.roster) == ["o-2"]


async def test_a_range_that_was_begun_is_said(world: World) -> None:
    await three_orders(world)

    async with opened_dashboard(world) as pilot:
        rows = app_of(pilot).screen.query_one(RowList)
        await pilot.press("v")
        await until(pilot, lambda: said(rows).startswith("RANGE of 1 row: v marks it"))
        await pilot.press("j")
        await until(pilot, lambda: said(rows).startswith("RANGE of 2 rows: v marks it"))
        await pilot.press("v")
        await until(pilot, lambda: said(rows) == "3 rows · 2 marked")


async def test_an_attention_item_whose_row_is_gone_is_told_of(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded", amount_received=1)
    await world.order("o-2", stuck_for="2h", psp="succeeded", amount_received=1)
    await world.tick()
    await world.delete(shop.orders, "o-2")

    async with opened_dashboard(world) as pilot:
        app = app_of(pilot)
        await pilot.press("4")
        await until(pilot, lambda: ids(app.live.roster) == ["o-1"])
        rows = app.screen.query_one(RowList)
        await until(pilot, lambda: "1 item more about a row that is gone from the shop" in said(rows))


async def test_texts_call_a_key_as_it_is_bound(world: World) -> None:
    await three_orders(world)
    moved = {"mark": "m", "sync": "f2", "range": "f3", "let_go": "ctrl+x", "filter": "f", "batch": "f4"}
    desk = desk_of(world, keymap=moved)

    async with opened_dashboard(world, desk=desk, toasts=True) as pilot:
        app = app_of(pilot)
        await pilot.press("S")
        nothing_marked = "Nothing is marked: m marks the row under the cursor, f2 syncs it alone."
        assert nothing_marked in [toast.message for toast in app._notifications]

        await pilot.press("f3")
        assert "RANGE of 1 row: f3 marks it, ^x gives it up" in said(app.screen.query_one(RowList))
        await pilot.press("ctrl+x", "f", *"nobody", "enter")
        await until(pilot, lambda: ids(app.live.roster) == [])
        assert "^x clears the filter · f changes it" in app.screen.query_one(RowTable).notice

        assert app.key("batch", "b") == "f4"
        assert app.key("pause", "p") == "p"
