"""The shop's own handler: each event is taken once, and moves what it must move, on both databases."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.shop_endpoint.endpoint import SECRET, SIGNATURE_HEADER
from tests.shop_endpoint.shop_database import ShopDatabase
from tests.shop_endpoint.webhook_handler import Verdict, WebhookHandler
from tests.world import World


@pytest.fixture
async def database(world: World) -> AsyncIterator[ShopDatabase]:
    database = ShopDatabase(world.url)
    await database.install()
    yield database
    await database.close()


@pytest.fixture
def handler(world: World, database: ShopDatabase) -> WebhookHandler:
    return WebhookHandler(database, secret=SECRET, now=world.clock.now)


async def takes(handler: WebhookHandler, world: World, object_id: str) -> Verdict:
    """The handler takes the real webhook of what the PSP knows of an object now."""
    webhook = world.psp.webhook_of(object_id)
    return await handler.take(webhook.body, webhook.headers[SIGNATURE_HEADER])


async def deeds(database: ShopDatabase) -> list[tuple[str, str, str]]:
    async with database.transaction() as sql:
        rows = await sql.rows("SELECT row_id, before_it, after_it FROM shop_deeds ORDER BY seq")
    return [(row.row_id, row.before_it, row.after_it) for row in rows]


@pytest.mark.parametrize(
    ("psp", "local"),
    [("succeeded", "completed"), ("failed", "failed"), ("cancelled", "cancelled"), ("expired", "cancelled")],
)
async def test_a_payments_end_ends_the_order_once(
    world: World, handler: WebhookHandler, database: ShopDatabase, psp: str, local: str
) -> None:
    await world.order("o-1", psp=psp)

    assert await takes(handler, world, "pay_o-1") is Verdict.APPLIED
    assert await takes(handler, world, "pay_o-1") is Verdict.DUPLICATE

    row = await world.row("o-1")
    assert (row["status"], row["updated_at"]) == (local, world.clock.now())
    assert await deeds(database) == [("o-1", "pending", local)]


async def test_another_event_of_the_same_end_moves_nothing(
    world: World, handler: WebhookHandler, database: ShopDatabase
) -> None:
    await world.order("o-1", psp="succeeded", status="completed")
    await world.order("o-2", psp="failed", status="completed")

    assert await takes(handler, world, "pay_o-1") is Verdict.AGREES
    assert await takes(handler, world, "pay_o-2") is Verdict.CONTRADICTS
    assert await world.status("o-2") == "completed"
    assert await deeds(database) == []


async def test_a_refund_that_gives_all_back_ends_the_order_as_refunded(
    world: World, handler: WebhookHandler
) -> None:
    await world.paid_order("o-1", amount=10_000)
    await world.refund("r-1", of="o-1", amount=4_000, psp="succeeded")
    await world.refund("r-2", of="o-1", amount=6_000, psp="succeeded")

    assert await takes(handler, world, "ref_r-1") is Verdict.APPLIED
    assert await world.status("o-1") == "refund_pending"
    assert await takes(handler, world, "ref_r-2") is Verdict.APPLIED
    assert await world.status("o-1") == "refunded"


async def test_a_part_that_is_given_back_leaves_the_order_completed(
    world: World, handler: WebhookHandler
) -> None:
    await world.paid_order("o-1", amount=10_000)
    await world.refund("r-1", of="o-1", amount=4_000, psp="succeeded")

    assert await takes(handler, world, "ref_r-1") is Verdict.APPLIED
    assert (await world.status("r-1"), await world.status("o-1")) == ("succeeded", "completed")


async def test_a_refund_that_fails_keeps_why_and_gives_the_order_back(
    world: World, handler: WebhookHandler
) -> None:
    await world.paid_order("o-1")
    await world.refund("r-1", of="o-1", psp="failed", error_message="Card account closed")

    assert await takes(handler, world, "ref_r-1") is Verdict.APPLIED
    row = await world.row("r-1")
    assert (row["status"], row["error_message"]) == ("failed", "Card account closed")
    assert await world.status("o-1") == "completed"


async def test_what_nothing_here_has_is_not_taken_and_may_come_again(
    world: World, handler: WebhookHandler
) -> None:
    world.book.payment("pay_o-1", status="succeeded")
    assert await takes(handler, world, "pay_o-1") is Verdict.NO_ROW

    await world.order("o-1")
    assert await takes(handler, world, "pay_o-1") is Verdict.APPLIED


async def test_an_event_that_is_not_final_moves_nothing(world: World, handler: WebhookHandler) -> None:
    await world.order("o-1", psp="processing")

    assert await takes(handler, world, "pay_o-1") is Verdict.NOT_FINAL
    assert await world.status("o-1") == "pending"


@pytest.mark.parametrize(("own", "verdict"), [(False, Verdict.NO_ROW), (True, Verdict.APPLIED)])
async def test_the_shops_own_refund_number_is_known_where_the_shop_sends_it(
    world: World, handler: WebhookHandler, own: bool, verdict: Verdict
) -> None:
    await world.paid_order("o-1")
    await world.orphan("r-1", of="o-1")
    world.book.refund("r-1", payment="pay_o-1", amount=4200, status="failed")
    handler.own_refund_ids = own

    assert await takes(handler, world, "r-1") is verdict
    assert await world.status("r-1") == ("failed" if own else "pending")


@pytest.mark.parametrize("spoilt", ["key", "body", "case", "missing"])
async def test_what_the_psp_did_not_sign_is_not_taken(
    world: World, handler: WebhookHandler, spoilt: str
) -> None:
    await world.order("o-1", psp="succeeded")
    if spoilt == "key":
        world.psp.webhook_key = "another"
    webhook = world.psp.webhook_of("pay_o-1")
    body = webhook.body + b" " if spoilt == "body" else webhook.body
    signature: str | None = webhook.headers[SIGNATURE_HEADER]
    if spoilt == "key":
        signature = "0" * 128
    elif spoilt == "case" and signature:
        signature = signature.upper()
    elif spoilt == "missing":
        signature = None

    assert await handler.take(body, signature) is Verdict.FORGED
    assert await world.status("o-1") == "pending"


@pytest.mark.parametrize("body", [{}, {"event_id": 1}, [], "no", {"event_id": "e", "event_type": "t"}])
async def test_what_is_no_event_is_not_taken(handler: WebhookHandler, body: Any) -> None:
    raw = json.dumps(body).encode()
    assert await handler.take(raw, signed(raw)) is Verdict.MALFORMED


def signed(raw: bytes) -> str:
    """The signature by another hand: hashlib alone, as RFC 2104 spells it."""
    key = SECRET.encode().ljust(128, b"\0")
    inner = hashlib.sha512(bytes(byte ^ 0x36 for byte in key) + raw).digest()
    return hashlib.sha512(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()
