"""Masking: what may be kept of foreign texts, and what must stay readable in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.masking import MASK, masked
from tests.unit.log.test_redaction import card_numbers, spelled

CARD = "4242424242424242"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"card {CARD} was declined", f"card {MASK} was declined"),
        ("PAN:4242-4242-4242-4242, exp 12/30", f"PAN:{MASK}, exp 12/30"),
        ("VISA4242424242424242", f"VISA{MASK}"),
        ("card_4242424242424242", f"card_{MASK}"),
        ("4242 4242\u00a04242 4242", MASK),
        ("4242\u200b4242\u200b4242\u200b4242", MASK),
        ("５４５４５４５４５４５４５４５４", MASK),  # noqa: RUF001 digits of another width
        ("card 378282246310005 (amex)", f"card {MASK} (amex)"),
        ("card 3782 822463 10005", f"card {MASK}"),
        ("card 42424242 42424242", f"card {MASK}"),
        ("write to anna@example.org!", f"write to {MASK}"),
        ("IBAN DE89 3704 0044 0532 0130 00 was refused", f"IBAN {MASK} was refused"),
        ("account GB82WEST12345698765432", f"account {MASK}"),
        ("call +49 (171) 234-5678 now", f"call {MASK} now"),
        ("phone: 0171 2345678", f"phone: {MASK}"),
    ],
)
def test_what_belongs_to_a_customer_is_masked(text: str, kept: str) -> None:
    assert masked(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "payment pay_4242424242424242 does not exist",
        "refund re-4242424242424242 of 12345678-1234-1234-1234-446655440000",
        "order 0012345678 over 1,234.56 EUR (123456 minor units)",
        "order 1732104000000 at 2026-11-30 12:00:00.123456+00:00",
        "reference 4242424242424243",
        "refunds of 100 200 300 400 500 600 700",
        "version 2.5.10.1234.2024.11.30",
        "from 2026-12-01 190343 to 2026-12-01 190343",
        "id 42424242-4242-4242-8242-424242424242",
        "seen at 12:00:42.424242 42-42-42",
        "402: insufficient funds, HTTP 422, code CE_00, attempt 3 of 5",
        'Key (id)=(17) is not present in table "orders"',
        "10.0.0.1:5432 refused the connection",
        "IBAN DE00 3704 0044 0532 0130 00",
        "XY12ABCDEFGHIJKLMNOP",
    ],
)
def test_ids_amounts_and_times_stay_readable(text: str) -> None:
    assert masked(text) == text


def test_an_id_that_is_known_stays_whatever_it_looks_like() -> None:
    assert masked(f"no payment {CARD}", spare=(CARD,)) == f"no payment {CARD}"


@given(
    card_numbers,
    st.sampled_from(["", " ", "-", ".", "\u00a0", "\u200b"]),
    st.text(alphabet="abc ,;:()[]\"'\n=", max_size=12),
    st.text(alphabet="abc ,;:()[]\"'\n", max_size=12),
)
def test_no_card_number_survives(number: str, separator: str, before: str, after: str) -> None:
    kept = masked(before + spelled(number, separator) + after)

    assert number not in "".join(each for each in kept if each.isdigit())


@given(st.text(max_size=200))
def test_masking_twice_masks_no_more(text: str) -> None:
    assert masked(masked(text)) == masked(text)
