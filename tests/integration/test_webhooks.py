"""Real webhooks through the shop's handlers: on time, late, twice, out of order, contradicting."""

import json
from typing import Any

import pytest

from reconcile_tui.core.dispatch.webhook import WebhookMalformed
from reconcile_tui.core.transitions import Effect
from reconcile_tui.demo import shop
from tests.world import World, decisions, outcomes


async def test_a_webhook_on_time_completes_the_order_and_nothing_is_left_to_do(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    assert await world.real_webhook("pay_o-1") is Effect.APPLIED
    assert await world.status("o-1") == "completed"
    assert decisions(await world.tick()) == {}


async def test_a_late_webhook_after_a_heal_is_a_no_op(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.tick()
    healed = await world.rows()

    assert await world.real_webhook("pay_o-1") is Effect.AGREES
    assert await world.rows() == healed


async def test_a_webhook_that_comes_twice_is_kept_twice_and_applied_once(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    effects = [await world.real_webhook("pay_o-1"), await world.real_webhook("pay_o-1")]

    assert effects == [Effect.APPLIED, Effect.AGREES]
    kept = await world.store.webhook_log.about(["pay_o-1"])
    assert [(entry.source, entry.effect) for entry in kept] == [("psp", "agrees"), ("psp", "applied")]


@pytest.mark.parametrize("psp", ["failed", "cancelled", "expired"])
@pytest.mark.parametrize("local", ["failed", "cancelled"])
async def test_endings_without_money_agree_with_each_other(world: World, psp: str, local: str) -> None:
    await world.order("o-1", status=local, psp=psp)

    assert await world.real_webhook("pay_o-1") is Effect.AGREES


@pytest.mark.parametrize("local", ["completed", "refund_pending", "refunded"])
async def test_success_agrees_with_whatever_followed_it(world: World, local: str) -> None:
    await world.order("o-1", status=local, psp="succeeded")

    assert await world.real_webhook("pay_o-1") is Effect.AGREES


async def test_a_contradiction_is_kept_and_looked_into_with_the_next_tick(world: World) -> None:
    await world.order("o-1", status="failed", psp="succeeded")

    assert await world.real_webhook("pay_o-1") is Effect.CONTRADICTS
    assert await world.status("o-1") == "failed"
    assert await world.attention() == {}

    await world.tick()
    assert await world.attention() == {"o-1": "contradiction"}
    assert await world.status("o-1") == "failed"


async def test_a_webhook_whose_amount_disagrees_is_withheld(world: World) -> None:
    await world.order("o-1", amount=4200, psp="succeeded")
    await world.change(shop.orders, "o-1", amount=9900)

    assert await world.real_webhook("pay_o-1") is Effect.WITHHELD
    assert await world.status("o-1") == "pending"

    await world.tick()
    assert await world.attention() == {"o-1": "amount_mismatch"}


async def test_a_refunds_webhook_moves_the_refund_and_its_order(world: World) -> None:
    await world.paid_order("o-1", status="completed")
    await world.refund("r-1", of="o-1", psp="succeeded")

    assert await world.real_webhook("ref_r-1") is Effect.APPLIED
    assert (await world.status("r-1"), await world.status("o-1")) == ("succeeded", "refunded")


async def test_a_failed_refunds_webhook_keeps_its_message_and_rolls_the_order_back(world: World) -> None:
    await world.paid_order("o-1", status="refund_pending")
    await world.refund("r-1", of="o-1", psp="failed", error_message="Card account closed")

    assert await world.real_webhook("ref_r-1") is Effect.APPLIED
    row = await world.row("r-1")
    assert (row["status"], row["error_message"]) == ("failed", "Card account closed")
    assert await world.status("o-1") == "completed"


async def test_an_event_that_is_not_final_is_kept_and_moves_nothing(world: World) -> None:
    await world.order("o-1", psp="processing")

    assert await world.real_webhook("pay_o-1") is Effect.NOT_FINAL
    assert await world.status("o-1") == "pending"
    assert len(await world.store.webhook_log.about(["pay_o-1"])) == 1


async def test_a_webhook_whose_object_is_not_what_its_type_says_moves_nothing(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    body = json.loads(world.psp.webhook_of("pay_o-1").body)
    body["event_type"] = "payment_failed"

    effect = await world.handlers.process_payment_webhook(json.dumps(body).encode())

    assert effect is Effect.NOT_FINAL
    assert await world.status("o-1") == "pending"


async def test_a_webhook_about_no_row_of_ours_is_kept(world: World) -> None:
    world.book.payment("pay_stranger", status="succeeded")

    assert await world.real_webhook("pay_stranger") is Effect.NO_ROW
    assert len(await world.store.webhook_log.about(["pay_stranger"])) == 1


async def test_a_payment_that_two_orders_share_is_not_guessed(world: World) -> None:
    await world.order("o-1", payment_id="pay_shared", psp="succeeded")
    await world.order("o-2", payment_id="pay_shared")

    assert await world.real_webhook("pay_shared") is Effect.AMBIGUOUS
    assert {await world.status("o-1"), await world.status("o-2")} == {"pending"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"event_id": 1}',
        b"\xff\xfe",
        b'{"event_id":"e","event_type":"payment_succeeded"}',
    ],
)
async def test_what_is_no_webhook_is_refused_and_nothing_is_kept(world: World, body: bytes) -> None:
    with pytest.raises(WebhookMalformed):
        await world.handlers.process_payment_webhook(body)


@pytest.mark.parametrize("kind", ["dispute_details", "mandate_details", "payout_details"])
async def test_disputes_mandates_and_payouts_are_kept_and_move_nothing(world: World, kind: str) -> None:
    body: dict[str, Any] = {
        "merchant_id": "merchant_demo",
        "event_id": "evt_1",
        "event_type": "dispute_opened",
        "content": {"type": kind, "object": {"dispute_id": "dp_1", "payment_id": "pay_o-1"}},
        "timestamp": "2026-11-20T12:00:00Z",
    }
    await world.order("o-1", psp="succeeded")

    assert await world.handlers.process_payment_webhook(json.dumps(body).encode()) is Effect.NO_ROW
    assert await world.status("o-1") == "pending"


async def test_a_real_webhook_that_a_forced_read_sets_off_wins_and_the_heal_is_a_no_op(world: World) -> None:
    await world.order("o-1", psp="succeeded", known="processing")
    plan = await world.plan("o-1")
    await world.psp.webhooks_settled()
    assert await world.real_webhook("pay_o-1") is Effect.APPLIED

    receipt = await world.reconciler().apply(plan)

    assert outcomes(receipt) == {"o-1": "already_resolved"}
    assert await world.status("o-1") == "completed"
