"""No key, no card datum and no customer's address comes out of the log, however it got in."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from reconcile_tui.log import Redaction, get_logger
from reconcile_tui.log.redaction import is_secret_key
from reconcile_tui.settings import LogFormat, LogLevel
from tests.unit.log.captured import FORMATS, logged

Say = Callable[[str], None]

letters = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=8)
around = st.tuples(
    st.text(alphabet="abcdefgh ,;()[]<>\"'\n\t=", max_size=12),
    st.text(alphabet="abcdefgh ,;()[]<>\"'\n", max_size=12),
)
passwords = st.text(
    alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40
).filter(lambda text: len(set(text)) > 4)


def with_check_digit(digits: str) -> str:
    """A number that passes the check of card numbers (ISO/IEC 7812)."""
    for check in "0123456789":
        number = digits + check
        total = 0
        for place, char in enumerate(reversed(number)):
            digit = int(char) * (2 if place % 2 else 1)
            total += digit - 9 if digit > 9 else digit
        if total % 10 == 0:
            return number
    raise AssertionError("one of ten digits always fits")


card_numbers = st.builds(with_check_digit, st.from_regex(r"[2-6][0-9]{11,17}", fullmatch=True))


def spelled(number: str, separator: str) -> str:
    return separator.join(number[at : at + 4] for at in range(0, len(number), 4))


def as_value(text: str) -> None:
    get_logger().info("reconcile.said", detail=text)


def as_event(text: str) -> None:
    get_logger().info(text)


def as_key(text: str) -> None:
    get_logger().info("reconcile.said", details={text: 1})


def deep_inside(text: str) -> None:
    get_logger().info("reconcile.said", body={"rows": [{"note": (text, {text})}], "raw": text.encode()})


def as_an_object(text: str) -> None:
    class Body:
        def __repr__(self) -> str:
            return f"Body({text})"

    get_logger().info("reconcile.said", body=Body())


def as_a_librarys_line(text: str) -> None:
    logging.getLogger("lib").warning("server said %s", text)


def fail(text: str, cause: Exception | None = None) -> None:
    raise ValueError(text) from cause


def as_an_error(text: str) -> None:
    try:
        try:
            fail(text)
        except ValueError as first:
            fail(f"while reading: {text}", first)
    except ValueError:
        get_logger().exception("reconcile.broken")


def as_a_librarys_error(text: str) -> None:
    try:
        fail(text)
    except ValueError:
        logging.getLogger("lib").exception("failed")


WAYS = (
    as_value,
    as_event,
    as_key,
    deep_inside,
    as_an_object,
    as_a_librarys_line,
    as_an_error,
    as_a_librarys_error,
)
ways = st.sampled_from(WAYS)
formats = st.sampled_from(FORMATS)
thorough = settings(max_examples=300, deadline=None)
every_format = pytest.mark.parametrize("fmt", FORMATS)


@thorough
@given(way=ways, fmt=formats, key=passwords, around=around)
@example(way=as_an_error, fmt=LogFormat.CONSOLE, key='pa"ss\\word', around=("", ""))
@example(way=deep_inside, fmt=LogFormat.JSON, key="it's%40secret", around=("'", '"'))
def test_no_known_secret_comes_out(way: Say, fmt: LogFormat, key: str, around: tuple[str, str]) -> None:
    before, after = around
    text = logged(lambda: way(f"{before}{key}{after}"), fmt, level=LogLevel.DEBUG, secrets=[key])
    for form in (key, quote(key, ""), json.dumps(key)[1:-1], repr(key)[1:-1]):
        assert form not in text


@thorough
@given(
    way=ways,
    fmt=formats,
    number=card_numbers,
    separator=st.sampled_from(["", " ", "-", "\u00a0", "."]),
    around=around,
)
def test_no_card_number_comes_out(
    way: Say, fmt: LogFormat, number: str, separator: str, around: tuple[str, str]
) -> None:
    before, after = around
    text = logged(lambda: way(f"{before}{spelled(number, separator)}{after}"), fmt, level=LogLevel.DEBUG)
    assert number not in "".join(char for char in text if char.isdigit())


@thorough
@given(way=ways, fmt=formats, address=st.emails(), around=around)
def test_no_customers_address_comes_out(
    way: Say, fmt: LogFormat, address: str, around: tuple[str, str]
) -> None:
    before, after = around
    text = logged(lambda: way(f"{before} {address} {after}"), fmt, level=LogLevel.DEBUG)
    assert address not in text
    assert f"@{address.rpartition('@')[2]}" not in text


@every_format
@given(number=card_numbers)
def test_a_card_number_that_came_as_a_number_does_not_come_out(fmt: LogFormat, number: str) -> None:
    def say() -> None:
        get_logger().info("reconcile.said", row=int(number), rows=[int(number)])
        logging.getLogger("lib").warning("row %d", int(number))

    assert number not in logged(say, fmt)


@every_format
@pytest.mark.parametrize(
    "key",
    [
        "api_key",
        "apiKey",
        "API-KEY",
        "Authorization",
        "password",
        "db_password",
        "hyperswitch_webhook_key",
        "client_secret",
        "access_token",
        "set-cookie",
        "x-webhook-signature-512",
        "card",
        "card_holder_name",
        "cvc",
        "last4",
        "payment_method_data",
        "billing",
        "shipping",
        "email",
        "customerEmail",
        "phone",
        "browser_info",
        "raw_connector_response",
        "database_url",
    ],
)
def test_what_stands_under_a_telling_key_does_not_come_out(fmt: LogFormat, key: str) -> None:
    def say() -> None:
        get_logger().info("reconcile.said", body={key: {"anything": "wanda"}}, **{key: "wanda"})

    assert "wanda" not in logged(say, fmt)


@pytest.mark.parametrize(
    "key", ["order", "refund_id", "payment_id", "status", "company", "discarded", "keys", "expires", "event"]
)
def test_an_ordinary_key_is_left_alone(key: str) -> None:
    assert not is_secret_key(key)


@every_format
def test_a_secret_str_is_masked_wherever_it_stands(fmt: LogFormat) -> None:
    def say() -> None:
        get_logger().info("reconcile.said", value=SecretStr("wanda-key"), more=[SecretStr("wanda-key")])

    text = logged(say, fmt)
    assert "wanda" not in text
    assert text.count("[masked]") == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://shop:sw0rdfish@db.example/shop", "postgresql://[masked]@db.example/shop"),
        ("api-key: snd_123", "api-key: [masked]"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [masked]"),
        ('{"password": "x y"}', '{"password": [masked]}'),
        ("key snd_0123456789abcdef0123 is wrong", "key [masked] is wrong"),
        ("paid with 4111 1111 1111 1111.", "paid with [masked]."),
        ("wanda@shop.example wrote", "[masked] wrote"),
    ],
)
def test_what_looks_like_a_secret_is_masked_and_the_rest_can_be_read(text: str, shown: str) -> None:
    assert Redaction().text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "order 17 was stuck for 45m",
        "pay_9f8e7d6c5b4a",
        "4111111111111112",
        "550e8400-e29b-41d4-a716-446655440000",
        "2026-11-24T01:56:00.123456Z",
        "https://sandbox.hyperswitch.io/payments/pay_1",
        "daemon@host",
        "amount 1234567890 EUR",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert Redaction(["sw0rdfish", "abc"]).text(text) == text


@every_format
def test_a_row_is_named_though_its_id_looks_like_a_cards_number(fmt: LogFormat) -> None:
    def say() -> None:
        psp_id, detail = "pay_4111111111111111", "5555555555554444"
        get_logger().info("reconcile.said", id="4242424242424242", psp_id=psp_id, detail=detail)

    text = logged(say, fmt)
    assert "4242424242424242" in text
    assert "pay_4111111111111111" in text
    assert "5555555555554444" not in text


def test_a_short_secret_is_masked_where_it_stands_alone() -> None:
    redaction = Redaction(["abc"])
    assert redaction.text("abc") == "[masked]"
    assert redaction.text("the abc of it") == "the abc of it"


def test_an_empty_secret_masks_nothing() -> None:
    assert Redaction(["", "sw0rdfish"]).text("a b") == "a b"


@settings(deadline=timedelta(seconds=5), max_examples=50)
@given(text=st.text(alphabet='a:/@-.=0 "', min_size=1, max_size=100))
@example(text="a-")
@example(text="://a:")
@example(text="a@a.")
@example(text="0 ")
def test_no_text_holds_the_log_up(text: str) -> None:
    long = (text * 100_000)[:100_000]
    assert len(Redaction(["sw0rdfish"]).text(long)) <= 2_000
