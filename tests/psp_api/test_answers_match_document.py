"""The simulated PSP cannot drift from the real one: its every 200 is valid by the PSP's own document."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile_tui.demo.psp import PRIVATE_VALUES, Book, SimulatedPsp
from reconcile_tui.demo.psp import faults as unkind
from reconcile_tui.demo.psp.bodies import payment_body
from reconcile_tui.demo.psp.events import event_type
from reconcile_tui.demo.psp.keys import OTHER_MERCHANT_KEY, OTHER_PROFILE_KEY
from tests.integration.demo.psp.conversation import Client, Got, a_book, talking_to
from tests.psp_api.schema import violations, words

PAYMENT_STATUSES = words("IntentStatus")
REFUND_STATUSES = words("RefundStatus")

HARMLESS_TO_THE_BODY = [
    None,
    unkind.Hang(0),
    unkind.Mislabelled(),
    unkind.Padded(100_000),
    unkind.OtherId(),
    unkind.Miscounted(),
]


async def every_read(client: Client) -> list[tuple[str, Got]]:
    """One of each, of the objects `pay_1` and `ref_1`, with the schema it is to have."""
    return [
        ("PaymentsResponse", await client.payment("pay_1")),
        ("PaymentsResponse", await client.get("/payments/pay_1", expand_attempts="true")),
        ("PaymentsResponse", await client.payment("pay_1", forced=True)),
        ("RefundListResponse", await client.refund_list(payment_id="pay_1", limit=100, offset=0)),
        ("RefundResponse", await client.refund("ref_1")),
        ("RefundResponse", await client.refund("ref_1", forced=True)),
        ("RefundListResponse", await client.refund_list(refund_id="ref_1")),
        ("PaymentListResponse", await client.get("/payments/list")),
        ("PaymentsResponse", await client.payment("pay_1")),
    ]


def assert_valid(reads: list[tuple[str, Got]]) -> None:
    assert [got.status for _, got in reads] == [200] * len(reads)
    wrong = [(schema, violations(schema, got.body)) for schema, got in reads]
    assert [found for found in wrong if found[1]] == []


@pytest.mark.parametrize("truth", ["succeeded", "failed", "processing"])
@pytest.mark.parametrize("known", PAYMENT_STATUSES)
async def test_every_payment_status(known: str, truth: str) -> None:
    book = a_book()
    book.payment("pay_1", status=truth, known=known, amount=1, attempt_count=2)
    book.refund("ref_1", payment="pay_1", status="succeeded")
    async with talking_to(SimulatedPsp(book, resyncs_final=True)) as client:
        assert_valid(await every_read(client))


@pytest.mark.parametrize("truth", REFUND_STATUSES)
@pytest.mark.parametrize("known", REFUND_STATUSES)
async def test_every_refund_status(known: str, truth: str) -> None:
    book = a_book()
    book.payment("pay_1", metadata={"order": "o-1"}, order_reference="o-1")
    book.refund("ref_1", payment="pay_1", status=truth, known=known, metadata={"refund": 7})
    async with talking_to(SimulatedPsp(book)) as client:
        assert_valid(await every_read(client))


@pytest.mark.parametrize("fault", HARMLESS_TO_THE_BODY, ids=repr)
async def test_every_unkindness_that_leaves_a_200(fault: unkind.Fault | None) -> None:
    book = a_book()
    book.payment("pay_1", status="succeeded", known="processing")
    book.refund("ref_1", payment="pay_1", known="pending", connector_refund_id=None)
    async with talking_to(psp := SimulatedPsp(book)) as client:
        if fault is not None:
            for endpoint in _befallen_by(fault):
                psp.faults.always(endpoint, fault)
        assert_valid(await every_read(client))


def _befallen_by(fault: unkind.Fault) -> list[str]:
    return ["refund_list"] if isinstance(fault, unkind.Miscounted) else ["*"]


async def test_an_unknown_status_is_all_that_is_wrong_with_an_unknown_status() -> None:
    book = a_book()
    book.payment("pay_1")
    book.refund("ref_1", payment="pay_1")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        psp.faults.always("*", unkind.OtherStatus())
        payment, refund = (await client.payment("pay_1")).body, (await client.refund("ref_1")).body
    assert [wrong.split(":")[0] for wrong in violations("PaymentsResponse", payment)] == ["status"]
    assert [wrong.split(":")[0] for wrong in violations("RefundResponse", refund)] == ["status"]


@pytest.mark.parametrize("key", [OTHER_MERCHANT_KEY, OTHER_PROFILE_KEY])
async def test_the_empty_lists_of_a_wrong_key(key: str) -> None:
    book = a_book()
    book.payment("pay_1")
    async with talking_to(SimulatedPsp(book)) as client:
        refunds = await client.refund_list(payment_id="pay_1", key=key)
        payments = await client.get("/payments/list", key=key)
    assert_valid([("RefundListResponse", refunds), ("PaymentListResponse", payments)])


SENDING = [status for status in PAYMENT_STATUSES if event_type(a_book().payment("pay_1", status=status))]


@pytest.mark.parametrize("status", SENDING)
async def test_every_webhook_of_a_payment(status: str) -> None:
    book = a_book()
    book.payment("pay_1", status=status)
    book.refund("ref_1", payment="pay_1")
    event = json.loads(SimulatedPsp(book).webhook_of("pay_1").body)
    assert violations("OutgoingWebhook", event) == []


@pytest.mark.parametrize("status", ["succeeded", "failed"])
async def test_every_webhook_of_a_refund(status: str) -> None:
    got: list[bytes] = []

    async def deliver(body: bytes, headers: Mapping[str, str]) -> None:
        got.append(body)

    book = a_book()
    book.payment("pay_1")
    book.refund("ref_1", payment="pay_1", status=status, known="pending")
    async with talking_to(psp := SimulatedPsp(book, deliver=deliver)) as client:
        await client.refund("ref_1")
        await psp.webhooks_settled()
    assert [violations("OutgoingWebhook", json.loads(body)) for body in got] == [[]]


@given(
    status=st.sampled_from(PAYMENT_STATUSES),
    amount=st.integers(0, 2**53),
    surcharge=st.integers(0, 10_000),
    currency=st.sampled_from(words("Currency")),
    metadata=st.none() | st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
    attempts=st.integers(1, 4),
    age=st.timedeltas(timedelta(0), timedelta(days=400)),
    refunds=st.lists(st.sampled_from(REFUND_STATUSES), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_in_the_book(
    *,
    status: str,
    amount: int,
    surcharge: int,
    currency: str,
    metadata: dict[str, object] | None,
    attempts: int,
    age: timedelta,
    refunds: list[str],
) -> None:
    book = Book()
    entry = book.payment(
        "pay_1",
        status=status,
        amount=amount,
        net_amount=amount + surcharge,
        currency=currency,
        metadata=metadata,
        attempt_count=attempts,
        created=-age,
    )
    made = [book.refund(f"ref_{n}", payment="pay_1", status=word) for n, word in enumerate(refunds)]
    body = payment_body(
        entry, merchant_id="merchant_demo", profile_id="pro_demo", refunds=made, attempts=True
    )
    assert violations("PaymentsResponse", body) == []


async def test_a_payment_carries_all_the_private_data_that_must_not_leak() -> None:
    book = a_book()
    book.payment("pay_1")
    book.refund("ref_1", payment="pay_1")
    async with talking_to(SimulatedPsp(book)) as client:
        raw = (await client.get("/payments/pay_1", expand_attempts="true")).raw.decode()
    missing = {value for value in PRIVATE_VALUES if value not in raw}
    assert missing == set()
