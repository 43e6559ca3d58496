"""Bodies made from the PSP's own API document: what is valid there must become a value here.

The document's schemas are narrowed to the fields that the reader uses and some that it must pass over;
nulls come where the document allows them, unknown fields anywhere.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp.hyperswitch_bodies import TEXT_LIMIT
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import PaymentSeen, ReadHow, RefundList, RefundSeen
from reconcile_tui.core.statuses import PaymentStatus, PspRefundStatus, UnknownStatus
from tests.integration.psp.stub import StubPsp, a_page, a_payment, a_refund, says
from tests.psp_api.schema import document, violations

PAY, REF = "pay_chosen_by_the_merchant", "ref_1"
UNKNOWN = ["half_frozen", "SUCCEEDED", "succeeded "]
MINOR = st.integers(min_value=-(2**63), max_value=2**63 - 1)
REFUND_IDS = st.from_regex(r"\Aref_[a-z]{1,8}\Z")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
OBJECTS = st.dictionaries(st.text(), ANYTHING, max_size=4)
UNKNOWN_FIELDS = st.dictionaries(st.from_regex(r"\Anew_[a-z]{1,5}\Z"), ANYTHING, max_size=3)

PAYMENT_FIELDS = (
    "net_amount",
    "amount_capturable",
    "amount_received",
    "connector",
    "connector_transaction_id",
    "error_code",
    "error_message",
    "cancellation_reason",
    "manual_retry_allowed",
    "attempt_count",
    "created",
    "modified_at",
    "updated",
    "metadata",
    "payment_method",
    "merchant_id",
    "processor_merchant_id",
    "email",
    "capture_method",
    "expires_on",
)
REFUND_FIELDS = (
    "reason",
    "metadata",
    "error_code",
    "error_message",
    "created_at",
    "updated_at",
    "connector",
    "connector_refund_id",
    "raw_connector_response",
)


def enumerated(name: str) -> list[str]:
    words: list[str] = document()["components"]["schemas"][name]["enum"]
    return words


def bodies(name: str, fields: tuple[str, ...], decides: dict[str, st.SearchStrategy[Any]]) -> Any:
    """Objects of the document's schema with some of its fields, those that it requires always, and others.

    Each field is made from its own schema; the object around them by Hypothesis, which knows absent fields.
    """
    whole = document()["components"]["schemas"][name]
    made = {field: values(whole["properties"][field]) for field in fields} | decides
    required = {field: made[field] for field in whole["required"] if field in made}
    optional = {field: strategy for field, strategy in made.items() if field not in required}
    known = st.fixed_dictionaries(required, optional=optional)
    return st.builds(lambda body, more: {**more, **body}, known, UNKNOWN_FIELDS)


def values(schema: Any) -> st.SearchStrategy[Any]:
    """Values of one field's schema; objects are free ones."""
    if "anyOf" in schema:
        return st.one_of([values(choice) for choice in schema["anyOf"]])
    if "allOf" in schema:
        (schema,) = schema["allOf"]
    if "$ref" in schema:
        return values(document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    match schema:
        case {"type": "object"}:
            return OBJECTS
        case {"format": "int64"}:
            return MINOR
        case _:
            return from_schema(schema)


def decisive(status: str) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "amount": MINOR,
        "currency": st.sampled_from(enumerated("Currency")),
        "status": st.sampled_from([*enumerated(status), *UNKNOWN]),
    }


def refunds(refund_id: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    ids = {"payment_id": st.just(PAY), "refund_id": refund_id}
    made: st.SearchStrategy[Any] = bodies("RefundResponse", REFUND_FIELDS, decisive("RefundStatus") | ids)
    return made


def payments() -> st.SearchStrategy[Any]:
    more = {"payment_id": st.just(PAY), "refunds": st.none() | st.lists(refunds(REFUND_IDS), max_size=2)}
    made: st.SearchStrategy[Any] = bodies("PaymentsResponse", PAYMENT_FIELDS, decisive("IntentStatus") | more)
    return made


over_http = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def kept(text: object) -> object:
    """A text as the core keeps it: no NUL, and not endless."""
    if not isinstance(text, str):
        return text
    clean = text.replace("\0", "\ufffd")
    return clean if len(clean) <= TEXT_LIMIT else clean[: TEXT_LIMIT - 1] + "…"


@over_http
@given(body=payments())
async def test_every_payment_of_the_document_becomes_a_value(
    psp: StubPsp, reader: PspReader, body: dict[str, Any]
) -> None:
    psp.will(says(body))

    seen = await reader.payment(PaymentId(PAY), how=ReadHow.FORCED)

    assert isinstance(seen, PaymentSeen), seen
    assert (seen.status.value, seen.amount, seen.currency) == (
        body["status"],
        body["amount"],
        body["currency"],
    )
    for name in ("net_amount", "amount_capturable", "amount_received", "manual_retry_allowed"):
        assert getattr(seen, name) == body.get(name)
    for name in ("connector", "connector_transaction_id", "error_code", "error_message"):
        assert getattr(seen, name) == kept(body.get(name))
    assert [refund.refund_id for refund in seen.refunds] == [
        row["refund_id"] for row in body.get("refunds") or ()
    ]


@over_http
@given(body=refunds(st.just(REF)))
async def test_every_refund_of_the_document_becomes_a_value(
    psp: StubPsp, reader: PspReader, body: dict[str, Any]
) -> None:
    psp.will(says(body))

    seen = await reader.refund(RefundId(REF), how=ReadHow.FORCED)

    assert isinstance(seen, RefundSeen), seen
    assert (seen.status.value, seen.amount, seen.currency) == (
        body["status"],
        body["amount"],
        body["currency"],
    )
    assert seen.error_message == kept(body.get("error_message"))
    assert all(isinstance(value, str) for value in seen.metadata.values())


@over_http
@given(rows=st.lists(refunds(REFUND_IDS), max_size=3))
async def test_every_list_of_the_document_becomes_a_value(
    psp: StubPsp, reader: PspReader, rows: list[dict[str, Any]]
) -> None:
    distinct = {row["refund_id"]: row for row in rows}
    psp.will(says(a_page(*distinct.values())))

    listed = await reader.refunds_of(PaymentId(PAY))

    assert isinstance(listed, RefundList), listed
    assert listed.is_complete
    assert [refund.refund_id for refund in listed.refunds] == list(distinct)


@pytest.mark.parametrize("status", enumerated("IntentStatus"))
async def test_every_payment_status_of_the_document_is_known(
    psp: StubPsp, reader: PspReader, status: str
) -> None:
    psp.will(says(a_payment(status=status)))

    seen = await reader.payment(PaymentId("pay_1"), how=ReadHow.FORCED)

    assert isinstance(seen, PaymentSeen)
    assert seen.status is PaymentStatus(status)


@pytest.mark.parametrize("status", enumerated("RefundStatus"))
async def test_every_refund_status_of_the_document_is_known(
    psp: StubPsp, reader: PspReader, status: str
) -> None:
    psp.will(says(a_refund(status=status)))

    seen = await reader.refund(RefundId("ref_1"), how=ReadHow.FORCED)

    assert isinstance(seen, RefundSeen)
    assert seen.status is PspRefundStatus(status)


@pytest.mark.parametrize("status", UNKNOWN)
async def test_a_status_that_is_not_in_the_document_is_kept_as_it_came(
    psp: StubPsp, reader: PspReader, status: str
) -> None:
    psp.will(says(a_payment(status=status, refunds=[a_refund(status=status)])))

    seen = await reader.payment(PaymentId("pay_1"), how=ReadHow.FORCED)

    assert isinstance(seen, PaymentSeen)
    assert seen.status == UnknownStatus(status)
    assert [refund.status for refund in seen.refunds] == [UnknownStatus(status)]


def test_the_stubs_own_bodies_are_the_documents() -> None:
    payment = a_payment(payment_method="card", processor_merchant_id="merchant_1")

    assert violations("PaymentsResponse", payment) == []
    assert violations("RefundResponse", a_refund()) == []
    assert violations("RefundListResponse", a_page(a_refund())) == []
