"""Keys as terminals send them: a character is that character however it arrives."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from reconcile_tui.terminal.keys import KeyParser

PRINTABLE = [*string.digits, *string.ascii_letters, *string.punctuation, " ", "ä", "€", "漢"]


def keys(sent: str, parser: type[XTermParser] = KeyParser) -> list[tuple[str, str | None]]:
    """The keys that a sequence comes to."""
    made = parser()
    heard = [*made.feed(sent), *made.tick()]
    return [(it.key, it.character) for it in heard if isinstance(it, events.Key)]


@pytest.mark.parametrize("form", ["\x1b[{}u", "\x1b[{};1u", "\x1b[{};1:1u", "\x1b[{};;{}u", "\x1b[{};129u"])
@pytest.mark.parametrize("typed", PRINTABLE)
def test_a_character_is_the_same_key_however_it_arrives(typed: str, form: str) -> None:
    assert keys(form.format(ord(typed), ord(typed))) == keys(typed) != []


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("\x1b[32;2u", " "),
        ("\x1b[32;2;32u", " "),
        ("\x1b[27;2;32~", " "),
        ("\x1b[97;2u", "A"),
        ("\x1b[65;2u", "A"),
        ("\x1b[97:65;2u", "A"),
        ("\x1b[97;65u", "A"),
        ("\x1b[97;66u", "a"),
        ("\x1b[47:63;2;63u", "?"),
        ("\x1b[40;2u", "("),
        ("\x1b[57400u", "1"),
        ("\x1b[57400;129u", "1"),
        ("\x1b[57410u", "/"),
    ],
)
def test_what_shift_locks_and_the_keypad_make_of_it(sent: str, typed: str) -> None:
    assert keys(sent) == keys(typed)


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("\x1b[27u", "escape"),
        ("\x1b[13u", "enter"),
        ("\x1b[57414u", "enter"),
        ("\x1b[9;2u", "shift+tab"),
        ("\x1b[127u", "backspace"),
        ("\x1b[97;5u", "ctrl+a"),
        ("\x1b[97;133u", "ctrl+a"),
        ("\x1b[32;5u", "ctrl+space"),
        ("\x1b[1;1:1A", "up"),
        ("\x1b[1;2B", "shift+down"),
    ],
)
def test_a_key_that_types_nothing_keeps_its_name(sent: str, key: str) -> None:
    assert [name for name, _ in keys(sent)] == [key]


def test_a_key_that_is_let_go_is_no_key() -> None:
    assert keys("\x1b[32;1:3u") == []


@given(st.from_regex(r"\x1b\[[\d:;]{0,24}[u~ABCDEFHPQRS]", fullmatch=True))
def test_no_sequence_ends_the_keyboard(sent: str) -> None:
    assert keys(sent + "y")[-1:] == [("y", "y")]
