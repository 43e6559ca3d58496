"""The money is what the PSP says it is, where events go to the shop's own handler (design rule 6)."""

from reconcile_tui.demo import shop
from tests.integration.dispatch.conftest import Delivering
from tests.world import outcomes

GIVEN_BACK = {"o-1": "given_back"}


async def test_a_claim_that_is_gone_is_seen_before_the_shop_gets_the_event(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    await world.refund("r-1", refund_id="ref_1", status="succeeded", psp="succeeded", amount=1000)
    reconciler = delivering.reconciler()
    plan = await world.plan("o-1", reconciler=reconciler)
    await world.delete(shop.refunds, "r-1")

    assert outcomes(await reconciler.apply(plan)) == {"o-1": "changed"}

    assert delivering.shop.received == []
    assert await world.attention() == GIVEN_BACK


async def test_the_shop_gets_no_event_by_itself_and_gets_one_from_an_operator(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    world.book.refund("ref_support", payment="pay_o-1", amount=1000)

    assert outcomes(await delivering.tick()) == {}
    assert delivering.shop.received == []
    assert await world.attention() == GIVEN_BACK

    assert outcomes(await delivering.sync("o-1")) == {"o-1": "fixed"}
    assert await world.attention() == {}
