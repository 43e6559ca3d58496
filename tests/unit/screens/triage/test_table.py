"""The table: what is painted, and where."""

import random

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from reconcile_tui.core.filter_grammar import parse_filter
from reconcile_tui.screens.triage.ordering import ColumnId, Order
from reconcile_tui.screens.triage.roster import Roster
from reconcile_tui.screens.triage.table import ACTING, CURSOR, MARK, RowTable
from tests.unit.screens.triage.lists import HOSTILE, a_roster, a_row, read, ref, seen

SIZE = (90, 20)


class OneTable(App[None]):
    """A table alone; it arranges what is asked of it."""

    CSS_PATH = "../../../../screens/triage/table.tcss"

    def __init__(self, roster: Roster) -> None:
        super().__init__()
        self.animation_level = "none"
        self.roster = roster
        self.told: list[object] = []

    def compose(self) -> ComposeResult:
        yield RowTable()

    def on_mount(self) -> None:
        self.table.roster = self.roster
        self.table.focus()

    @property
    def table(self) -> RowTable:
        return self.query_one(RowTable)

    def on_row_table_view_moved(self, event: RowTable.ViewMoved) -> None:
        self.told.append(event)

    async def on_row_table_order_wanted(self, event: RowTable.OrderWanted) -> None:
        await self.roster.arrange(order=event.order)
        self.table.roster = self.roster


def painted(app: OneTable) -> list[str]:
    """The lines of the screen."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def painted_cursor(app: OneTable) -> tuple[int, str]:
    """The line of the screen with the cursor, and the id on it."""
    found = [(y, line) for y, line in enumerate(painted(app)) if line.startswith(CURSOR)]
    assert len(found) == 1
    return found[0][0], found[0][1][4:].split()[0]


def marked(app: OneTable) -> list[str]:
    """The ids that an action takes."""
    return [each.row_id for each in app.roster.scope]


async def test_the_cursor_is_seen_without_colour_and_marks_are_signs() -> None:
    app = OneTable(await a_roster(a_row("o-1", stuck_for="2h"), a_row("o-2")))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")

        assert painted(app)[1].startswith(f" {MARK}  o-1")
        assert painted(app)[2].startswith(f"{CURSOR}   o-2")
        assert not any(ACTING in line for line in painted(app))


async def test_keys_go_through_the_list() -> None:
    app = OneTable(await a_roster(*(a_row(f"o-{number:03}") for number in range(100))))
    async with app.run_test(size=SIZE) as pilot:
        for keys, row_id in (
            (["j", "j"], "o-002"),
            (["k"], "o-001"),
            (["G"], "o-099"),
            (["g"], "o-000"),
            (["pagedown"], "o-018"),
            (["end"], "o-099"),
            (["pageup"], "o-081"),
            (["home", "up"], "o-000"),
        ):
            await pilot.press(*keys)
            assert painted_cursor(app)[1] == row_id


async def test_a_range_all_and_none_are_marked() -> None:
    app = OneTable(await a_roster(*(a_row(f"o-{number}") for number in range(6))))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "v", "j", "j", "v")
        assert marked(app) == ["o-1", "o-2", "o-3"]

        await pilot.press("I")
        assert marked(app) == ["o-0", "o-4", "o-5"]

        await pilot.press("A")
        assert len(marked(app)) == 6

        await pilot.press("escape")
        assert marked(app) == []


async def test_any_column_sorts_either_way() -> None:
    app = OneTable(
        await a_roster(
            a_row("o-1", amount=300, stuck_for="3h"), a_row("o-2", amount=None), a_row("o-3", amount=200)
        )
    )
    async with app.run_test(size=SIZE) as pilot:
        while app.roster.order.column is not ColumnId.AMOUNT:
            await pilot.press(">")
        assert seen(app.roster) == ["o-3", "o-1", "o-2"]
        assert "amount ▲" in painted(app)[0]

        await pilot.press("R")
        assert seen(app.roster) == ["o-1", "o-3", "o-2"]
        assert "amount ▼" in painted(app)[0]


async def test_the_mouse_points_marks_and_sorts() -> None:
    app = OneTable(await a_roster(*(a_row(f"o-{number}") for number in range(6))))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click(RowTable, offset=(10, 3))
        assert app.roster.cursor == ref("o-2")
        assert marked(app) == []

        await pilot.click(RowTable, offset=(10, 5), shift=True)
        assert marked(app) == ["o-2", "o-3", "o-4"]

        await pilot.click(RowTable, offset=(1, 1))
        assert marked(app) == ["o-0", "o-2", "o-3", "o-4"]

        await pilot.click(RowTable, offset=(5, 0))
        assert app.roster.order == Order(ColumnId.ID)


async def test_what_is_in_view_is_told_the_cursors_row_first() -> None:
    app = OneTable(await a_roster(*(a_row(f"o-{number:03}") for number in range(100))))
    async with app.run_test(size=(90, 6)) as pilot:
        await pilot.press("G")
        await pilot.pause()

        told = app.told[-1]
        assert isinstance(told, RowTable.ViewMoved)
        assert [each.row_id for each in told.refs] == ["o-099", "o-095", "o-096", "o-097", "o-098"]


async def test_what_others_wrote_is_painted_as_text_in_its_column() -> None:
    rows = [a_row(f"{number}{text}", psp_status=text, connector=text) for number, text in enumerate(HOSTILE)]
    app = OneTable(await a_roster(*rows))
    async with app.run_test(size=SIZE):
        lines = painted(app)[: len(HOSTILE) + 1]

        assert any("0[@click=" in line for line in lines)
        assert all(line.isprintable() for line in lines)
        assert {cell_len(line) for line in lines} == {SIZE[0]}


async def test_the_cursor_stays_on_its_line_of_the_screen_whatever_comes_and_goes() -> None:
    assert await steps_that_kept_the_line(100, seed=0) > 20


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(4))
async def test_in_a_thousand_steps_the_cursor_leaves_its_line_in_none(seed: int) -> None:
    assert await steps_that_kept_the_line(1000, seed=seed) > 200


async def steps_that_kept_the_line(steps: int, *, seed: int) -> int:
    """Refresh, sort, filter, add and remove at random; how often the cursor's line had to stay, and did.

    Raises:
        AssertionError: the cursor is on another row, or on another line than it had to be.
    """
    chance = random.Random(seed)  # noqa: S311 a repeatable one is wanted
    rows = {number: a_row(f"o-{number}", stuck_for=f"{31 + number * 7 % 500}m") for number in range(200)}
    roster = await a_roster(*rows.values())
    app = OneTable(roster)
    stayed = 0
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("pagedown", "pagedown", "pagedown", "k", "k", "k")
        for _ in range(steps):
            line, row_id = painted_cursor(app)
            rows = {number: row for number, row in rows.items() if chance.random() < 0.97}
            for number in (int(row_id.removeprefix("o-")), *chance.sample(range(200), 5)):
                rows.setdefault(number, a_row(f"o-{number}", stuck_for=f"{31 + number * 7 % 500}m"))
            match chance.randrange(4):
                case 0:
                    await roster.arrange(order=Order(chance.choice(list(ColumnId)), chance.random() < 0.5))
                case 1 if "o-1" in row_id:
                    await roster.arrange(wanted=parse_filter(chance.choice(("", "o-1"))))
                case _:
                    await read(roster, rows.values())
            app.table.roster = roster
            await pilot.pause()

            line_now, row_id_now = painted_cursor(app)
            assert row_id_now == row_id
            assert roster.cursor == ref(row_id)
            if _can_stay(roster, line):
                assert line_now == line
                stayed += 1
            else:
                await pilot.press("g", *["pagedown"] * chance.randrange(1, 5), *["k"] * 5)
    return stayed


def _can_stay(roster: Roster, line: int) -> bool:
    """Whether there are rows enough above and below."""
    top = roster.cursor_index - (line - 1)
    return 0 <= top <= max(len(roster.visible) - (SIZE[1] - 1), 0)
