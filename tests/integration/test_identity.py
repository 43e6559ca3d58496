"""One truth settles one row: shared ids, refunds that fit two orphans, and what nobody may swallow."""

from datetime import timedelta

from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.core.transitions import Effect
from reconcile_tui.demo import shop
from reconcile_tui.demo.psp.faults import server_error
from tests.world import DAEMON, World, decisions, outcomes, ref


async def test_one_payment_does_not_complete_two_orders(world: World) -> None:
    await world.order("o-1", payment_id="pay_x", psp="succeeded")
    await world.order("o-2", payment_id="pay_x")

    assert outcomes(await world.tick()) == {}
    assert {await world.status("o-1"), await world.status("o-2")} == {"pending"}
    assert await world.attention() == {"o-1": "shared_psp_id", "o-2": "shared_psp_id"}


async def test_one_refund_does_not_close_two_refund_rows(world: World) -> None:
    await world.paid_order("o-1", amount=10_000)
    await world.refund("r-1", of="o-1", amount=4_000, refund_id="ref_x", psp="succeeded")
    await world.refund("r-2", of="o-1", amount=4_000, refund_id="ref_x")

    assert outcomes(await world.tick()) == {}
    assert await world.attention() == {"r-1": "shared_psp_id", "r-2": "shared_psp_id"}


async def test_an_id_that_becomes_shared_after_the_plan_is_not_synced(world: World) -> None:
    await world.order("o-1", payment_id="pay_x", psp="succeeded")
    plan = await world.plan("o-1")
    await world.order("o-2", payment_id="pay_x", stuck_for="1m")

    assert outcomes(await world.reconciler().apply(plan)) == {"o-1": "changed"}
    assert await world.status("o-1") == "pending"


async def test_a_refund_that_names_two_rows_is_adopted_by_neither_of_them_twice(world: World) -> None:
    await world.paid_order("o-1", amount=10_000, stuck_for="3h")
    await world.orphan("r-1", of="o-1", amount=4_000)
    await world.orphan("r-2", of="o-1", amount=4_000)
    world.book.refund(
        "r-1",
        payment="pay_o-1",
        amount=4_000,
        created=-timedelta(minutes=9),
        metadata={"shop_refund_id": "r-2"},
    )

    report = await world.tick()

    assert decisions(report)["r-2"] == "attention"
    held = [(await world.row(row_id))["hyperswitch_refund_id"] for row_id in ("r-1", "r-2")]
    assert held.count("r-1") <= 1


async def test_a_contradiction_about_an_id_on_two_rows_is_looked_into(world: World) -> None:
    await world.order("o-1", payment_id="pay_x", status="failed", psp="succeeded")
    await world.order("o-2", payment_id="pay_x", status="failed")

    assert await world.real_webhook("pay_x") is Effect.AMBIGUOUS

    await world.tick()
    assert await world.attention() == {"o-1": "contradiction", "o-2": "contradiction"}


async def test_a_watch_whose_last_look_fails_is_made_up_for(world: World) -> None:
    await world.order("o-1", psp="failed")
    await world.tick()
    world.later("71h")
    await world.tick()
    world.later("61m")
    world.psp.faults.always("*", server_error(500))
    await world.tick()
    world.psp.faults.stop("*")
    world.book.payment_becomes("pay_o-1", "succeeded")
    world.book.payments["pay_o-1"].learns(world.clock.now())

    world.later("61m")
    await world.tick()

    assert await world.attention() == {"o-1": "contradiction"}


async def test_an_operators_plan_obeys_the_psps_wish_to_be_left_alone(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    now = world.clock.now()
    await world.store.controls.block(until=now + timedelta(minutes=10), actor="daemon", now=now)

    plan = await world.plan("o-1")

    assert not world.psp.traffic.seen
    assert plan.rows[0].decision.kind == "unreadable"


async def test_an_intent_that_cannot_be_settled_does_not_stand_before_others(world: World) -> None:
    world.set(batch_limit=1)
    for row_id in ("o-1", "o-2"):
        await world.order(row_id, psp="succeeded")
        plan = await world.plan(row_id)
        await world.store.journal.intend(
            plan.rows,
            by=_nobody(),
            holder="dead-process",
            now=world.clock.now(),
            lease=world.policy.lease,
        )
        world.later("1s")
    world.psp.faults.always("pay_o-1", server_error(500))

    for _ in range(3):
        world.later("2m")
        await world.tick()

    assert await world.status("o-2") == "completed"
    assert await world.steps("o-2") == ["intended", "resumed", "applied", "fixed"]


def _nobody() -> Authorship:
    return Authorship(actor=DAEMON, plan_id="plan-of-the-dead")


async def test_a_second_look_at_what_was_closed_and_opened_again_is_made(world: World) -> None:
    await world.order("o-1", psp="processing")
    await world.tick()
    await world.change(shop.orders, "o-1", status="cancelled")
    world.later("61m")
    await world.tick()
    await world.change(shop.orders, "o-1", status="pending")

    assert decisions(await world.tick()) == {"o-1": "still_pending"}
    [finding] = await world.store.findings.findings([ref("o-1")], now=world.clock.now(), policy=world.policy)
    assert finding.check is not None
