"""Acknowledgements: quiet until a date or until the facts change, and never of what nobody saw."""

from datetime import timedelta

from reconcile_tui.core.standing import standing
from reconcile_tui.core.store.actions import ActionFilter
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.demo import shop
from tests.world import World, ref


async def item_of(world: World, row_id: str = "o-1") -> AttentionItem:
    [item] = await world.store.attention.open_items(limit=1, refs=[ref(row_id)])
    return item


async def acknowledged(world: World, row_id: str = "o-1", **how: timedelta) -> bool:
    until = world.clock.now() + how["lasting"] if "lasting" in how else None
    return await world.store.attention.acknowledge(
        await item_of(world, row_id),
        actor="alice",
        reason="support is on it",
        now=world.clock.now(),
        until=until,
    )


async def more_was_captured(world: World) -> None:
    """The PSP says another thing of o-1, for the same reason."""
    world.book.payment_becomes("pay_o-1", "partially_captured_and_capturable")
    world.book.payments["pay_o-1"].learns(world.clock.now())
    world.later("13h")
    await world.tick()


async def loud(world: World) -> int:
    return (await standing(world.store, world.policy)).attention.unacknowledged


async def test_it_is_quiet_until_its_facts_change_and_then_comes_back(world: World) -> None:
    await world.order("o-1", psp="partially_captured")
    await world.tick()

    assert await acknowledged(world)
    item = await item_of(world)
    assert (item.is_acknowledged, item.acknowledged_by, item.acknowledged_reason) == (
        True,
        "alice",
        "support is on it",
    )
    world.later("61m")
    await world.tick()
    assert await loud(world) == 0

    await more_was_captured(world)

    assert await loud(world) == 1
    assert not (await item_of(world)).is_acknowledged
    assert (await item_of(world)).acknowledged_by is None


async def test_it_comes_back_when_its_date_has_passed_and_is_told_still(world: World) -> None:
    await world.order("o-1", psp="partially_captured")
    await world.tick()
    await acknowledged(world, lasting=timedelta(hours=2))

    assert await loud(world) == 0
    world.later("2h")

    item = await item_of(world)
    assert await loud(world) == 1
    assert not item.is_acknowledged
    assert item.acknowledged_by == "alice"


async def test_what_is_acknowledged_comes_last_and_contradictions_come_first(world: World) -> None:
    await world.order("o-1", psp="partially_captured", stuck_for="5h")
    await world.order("o-2", psp="partially_captured", stuck_for="4h")
    await world.order("o-3", psp="failed")
    await world.tick()
    world.book.payment_becomes("pay_o-3", "succeeded")
    world.book.payments["pay_o-3"].learns(world.clock.now())
    world.later("13h")
    await world.tick()

    async def order() -> list[str]:
        return [item.ref.row_id for item in await world.store.attention.open_items(limit=10)]

    assert await order() == ["o-3", "o-1", "o-2"]
    await acknowledged(world, "o-3")
    await acknowledged(world, "o-1")
    assert await order() == ["o-2", "o-3", "o-1"]


async def test_nothing_is_acknowledged_that_is_not_what_was_seen_any_more(world: World) -> None:
    await world.order("o-1", psp="partially_captured")
    await world.tick()
    seen = await item_of(world)
    await more_was_captured(world)
    now = world.clock.now()

    assert not await world.store.attention.acknowledge(seen, actor="alice", reason="old", now=now)
    assert not (await item_of(world)).is_acknowledged
    assert await world.store.actions.newest(ActionFilter(), limit=10) == []


async def test_nothing_is_acknowledged_that_is_over(world: World) -> None:
    await world.order("o-1", psp="partially_captured")
    await world.tick()
    seen = await item_of(world)
    await world.change(shop.orders, "o-1", status="completed")
    world.later("13h")
    await world.tick()

    now = world.clock.now()
    assert not await world.store.attention.acknowledge(seen, actor="alice", reason="old", now=now)


async def test_it_can_be_taken_back_once(world: World) -> None:
    await world.order("o-1", psp="partially_captured")
    await world.tick()
    await acknowledged(world)
    item, now = await item_of(world), world.clock.now()

    assert await world.store.attention.unacknowledge(item, actor="bob", now=now, reason="not mended")
    assert not await world.store.attention.unacknowledge(item, actor="bob", now=now)

    assert await loud(world) == 1
    assert (await item_of(world)).acknowledged_by is None


async def test_who_acknowledged_what_and_why_stays_on_record(world: World) -> None:
    await world.order("o-1", psp="partially_captured")
    await world.order("o-2", psp="partially_captured")
    await world.tick()
    await acknowledged(world, lasting=timedelta(hours=2))
    await acknowledged(world, "o-2")
    await world.store.attention.unacknowledge(await item_of(world), actor="bob", now=world.clock.now())

    back, did = await world.store.actions.newest(ActionFilter(refs=[ref("o-1")]), limit=10)

    assert (did.kind, did.actor, did.reason) == ("acknowledged", "alice", "support is on it")
    assert (did.ref, did.attention) == (ref("o-1"), "partial_capture")
    assert did.until == world.clock.now() + timedelta(hours=2)
    assert (back.kind, back.actor, back.ref) == ("unacknowledged", "bob", ref("o-1"))
