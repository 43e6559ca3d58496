"""Orphans where events go to the shop's own handler: a person's, unless the mapping allows more."""

import json

import pytest

from reconcile_tui.core.store.mapping import OrphansBy
from tests.integration.dispatch.conftest import Delivering
from tests.world import World, decisions, outcomes


async def an_orphan_that_was_never_sent(world: World) -> None:
    await world.paid_order("o-1", stuck_for="3h")
    await world.orphan("r-1", of="o-1", stuck_for="40m")


async def an_orphan_whose_refund_lives(world: World) -> None:
    await an_orphan_that_was_never_sent(world)
    world.book.refund("ref_1", payment="pay_o-1", amount=4200, metadata={"shop_refund_id": "r-1"})


@pytest.mark.parametrize("arrange", [an_orphan_that_was_never_sent, an_orphan_whose_refund_lives])
async def test_without_the_mappings_leave_an_orphan_is_for_a_person(
    delivering: Delivering, arrange: object
) -> None:
    assert callable(arrange)
    await arrange(delivering.world)

    report = await delivering.tick()

    assert decisions(report) == {"r-1": "attention"}
    assert await delivering.world.attention() == {"r-1": "no_event"}
    assert await delivering.world.status("r-1") == "pending"
    assert delivering.shop.received == []


async def test_by_update_an_orphan_is_failed_and_its_order_rolled_back(delivering: Delivering) -> None:
    world = delivering.world
    await an_orphan_that_was_never_sent(world)
    delivering.let_orphans(OrphansBy.UPDATE)

    assert outcomes(await delivering.tick()) == {"r-1": "fixed"}

    assert (await world.status("r-1"), await world.status("o-1")) == ("failed", "completed")
    assert delivering.shop.received == []
    assert await world.steps("r-1") == ["intended", "applied", "fixed"]


async def test_by_update_an_orphan_gets_its_id_and_its_webhook_goes_to_the_shop(
    delivering: Delivering,
) -> None:
    world = delivering.world
    await an_orphan_whose_refund_lives(world)
    delivering.let_orphans(OrphansBy.UPDATE)

    report = await delivering.tick(drain=True)

    assert outcomes(report)["r-1"] == "fixed"
    row = await world.row("r-1")
    assert (row["hyperswitch_refund_id"], row["status"]) == ("ref_1", "succeeded")
    [received] = delivering.shop.received
    assert json.loads(received.body)["event_type"] == "refund_succeeded"


async def test_by_event_an_orphan_is_failed_by_a_webhook_that_has_the_shops_own_id(
    delivering: Delivering,
) -> None:
    world = delivering.world
    await an_orphan_that_was_never_sent(world)
    delivering.let_orphans(OrphansBy.EVENT)
    delivering.shop.handler.own_refund_ids = True

    assert outcomes(await delivering.tick()) == {"r-1": "fixed"}

    assert (await world.status("r-1"), await world.status("o-1")) == ("failed", "completed")
    [received] = delivering.shop.received
    body = json.loads(received.body)
    assert received.genuine
    assert body["event_type"] == "refund_failed"
    its = body["content"]["object"]
    assert (its["refund_id"], its["payment_id"], its["amount"], its["status"]) == (
        "r-1",
        "pay_o-1",
        4200,
        "failed",
    )


async def test_by_event_an_orphan_whose_refund_lives_is_still_for_a_person(delivering: Delivering) -> None:
    await an_orphan_whose_refund_lives(delivering.world)
    delivering.let_orphans(OrphansBy.EVENT)

    await delivering.tick()

    assert await delivering.world.attention() == {"r-1": "no_event"}
    assert delivering.shop.received == []


async def test_a_handler_that_does_not_know_the_shops_own_id_is_loud(delivering: Delivering) -> None:
    world = delivering.world
    await an_orphan_that_was_never_sent(world)
    delivering.let_orphans(OrphansBy.EVENT)

    report = await delivering.tick()

    assert outcomes(report)["r-1"] in {"unchanged", "undelivered"}
    assert await world.status("r-1") == "pending"
