"""Payment reads: what is known, what a forced read learns, and what it never asks."""

from datetime import timedelta

import pytest

from reconcile_tui.demo.psp import SimulatedPsp
from tests.integration.demo.psp.conversation import NOW, a_book, clock_of, talking_to


async def test_a_plain_read_shows_what_is_known_and_asks_nobody() -> None:
    book = a_book()
    book.payment("pay_1", status="succeeded", known="processing", amount=1299, currency="EUR")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        got = [await client.payment("pay_1") for _ in range(3)]
    assert [answer.body["status"] for answer in got] == ["processing"] * 3
    assert not psp.traffic.connector_calls


async def test_a_forced_read_learns_the_truth_and_a_plain_one_knows_it_from_then_on() -> None:
    book = a_book()
    book.payment("pay_1", status="succeeded", known="processing", amount=1299, connector="adyen")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        forced = (await client.payment("pay_1", forced=True)).body
        plain = (await client.payment("pay_1")).body
    assert (forced["status"], forced["amount_received"], forced["amount_capturable"]) == (
        "succeeded",
        1299,
        0,
    )
    assert plain == forced
    assert psp.traffic.connector_calls == {"adyen": 1}


async def test_failed_becomes_paid_days_later() -> None:
    book = a_book()
    book.payment("pay_1", status="failed", then=[(timedelta(days=2), "succeeded")])
    async with talking_to(SimulatedPsp(book, resyncs_final=True)) as client:
        before = (await client.payment("pay_1", forced=True)).body
        clock_of(book).advance(timedelta(days=2))
        after = (await client.payment("pay_1", forced=True)).body
    assert (before["status"], before["error_code"]) == ("failed", "card_declined")
    assert (after["status"], after["error_code"]) == ("succeeded", None)


async def test_a_newer_server_ignores_force_sync_on_failed_and_succeeded() -> None:
    book = a_book()
    book.payment("pay_1", status="succeeded", known="failed")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        assert (await client.payment("pay_1", forced=True)).body["status"] == "failed"
    assert not psp.traffic.connector_calls


@pytest.mark.parametrize(
    "known", ["requires_payment_method", "requires_confirmation", "cancelled", "expired"]
)
async def test_force_sync_asks_nobody_where_there_is_nobody_to_ask(known: str) -> None:
    book = a_book()
    book.payment("pay_1", status="succeeded", known=known)
    async with talking_to(SimulatedPsp(book, resyncs_final=True)) as client:
        assert (await client.payment("pay_1", forced=True)).body["status"] == known


async def test_a_payment_that_the_processor_never_got_is_never_asked_for() -> None:
    book = a_book()
    book.payment("pay_1", status="succeeded", known="processing", connector_transaction_id=None)
    async with talking_to(SimulatedPsp(book)) as client:
        assert (await client.payment("pay_1", forced=True)).body["status"] == "processing"


async def test_the_server_hears_of_a_status_by_itself_when_the_scenario_says_so() -> None:
    book = a_book()
    book.payment("pay_1", known="processing", status="succeeded", learns_at=[timedelta(minutes=10)])
    async with talking_to(psp := SimulatedPsp(book)) as client:
        before = (await client.payment("pay_1")).body["status"]
        clock_of(book).advance(timedelta(minutes=10))
        after = (await client.payment("pay_1")).body["status"]
    assert (before, after) == ("processing", "succeeded")
    assert not psp.traffic.connector_calls


async def test_the_answer_carries_the_servers_own_clock_and_the_time_of_what_it_knows() -> None:
    book = a_book()
    book.payment("pay_1", known="processing", created=timedelta(hours=-3))
    async with talking_to(SimulatedPsp(book)) as client:
        plain = await client.payment("pay_1")
        forced = await client.payment("pay_1", forced=True)
        clock_of(book).advance(timedelta(seconds=90))
        later = await client.payment("pay_1")
    assert plain.headers["Date"] == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert later.headers["Date"] == "Fri, 20 Nov 2026 12:01:30 GMT"
    assert plain.body["modified_at"] == "2026-11-20T09:00:00.000Z"
    assert forced.body["modified_at"] == later.body["modified_at"] == f"{NOW:%Y-%m-%dT%H:%M:%S}.000Z"


async def test_attempts_are_listed_when_asked_for() -> None:
    book = a_book()
    book.payment("pay_1", status="succeeded", attempt_count=3)
    async with talking_to(SimulatedPsp(book)) as client:
        with_them = (await client.get("/payments/pay_1", expand_attempts="true")).body
        without = (await client.payment("pay_1")).body
    assert [attempt["status"] for attempt in with_them["attempts"]] == ["charged", "failure", "failure"]
    assert without["attempts"] is None


async def test_a_payment_shows_its_refunds_as_known_and_from_when_they_are_shown() -> None:
    book = a_book()
    book.payment("pay_1", amount=5000)
    book.refund("ref_1", payment="pay_1", amount=1000, status="succeeded", known="pending")
    book.refund("ref_2", payment="pay_1", amount=2000, embedded_at=timedelta(minutes=5))
    async with talking_to(SimulatedPsp(book)) as client:
        first = (await client.payment("pay_1")).body["refunds"]
        await client.refund("ref_1")
        clock_of(book).advance(timedelta(minutes=5))
        second = (await client.payment("pay_1")).body["refunds"]
    assert [(it["refund_id"], it["status"]) for it in first] == [("ref_1", "pending")]
    assert [(it["refund_id"], it["status"]) for it in second] == [
        ("ref_1", "succeeded"),
        ("ref_2", "succeeded"),
    ]


async def test_a_malformed_id_and_a_malformed_query_are_the_callers_fault() -> None:
    book = a_book()
    book.payment("pay_1")
    async with talking_to(SimulatedPsp(book)) as client:
        wrong_id = await client.get("/payments/pay%201")
        wrong_query = await client.get("/payments/pay_1", force_sync="yes")
    assert (wrong_id.status, wrong_id.code) == (400, "IR_06")
    assert (wrong_query.status, wrong_query.headers["Content-Type"].split(";")[0]) == (400, "text/plain")


async def test_a_server_can_stand_under_a_path() -> None:
    book = a_book()
    book.payment("pay_1")
    async with talking_to(psp := SimulatedPsp(book, prefix="/hyperswitch/")) as client:
        assert psp.url.endswith("/hyperswitch")
        assert (await client.payment("pay_1")).status == 200
