"""What was read of the history: it grows at both ends, and the cursor stays on its record."""

from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.history import HistoryPage, Marks, Record, key
from reconcile_tui.core.store.actions import Action, ActionKind
from reconcile_tui.screens.history.reading import Reading
from tests.builders import NOW


def the_actions(newest: int, oldest: int) -> tuple[Record, ...]:
    return tuple(
        Action(at=NOW, kind=ActionKind.PAUSED, actor="alice", action_id=number)
        for number in range(newest, oldest - 1, -1)
    )


def a_page(newest: int, *, size: int = 10) -> HistoryPage:
    oldest = max(newest - size + 1, 1)
    return HistoryPage(
        records=the_actions(newest, oldest), after=Marks(action=oldest) if oldest > 1 else None
    )


def numbers(reading: Reading) -> list[str | int]:
    return [key(record)[1] for record in reading.records]


def test_older_ones_go_on_where_the_page_ended() -> None:
    reading = Reading()
    reading.add_newest(a_page(15))
    reading.move_to(9)
    reading.add_older(a_page(5))

    assert numbers(reading) == list(range(15, 0, -1))
    assert reading.after is None
    assert reading.under_cursor == the_actions(6, 6)[0]


def test_news_stands_on_top_and_the_cursor_stays() -> None:
    reading = Reading()
    reading.add_newest(a_page(15))
    reading.add_older(a_page(5))
    reading.move_to(2)
    reading.add_newest(a_page(18))

    assert numbers(reading) == list(range(18, 0, -1))
    assert reading.under_cursor == the_actions(13, 13)[0]
    assert reading.after is None


def test_a_gap_is_never_shown() -> None:
    reading = Reading()
    reading.add_newest(a_page(15))
    reading.add_newest(a_page(40))

    assert numbers(reading) == list(range(40, 30, -1))
    assert reading.after == Marks(action=31)


@given(news=st.lists(st.integers(1, 9), max_size=8), at=st.integers(0, 40))
def test_the_cursor_never_leaves_its_record_while_it_is_there(news: list[int], at: int) -> None:
    reading = Reading()
    newest = 40
    reading.add_newest(a_page(newest))
    while reading.after is not None and reading.after.action is not None:
        reading.add_older(a_page(reading.after.action - 1))
    reading.move_to(at)
    stood = reading.under_cursor
    for more in news:
        newest += more
        reading.add_newest(a_page(newest))

    assert reading.under_cursor == stood
    assert numbers(reading) == list(range(newest, 0, -1))
