"""The three reads over real HTTP: which request they make, and which value the answer becomes."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import (
    NotFound,
    PaymentSeen,
    ReadFailed,
    ReadFailureKind,
    ReadHow,
    ReadStamp,
    RefundList,
    RefundSeen,
)
from reconcile_tui.core.statuses import PaymentStatus, PspRefundStatus, UnknownStatus
from tests.integration.psp.conftest import MakeReader
from tests.integration.psp.stub import KEY, StubPsp, a_page, a_payment, a_refund, refuses, says
from tests.unit.psp.steered_clock import START

PAY, REF = PaymentId("pay_1"), RefundId("ref_1")


async def test_a_forced_payment_read_asks_the_connector_and_brings_the_payment(
    psp: StubPsp, reader: PspReader
) -> None:
    psp.will(says(a_payment(), headers={"date": "Fri, 20 Nov 2026 12:00:03 GMT"}))

    seen = await reader.payment(PAY, how=ReadHow.FORCED)

    assert isinstance(seen, PaymentSeen)
    assert (seen.payment_id, seen.status, seen.amount, seen.currency) == (
        PAY,
        PaymentStatus.SUCCEEDED,
        4210,
        "EUR",
    )
    assert seen.created_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert seen.stamp == ReadStamp(
        at=START, how=ReadHow.FORCED, psp_clock=datetime(2026, 11, 20, 12, 0, 3, tzinfo=UTC)
    )
    assert seen.body == a_payment()
    (asked,) = psp.asked
    assert (asked.method, asked.raw_path) == ("GET", "/payments/pay_1?force_sync=true")
    assert asked.headers["api-key"] == KEY
    assert asked.headers["accept"] == "application/json"


async def test_a_last_known_payment_read_forces_nothing(psp: StubPsp, reader: PspReader) -> None:
    psp.will(says(a_payment()))

    seen = await reader.payment(PAY, how=ReadHow.LAST_KNOWN)

    assert isinstance(seen, PaymentSeen)
    assert seen.stamp.how is ReadHow.LAST_KNOWN
    assert [asked.raw_path for asked in psp.asked] == ["/payments/pay_1"]


async def test_the_refunds_inside_a_payment_come_with_it(psp: StubPsp, reader: PspReader) -> None:
    inner = a_refund("ref_9", status="succeeded", metadata={"row": 7, "gift": True, "none": None, "deep": {}})
    psp.will(says(a_payment(refunds=[inner])))

    seen = await reader.payment(PAY, how=ReadHow.FORCED)

    assert isinstance(seen, PaymentSeen)
    (refund,) = seen.refunds
    assert (refund.refund_id, refund.payment_id, refund.status) == ("ref_9", PAY, PspRefundStatus.SUCCEEDED)
    assert refund.metadata == {"row": "7", "gift": "true"}
    assert refund.body == inner


async def test_a_status_of_a_newer_server_is_a_value(psp: StubPsp, reader: PspReader) -> None:
    psp.will(says(a_payment(status="half_frozen")))

    seen = await reader.payment(PAY, how=ReadHow.FORCED)

    assert isinstance(seen, PaymentSeen)
    assert seen.status == UnknownStatus("half_frozen")


async def test_a_forced_refund_read_asks_for_the_refund_itself(psp: StubPsp, reader: PspReader) -> None:
    psp.will(says(a_refund(payment_id="pay_77")))

    seen = await reader.refund(REF, how=ReadHow.FORCED)

    assert isinstance(seen, RefundSeen)
    assert (seen.refund_id, seen.payment_id, seen.amount) == (REF, "pay_77", 1000)
    assert [asked.raw_path for asked in psp.asked] == ["/refunds/ref_1?force_sync=true"]


async def test_a_last_known_refund_comes_from_the_list_and_never_from_a_get(
    psp: StubPsp, reader: PspReader
) -> None:
    psp.will(says(a_page(a_refund("ref_0"), a_refund("ref_1"))))

    seen = await reader.refund(REF, how=ReadHow.LAST_KNOWN)

    assert isinstance(seen, RefundSeen)
    assert seen.refund_id == REF
    (asked,) = psp.asked
    assert (asked.method, asked.raw_path) == ("POST", "/refunds/list")
    assert asked.json is not None
    assert asked.json.keys() == {"refund_id", "limit"}
    assert asked.json["refund_id"] == REF
    limit = asked.json["limit"]
    assert isinstance(limit, int)
    assert 1 <= limit <= 100


async def test_an_empty_list_is_a_refund_that_is_not_found(psp: StubPsp, reader: PspReader) -> None:
    psp.will(says(a_page()))

    seen = await reader.refund(REF, how=ReadHow.LAST_KNOWN)

    assert isinstance(seen, NotFound)
    assert (seen.what, seen.psp_id, seen.stamp.how) == ("refund", REF, ReadHow.LAST_KNOWN)


async def test_a_list_of_other_refunds_alone_is_an_answer_about_another_id(
    psp: StubPsp, reader: PspReader
) -> None:
    psp.will(says(a_page(a_refund("ref_0"))))

    seen = await reader.refund(REF, how=ReadHow.LAST_KNOWN)

    assert isinstance(seen, ReadFailed)
    assert seen.kind is ReadFailureKind.WRONG_ID


@pytest.mark.parametrize("how", list(ReadHow))
@pytest.mark.parametrize(
    "body", [a_payment("pay_2"), a_payment(refunds=[a_refund(payment_id="pay_2")]), a_payment("PAY_1")]
)
async def test_a_payment_about_another_id_is_no_answer(
    psp: StubPsp, reader: PspReader, how: ReadHow, body: dict[str, object]
) -> None:
    psp.will(says(body))

    seen = await reader.payment(PAY, how=how)

    assert isinstance(seen, ReadFailed)
    assert seen.kind is ReadFailureKind.WRONG_ID


async def test_a_refund_about_another_id_is_no_answer(psp: StubPsp, reader: PspReader) -> None:
    psp.will(says(a_refund("ref_2")))

    seen = await reader.refund(REF, how=ReadHow.FORCED)

    assert isinstance(seen, ReadFailed)
    assert seen.kind is ReadFailureKind.WRONG_ID


async def test_a_payment_of_another_merchant_is_no_answer(psp: StubPsp, make_reader: MakeReader) -> None:
    psp.will(says(a_payment(merchant_id="merchant_2")))

    other = await make_reader(psp.url, merchant_id="merchant_1").payment(PAY, how=ReadHow.FORCED)
    mine = await make_reader(psp.url, merchant_id="merchant_2").payment(PAY, how=ReadHow.FORCED)

    assert isinstance(other, ReadFailed)
    assert other.kind is ReadFailureKind.WRONG_ID
    assert isinstance(mine, PaymentSeen)


@pytest.mark.parametrize("how", list(ReadHow))
async def test_a_payment_that_the_psp_does_not_know_is_a_verdict(
    psp: StubPsp, reader: PspReader, how: ReadHow
) -> None:
    psp.will(refuses(404, "HE_02", "Payment does not exist in our records"))

    seen = await reader.payment(PAY, how=how)

    assert isinstance(seen, NotFound)
    assert (seen.what, seen.psp_id, seen.stamp.how) == ("payment", PAY, how)


async def test_a_refund_that_the_psp_does_not_know_is_a_verdict(psp: StubPsp, reader: PspReader) -> None:
    psp.will(refuses(404, "HE_02", "Refund does not exist in our records."))

    seen = await reader.refund(REF, how=ReadHow.FORCED)

    assert isinstance(seen, NotFound)
    assert (seen.what, seen.psp_id) == ("refund", REF)


async def test_every_page_of_a_payments_refunds_is_read(psp: StubPsp, reader: PspReader) -> None:
    rows = [a_refund(f"ref_{n}") for n in range(250)]
    psp.will(*[says(a_page(*rows[start : start + 100], total=250)) for start in (0, 100, 200)])

    listed = await reader.refunds_of(PAY)

    assert isinstance(listed, RefundList)
    assert listed.is_complete
    assert [refund.refund_id for refund in listed.refunds] == [f"ref_{n}" for n in range(250)]
    assert [asked.json for asked in psp.asked] == [
        {"payment_id": PAY, "limit": 100, "offset": offset} for offset in (0, 100, 200)
    ]


async def test_a_server_that_gives_shorter_pages_than_asked_is_followed_to_the_end(
    psp: StubPsp, reader: PspReader
) -> None:
    psp.will(says(a_page(a_refund("ref_1"), total=2)), says(a_page(a_refund("ref_2"), total=2)))

    listed = await reader.refunds_of(PAY)

    assert isinstance(listed, RefundList)
    assert listed.is_complete
    assert [asked.json and asked.json["offset"] for asked in psp.asked] == [0, 1]


async def test_a_refund_that_stands_on_two_pages_counts_once(psp: StubPsp, reader: PspReader) -> None:
    first, second, third = a_refund("ref_1"), a_refund("ref_2"), a_refund("ref_3")
    psp.will(says(a_page(first, second, total=3)), says(a_page(second, third, total=3)))

    listed = await reader.refunds_of(PAY)

    assert isinstance(listed, RefundList)
    assert [refund.refund_id for refund in listed.refunds] == ["ref_1", "ref_2", "ref_3"]
    assert listed.is_complete


@pytest.mark.parametrize("next_page", [a_page(a_refund("ref_1"), total=2), a_page(total=2), a_page(total=0)])
async def test_pages_that_bring_nothing_new_leave_the_list_incomplete(
    psp: StubPsp, reader: PspReader, next_page: dict[str, object]
) -> None:
    psp.will(says(a_page(a_refund("ref_1"), total=2)), says(next_page))

    listed = await reader.refunds_of(PAY)

    assert isinstance(listed, RefundList)
    assert not listed.is_complete
    assert (len(listed.refunds), listed.total_count) == (1, 2)
    assert len(psp.asked) == 2


async def test_a_total_that_is_never_reached_is_not_chased_for_ever(psp: StubPsp, reader: PspReader) -> None:
    pages = [says(a_page(a_refund(f"ref_{n}"), total=10**9)) for n in range(1_000)]
    psp.will(*pages)

    listed = await reader.refunds_of(PAY)

    assert isinstance(listed, RefundList)
    assert not listed.is_complete
    assert len(psp.asked) <= 100


async def test_no_refunds_at_all_is_a_complete_list(psp: StubPsp, reader: PspReader) -> None:
    psp.will(says(a_page()))

    listed = await reader.refunds_of(PAY)

    assert isinstance(listed, RefundList)
    assert listed.is_complete
    assert listed.refunds == ()


async def test_a_page_that_cannot_be_read_makes_the_list_unreadable(psp: StubPsp, reader: PspReader) -> None:
    psp.will(says(a_page(a_refund("ref_1"), total=2)), refuses(401, "IR_01"))

    listed = await reader.refunds_of(PAY)

    assert isinstance(listed, ReadFailed)
    assert listed.kind is ReadFailureKind.UNAUTHORISED


async def test_a_list_that_is_itself_not_found_says_nothing_of_refunds(
    psp: StubPsp, reader: PspReader
) -> None:
    psp.will(refuses(404, "HE_02", "Refund does not exist in our records."))

    listed = await reader.refunds_of(PAY)

    assert isinstance(listed, ReadFailed)
    assert listed.kind is ReadFailureKind.INCOMPLETE_LIST


async def test_a_row_of_another_payment_spoils_the_list(psp: StubPsp, reader: PspReader) -> None:
    psp.will(says(a_page(a_refund("ref_1"), a_refund("ref_2", payment_id="pay_2"))))

    listed = await reader.refunds_of(PAY)

    assert isinstance(listed, ReadFailed)
    assert listed.kind is ReadFailureKind.WRONG_ID


@pytest.mark.parametrize("psp_id", ["", "  ", ".", "..", "x" * 256, "pay\n1", "pay\x001", "pay\ud8001"])
async def test_what_is_no_id_is_never_sent(psp: StubPsp, reader: PspReader, psp_id: str) -> None:
    results = [
        await reader.payment(PaymentId(psp_id), how=ReadHow.FORCED),
        await reader.refund(RefundId(psp_id), how=ReadHow.FORCED),
        await reader.refund(RefundId(psp_id), how=ReadHow.LAST_KNOWN),
        await reader.refunds_of(PaymentId(psp_id)),
    ]

    assert [result.kind for result in results if isinstance(result, ReadFailed)] == [
        ReadFailureKind.BAD_REQUEST
    ] * 4
    assert psp.asked == []


HOSTILE = st.text(st.sampled_from("/?#%.;:@&=+\\ ~é2Eef"), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(psp_id=HOSTILE | st.text(min_size=1, max_size=20))
async def test_an_id_is_one_segment_and_never_another_endpoint(
    psp: StubPsp, make_reader: MakeReader, psp_id: str
) -> None:
    psp.asked.clear()
    psp.will(says(a_payment(psp_id)))
    reader: HyperswitchReader = make_reader(psp.url + "/hyper/v1/")

    seen = await reader.payment(PaymentId(psp_id), how=ReadHow.FORCED)

    if isinstance(seen, ReadFailed):
        assert seen.kind is ReadFailureKind.BAD_REQUEST
        assert psp.asked == []
    else:
        (asked,) = psp.asked
        path, _, query = asked.raw_path.partition("?")
        *prefix, segment = path.split("/")
        assert prefix == ["", "hyper", "v1", "payments"]
        assert unquote(segment) == psp_id
        assert query == "force_sync=true"
