"""The titles of the tabs: counts, and money per currency, as wide as there is room."""

from reconcile_tui.core.money import Money
from reconcile_tui.screens.desk.lists import Tab, TabFigures
from reconcile_tui.screens.triage.tab_titles import money_words, short_count, titles

FIGURES = {
    Tab.ORDERS: TabFigures(rows=100_000, money=(Money(1_764_000, "EUR"), Money(300, "JPY"))),
    Tab.REFUNDS: TabFigures(rows=83, money=(Money(421_000, "EUR"),)),
    Tab.ORPHANS: TabFigures(rows=5),
    Tab.ATTENTION: TabFigures(rows=12, loud=3),
    Tab.CUSTOMER: TabFigures(rows=40),
    Tab.HISTORY: TabFigures(rows=1000),
}


def test_with_room_each_tab_tells_its_count_and_its_money() -> None:
    assert [(title.name, title.money) for title in titles(FIGURES, 160)] == [
        ("1 Stuck orders 100,000", "17,640.00 EUR, 300 JPY"),
        ("2 Stuck refunds 83", "4,210.00 EUR"),
        ("3 Orphan refunds 5", ""),
        ("4 Attention 12 !3", ""),
        ("5 Waiting on customer 40", ""),
        ("6 History 999+ in 24 h", ""),
    ]


def test_at_eighty_columns_all_tabs_are_seen() -> None:
    made = titles(FIGURES, 80)

    assert sum(title.width for title in made) <= 80
    assert [title.name for title in made][:4] == [
        "1 Orders 100k",
        "2 Refunds 83",
        "3 Orphans 5",
        "4 Attention 12 !3",
    ]


def test_nothing_is_counted_before_it_was_read() -> None:
    assert [title.name for title in titles(None, 160)] == [
        f"{number} {tab.heading}" for number, tab in enumerate(Tab, start=1)
    ]


def test_money_is_never_added_nor_compared_across_currencies() -> None:
    money = (Money(10_000, "EUR"), Money(500_000, "JPY"), Money(2_000, "KWD"))

    assert money_words(money, room=18) == "100.00 EUR +2"
    assert money_words(money, room=26) == "100.00 EUR, 500,000 JPY +1"
    assert money_words(money, room=80) == "100.00 EUR, 500,000 JPY, 2.000 KWD"
    assert money_words(money, room=0) == "100.00 EUR +2"
    assert money_words((), room=10) == ""


def test_a_short_count_never_says_more_than_there_are() -> None:
    assert [short_count(count) for count in (0, 9_999, 10_000, 99_999, 1_999_999)] == [
        "0",
        "9,999",
        "10k",
        "99k",
        "1M",
    ]
