"""The last look: what an event must not be sent for any more, however late it comes to light."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from reconcile_tui.core.policy import Actor, ActorKind
from reconcile_tui.core.store.database import Database, Unit
from reconcile_tui.core.store.mapping import OrphansBy
from reconcile_tui.demo import shop as shop_tables
from tests.clocks import Considerate
from tests.integration.dispatch.conftest import Delivering
from tests.properties.processes import Fate, FragileDatabase
from tests.shop_endpoint.behaviours import answers_late, says_yes_and_does_nothing
from tests.world import DAEMON, outcomes

T = TypeVar("T")
BOB = Actor(name="bob", kind=ActorKind.OPERATOR)


async def nothing() -> None:
    """Nothing happens."""


class Eventful(FragileDatabase):
    """The way to the database of what delivers: things happen around its first question there."""

    def __init__(
        self,
        real: Database,
        *,
        before: Callable[[], Awaitable[None]] = nothing,
        after: Callable[[], Awaitable[None]] = nothing,
    ) -> None:
        super().__init__(real, Fate())
        self._before = before
        self._after = after

    async def read(self, unit: Unit[T]) -> T:
        before, self._before = self._before, nothing
        await before()
        answer = await super().read(unit)
        after, self._after = self._after, nothing
        await after()
        return answer


async def deliver(delivering: Delivering, **happens: Callable[[], Awaitable[None]]) -> dict[str, str]:
    """A tick in which something happens once the intent is written down; what became of the rows."""
    database = Eventful(delivering.world.store.database, **happens)
    reconciler = delivering.world.reconciler(dispatcher=delivering.dispatcher(database))
    return outcomes(await reconciler.run_once(DAEMON))


async def test_a_row_that_is_healed_after_the_intent_gets_no_event(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")

    async def heal() -> None:
        await world.change(shop_tables.orders, "o-1", status="completed")

    assert await deliver(delivering, before=heal) == {"o-1": "already_resolved"}
    assert delivering.shop.received == []


async def test_an_orphan_that_gets_its_id_after_the_intent_is_not_failed(delivering: Delivering) -> None:
    world = delivering.world
    await world.paid_order("o-1", stuck_for="3h")
    await world.orphan("r-1", of="o-1", stuck_for="40m")
    delivering.let_orphans(OrphansBy.EVENT)
    delivering.shop.handler.own_refund_ids = True

    async def send() -> None:
        await world.change(shop_tables.refunds, "r-1", hyperswitch_refund_id="ref_late")

    assert await deliver(delivering, before=send) == {"r-1": "changed"}
    assert delivering.shop.received == []
    assert await world.status("r-1") == "pending"


async def test_who_stood_still_right_before_an_event_asks_once_more(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")

    async def stand_still() -> None:
        world.later("61m")

    assert await deliver(delivering, after=stand_still) == {"o-1": "refused"}
    assert delivering.shop.received == []


async def test_a_pause_that_came_while_the_process_stood_still_binds(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")

    async def pause() -> None:
        await world.store.controls.pause(actor="alice", reason="migration", now=world.clock.now())
        world.later("15s")

    assert await deliver(delivering, after=pause) == {"o-1": "refused"}
    assert delivering.shop.received == []


async def test_two_operators_who_send_again_at_once_send_one_event(delivering: Delivering) -> None:
    world, shop, held = delivering.world, delivering.shop, asyncio.Event()
    world.set(lease=timedelta(days=1), busy_wait=timedelta(days=1))
    await world.order("o-1", psp="succeeded")
    shop.behaviours.script(says_yes_and_does_nothing())
    await delivering.tick()
    assert await world.attention() == {"o-1": "no_effect"}
    shop.behaviours.script(answers_late(held))

    one = delivering.reconciler()
    world.clock = Considerate(world.clock.now())
    other = delivering.reconciler()
    plan = await world.plan("o-1", reconciler=one)
    its_plan = await world.plan("o-1", reconciler=other, actor=BOB)
    first = asyncio.create_task(one.apply(plan, again=True))
    second = asyncio.create_task(other.apply(its_plan, again=True))
    await shop.arrived(2)
    held.set()

    came = [*outcomes(await first).values(), *outcomes(await second).values()]
    assert sorted(came) in (["already_resolved", "fixed"], ["fixed", "overtaken"])
    assert len(shop.received) == 2
    assert [deed.row_id for deed in await shop.deeds()] == ["o-1"]


class ChokesOnce(list[int | None]):
    """Somebody who is told of each POST, and fails over the first."""

    def append(self, status: int | None) -> None:
        super().append(status)
        if len(self) == 1:
            raise RuntimeError("a defect")


async def test_a_defect_in_one_rows_delivery_is_that_rows_trouble_alone(delivering: Delivering) -> None:
    world = delivering.world
    delivering.posts = ChokesOnce()
    for number in (1, 2, 3):
        await world.order(f"o-{number}", psp="succeeded")

    assert set(outcomes(await delivering.tick()).values()) == {"fixed"}
    assert len(delivering.posts) == 3
    assert await world.store.journal.abandoned(now=world.clock.now() + timedelta(days=1), limit=10) == []
