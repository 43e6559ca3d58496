"""Two dashboards on one database: each sees what the other does, and one row is fixed once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from textual.pilot import Pilot

from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.dispatcher import Delivery, DeliveryReport
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.plan import Plan
from reconcile_tui.core.policy import Actor, ActorKind
from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.core.store.store import Store
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.triage.event_line import EventLine
from tests.clocks import Considerate
from tests.dashboards import app_of, desk_of, opened_dashboard, read_again
from tests.stories.batches import asked, listed, over
from tests.world import ALICE, World, ref

BOB = Actor(name="bob", kind=ActorKind.OPERATOR)


@asynccontextmanager
async def two_dashboards(world: World) -> AsyncIterator[tuple[Pilot[int], Pilot[int]]]:
    """Alice's and bob's, each a process of its own as far as leases, budgets and connections go."""
    bobs_store = Store.at(world.url, clock=world.database_clock)
    try:
        async with (
            opened_dashboard(world, desk=desk_of(world, actor=ALICE)) as alices,
            opened_dashboard(world, desk=desk_of(world, actor=BOB, store=bobs_store)) as bobs,
        ):
            yield alices, bobs
    finally:
        await bobs_store.close()


class Hesitating(DatabaseDispatcher):
    """Delivers once somebody says so."""

    def __init__(self, world: World, acting: asyncio.Event, go_on: asyncio.Event) -> None:
        super().__init__(world.store.database, world.store.shop, merchant_id="merchant_demo")
        self._acting = acting
        self._go_on = go_on

    async def deliver(
        self, deliveries: Sequence[Delivery], *, by: Authorship, time: DatabaseTime, door: Door
    ) -> list[DeliveryReport]:
        self._acting.set()
        await self._go_on.wait()
        return await super().deliver(deliveries, by=by, time=time, door=door)


def desk_at(pilot: Pilot[int]) -> Desk:
    desk = app_of(pilot).desk
    assert desk is not None
    return desk


async def planned(desk: Desk, *row_ids: str) -> Plan:
    planning = await desk.work.plan(
        [ref(row_id) for row_id in row_ids], on_read=lambda _: None, should_stop=lambda: False
    )
    return planning.plan


async def applied(desk: Desk, plan: Plan) -> list[Outcome]:
    receipt = await desk.work.apply(
        plan,
        reason="the webhooks stopped",
        on_begin=lambda: None,
        on_concluded=lambda *_: None,
        should_stop=lambda: False,
    )
    return [row.result.outcome for row in receipt.rows]


def lines(pilot: Pilot[int]) -> list[str]:
    return [each.words for each in app_of(pilot).live.happenings]


async def test_each_sees_what_the_other_did(either_world: World) -> None:
    await either_world.order("o-1", stuck_for="3h", psp="succeeded")
    await either_world.order("o-2", stuck_for="2h", psp="failed")
    async with two_dashboards(either_world) as (alices, bobs):
        await applied(desk_at(alices), await planned(desk_at(alices), "o-1"))
        await read_again(bobs)
        assert lines(bobs) == ["order o-1 became completed by alice at 12:00 UTC"]

        await applied(desk_at(bobs), await planned(desk_at(bobs), "o-2"))
        await read_again(alices)
        assert lines(alices)[0] == "order o-2 became failed by bob at 12:00 UTC"


async def test_both_confirming_the_same_row_is_one_fix_and_one_already_resolved(either_world: World) -> None:
    await either_world.order("o-1", psp="succeeded")
    either_world.clock = Considerate(either_world.clock.now())
    either_world.set(busy_wait=timedelta(hours=1))
    async with two_dashboards(either_world) as (alices, bobs):
        for pilot in (alices, bobs):
            await pilot.press("s")
            await asked(pilot)

        await asyncio.gather(*(pilot.press("y") for pilot in (alices, bobs)))
        came = [(await over(pilot)).ended_rows[0].result for pilot in (alices, bobs)]

        assert sorted(result.outcome for result in came if result is not None) == [
            Outcome.ALREADY_RESOLVED,
            Outcome.FIXED,
        ]
        fixed = ["Fixed: 1 row" in listed(pilot) for pilot in (alices, bobs)]
        assert fixed == ["Healed already: 0 rows" in listed(pilot) for pilot in (alices, bobs)]
        assert sum(fixed) == 1
        assert await either_world.status("o-1") == "completed"
        assert (await either_world.steps("o-1")).count("applied") == 1
        healer = "alice" if fixed[0] else "bob"
        for pilot in (alices, bobs):
            await pilot.press("escape")
            await read_again(pilot)
            assert lines(pilot).count(f"order o-1 became completed by {healer} at 12:00 UTC") == 1


async def test_who_acts_on_a_row_is_seen_by_the_other(either_world: World) -> None:
    await either_world.order("o-1", psp="succeeded")
    acting = asyncio.Event()
    go_on = asyncio.Event()

    async with two_dashboards(either_world) as (alices, bobs):
        plan = await planned(desk_at(alices), "o-1")
        dispatcher = Hesitating(either_world, acting, go_on)
        reconciler = either_world.reconciler(dispatcher=dispatcher)
        work = asyncio.create_task(reconciler.apply(replace(plan, reason="the webhooks stopped")))
        await acting.wait()
        await read_again(bobs)

        overview = app_of(bobs).live.overview
        assert overview is not None
        assert [(each.ref, each.actor) for each in overview.acting] == [(ref("o-1"), "alice")]
        assert "alice acts on 1 row" in str(bobs.app.screen.query_one(EventLine).render())

        go_on.set()
        await work
        await read_again(bobs)
        assert "acts on" not in str(bobs.app.screen.query_one(EventLine).render())
