"""Texts of others in Markdown: whatever they hold is read as text, and the page around keeps its shape."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.markdown import code, escaped, table
from tests.foreign import ANY

GITHUB = MarkdownIt("gfm-like")
"""Tables, struck text and HTML are on, and what looks like an address becomes a link by itself."""

BOTH = st.sampled_from([escaped, code])
PLAIN = {"text", "code_inline"}


def tokens(page: str) -> list[Token]:
    """Everything that a renderer sees, text within text included."""
    seen: list[Token] = []
    for token in GITHUB.parse(page):
        seen += (token.children or []) if token.type == "inline" else [token]
    return seen


def kinds(page: str) -> set[str]:
    return {token.type for token in tokens(page)}


def read(seen: list[Token]) -> str:
    return " ".join("".join(token.content for token in seen).split())


def as_shown(text: str) -> str:
    return " ".join(harmless(text, limit=1000).split())


@settings(max_examples=300, deadline=None)
@given(text=ANY, write=BOTH)
def test_a_cell_is_one_cell_and_holds_the_text(text: str, write: Callable[..., str]) -> None:
    seen = tokens("\n".join(table(("a", "b"), [(write(text, limit=1000), "end")])))

    names = [token.type for token in seen]
    assert names.count("tr_open") == 2
    assert names.count("td_open") == 2
    cell = seen[names.index("td_open") + 1 : names.index("td_close")]
    assert {token.type for token in cell} <= PLAIN
    assert read(cell) == as_shown(text)


@settings(max_examples=300, deadline=None)
@given(text=ANY, write=BOTH)
def test_a_list_a_heading_and_a_paragraph_hold_nothing_but_the_text(
    text: str, write: Callable[..., str]
) -> None:
    written = write(text, limit=1000)

    assert kinds(f"# {written}") <= {"heading_open", "heading_close"} | PLAIN
    assert kinds(f"{written}, and more.") <= {"paragraph_open", "paragraph_close"} | PLAIN
    listed = tokens(f"- who: {written} end")
    around = {
        f"{name}_{end}" for name in ("bullet_list", "list_item", "paragraph") for end in ("open", "close")
    }
    assert {token.type for token in listed} <= around | PLAIN
    assert read(listed) == " ".join(f"who: {as_shown(text)} end".split())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("the release is under way, see INC-2231", "the release is under way, see INC-2231"),
        ("Adyen's answers, 50% of them (again)!", "Adyen's answers, 50% of them (again)!"),
        ("a_b *c* <d> | [e]", "a\\_b \\*c\\* \\<d\\> \\| \\[e\\]"),
        ("ask carla@example.com", "`ask carla@example.com`"),
        ("see https://wiki.example/x|y", "`see https://wiki.example/x`\\|`y`"),
        ("a`b#1", "``a`b#1``"),
        ("- no list", "`- no list`"),
        ("two\nlines", "two␊lines"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_ordinary_words_stay_readable_as_they_are_written(text: str, written: str) -> None:
    assert escaped(text) == written


def test_a_long_text_is_cut_and_says_so() -> None:
    assert escaped("word " * 100, limit=20) == "word word word word…"


def test_columns_of_numbers_are_aligned_to_the_right() -> None:
    assert list(table((">rows", "what"), [("1", "x")])) == ["| rows | what |", "| ---: | --- |", "| 1 | x |"]
