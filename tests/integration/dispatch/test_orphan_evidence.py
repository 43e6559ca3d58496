"""What an orphan's verdict rests on is asked again right before it is carried out: under the order's lock, in
the transaction that changes the row, or right before the event goes (design rule 7)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.store.mapping import OrphansBy
from reconcile_tui.demo import shop
from tests.integration.dispatch.conftest import Delivering
from tests.world import World, decisions, outcomes

Happens = Callable[[World], Awaitable[None]]


async def one_loses_its_claim(world: World) -> None:
    await world.change(shop.refunds, "r-2", hyperswitch_refund_id="")


async def one_has_another_id(world: World) -> None:
    await world.change(shop.refunds, "r-2", hyperswitch_refund_id="ref_other")


async def one_is_deleted(world: World) -> None:
    await world.delete(shop.refunds, "r-2")


async def one_more_asks_for_the_same(world: World) -> None:
    await world.orphan("r-9", of="o-1", amount=1000, stuck_for="1m")


async def one_has_the_id_of_a_refund(world: World) -> None:
    await world.refund("ref_9", of="o-1", amount=1000, refund_id="ref_else", status="succeeded")


EVERYTHING = [
    one_loses_its_claim,
    one_has_another_id,
    one_is_deleted,
    one_more_asks_for_the_same,
    one_has_the_id_of_a_refund,
]


async def an_orphan_beside_a_claimed_refund(world: World) -> None:
    """r-1 was never sent: the one refund that the PSP lists is r-2's."""
    await world.paid_order("o-1", amount=10_000, stuck_for="3h")
    await world.orphan("r-1", of="o-1", amount=1000, stuck_for="40m")
    await world.refund("r-2", of="o-1", amount=1000, refund_id="ref_9", status="succeeded")
    world.book.refund("ref_9", payment="pay_o-1", amount=1000, created=-timedelta(minutes=39))


def by(delivering: Delivering, way: str) -> Reconciler:
    if way == "database":
        return delivering.world.reconciler()
    delivering.let_orphans(OrphansBy(way))
    delivering.shop.handler.own_refund_ids = True
    return delivering.reconciler()


@pytest.mark.parametrize("happens", EVERYTHING)
@pytest.mark.parametrize("way", ["database", "update", "event"])
async def test_an_orphan_is_not_failed_on_evidence_that_is_gone(
    delivering: Delivering, way: str, happens: Happens
) -> None:
    world, reconciler = delivering.world, by(delivering, way)
    await an_orphan_beside_a_claimed_refund(world)
    plan = await world.plan("r-1", reconciler=reconciler)
    assert [row.decision.kind for row in plan.rows] == ["fail_orphan"]
    await happens(world)
    before = await world.rows()

    receipt = await reconciler.apply(plan)

    assert outcomes(receipt) == {"r-1": "changed"}
    assert await world.rows() == before
    assert delivering.shop.received == []
    assert await world.steps("r-1") == ["intended", "changed"]
    [finding] = [row.finding for row in (await world.plan("r-1")).rows]
    assert finding.check is not None
    assert finding.check.next_due is not None
    assert finding.check.next_due <= world.clock.now(), "the row is looked at again"


async def test_an_orphan_whose_evidence_stands_is_failed_though_a_rival_went(delivering: Delivering) -> None:
    """Two orphans of one payment, each failed by an event of its own: the second one has no rival left."""
    world = delivering.world
    await world.paid_order("o-1", amount=10_000, stuck_for="3h")
    for row_id in ("r-1", "r-2"):
        await world.orphan(row_id, of="o-1", amount=1000, stuck_for="40m")
    reconciler = by(delivering, "event")
    plan = await world.plan("r-1", "r-2", reconciler=reconciler)

    assert outcomes(await reconciler.apply(plan)) == {"r-1": "fixed", "r-2": "fixed"}


@pytest.mark.parametrize("way", ["database", "update"])
@pytest.mark.parametrize(
    "happens",
    [one_loses_its_claim, one_is_deleted, one_more_asks_for_the_same],
)
async def test_an_id_is_not_adopted_on_evidence_that_is_gone(
    delivering: Delivering, way: str, happens: Happens
) -> None:
    """By amount: one refund is nobody's, the other is r-2's, and no other orphan asks for one."""
    world, reconciler = delivering.world, by(delivering, way)
    await an_orphan_beside_a_claimed_refund(world)
    world.book.refund("ref_1", payment="pay_o-1", amount=1000, created=-timedelta(minutes=39))
    plan = await world.plan("r-1", reconciler=reconciler)
    assert [row.decision.kind for row in plan.rows] == ["adopt"]
    await happens(world)

    assert outcomes(await reconciler.apply(plan)) == {"r-1": "changed"}
    assert (await world.row("r-1"))["hyperswitch_refund_id"] == ""


@pytest.mark.parametrize("way", ["database", "update"])
async def test_an_id_is_not_adopted_that_a_row_has_as_its_own_by_now(
    delivering: Delivering, way: str
) -> None:
    world, reconciler = delivering.world, by(delivering, way)
    await world.paid_order("o-1", amount=10_000, stuck_for="3h")
    await world.orphan("r-1", of="o-1", amount=1000, stuck_for="40m")
    world.book.refund("ref_9", payment="pay_o-1", amount=1000, created=-timedelta(minutes=39))
    plan = await world.plan("r-1", reconciler=reconciler)
    await one_has_the_id_of_a_refund(world)

    assert outcomes(await reconciler.apply(plan)) == {"r-1": "changed"}
    assert (await world.row("r-1"))["hyperswitch_refund_id"] == ""


async def test_a_plan_that_is_read_again_compares_the_evidence_too(delivering: Delivering) -> None:
    world = delivering.world
    reconciler = by(delivering, "database")
    await an_orphan_beside_a_claimed_refund(world)
    plan = await world.plan("r-1", reconciler=reconciler)
    await one_loses_its_claim(world)
    world.later("31s")

    assert outcomes(await reconciler.apply(plan)) == {"r-1": "changed"}
    assert await world.steps("r-1") == ["changed"], "seen before anything was intended"


async def test_what_had_changed_is_decided_afresh_by_the_next_tick(delivering: Delivering) -> None:
    world = delivering.world
    reconciler = by(delivering, "database")
    await an_orphan_beside_a_claimed_refund(world)
    plan = await world.plan("r-1", reconciler=reconciler)
    await one_is_deleted(world)
    await reconciler.apply(plan)

    assert decisions(await world.tick()) == {"r-1": "adopt"}
