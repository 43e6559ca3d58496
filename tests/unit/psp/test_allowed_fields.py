"""What of a PSP's object may leave memory."""

import hashlib
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.masking import MASK, masked
from reconcile_tui.core.psp.allowed_fields import (
    DISPUTE_FIELDS,
    PAYMENT_FIELDS,
    REFUND_FIELDS,
    allowed_copy,
)
from reconcile_tui.core.psp.whole_object import WholeObject, digest

CARD = "4242 4242 4242 4242"
PAYMENT: dict[str, object] = {
    "payment_id": "pay_1",
    "status": "succeeded",
    "amount": 4210,
    "currency": "EUR",
    "connector_transaction_id": "4242424242424242",
    "email": "anna@example.org",
    "phone": "+49 170 1234567",
    "name": "Anna Example",
    "client_secret": "pay_1_secret_x",
    "payment_method_data": {"card": {"last4": "4242", "card_holder_name": "Anna Example"}},
    "billing": {"address": {"line1": "Hidden Street 1"}},
    "shipping": {"address": {"line1": "Hidden Street 2"}},
    "whole_connector_response": "<secret/>",
    "browser_info": {"ip_address": "192.0.2.1"},
    "customer": {"email": "anna@example.org"},
    "metadata": {
        "order_id": "o-1",
        "tries": 3,
        "gift": False,
        "contact": "anna@example.org",
        "pan": "4242-4242-4242-4242 123",
        "pan_number": 4242424242424242,
        "nested": {"card": CARD},
    },
    "refunds": [
        {
            "refund_id": "ref_1",
            "payment_id": "pay_1",
            "amount": 10,
            "raw_connector_response": "<secret/>",
            "metadata": {"refund_row": "r-1"},
        }
    ],
    "disputes": [{"dispute_id": "dp_1", "evidence": "anna@example.org"}],
}
FORBIDDEN = ["anna", "Anna", "secret", "Hidden", "192.0.2.1", "4242 4242", "170 1234567", "last4", "4242-"]


def test_a_payments_copy_holds_what_decides_and_nothing_of_the_customer() -> None:
    copy = allowed_copy(PAYMENT)

    assert copy == {
        "payment_id": "pay_1",
        "status": "succeeded",
        "amount": 4210,
        "currency": "EUR",
        "connector_transaction_id": "4242424242424242",
        "metadata": {"order_id": "o-1", "tries": 3, "gift": False},
        "refunds": [
            {"refund_id": "ref_1", "payment_id": "pay_1", "amount": 10, "metadata": {"refund_row": "r-1"}}
        ],
        "disputes": [{"dispute_id": "dp_1"}],
    }
    assert [word for word in FORBIDDEN if word in json.dumps(copy)] == []


def test_a_refund_is_known_by_its_id_and_gets_its_own_list() -> None:
    body = {"refund_id": "ref_1", "payment_id": "pay_1", "reason": "late", "raw_connector_response": "x"}

    assert allowed_copy(body) == {"refund_id": "ref_1", "payment_id": "pay_1", "reason": "late"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"card {CARD} was declined", f"card {MASK} was declined"),
        ("card 4242424242424242 was declined", f"card {MASK} was declined"),
        ("write to anna@example.org!", f"write to {MASK}"),
        ("order 1732104000000 at 12:00", "order 1732104000000 at 12:00"),
        ("reference 4242424242424243", "reference 4242424242424243"),
        ("402: insufficient funds", "402: insufficient funds"),
    ],
)
def test_cards_and_addresses_inside_texts_are_masked(text: str, kept: str) -> None:
    assert masked(text) == kept
    assert allowed_copy({"error_message": text}) == {"error_message": kept}


def test_an_allowed_name_with_a_nested_value_is_left_out() -> None:
    assert allowed_copy({"connector": {"email": "x"}, "amount": [1], "status": None, "metadata": "x"}) == {}


@pytest.mark.parametrize("piece", ["x", "@", "1-", "7", "a@"])
def test_a_huge_hostile_text_costs_little(piece: str) -> None:
    text = piece * 500_000
    copy = allowed_copy({"error_message": text, "metadata": {"note": text}})

    assert len(json.dumps(copy)) < 10_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from([*sorted(PAYMENT_FIELDS), "refunds", "disputes", "email", "billing", "refund_id"])


@given(st.dictionaries(NAMES | st.text(), JSON, max_size=8))
def test_nothing_but_allowed_names_and_scalars_comes_out(body: Mapping[str, object]) -> None:
    copy = allowed_copy(body)

    allowed = REFUND_FIELDS if "refund_id" in body else PAYMENT_FIELDS | {"refunds", "disputes"}
    assert copy.keys() <= allowed
    for name, value in copy.items():
        if name in ("refunds", "disputes"):
            assert isinstance(value, list)
            assert all(row.keys() <= REFUND_FIELDS | DISPUTE_FIELDS for row in value)
        elif name == "metadata":
            assert isinstance(value, dict)
            assert all(isinstance(item, str | int | float) for item in value.values())
        else:
            assert isinstance(value, str | int | float)
    json.dumps(copy, allow_nan=False)


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_the_digest_does_not_depend_on_the_order_of_keys(body: dict[str, object]) -> None:
    assert digest(body) == digest(dict(reversed(body.items())))
    assert len(digest(body)) == 64


def test_the_digest_changes_with_what_is_not_stored_too() -> None:
    assert digest(PAYMENT) != digest({**PAYMENT, "email": "other@example.org"})


def test_an_object_inside_of_a_webhook_is_digested_as_the_whole_body_is() -> None:
    its_object = {**PAYMENT, "note": 'é\u2028"\\', "refunds": [{"b": None, "a": 1.5}]}

    def body(of: dict[str, object]) -> dict[str, object]:
        return {"type": "payment_details", "content": {"object": of, "b": 1}}

    assert digest(body(WholeObject(its_object))) == digest(body(its_object))
    canonical = json.dumps(body(its_object), sort_keys=True, separators=(",", ":"))
    assert digest(body(its_object)) == hashlib.sha256(canonical.encode()).hexdigest()
