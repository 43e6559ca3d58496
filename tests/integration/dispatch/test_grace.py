"""The read's own webhook comes first: events wait for it, and read the row again before they go."""

from datetime import timedelta

from reconcile_tui.demo import shop
from tests.integration.dispatch.conftest import Delivering
from tests.world import DAEMON, outcomes


async def test_what_the_read_alone_heals_is_overtaken_and_nothing_is_sent(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded", known="processing")
    reconciler = delivering.reconciler()
    plan = await world.plan("o-1", reconciler=reconciler)
    await world.psp.webhooks_settled()

    assert outcomes(await reconciler.apply(plan)) == {"o-1": "overtaken"}
    assert await world.status("o-1") == "completed"
    assert delivering.posts == []
    assert await world.steps("o-1") == ["overtaken"]
    assert await world.attention() == {}


async def test_an_event_goes_out_when_the_grace_is_over_and_not_before(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    began = world.clock.now()

    await delivering.tick()

    [received] = delivering.shop.received
    waited = received.at - began
    assert world.policy.webhook_grace <= waited <= world.policy.webhook_grace + timedelta(seconds=1)


async def test_a_row_that_somebody_changed_in_the_grace_is_left(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    reconciler = delivering.reconciler()
    plan = await world.plan("o-1", reconciler=reconciler)
    await world.change(shop.orders, "o-1", amount=9999)

    assert outcomes(await reconciler.apply(plan)) == {"o-1": "changed"}
    assert delivering.posts == []


async def test_a_stop_ends_the_grace_and_leaves_the_row(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    read = world.clock.now()

    report = await delivering.reconciler().run_once(
        DAEMON, should_stop=lambda: world.clock.now() - read > timedelta(seconds=3)
    )

    assert outcomes(report) == {"o-1": "refused"}
    assert delivering.posts == []
    assert world.clock.now() - read < timedelta(seconds=5)
