"""The screen that stories in a terminal look at."""

from tests.stories.terminal.screen import Screen


def test_text_stands_where_it_was_put_last() -> None:
    screen = Screen()

    screen.takes("\x1b[?1049h\x1b[1;1Hold \x1b[1mtext\x1b[0m\r\nsecond\x1b[1;1Hnew\x1b[2;8H金x")

    assert screen.text == "new text\nsecond 金x"


def test_a_sequence_that_comes_in_two_pieces_is_one() -> None:
    screen = Screen()

    screen.takes("a\x1b[1")
    screen.takes(";1Hb\x1b[2;1Hc")
    screen.takes(" ")

    assert screen.text.startswith("b")
