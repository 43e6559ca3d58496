"""The standing: what is stuck, by class, and the money at risk, each row once."""

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.money import Money
from reconcile_tui.core.standing import standing
from tests.world import World


async def test_each_class_counts_its_rows_and_its_money_and_what_waits_on_the_customer_is_apart(
    world: World,
) -> None:
    await world.order("o-1", psp="processing", amount=4200, stuck_for="3h")
    await world.order("o-2", psp="requires_payment_method", amount=999)
    await world.paid_order("o-3", amount=5000)
    await world.refund("r-1", of="o-3", amount=700, psp="pending")
    await world.orphan("r-2", of="o-3", amount=300)
    await world.tick(phases=["orders"])

    now = await standing(world.store, world.policy)

    assert (now.orders.rows, now.customer.rows, now.refunds.rows, now.orphans.rows) == (1, 1, 1, 1)
    assert now.stuck == 3
    assert now.money_at_risk == (Money(4200 + 700 + 300, "EUR"),)


async def test_attention_about_an_open_row_is_counted_and_its_money_is_not_added_twice(world: World) -> None:
    await world.order("o-1", psp="partially_captured", amount=4200)
    await world.tick()

    now = await standing(world.store, world.policy)

    assert now.attention.open == {Reason.PARTIAL_CAPTURE: 1}
    assert (now.attention.unacknowledged, now.attention.acknowledged) == (1, 0)
    assert now.attention.money == (Money(4200, "EUR"),)
    assert now.money_at_risk == (Money(4200, "EUR"),)


async def test_attention_about_a_final_row_is_money_at_risk_of_its_own(world: World) -> None:
    await world.order("o-1", psp="failed", amount=4200)
    await world.tick()
    world.book.payment_becomes("pay_o-1", "succeeded")
    world.book.payments["pay_o-1"].learns(world.clock.now())
    world.later("13h")
    await world.tick()

    now = await standing(world.store, world.policy)

    assert (now.stuck, now.attention.open) == (0, {Reason.CONTRADICTION: 1})
    assert now.money_at_risk == (Money(4200, "EUR"),)
