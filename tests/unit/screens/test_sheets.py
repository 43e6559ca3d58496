"""Lists as text: what was in comes out again, and no cell is a formula."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.exporting.sheets import Title, as_csv, as_json, cell
from tests.builders import NOW
from tests.foreign import ANY

_TITLE = Title(document="rows", context="shop-eu", listed="Stuck orders", wanted="", at=NOW)
_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_texts = st.one_of(
    ANY,
    st.tuples(st.text(alphabet=" \t\r\n'\"`", max_size=4), st.sampled_from(_SPREADSHEET), ANY).map("".join),
)
_scalars = st.one_of(st.none(), st.booleans(), st.integers(), _texts)
_rows = st.lists(
    st.fixed_dictionaries(
        {
            "id": _texts,
            "money": st.none() | st.fixed_dictionaries({"minor": st.integers(), "text": _texts}),
            "b": _scalars,
        }
    ),
    max_size=5,
)
_COLUMNS = ("id", "money.minor", "money.text", "b")


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def unquoted(text: str) -> str:
    """What stood in a cell before it was neutralised."""
    return text.removeprefix("'")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "   =1+1",
        '"=1+1',
        "' =1+1",
        "\u00a0=1+1",
        "\uff1d1+1",
        "|calc",
        "\n=cmd|' /C calc'!A0",
    ],
)
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert cell(text).startswith("'")


@pytest.mark.parametrize("text", ["o-1", "", "42.00 EUR", "a=b", "2026-11-20T12:00:00Z", "(1)"])
def test_other_texts_stand_as_they_are(text: str) -> None:
    assert cell(text) == text


def test_numbers_are_numbers() -> None:
    assert [cell(each) for each in (-5, 4200, True, None, 1.5)] == ["-5", "4200", "true", "", "1.5"]


@given(text=_texts)
def test_no_text_begins_like_a_formula(text: str) -> None:
    made = cell(text)

    assert not made.lstrip(' "`').startswith(_SPREADSHEET)
    assert made == "" or made.isprintable()


@given(rows=_rows)
def test_a_csv_is_read_back(rows: list[dict[str, Any]]) -> None:
    names, *lines = read(as_csv(rows, _COLUMNS))

    assert names == list(_COLUMNS)
    for row, line in zip(rows, lines, strict=True):
        money = row["money"] or {}
        assert unquoted(line[0]) == (harmless(row["id"], limit=10_000) if row["id"] else "")
        assert line[1] == ("" if row["money"] is None else str(money["minor"]))


@given(rows=_rows)
def test_a_json_is_read_back(rows: list[dict[str, Any]]) -> None:
    read_back = json.loads(as_json(rows, _TITLE))

    assert read_back["at"] == "2026-11-20T12:00:00Z"
    assert [row["money"] is None for row in read_back["rows"]] == [row["money"] is None for row in rows]
    for row, came in zip(rows, read_back["rows"], strict=True):
        assert came["id"] == (harmless(row["id"], limit=10_000) if row["id"] else "")
