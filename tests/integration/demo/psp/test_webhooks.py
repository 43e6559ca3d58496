"""Webhooks: what a read makes the server send, how often, and that it is signed as the shop expects."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from reconcile_tui.demo.psp import NEVER, TWICE, Book, SimulatedPsp, WebhookPolicy
from tests.integration.demo.psp.conversation import a_book, clock_of, talking_to


class Shop:
    """Takes webhooks, and remembers them."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, Mapping[str, str]]] = []

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> None:
        self.got.append((body, headers))

    @property
    def events(self) -> list[str]:
        return [json.loads(body)["event_type"] for body, _ in self.got]


def a_lost_webhook(**options: WebhookPolicy) -> Book:
    book = a_book()
    book.payment("pay_1", status="succeeded", known="processing", amount=1299, webhook=options.get("webhook"))
    return book


async def test_a_read_that_learns_sends_the_real_webhook_once() -> None:
    shop = Shop()
    async with talking_to(psp := SimulatedPsp(a_lost_webhook(), deliver=shop.deliver)) as client:
        await client.payment("pay_1")
        await psp.webhooks_settled()
        assert shop.events == [], "nothing new was learned"
        for _ in range(3):
            await client.payment("pay_1", forced=True)
        await psp.webhooks_settled()
    assert shop.events == ["payment_succeeded"]


async def test_the_event_is_native_and_signed_over_its_exact_bytes() -> None:
    shop = Shop()
    psp = SimulatedPsp(a_lost_webhook(), deliver=shop.deliver, webhook_key="a key of the profile")
    async with talking_to(psp) as client:
        read = (await client.payment("pay_1", forced=True)).body
        await psp.webhooks_settled()
    [(body, headers)] = shop.got
    event = json.loads(body)
    assert event["content"] == {"type": "payment_details", "object": read}
    assert (event["merchant_id"], event["timestamp"]) == ("merchant_demo", "2026-11-20T12:00:00.000Z")
    signature = hmac.new(b"a key of the profile", body, hashlib.sha512).hexdigest()
    assert headers["x-webhook-signature-512"] == signature


async def test_the_same_event_may_be_delivered_twice() -> None:
    shop = Shop()
    async with talking_to(psp := SimulatedPsp(a_lost_webhook(webhook=TWICE), deliver=shop.deliver)) as client:
        await client.payment("pay_1", forced=True)
        await psp.webhooks_settled()
    assert shop.events == ["payment_succeeded"] * 2
    assert shop.got[0] == shop.got[1]
    assert [it.event_id for it in psp.delivered] == [json.loads(shop.got[0][0])["event_id"]] * 2


async def test_a_webhook_may_be_lost_for_good() -> None:
    shop = Shop()
    async with talking_to(
        psp := SimulatedPsp(a_lost_webhook(), webhook=NEVER, deliver=shop.deliver)
    ) as client:
        for _ in range(3):
            await client.payment("pay_1", forced=True)
        await psp.webhooks_settled()
    assert shop.events == []


async def test_a_webhook_may_be_late_by_some_time() -> None:
    shop, book = Shop(), a_lost_webhook(webhook=WebhookPolicy(delay=timedelta(seconds=45)))
    async with talking_to(psp := SimulatedPsp(book, deliver=shop.deliver)) as client:
        await client.payment("pay_1", forced=True)
        clock_of(book).advance(timedelta(seconds=44))
        await client.payment("pay_1", forced=True)
        assert shop.events == []
        clock_of(book).advance(timedelta(seconds=1))
        await psp.webhooks_settled()
    assert shop.events == ["payment_succeeded"]


async def test_a_webhook_may_be_late_by_some_reads() -> None:
    shop, book = Shop(), a_lost_webhook(webhook=WebhookPolicy(after_reads=3))
    async with talking_to(psp := SimulatedPsp(book, deliver=shop.deliver)) as client:
        sent = []
        for forced in (True, False, False, False):
            await client.payment("pay_1", forced=forced)
            await psp.webhooks_settled()
            sent.append(len(shop.events))
    assert sent == [0, 0, 1, 1]


async def test_a_late_webhook_that_is_still_waiting_at_the_end_is_given_up() -> None:
    shop, book = Shop(), a_lost_webhook(webhook=WebhookPolicy(delay=timedelta(days=1)))
    async with talking_to(SimulatedPsp(book, deliver=shop.deliver)) as client:
        await client.payment("pay_1", forced=True)
    assert shop.events == []


async def test_a_status_that_comes_again_is_not_sent_again() -> None:
    shop, book = Shop(), a_book()
    book.payment(
        "pay_1",
        known="processing",
        status="failed",
        then=[
            (timedelta(hours=1), "processing"),
            (timedelta(hours=2), "failed"),
            (timedelta(hours=3), "succeeded"),
        ],
    )
    async with talking_to(psp := SimulatedPsp(book, deliver=shop.deliver, resyncs_final=True)) as client:
        for _ in range(4):
            await client.payment("pay_1", forced=True)
            clock_of(book).advance(timedelta(hours=1))
            await psp.webhooks_settled()
    assert shop.events == ["payment_failed", "payment_succeeded"]


async def test_any_read_sends_the_event_that_was_never_sent() -> None:
    shop, book = Shop(), a_book()
    book.payment("pay_1", status="succeeded", event_sent=False)
    async with talking_to(psp := SimulatedPsp(book, deliver=shop.deliver)) as client:
        await client.payment("pay_1")
        await psp.webhooks_settled()
    assert shop.events == ["payment_succeeded"]


async def test_without_a_webhook_address_no_event_is_recorded_so_that_a_later_read_sends_it() -> None:
    shop, book = Shop(), a_lost_webhook()
    async with talking_to(SimulatedPsp(book)) as client:
        await client.payment("pay_1", forced=True)
    async with talking_to(psp := SimulatedPsp(book, deliver=shop.deliver)) as client:
        await client.payment("pay_1")
        await psp.webhooks_settled()
    assert shop.events == ["payment_succeeded"]


async def test_a_refund_that_is_learned_of_sends_its_event_and_a_list_never_does() -> None:
    shop, book = Shop(), a_book()
    book.payment("pay_1", amount=5000)
    book.refund("ref_1", payment="pay_1", status="failed", known="pending", error_message="Account closed")
    async with talking_to(psp := SimulatedPsp(book, deliver=shop.deliver)) as client:
        await client.refund_list(payment_id="pay_1")
        await psp.webhooks_settled()
        assert shop.events == []
        read = (await client.refund("ref_1")).body
        await client.refund("ref_1")
        await psp.webhooks_settled()
    [(body, _)] = shop.got
    assert json.loads(body)["event_type"] == "refund_failed"
    assert json.loads(body)["content"] == {"type": "refund_details", "object": read}


async def test_a_shop_that_refuses_a_webhook_is_told_of() -> None:
    async def deliver(body: bytes, headers: Mapping[str, str]) -> None:
        raise ConnectionRefusedError("the shop is down")

    async with talking_to(psp := SimulatedPsp(a_lost_webhook(), deliver=deliver)) as client:
        await client.payment("pay_1", forced=True)
        with pytest.raises(ExceptionGroup, match="not delivered"):
            await psp.webhooks_settled()


async def test_an_event_can_be_had_without_a_read() -> None:
    book = a_book()
    book.payment("pay_1", status="failed")
    book.payment("pay_2", status="requires_payment_method")
    book.refund("ref_1", payment="pay_1", status="succeeded")
    psp = SimulatedPsp(book)
    assert json.loads(psp.webhook_of("pay_1").body)["event_type"] == "payment_failed"
    assert json.loads(psp.webhook_of("ref_1").body)["event_type"] == "refund_succeeded"
    with pytest.raises(ValueError, match="sends no event"):
        psp.webhook_of("pay_2")
