"""The validator itself: it refuses what is wrong, and each mend of the document is needed."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from reconcile_tui.core.statuses import PaymentStatus, PspRefundStatus
from reconcile_tui.demo.psp import Book, SimulatedPsp
from tests.psp_api.schema import DOCUMENT, PATCHES, violations, words


def a_payment(**changes: object) -> dict[str, Any]:
    book = Book()
    book.payment("pay_1", status="succeeded", amount=1299)
    body: dict[str, Any] = json.loads(SimulatedPsp(book).webhook_of("pay_1").body)["content"]["object"]
    return {**body, **changes}


def a_refund(**changes: object) -> dict[str, Any]:
    book = Book()
    book.payment("pay_1", amount=1299)
    book.refund("ref_1", payment="pay_1", status="succeeded")
    body: dict[str, Any] = json.loads(SimulatedPsp(book).webhook_of("ref_1").body)["content"]["object"]
    return {**body, **changes}


def test_a_right_body_has_no_violations() -> None:
    assert violations("PaymentsResponse", a_payment()) == []
    assert violations("RefundResponse", a_refund()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"status": "teleported"},
        {"status": None},
        {"amount": "1299"},
        {"amount": None},
        {"currency": "EURO"},
        {"attempt_count": None},
        {"refunds": [{"refund_id": "ref_1"}]},
        {"payment_method": "cash"},
        {"metadata": "none"},
        {"customer": {"email": 7}},
        {"payment_method_data": {"card": {"last4": 4242}}},
    ],
)
def test_a_wrong_payment_is_told_with_the_place(change: dict[str, object]) -> None:
    [first, *_] = violations("PaymentsResponse", a_payment(**change))
    assert first.startswith(next(iter(change)))


@pytest.mark.parametrize("missing", ["payment_id", "status", "amount", "net_amount", "currency"])
def test_what_is_required_must_be_there(missing: str) -> None:
    body = a_payment()
    del body[missing]
    assert violations("PaymentsResponse", body) == [f": '{missing}' is a required property"]


@pytest.mark.parametrize("nullable", ["connector", "amount_received", "refunds", "metadata", "browser_info"])
def test_what_is_nullable_may_be_null(nullable: str) -> None:
    assert violations("PaymentsResponse", a_payment(**{nullable: None})) == []


def as_it_is_written() -> tuple[dict[str, Any], Registry[Any]]:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    return document, Registry().with_resource("urn:as-written", resource)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("PaymentsResponse/properties/amount_capturable", 0),
        ("PaymentsResponse/properties/payment_method", None),
        ("PaymentsResponse/properties/payment_id", "pay_1"),
        ("RefundResponse/properties/amount", 99),
        ("RefundListRequest", {"payment_id": "pay_1", "limit": 100, "offset": 0}),
    ],
)
def test_the_document_as_it_is_written_refuses_what_the_server_does(place: str, value: object) -> None:
    _, registry = as_it_is_written()
    schema = {"$ref": f"urn:as-written#/components/schemas/{place}"}
    assert not Draft202012Validator(schema, registry=registry).is_valid(value)


def test_the_document_as_it_is_written_has_a_list_answer_an_array_of_lists() -> None:
    document, _ = as_it_is_written()
    answer = document["paths"]["/payments/list"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"]["type"] == "array"
    assert answer["schema"]["items"]["$ref"].endswith("/PaymentListResponse")


def test_every_mend_is_listed() -> None:
    assert len(PATCHES) == 6


def test_the_core_knows_every_status_of_the_document() -> None:
    assert {status.value for status in PaymentStatus} == set(words("IntentStatus"))
    assert {status.value for status in PspRefundStatus} == set(words("RefundStatus"))
