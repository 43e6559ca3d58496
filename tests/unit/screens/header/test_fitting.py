"""Parts of a line: what weighs least is shortened first, and left out last."""

from reconcile_tui.screens.header.fitting import Part, fitted, length

PLACE = Part((" PRODUCTION ",), 100, stands_apart=True)
AGE = Part(("database read 1 s ago", "db 1 s ago", ""), 60)
BUDGET = Part(("budget 12/20 per s, 3 of 16 in flight", "budget 12/20 per s", ""), 20)


def words(width: int) -> list[str]:
    return [said for _, said in fitted([PLACE, AGE, BUDGET], width)]


def test_everything_is_said_where_there_is_room() -> None:
    assert words(80) == [" PRODUCTION ", "database read 1 s ago", "budget 12/20 per s, 3 of 16 in flight"]


def test_the_least_weight_is_shortened_first_and_left_out_last() -> None:
    assert words(60) == [" PRODUCTION ", "database read 1 s ago", "budget 12/20 per s"]
    assert words(50) == [" PRODUCTION ", "database read 1 s ago"]
    assert words(30) == [" PRODUCTION ", "db 1 s ago"]


def test_what_must_be_said_is_said_however_narrow_it_is() -> None:
    assert words(5) == [" PRODUCTION "]


def test_wide_letters_take_two_cells() -> None:
    assert length([(Part(("日本",), 1), "日本"), (Part(("x",), 1), "x")]) == 4 + 3 + 1
