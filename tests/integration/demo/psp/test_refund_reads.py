"""Refund reads: the processor is asked at every read of an open one, lists ask nobody."""

from datetime import timedelta

import pytest

from reconcile_tui.demo.psp import Book, SimulatedPsp
from tests.integration.demo.psp.conversation import Client, a_book, clock_of, talking_to


def a_book_with_a_payment() -> Book:
    book = a_book()
    book.payment("pay_1", amount=5000, currency="EUR", connector="adyen")
    return book


async def test_an_open_refund_is_asked_for_at_every_read_forced_or_not() -> None:
    book = a_book_with_a_payment()
    book.refund("ref_1", payment="pay_1", status="pending", then=[(timedelta(hours=1), "succeeded")])
    async with talking_to(psp := SimulatedPsp(book)) as client:
        first = [(await client.refund("ref_1")).body["status"] for _ in range(2)]
        clock_of(book).advance(timedelta(hours=1))
        then = [(await client.refund("ref_1")).body["status"] for _ in range(2)]
    assert (first, then) == (["pending", "pending"], ["succeeded", "succeeded"])
    assert psp.traffic.connector_calls == {"adyen": 3}, "the last read found it final, and asked nobody"


@pytest.mark.parametrize("known", ["succeeded", "failed"])
async def test_a_final_refund_is_asked_for_by_force_alone(known: str) -> None:
    book = a_book_with_a_payment()
    book.refund("ref_1", payment="pay_1", status="pending", known=known)
    async with talking_to(SimulatedPsp(book)) as client:
        plain = (await client.refund("ref_1")).body["status"]
        forced = (await client.refund("ref_1", forced=True)).body["status"]
    assert (plain, forced) == (known, "pending")


async def test_a_refund_that_the_processor_never_got_is_never_asked_for() -> None:
    book = a_book_with_a_payment()
    book.refund("ref_1", payment="pay_1", status="succeeded", known="pending", connector_refund_id=None)
    async with talking_to(psp := SimulatedPsp(book)) as client:
        got = (await client.refund("ref_1", forced=True)).body
    assert (got["status"], got["connector_refund_id"]) == ("pending", None)
    assert not psp.traffic.connector_calls


async def test_a_failed_refund_says_why() -> None:
    book = a_book_with_a_payment()
    book.refund("ref_1", payment="pay_1", status="failed", known="pending", error_message="Balance too low")
    async with talking_to(SimulatedPsp(book)) as client:
        assert (await client.refund("ref_1")).body["error_message"] == "Balance too low"


async def test_a_refund_in_review_stays_open() -> None:
    book = a_book_with_a_payment()
    book.refund("ref_1", payment="pay_1", status="review")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        assert (await client.refund("ref_1")).body["status"] == "review"
    assert psp.traffic.connector_calls.total() == 1


async def test_a_list_shows_what_is_known_and_asks_nobody() -> None:
    book = a_book_with_a_payment()
    book.refund("ref_1", payment="pay_1", status="succeeded", known="pending")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        before = (await client.refund_list(payment_id="pay_1", limit=100)).body
        await client.refund("ref_1")
        after = (await client.refund_list(payment_id="pay_1", limit=100)).body
    assert [before["data"][0]["status"], after["data"][0]["status"]] == ["pending", "succeeded"]
    assert psp.traffic.connector_calls.total() == 1


def a_book_of_many(refunds: int) -> Book:
    book = a_book()
    book.payment("pay_1", amount=100_000)
    for n in range(refunds):
        book.refund(f"ref_{n:03d}", payment="pay_1", amount=n + 1, created=-timedelta(minutes=n))
    return book


async def ids(client: Client, **request: object) -> list[str]:
    got = await client.ask("POST", "/refunds/list", body=request)
    return [it["refund_id"] for it in got.body["data"]]


async def test_lists_are_paged_with_a_short_page_by_default() -> None:
    async with talking_to(SimulatedPsp(a_book_of_many(25))) as client:
        default = (await client.refund_list(payment_id="pay_1")).body
        pages = [await ids(client, payment_id="pay_1", limit=10, offset=offset) for offset in (0, 10, 20)]
        beyond = (await client.refund_list(payment_id="pay_1", limit=10, offset=30)).body
    assert (default["count"], default["total_count"], len(default["data"])) == (10, 25, 10)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert len({refund for page in pages for refund in page}) == 25
    assert (beyond["count"], beyond["total_count"], beyond["data"]) == (0, 25, [])


@pytest.mark.parametrize("limit", [0, 101, -1])
async def test_a_limit_outside_1_to_100_is_an_error(limit: int) -> None:
    async with talking_to(SimulatedPsp(a_book_of_many(1))) as client:
        got = await client.refund_list(payment_id="pay_1", limit=limit)
        assert (got.status, got.code) == (400, "IR_06")


@pytest.mark.parametrize("limit", [1, 100])
async def test_a_limit_of_1_and_of_100_is_none(limit: int) -> None:
    async with talking_to(SimulatedPsp(a_book_of_many(2))) as client:
        assert (await client.refund_list(payment_id="pay_1", limit=limit)).status == 200


@pytest.mark.parametrize("body", ["payment_id", ["pay_1"], {"limit": "ten"}, {"offset": 20_001}, None])
async def test_a_body_that_is_no_list_request_is_an_error(body: object) -> None:
    async with talking_to(SimulatedPsp(a_book_of_many(1))) as client:
        got = await client.ask("POST", "/refunds/list", body=body)
        assert (got.status, got.code) == (400, "IR_06")


async def test_a_payment_id_and_a_refund_id_together_mean_either() -> None:
    book = a_book()
    for n in (1, 2):
        book.payment(f"pay_{n}")
        book.refund(f"ref_{n}", payment=f"pay_{n}")
    async with talking_to(SimulatedPsp(book)) as client:
        assert set(await ids(client, payment_id="pay_1", refund_id="ref_2")) == {"ref_1", "ref_2"}
        assert await ids(client, refund_id="ref_2") == ["ref_2"]
        assert await ids(client, payment_id="pay_9", refund_id="ref_9") == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"refund_status": ["failed"]}, {"ref_2"}),
        ({"currency": ["USD"]}, {"ref_2", "ref_3"}),
        ({"connector": ["adyen"]}, {"ref_1"}),
        ({"merchant_connector_id": ["mca_stripe"]}, {"ref_2", "ref_3"}),
        ({"amount_filter": {"start_amount": 200, "end_amount": 300}}, {"ref_2", "ref_3"}),
        ({"start_time": "2026-11-20T10:30:00Z", "end_time": "2026-11-20T11:30:00"}, {"ref_1", "ref_2"}),
        ({"profile_id": "pro_demo"}, {"ref_1", "ref_2", "ref_3"}),
        ({"profile_id": "pro_of_somebody_else"}, set()),
    ],
)
async def test_lists_are_filtered(filters: dict[str, object], expected: set[str]) -> None:
    book = a_book()
    book.payment("pay_1", connector="adyen", currency="EUR")
    book.payment("pay_2", connector="stripe", currency="USD")
    book.refund("ref_1", payment="pay_1", amount=100)
    book.refund("ref_2", payment="pay_2", amount=200, status="failed")
    book.refund("ref_3", payment="pay_2", amount=300, created=timedelta(hours=-2))
    async with talking_to(SimulatedPsp(book)) as client:
        assert set(await ids(client, limit=100, **filters)) == expected


async def test_a_refund_can_be_read_before_lists_show_it() -> None:
    book = a_book_with_a_payment()
    book.refund("ref_1", payment="pay_1", listed_at=timedelta(minutes=3))
    async with talking_to(SimulatedPsp(book)) as client:
        assert (await client.refund("ref_1")).status == 200
        assert await ids(client, payment_id="pay_1") == []
        assert (await client.payment("pay_1")).body["refunds"] is None
        clock_of(book).advance(timedelta(minutes=3))
        assert await ids(client, payment_id="pay_1") == ["ref_1"]
        assert len((await client.payment("pay_1")).body["refunds"]) == 1


async def test_payments_are_listed_newest_first_and_paged_by_cursor() -> None:
    book = a_book()
    for n in range(12):
        book.payment(f"pay_{n:02d}", created=-timedelta(hours=n + 1), known="processing")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        default = (await client.get("/payments/list")).body
        cursor = default["data"][-1]["payment_id"]
        rest = (await client.get("/payments/list", starting_after=cursor, limit="100")).body
        recent = (await client.get("/payments/list", created_gte="2026-11-20T10:00:00Z")).body
        wrong = await client.get("/payments/list", limit="101")
    assert (default["size"], default["data"][0]["payment_id"], cursor) == (10, "pay_00", "pay_09")
    assert [it["payment_id"] for it in rest["data"]] == ["pay_10", "pay_11"]
    assert [it["payment_id"] for it in recent["data"]] == ["pay_00", "pay_01"]
    assert (wrong.status, wrong.code) == (400, "IR_06")
    assert not psp.traffic.connector_calls
