"""The plan file: taken byte by byte as it was printed, with the same key, in the same place, in time."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from reconcile_tui.plan_file import (
    MadeElsewhere,
    MadeInTheFuture,
    NotAPlan,
    OtherFormat,
    PlaceOfPlan,
    PlanFileRefused,
    PlanTooOld,
    SealBroken,
    parse,
    require_age,
    require_place,
    require_seal,
    sealed,
)
from tests.builders import NOW, span

KEY = SecretStr("snd_a_key_of_this_account")
CONTENT: dict[str, object] = {
    "document": "plan",
    "format": 1,
    "made_by": "Jané \u202e",
    "rows": [{"id": "o-1", "amount": 4200, "psp": None, "is": True}, {"id": "é", "amount": -1}],
}
TEXT = sealed(CONTENT, KEY)
HERE = PlaceOfPlan(context="prod", database="postgresql://db:5432/shop", psp="https://api.hyperswitch.io")


def read(data: bytes, key: SecretStr = KEY) -> dict[str, object]:
    content = parse(data)
    require_seal(data, content, key)
    return content


def refusal(data: bytes) -> type[PlanFileRefused] | None:
    try:
        read(data)
    except PlanFileRefused as error:
        return type(error)
    return None


def test_what_was_printed_is_read_back() -> None:
    content = read(TEXT.encode())

    assert {**CONTENT, "seal": content["seal"]} == content


def test_a_file_is_plain_ascii_that_people_can_read() -> None:
    assert TEXT.isascii()
    assert '"amount": 4200' in TEXT
    assert KEY.get_secret_value() not in TEXT


@given(st.integers(0, len(TEXT) - 1), st.integers(0, 255))
def test_no_byte_of_it_may_be_another_one(position: int, byte: int) -> None:
    data = bytearray(TEXT.encode())
    was, data[position] = data[position], byte

    assert (refusal(bytes(data)) is None) is (byte == was)


@given(st.integers(0, len(TEXT)), st.integers(0, 255))
def test_no_byte_may_be_put_in(position: int, byte: int) -> None:
    data = TEXT.encode()

    assert refusal(data[:position] + bytes([byte]) + data[position:]) is not None


@given(st.integers(0, len(TEXT) - 1))
def test_no_byte_may_be_taken_out(position: int) -> None:
    data = TEXT.encode()

    assert refusal(data[:position] + data[position + 1 :]) is not None


@given(st.binary(max_size=60))
def test_whatever_else_it_is_it_is_refused_in_words(data: bytes) -> None:
    assert refusal(data) in (NotAPlan, OtherFormat, SealBroken)


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**18), 10**18), st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), _json, max_size=4))
def test_any_plan_is_read_back_with_its_key_and_with_no_other(more: dict[str, object]) -> None:
    content = {**more, "document": "plan", "format": 1}
    content.pop("seal", None)
    data = sealed(content, KEY).encode()

    assert {name: value for name, value in read(data).items() if name != "seal"} == content
    with pytest.raises(SealBroken):
        read(data, SecretStr("snd_a_key_of_another_account"))


def test_a_seal_of_another_plan_does_not_fit() -> None:
    other = json.loads(sealed({**CONTENT, "made_by": "bob"}, KEY))
    mixed = json.dumps({**CONTENT, "seal": other["seal"]}, indent=2) + "\n"

    assert refusal(mixed.encode()) is SealBroken


@pytest.mark.parametrize("seal", [None, 7, [], "é", ""])
def test_what_is_no_seal_does_not_fit(seal: object) -> None:
    text = json.dumps({**CONTENT, "seal": seal}, indent=2) + "\n"

    assert refusal(text.encode()) is SealBroken


DEEP = 100_000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"\xff\xfe{", "it is not UTF-8"),
        (b"\xef\xbb\xbf{}", "it is not JSON"),
        (b"hello", "it is not JSON"),
        (b'{"a": 1}\n{"b": 2}', "it is not JSON"),
        (b"[" * DEEP, "it is nested too deeply"),
        (b'{"a":' * DEEP, "it is nested too deeply"),
        (b"[1]", "no document of this program"),
        (b'"plan"', "no document of this program"),
        (b'{"a": 1}', "no document of this program"),
        (b'{"document": "sync"}', "another document of this program"),
        (b'{"document": ["plan"]}', "another document of this program"),
        (b'{"document": "plan", "document": "plan"}', "a key stands in it twice"),
        (b'{"document": "plan", "x": NaN}', "a number in it is not whole"),
        (b'{"document": "plan", "x": 1e999}', "a number in it is not whole"),
        (b'{"document": "plan", "x": 0.5}', "a number in it is not whole"),
        (b'{"document": "plan", "x": ' + b"9" * 100_000 + b"}", "a number in it is too large"),
    ],
)
def test_what_is_no_plan_is_said_in_one_clause(data: bytes, said: str) -> None:
    with pytest.raises(NotAPlan) as refused:
        parse(data)

    assert said in refused.value.problem


@pytest.mark.parametrize("number", ["2", "0", "true", '"1"', "null", "[" * 900 + "]" * 900])
def test_another_format_is_not_guessed_at(number: str) -> None:
    with pytest.raises(OtherFormat):
        parse(f'{{"document": "plan", "format": {number}}}'.encode())


@pytest.mark.parametrize(
    ("there", "what"),
    [
        (PlaceOfPlan(context="staging", database=HERE.database, psp=HERE.psp), "context"),
        (PlaceOfPlan(context=None, database=HERE.database, psp=HERE.psp), "context"),
        (PlaceOfPlan(context="prod", database="sqlite:////shop.db", psp=HERE.psp), "database"),
        (PlaceOfPlan(context="prod", database=HERE.database, psp="https://sandbox.hyperswitch.io"), "PSP"),
    ],
)
def test_a_plan_belongs_to_the_place_where_it_was_made(there: PlaceOfPlan, what: str) -> None:
    require_place(HERE, HERE)

    with pytest.raises(MadeElsewhere) as refused:
        require_place(there, HERE)
    assert refused.value.what == what


@pytest.mark.parametrize(
    ("made", "refused"),
    [
        ("0s", None),
        ("15m", None),
        ("15m1s", PlanTooOld),
        ("8d", PlanTooOld),
    ],
)
def test_a_plan_has_a_longest_age(made: str, refused: type[PlanFileRefused] | None) -> None:
    assert age_refusal(NOW - span(made)) is refused


def test_a_plan_may_be_of_the_future_by_no_more_than_clocks_differ() -> None:
    assert age_refusal(NOW + span("60s")) is None
    assert age_refusal(NOW + span("61s")) is MadeInTheFuture


def age_refusal(made_at: datetime) -> type[PlanFileRefused] | None:
    try:
        require_age(made_at, now=NOW, max_age=span("15m"), skew_limit=timedelta(seconds=60))
    except PlanFileRefused as error:
        return type(error)
    return None
