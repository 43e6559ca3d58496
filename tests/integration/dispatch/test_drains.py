"""Drains to a shop that refuses: what one phase learned is not learned again by its next slices."""

from tests.integration.dispatch.conftest import Delivering
from tests.world import DAEMON


async def test_a_shop_that_refuses_in_a_drain_gets_one_event_a_phase(delivering: Delivering) -> None:
    world = delivering.world
    world.set(batch_limit=5)
    for number in range(30):
        age, psp = f"{200 - number}m", "processing" if 5 <= number < 20 else "succeeded"
        await world.order(f"o-{number:02}", stuck_for=age, psp=psp)
    delivering.signed_with("another-secret")

    await delivering.reconciler().run_once(DAEMON, drain=True)

    assert delivering.posts == [401]


async def test_a_shop_that_refuses_later_in_a_drain_gets_nothing_more(delivering: Delivering) -> None:
    world = delivering.world
    world.set(batch_limit=5)
    for number in range(60):
        await world.order(f"o-{number:02}", stuck_for=f"{200 - number}m", psp="succeeded")
    sent = delivering.posts

    class Changes(list[int | None]):
        """After some events the secret is another one."""

        def append(self, status: int | None) -> None:
            super().append(status)
            if len(self) == 8:
                delivering.shop.handler.secret = "changed"

    delivering.posts = sent = Changes()

    await delivering.reconciler().run_once(DAEMON, drain=True)

    assert sent.count(200) >= 8
    assert sent.count(401) <= delivering.address.at_once
