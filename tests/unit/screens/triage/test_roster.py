"""The roster: orders, filters, departures."""

import asyncio
from datetime import timedelta

from reconcile_tui.core.filter_grammar import parse_filter
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.triage.ordering import ColumnId, Order
from reconcile_tui.screens.triage.roster import Roster
from tests.builders import NOW, span
from tests.clocks import SkippingClock
from tests.unit.screens.triage.lists import a_roster, a_row, read, ref, seen


async def test_what_is_unknown_comes_last_both_ways_and_ties_go_by_age() -> None:
    roster = await a_roster(
        a_row("young", stuck_for="40m", connector="adyen"),
        a_row("old", stuck_for="3h", connector="adyen"),
        a_row("other", connector="stripe"),
        a_row("never", psp_status=None),
    )

    await roster.arrange(Order(ColumnId.CONNECTOR))
    assert seen(roster) == ["old", "young", "other", "never"]

    await roster.arrange(Order(ColumnId.CONNECTOR, is_reversed=True))
    assert seen(roster) == ["other", "old", "young", "never"]


async def test_amounts_of_different_currencies_are_not_compared() -> None:
    roster = await a_roster(
        a_row("dear", amount=9900, currency="EUR"),
        a_row("cheap", amount=100, currency="EUR"),
        a_row("yen", amount=5000, currency="JPY"),
    )

    await roster.arrange(Order(ColumnId.AMOUNT))
    assert seen(roster) == ["cheap", "dear", "yen"]

    await roster.arrange(Order(ColumnId.AMOUNT, is_reversed=True))
    assert seen(roster) == ["dear", "cheap", "yen"]


async def test_marks_outside_the_filter_are_dropped_and_counted() -> None:
    roster = await a_roster(a_row("o-1", connector="adyen"), a_row("o-2", connector="stripe"))
    roster.mark_all()

    dropped = await roster.arrange(wanted=parse_filter("connector:adyen"))

    assert dropped == 1
    assert roster.scope == (ref("o-1"),)


async def test_rows_that_leave_take_their_marks_with_them() -> None:
    roster = await a_roster(a_row("o-1"), a_row("o-2"), a_row("o-3"))
    roster.mark_all()

    roster.begin_pass()
    await roster.take([a_row("o-2")])
    departed = await roster.end_pass()

    assert departed.refs == (ref("o-1"), ref("o-3"))
    assert departed.marks_dropped == 2
    assert roster.scope == (ref("o-2"),)


async def test_a_filter_by_age_is_about_now_not_about_when_a_row_was_read() -> None:
    clock = SkippingClock(NOW)
    roster = Roster(Tab.ORDERS, clock=clock)
    await read(roster, [a_row("o-1", stuck_for="1h50m")])
    await roster.arrange(wanted=parse_filter("age>2h"))
    assert seen(roster) == []

    clock.advance(span("11m"))
    await roster.arrange()

    assert seen(roster) == ["o-1"]


async def test_rows_never_read_are_counted_where_a_filter_asks_what_was_read() -> None:
    roster = await a_roster(a_row("o-1"), a_row("o-2", psp_status=None))

    await roster.arrange(wanted=parse_filter("connector:adyen"))
    assert [each.row_id for each in roster.unread] == ["o-2"]

    await roster.put([a_row("o-2")])
    assert (len(roster.unread), seen(roster)) == (0, ["o-1", "o-2"])


async def test_while_a_list_is_first_read_the_cursor_stays_on_top_until_it_is_moved() -> None:
    roster = Roster(Tab.ORDERS, clock=SkippingClock(NOW))
    roster.begin_pass()
    await roster.take([a_row("o-2", stuck_for="2h")])
    await roster.take([a_row("o-1", stuck_for="3h")])
    assert roster.cursor == ref("o-1")

    roster.move_to(0)
    await roster.take([a_row("o-0", stuck_for="4h")])
    assert roster.cursor == ref("o-1")


async def test_a_row_read_anew_and_unchanged_is_kept_as_it_was() -> None:
    roster = await a_roster(a_row("o-1"))
    before = roster.row(ref("o-1"))

    await read(roster, [a_row("o-1")])

    assert roster.row(ref("o-1")) is before


async def test_a_newer_arrangement_ends_an_older_one() -> None:
    roster = await a_roster(*(a_row(f"o-{number}", amount=number) for number in range(50)), slice_length=0)

    older = asyncio.create_task(roster.arrange(Order(ColumnId.ID)))
    await asyncio.sleep(0)
    newer = asyncio.create_task(roster.arrange(Order(ColumnId.AMOUNT, is_reversed=True)))
    await asyncio.gather(older, newer)

    assert roster.order == Order(ColumnId.AMOUNT, is_reversed=True)
    assert seen(roster)[0] == "o-49"


async def test_what_comes_under_the_cursor_by_itself_is_meant_by_no_key_for_a_moment() -> None:
    clock = SkippingClock(NOW)
    roster = Roster(Tab.ORDERS, clock=clock)
    await read(roster, [a_row("o-1"), a_row("o-2"), a_row("o-3")])
    roster.move_to(1)
    assert roster.just_displaced() is None

    await roster.drop([ref("o-2")])
    assert (roster.cursor, roster.just_displaced()) == (ref("o-3"), ref("o-2"))
    clock.advance(timedelta(milliseconds=700))
    assert roster.just_displaced() == ref("o-2")
    clock.advance(timedelta(milliseconds=700))
    assert roster.just_displaced() == ref("o-2"), "a finger that does not rest means nothing"
    clock.advance(timedelta(milliseconds=750))
    assert roster.just_displaced() is None

    await roster.drop([ref("o-3")])
    assert roster.just_displaced() == ref("o-3")
    roster.move_to(0)
    assert roster.just_displaced() is None, "who moves the cursor means where it goes"


async def test_a_row_that_only_moves_displaces_none() -> None:
    roster = await a_roster(a_row("o-1", amount=100), a_row("o-2", amount=200), a_row("o-3", amount=300))
    await roster.arrange(Order(ColumnId.AMOUNT))
    roster.move_to(0)

    await roster.put([a_row("o-1", amount=250)])

    assert (roster.cursor, seen(roster)) == (ref("o-1"), ["o-2", "o-1", "o-3"])
    assert roster.just_displaced() is None


async def test_many_that_leave_at_once_displace_as_one_does() -> None:
    roster = await a_roster(*(a_row(f"o-{number:03}") for number in range(700)))
    roster.move_to(10)

    await roster.drop([ref(f"o-{number:03}") for number in range(600)])

    assert (roster.cursor, roster.just_displaced()) == (ref("o-600"), ref("o-010"))


async def test_a_filter_that_somebody_wants_displaces_none() -> None:
    roster = await a_roster(a_row("o-1", connector="adyen"), a_row("o-2", connector="stripe"))

    await roster.arrange(wanted=parse_filter("connector:stripe"))

    assert (roster.cursor, roster.just_displaced()) == (ref("o-2"), None)
