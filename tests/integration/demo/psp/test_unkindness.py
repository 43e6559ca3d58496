"""Unkindness: each way in which a read can go wrong, as a client meets it on the wire."""

import asyncio
from datetime import timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from reconcile_tui.demo.psp import Book, Faults, Latency, RateLimit, SimulatedPsp
from reconcile_tui.demo.psp import faults as unkind
from reconcile_tui.demo.psp.chance import seeded
from tests.integration.demo.psp.conversation import NOW, a_book, clock_of, talking_to


def a_lost_webhook() -> Book:
    book = a_book()
    book.payment("pay_1", status="succeeded", known="processing", connector="adyen")
    return book


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (unkind.server_error(), 500, "HE_00"),
        (unkind.server_error(503), 503, "HE_00"),
        (unkind.busy(), 423, "HE_00"),
        (unkind.forbidden(), 403, "IR_22"),
        (unkind.connector_error("CE_04", 400), 400, "CE_04"),
    ],
)
async def test_the_servers_own_errors(fault: unkind.Reply, status: int, code: str) -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.script("pay_1", fault)
        broken = await client.payment("pay_1", forced=True)
        whole = await client.payment("pay_1")
    assert (broken.status, broken.code) == (status, code)
    assert whole.body["status"] == "processing", "an error in place of the read leaves nothing behind"


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_proxys_page_is_html(status: int) -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.always("*", unkind.bad_gateway(status))
        got = await client.payment("pay_1")
    assert (got.status, got.headers["Content-Type"]) == (status, "text/html")
    assert got.raw.startswith(b"<html>")


async def test_429_says_when_to_come_back_in_seconds_or_as_a_date_or_not_at_all() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        later = NOW + timedelta(seconds=7)
        hints: list[unkind.RetryAfter] = [7, 0.5, later, "soon", None]
        psp.faults.script("*", *(unkind.too_many_requests(hint) for hint in hints))
        got = [await client.payment("pay_1") for _ in hints]
    assert {answer.status for answer in got} == {429}
    sent = [answer.headers.get("Retry-After") for answer in got]
    assert sent == ["7", "0.5", "Fri, 20 Nov 2026 12:00:07 GMT", "soon", None]


async def test_a_server_that_is_closed_for_a_while_may_say_when_it_opens() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.script("pay_1", unkind.bad_gateway(503, retry_after=20))
        got = await client.payment("pay_1")
    assert (got.status, got.headers["Retry-After"]) == (503, "20")


async def test_a_rate_limit_really_limits_and_refills() -> None:
    book = a_lost_webhook()
    limit = RateLimit(per_second=2, burst=3)
    async with talking_to(psp := SimulatedPsp(book, rate_limit=limit)) as client:
        first = [(await client.payment("pay_1")).status for _ in range(5)]
        clock_of(book).advance(timedelta(seconds=1))
        then = [(await client.payment("pay_1")).status for _ in range(3)]
    assert (first, then) == ([200, 200, 200, 429, 429], [200, 200, 429])
    assert psp.traffic.answers == {200: 5, 429: 3}


async def test_a_rate_limit_can_name_the_moment_as_a_date() -> None:
    book = a_lost_webhook()
    limit = RateLimit(per_second=0.1, burst=1, as_date=True)
    async with talking_to(SimulatedPsp(book, rate_limit=limit)) as client:
        await client.payment("pay_1")
        got = await client.payment("pay_1")
    assert parsedate_to_datetime(got.headers["Retry-After"]) == NOW + timedelta(seconds=10)


async def test_an_answer_can_be_held_back_for_ever() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.script("pay_1", unkind.Hang())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await client.payment("pay_1")
        assert (await client.payment("pay_1")).status == 200


async def test_an_answer_can_be_held_back_for_a_while_of_the_servers_clock() -> None:
    book = a_lost_webhook()
    async with talking_to(psp := SimulatedPsp(book)) as client:
        psp.faults.script("pay_1", unkind.Hang(30))
        reading = asyncio.create_task(client.payment("pay_1", forced=True))
        await clock_of(book).until_slept_on()
        clock_of(book).advance(timedelta(seconds=30))
        assert (await reading).body["status"] == "succeeded"


async def test_what_is_lost_on_the_way_back_was_done_all_the_same() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.always("forced", unkind.Reset())
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.payment("pay_1", forced=True)
        assert (await client.payment("pay_1")).body["status"] == "succeeded"


async def test_json_can_end_half_way_in_a_complete_answer() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.script("pay_1", unkind.Truncated())
        got = await client.payment("pay_1")
    assert (got.status, got.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r"line 1 column"):
        _ = got.body


async def test_the_connection_can_end_half_way_through_the_body() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.script("pay_1", unkind.Truncated(mid_body=True))
        with pytest.raises(aiohttp.ClientPayloadError):
            await client.payment("pay_1")


async def test_the_content_type_can_be_wrong() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.script("pay_1", unkind.Mislabelled())
        got = await client.payment("pay_1")
    assert (got.headers["Content-Type"], got.body["payment_id"]) == ("text/html", "pay_1")


async def test_an_answer_can_be_about_something_else() -> None:
    book = a_lost_webhook()
    book.refund("ref_1", payment="pay_1")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        psp.faults.always("*", unkind.OtherId("pay_9"))
        payment = (await client.payment("pay_1")).body
        refund = (await client.refund("ref_1")).body
        listed = (await client.refund_list(payment_id="pay_1")).body
    assert (payment["payment_id"], refund["refund_id"], refund["payment_id"]) == ("pay_9",) * 3
    assert [it["payment_id"] for it in listed["data"]] == ["pay_9"]


async def test_a_status_can_be_one_that_nobody_knows() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.script("pay_1", unkind.OtherStatus())
        assert (await client.payment("pay_1")).body["status"] == "teleported"


async def test_a_body_can_be_far_too_large() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.script("pay_1", unkind.Padded(2_000_000))
        got = await client.payment("pay_1")
    assert (len(got.raw), got.body["payment_id"]) == (2_000_000, "pay_1")


async def test_a_list_can_miscount_itself() -> None:
    book = a_lost_webhook()
    book.refund("ref_1", payment="pay_1")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        psp.faults.always("refund_list", unkind.Miscounted(2))
        got = (await client.refund_list(payment_id="pay_1")).body
    assert (got["count"], got["total_count"]) == (1, 3)


async def test_a_redirect_leads_elsewhere() -> None:
    async with talking_to(psp := SimulatedPsp(a_lost_webhook())) as client:
        psp.faults.script("pay_1", unkind.redirect("https://elsewhere.example/"))
        got = await client.payment("pay_1")
    assert (got.status, got.headers["Location"]) == (302, "https://elsewhere.example/")


async def test_a_processors_error_lasts_per_object_and_befalls_only_reads_that_ask_it() -> None:
    book = a_lost_webhook()
    book.payment("pay_2", status="succeeded", known="processing", connector="adyen")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        psp.faults.connector_fails("pay_1", unkind.connector_error("CE_04"))
        forced = [await client.payment("pay_1", forced=True) for _ in range(3)]
        plain = await client.payment("pay_1")
        other = await client.payment("pay_2", forced=True)
        psp.faults.connector_recovers("pay_1")
        healed = await client.payment("pay_1", forced=True)
    assert {(got.status, got.code) for got in forced} == {(502, "CE_04")}
    assert [got.body["status"] for got in (plain, other, healed)] == ["processing", "succeeded", "succeeded"]


async def test_a_whole_processor_can_be_down_for_reads_of_open_refunds_too() -> None:
    book = a_lost_webhook()
    book.payment("pay_2", status="succeeded", known="processing", connector="stripe")
    book.refund("ref_1", payment="pay_1", known="pending")
    async with talking_to(psp := SimulatedPsp(book)) as client:
        psp.faults.connector_fails("adyen")
        assert (await client.payment("pay_1", forced=True)).code == "CE_00"
        assert (await client.refund("ref_1")).code == "CE_00"
        assert (await client.payment("pay_2", forced=True)).status == 200


async def test_latency_is_slept_on_the_servers_clock_and_longer_where_the_processor_is_asked() -> None:
    book = a_lost_webhook()
    latency = Latency(median=0.05, connector_median=2)
    async with talking_to(psp := SimulatedPsp(book, latency=latency)) as client:
        plain = asyncio.create_task(client.payment("pay_1"))
        forced = asyncio.create_task(client.payment("pay_1", forced=True))
        await clock_of(book).until_slept_on(2)
        clock_of(book).advance(timedelta(seconds=0.05))
        await plain
        assert not forced.done()
        clock_of(book).advance(timedelta(seconds=2))
        assert (await forced).body["status"] == "succeeded"
    assert psp.traffic.peak == 2


async def test_a_share_of_faults_befalls_the_same_requests_in_every_run() -> None:
    async def run(seed: int) -> list[int]:
        book = a_book()
        for n in range(40):
            book.payment(f"pay_{n}")
        faults = Faults(seeded(seed))
        faults.share(0.25, unkind.server_error())
        async with talking_to(SimulatedPsp(book, faults=faults)) as client:
            got = await asyncio.gather(*(client.payment(f"pay_{n}") for n in range(40)))
        return [answer.status for answer in got]

    first, again, other = await run(1), await run(1), await run(2)
    assert first == again
    assert first != other
    assert 3 <= first.count(500) <= 20
