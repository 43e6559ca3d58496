"""Searching the journal: everything that is asked for must hold, and pages miss nothing."""

from datetime import timedelta
from typing import Any

import pytest

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.money import Money
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
from tests.world import ALICE, World, ref


async def an_evening(world: World) -> str:
    """A tick of the daemon, and an hour later a plan of alice's; that plan's id."""
    await world.order("o-1", psp="succeeded", amount=4200)
    await world.order("o-2", psp="failed", amount=900)
    await world.tick()
    world.later("1h")
    await world.order("o-3", psp="succeeded", amount=70_000, currency="JPY", stuck_for="3h")
    receipt = await world.sync("o-3", actor=ALICE)
    return receipt.plan.plan_id


async def found(world: World, **which: Any) -> list[FoundEntry]:
    """What a search finds, oldest first."""
    return await world.store.journal_search.oldest(JournalFilter(**which), limit=100)


async def rows(world: World, **which: Any) -> set[str]:
    return {each.entry.ref.row_id for each in await found(world, **which)}


async def test_entries_are_found_by_row_actor_time_outcome_event_and_plan(world: World) -> None:
    began = world.clock.now()
    plan = await an_evening(world)

    assert await rows(world) == {"o-1", "o-2", "o-3"}
    assert await rows(world, refs=[ref("o-1"), ref("o-3")]) == {"o-1", "o-3"}
    assert await rows(world, refs=[ref("r-1")]) == set()
    assert await rows(world, refs=[]) == set()
    assert await rows(world, actor="alice") == {"o-3"}
    assert await rows(world, since=began + timedelta(minutes=30)) == {"o-3"}
    assert await rows(world, until=began + timedelta(minutes=30)) == {"o-1", "o-2"}
    assert await rows(world, events=[Event.PAYMENT_FAILED, Event.REFUND_FAILED]) == {"o-2"}
    assert await rows(world, outcomes=[Outcome.FIXED]) == {"o-1", "o-2", "o-3"}
    assert await rows(world, outcomes=[Outcome.REFUSED]) == set()
    assert await rows(world, plan_id=plan) == {"o-3"}


async def test_everything_that_is_asked_for_must_hold(world: World) -> None:
    plan = await an_evening(world)

    assert await rows(world, actor="alice", events=[Event.PAYMENT_SUCCEEDED], plan_id=plan) == {"o-3"}
    assert await rows(world, actor="daemon", plan_id=plan) == set()
    [ended] = await found(world, refs=[ref("o-3")], outcomes=[Outcome.FIXED])
    assert ended.entry.outcome is Outcome.FIXED


async def test_an_end_has_the_amount_and_the_status_that_its_intent_saw(world: World) -> None:
    await an_evening(world)

    [ended] = await found(world, actor="alice", outcomes=[Outcome.FIXED])

    assert ended.entry.before is None
    assert ended.money == Money(70_000, "JPY")
    assert ended.before is not None
    assert ended.before["status"] == "pending"


async def test_a_moment_is_in_from_its_beginning_and_out_at_its_end(world: World) -> None:
    await an_evening(world)
    [last] = await world.store.journal_search.newest(JournalFilter(), limit=1)
    at = last.entry.at

    assert await rows(world, since=at) == {"o-3"}
    assert await rows(world, until=at) == {"o-1", "o-2"}


@pytest.mark.parametrize("page", [1, 2, 3, 100])
async def test_pages_tell_every_entry_once_and_in_order(world: World, page: int) -> None:
    await an_evening(world)

    pages = [part async for part in world.store.journal_search.through(JournalFilter(), page=page)]

    ids = [each.entry.entry_id for part in pages for each in part]
    assert ids == sorted(set(ids))
    assert len(ids) == len(await found(world)) == 9
    assert all(len(part) <= page for part in pages)


async def test_the_newest_come_first_and_those_before_them_are_asked_for_by_id(world: World) -> None:
    await an_evening(world)
    search = world.store.journal_search

    first = await search.newest(JournalFilter(), limit=4)
    second = await search.newest(JournalFilter(), limit=100, before=first[-1].entry.entry_id)

    ids = [each.entry.entry_id for each in (*first, *second)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 9


async def test_ticks_of_a_time_are_those_that_were_under_way_then(world: World) -> None:
    began = world.clock.now()
    await world.tick()
    world.later("1h")
    await world.tick()
    first, second = reversed(await world.store.runs.latest())
    runs = world.store.runs

    assert await runs.between(began, began + timedelta(minutes=1), limit=10) == [first]
    assert await runs.between(began + timedelta(minutes=1), None, limit=10) == [second]
    assert await runs.between(None, None, limit=1) == [second]
