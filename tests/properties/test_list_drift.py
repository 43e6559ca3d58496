"""No drift: whatever happens to a list, the cursor and the marks stay with their rows."""

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from reconcile_tui.core.filter import EVERYTHING, Filter
from reconcile_tui.core.filter_grammar import parse_filter
from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.desk.lists import ListedRow, Tab
from reconcile_tui.screens.triage.ordering import ColumnId, Order, place
from reconcile_tui.screens.triage.roster import Roster
from tests.builders import NOW
from tests.clocks import SkippingClock
from tests.unit.screens.triage.lists import a_row, read

STEPS = 1_000
FILTERS = (
    "",
    "connector:adyen",
    "status:processing",
    "age>2h",
    "-connector:adyen amount>=50",
    "o-1",
    "o-999",
)
ORDERS = [Order(column, way) for column in ColumnId for way in (False, True)]


@dataclass
class Shop:
    """What a database may answer: rows that come, change and go."""

    chance: random.Random
    most: int
    rows: dict[RowRef, ListedRow] = field(default_factory=dict)

    def a_row(self, number: int) -> ListedRow:
        pick = self.chance.choice
        row = a_row(
            f"o-{number}",
            stuck_for=f"{pick((31, 45, 90, 150, 600))}m",
            amount=pick((None, 100, 4200, 9900)),
            currency=pick(("EUR", "JPY", "KWD")),
            psp_status=pick((None, "processing", "succeeded")),
            connector=pick(("adyen", "stripe", None)),
        )
        self.rows[row.ref] = row
        return row

    def changes(self) -> None:
        """Time goes by between two readings."""
        for _ in range(self.chance.randrange(8)):
            self.a_row(self.chance.randrange(self.most))
        leaving = self.chance.randrange(self.chance.choice((3, 3, 3, self.most)))
        for ref in self.chance.sample(sorted(self.rows), min(leaving, len(self.rows))):
            del self.rows[ref]

    def pages(self) -> list[list[ListedRow]]:
        rows = list(self.rows.values())
        self.chance.shuffle(rows)
        return [rows[at : at + 7] for at in range(0, len(rows), 7)]


def naively(rows: dict[RowRef, ListedRow], order: Order, wanted: Filter) -> list[RowRef]:
    """What is to be seen."""
    kept = [(ref, row) for ref, row in rows.items() if wanted.matches(row.finding)]
    return [ref for ref, _ in sorted(kept, key=lambda each: place(each[0], each[1], order))]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most", [12, 700])
async def test_over_a_thousand_changes_cursor_and_marks_stay_with_their_rows(  # noqa: PLR0912 a step a case
    seed: int, most: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 a repeatable one is wanted
    shop = Shop(chance, most)
    for number in range(most // 2):
        shop.a_row(number)
    roster = Roster(Tab.ORDERS, clock=SkippingClock(NOW))
    await read(roster, shop.rows.values())
    moved = 0

    for _ in range(STEPS):
        before, cursor, marks = list(roster.visible), roster.cursor, set(roster.marks)
        known = set(shop.rows)
        step = chance.choice(("refresh", "refresh", "put", "drop", "order", "filter", "move", "mark", "all"))
        exact = True
        match step:
            case "refresh":
                shop.changes()
                roster.begin_pass()
                for page in shop.pages():
                    await roster.take(page)
                departed = await roster.end_pass()
                assert set(departed.refs) == known - set(shop.rows)
                exact = False
            case "put":
                await roster.put([shop.a_row(chance.randrange(most)) for _ in range(chance.randrange(4))])
                exact = False
            case "drop":
                gone = chance.sample(sorted(shop.rows), min(len(shop.rows), chance.randrange(5)))
                for ref in gone:
                    del shop.rows[ref]
                departed = await roster.drop(gone)
                assert set(departed.refs) == set(gone)
                assert departed.marks_dropped == len(marks & set(gone))
            case "order":
                await roster.arrange(order=chance.choice(ORDERS))
            case "filter":
                await roster.arrange(wanted=parse_filter(chance.choice(FILTERS)))
            case "move":
                roster.move_to(chance.randrange(-2, most))
                cursor = roster.cursor
            case "mark" if roster.cursor is not None:
                roster.toggle(roster.cursor)
                marks ^= {roster.cursor}
            case "all" if chance.random() < 0.2:
                roster.mark_all()
                marks = set(before)
            case _:
                pass

        assert roster.visible == naively(shop.rows, roster.order, roster.wanted)
        assert roster.marks == marks & set(roster.visible)
        assert roster.scope == tuple(ref for ref in roster.visible if ref in roster.marks)
        _assert_cursor(roster, before, cursor, exact=exact)
        moved += roster.cursor != cursor
    assert moved > 10, "the cursor's row never went: nothing was proven"


def _assert_cursor(roster: Roster, before: list[RowRef], cursor: RowRef | None, *, exact: bool) -> None:
    seen = set(roster.visible)
    if not seen:
        assert (roster.cursor, roster.cursor_index) == (None, -1)
        return
    assert roster.cursor is not None
    assert roster.visible[roster.cursor_index] == roster.cursor
    if cursor in seen:
        assert roster.cursor == cursor
    elif cursor is not None and exact:
        below = [ref for ref in before[before.index(cursor) :] if ref in seen]
        assert roster.cursor == (below[0] if below else roster.visible[-1])


@pytest.mark.parametrize("seed", range(4))
async def test_a_finger_on_the_keys_sees_a_whole_list_at_every_turn_of_the_loop(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 as above
    shop = Shop(chance, 60)
    for number in range(40):
        shop.a_row(number)
    roster = Roster(Tab.ORDERS, clock=SkippingClock(NOW), slice_length=0)
    over = False

    async def follow() -> None:
        for _ in range(30):
            shop.changes()
            roster.begin_pass()
            for page in shop.pages():
                await roster.take(page)
            await roster.end_pass()

    async def act() -> None:
        for _ in range(60):
            await roster.put([shop.a_row(chance.randrange(60))])
            if shop.rows:
                gone = chance.choice(sorted(shop.rows))
                del shop.rows[gone]
                await roster.drop([gone])

    async def look() -> None:
        for _ in range(120):
            wanted = parse_filter(chance.choice(FILTERS))
            await asyncio.gather(roster.arrange(order=chance.choice(ORDERS)), roster.arrange(wanted=wanted))

    async def press() -> None:
        while not over:
            _assert_whole(roster)
            if roster.cursor is not None and chance.random() < 0.3:
                roster.toggle(roster.cursor)
                roster.move_to(roster.cursor_index + chance.choice((-1, 1)))
            await asyncio.sleep(0)

    finger = asyncio.create_task(press())
    await asyncio.gather(follow(), act(), look())
    over = True
    await finger
    await roster.arrange(order=Order(), wanted=EVERYTHING)
    roster.begin_pass()
    for page in shop.pages():
        await roster.take(page)
    await roster.end_pass()
    assert roster.visible == naively(shop.rows, Order(), EVERYTHING)


def _assert_whole(roster: Roster) -> None:
    assert len(set(roster.visible)) == len(roster.visible)
    assert all(roster.index_of(ref) == index for index, ref in enumerate(roster.visible))
    assert all(roster.row(ref) is not None for ref in roster.visible)
    assert roster.marks <= set(roster.visible)
    assert roster.cursor == (roster.visible[roster.cursor_index] if roster.visible else None)
