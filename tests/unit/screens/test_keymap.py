"""The keymap of the settings against the bindings that are there."""

import pytest
from textual.binding import Binding

from reconcile_tui.screens.keymap import checked_keymap

BINDINGS = [
    Binding("s", "sync", "Sync", id="sync"),
    Binding("slash", "filter", "Filter", id="filter"),
    Binding("q", "quit", "Quit", id="quit"),
    Binding("j", "move(1)", "Down"),
]


def test_an_action_gets_another_key() -> None:
    assert checked_keymap({"filter": "f"}, BINDINGS).keys == {"filter": "f"}


def test_an_unknown_action_is_named_with_what_may_be_meant() -> None:
    checked = checked_keymap({"fliter": "f"}, BINDINGS)

    assert checked.keys == {}
    assert checked.problems == ("no action is called fliter (did you mean filter?)",)


@pytest.mark.parametrize("key", ["enter", "space", "down", "ctrl+s", "x,enter", "escape"])
def test_what_changes_rows_stays_off_careless_keys(key: str) -> None:
    checked = checked_keymap({"sync": key}, BINDINGS)

    assert checked.keys == {}
    assert checked.problems == ("sync changes rows: it stays off enter, the arrows and ctrl keys",)


@pytest.mark.parametrize("key", ["/", "slash"])
def test_the_key_of_another_action_is_refused(key: str) -> None:
    [problem] = checked_keymap({"quit": key}, BINDINGS).problems

    assert problem == f"quit: {key} is the key of filter; give that one another"


def test_two_actions_may_change_places() -> None:
    wanted = {"filter": "q", "quit": "slash"}

    assert checked_keymap(wanted, BINDINGS).keys == wanted


def test_an_action_may_keep_its_key() -> None:
    assert checked_keymap({"filter": "/"}, BINDINGS).problems == ()


def test_no_key_is_a_problem_in_harmless_words() -> None:
    checked = checked_keymap({"sync": " ", "\x1b[31m": "x"}, BINDINGS)

    assert checked.keys == {}
    assert checked.problems == ("sync has no key", "no action is called ␛[31m")


@pytest.mark.parametrize("key", ["[red]", "\x1b[31m", "\u202e", "a b"])
def test_what_is_no_key_is_refused_in_harmless_words(key: str) -> None:
    checked = checked_keymap({"filter": key}, BINDINGS)

    assert checked.keys == {}
    [problem] = checked.problems
    assert problem.endswith("is no key")
    assert problem.isprintable()


@pytest.mark.parametrize("key", ["f1", "ctrl+f", "question_mark", "?", "é"])
def test_every_kind_of_key_is_one(key: str) -> None:
    assert checked_keymap({"filter": key}, BINDINGS).problems == ()
