"""Keys and paths: who may read, and that reading is all there is."""

import pytest

from reconcile_tui.demo.psp import Book, SimulatedPsp
from reconcile_tui.demo.psp.keys import OTHER_MERCHANT_KEY, OTHER_PROFILE_KEY, PUBLISHABLE_KEY
from tests.integration.demo.psp.conversation import a_book, talking_to


def a_small_book() -> Book:
    book = a_book()
    book.payment("pay_1")
    book.refund("ref_1", payment="pay_1")
    return book


@pytest.mark.parametrize("key", ["", "snd_mistyped", PUBLISHABLE_KEY])
@pytest.mark.parametrize("path", ["/payments/pay_1", "/payments/list", "/refunds/ref_1"])
async def test_no_key_a_wrong_key_and_a_publishable_key_are_unauthorised(key: str, path: str) -> None:
    async with talking_to(SimulatedPsp(a_small_book())) as client:
        got = await client.get(path, key=key)
        assert (got.status, got.code) == (401, "IR_01")


async def test_under_the_key_of_another_merchant_nothing_exists_and_nothing_is_an_error() -> None:
    async with talking_to(SimulatedPsp(a_small_book())) as client:
        payment = await client.payment("pay_1", key=OTHER_MERCHANT_KEY)
        refund = await client.refund("ref_1", key=OTHER_MERCHANT_KEY)
        refunds = await client.refund_list(payment_id="pay_1", key=OTHER_MERCHANT_KEY)
        payments = await client.get("/payments/list", key=OTHER_MERCHANT_KEY)
    assert [(got.status, got.code) for got in (payment, refund)] == [(404, "HE_02")] * 2
    assert (refunds.status, refunds.body) == (200, {"count": 0, "total_count": 0, "data": []})
    assert (payments.status, payments.body) == (200, {"size": 0, "data": []})


async def test_under_the_key_of_another_profile_objects_can_be_read_and_lists_are_empty() -> None:
    async with talking_to(SimulatedPsp(a_small_book())) as client:
        payment = await client.payment("pay_1", key=OTHER_PROFILE_KEY)
        refunds = await client.refund_list(payment_id="pay_1", key=OTHER_PROFILE_KEY)
    assert payment.status == 200
    assert (refunds.status, refunds.body["total_count"]) == (200, 0)


async def test_what_does_not_exist_is_not_found_in_the_servers_words() -> None:
    async with talking_to(SimulatedPsp(a_small_book())) as client:
        payment = await client.payment("pay_9")
        refund = await client.refund("ref_9")
    assert payment.body["error"] == {
        "type": "object_not_found",
        "message": "Payment does not exist in our records",
        "code": "HE_02",
    }
    assert (refund.status, refund.code) == (404, "HE_02")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/payments", 404),
        ("POST", "/payments/pay_1", 405),
        ("POST", "/payments/pay_1/capture", 404),
        ("POST", "/payments/pay_1/cancel", 404),
        ("DELETE", "/payments/pay_1", 405),
        ("POST", "/refunds", 404),
        ("POST", "/refunds/ref_1", 405),
        ("PUT", "/refunds/list", 405),
        ("GET", "/refunds/list", 405),
        ("GET", "/", 404),
    ],
)
async def test_whatever_is_no_read_is_refused_and_remembered(method: str, path: str, status: int) -> None:
    async with talking_to(psp := SimulatedPsp(a_small_book())) as client:
        got = await client.ask(method, path)
        before = (await client.payment("pay_1")).status
    assert (got.status, before) == (status, 200)
    assert [(asked.method, asked.path) for asked in psp.traffic.illegal] == [(method, path)]


async def test_requests_are_remembered_without_the_key() -> None:
    async with talking_to(psp := SimulatedPsp(a_small_book())) as client:
        await client.payment("pay_1", forced=True)
        await client.refund_list(payment_id="pay_1", limit=100, offset=0)
        await client.refund("ref_1", key="snd_mistyped")
    payment, listed, refund = psp.traffic.seen
    assert (payment.endpoint, payment.object_id, payment.forced) == ("payment", "pay_1", True)
    assert (listed.object_id, listed.body) == ("pay_1", {"payment_id": "pay_1", "limit": 100, "offset": 0})
    assert (refund.path, refund.forced) == ("/refunds/ref_1", False)
    assert psp.traffic.counts == {"payment": 1, "refund_list": 1, "refund": 1}
    assert psp.traffic.about("pay_1") == [payment, listed]
    assert not any(key in repr(psp.traffic.seen) for key in (psp.api_key, "snd_mistyped"))
