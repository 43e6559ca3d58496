"""Text from outside reaches a terminal, a log line and a database column without doing anything there."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconcile_tui.core.foreign_text import MARK, harmless

any_text = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)
nasty_text = st.text(
    alphabet=st.sampled_from(
        "ab[/]\\ \x00\x07\x1b\x7f\x80\x9b\x9d\u0301\u034f\u061c\u200b\u200d"
        "\u202e\u2028\u2066\u3164\ufe0f\ufeff\ud800\U000e0041"
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("Do not honour", "Do not honour"),
        ("Straße, 東京, हिन्दी, नमस्ते", "Straße, 東京, हिन्दी, नमस्ते"),
        ("\x1b[2Jgone", "␛[2Jgone"),
        ("\x1b]8;;https://evil.example\x07click\x1b]8;;\x07", "␛]8;;https://evil.example␇click␛]8;;␇"),
        ("\x9b31mred", "\\x9b31mred"),
        ("one\r\ntwo\tthree", "one␍␊two␉three"),
        ("nul\x00del\x7f", "nul␀del␡"),
        ("paid \u202ekcab", "paid \\u202ekcab"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028separator\u2029", "line\\u2028separator\\u2029"),
        ("half \ud83d of a pair", "half \\ud83d of a pair"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("wide\u3000and\u00a0hard", "wide and hard"),
        ("filler\u3164", "filler\\u3164"),
        ("[red]not markup[/red]", "[red]not markup[/red]"),
        ("\u0301first", "\\u0301first"),
        ("", ""),
    ],
)
def test_what_does_not_show_is_made_visible(foreign: str, shown: str) -> None:
    assert harmless(foreign) == shown


def test_a_letter_keeps_a_few_marks_and_no_tower_of_them() -> None:
    assert harmless("a" + "\u0301" * 5) == "a" + "\u0301" * 3 + "\\u0301" * 2


@pytest.mark.parametrize(("limit", "shown"), [(10, "abcdefghij"), (9, "abcdefgh…"), (2, "a…"), (1, "…")])
def test_a_long_text_is_cut_with_a_mark(limit: int, shown: str) -> None:
    assert harmless("abcdefghij", limit=limit) == shown


def test_an_escape_is_not_cut_in_half() -> None:
    assert harmless("ab\u202ecd", limit=7) == "ab…"


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves no room"):
        harmless("abc", limit=0)


@given(st.one_of(any_text, nasty_text), st.integers(1, 80))
@example("\ud800\u202e\x00", 3)
def test_the_result_is_printable_short_and_can_be_encoded(text: str, limit: int) -> None:
    shown = harmless(text, limit=limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


@given(st.one_of(any_text, nasty_text))
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    once = harmless(text, limit=10_000)
    assert harmless(once, limit=10_000) == once


@given(st.one_of(any_text, nasty_text))
def test_nothing_is_left_out_silently(text: str) -> None:
    assert len(harmless(text, limit=10_000)) >= len(text)


@given(any_text, st.integers(1, 80))
def test_only_a_text_that_was_cut_gets_the_mark(text: str, limit: int) -> None:
    whole = harmless(text, limit=10_000)
    cut = harmless(text, limit=limit)
    assert cut == whole if len(whole) <= limit else cut.endswith(MARK)


def test_a_flood_is_cut_without_being_read_to_its_end() -> None:
    class Flood(str):
        __slots__ = ()
        read: ClassVar[int] = 0

        def __iter__(self) -> Iterator[str]:
            for char in super().__iter__():
                Flood.read += 1
                yield char

    assert harmless(Flood("x" * 1_000_000), limit=20) == "x" * 19 + MARK
    assert Flood.read <= 21
