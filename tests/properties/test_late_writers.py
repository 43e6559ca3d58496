"""Late writers: processes that stood still, or lost a race, and then write what they saw before."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.core.transitions import Effect
from reconcile_tui.demo.psp.faults import server_error
from tests.in_turn import in_turn
from tests.properties.processes import FREEZES, Fate, Host, Mishap, Process, Way
from tests.world import ALICE, DAEMON, World, outcomes, ref

T = TypeVar("T")


async def frozen(fate: Fate, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """What a process does, begun; it stands still somewhere in it, or has done it."""
    task = asyncio.create_task(work)
    standing = asyncio.create_task(fate.frozen.wait())
    await asyncio.wait({task, standing}, return_when=asyncio.FIRST_COMPLETED)
    standing.cancel()
    return task


def comes_to_life(world: World, payment_id: str) -> None:
    """A payment that failed is paid after all, and the PSP knows."""
    world.book.payment_becomes(payment_id, "succeeded")
    world.book.payments[payment_id].learns(world.clock.now())


async def test_the_watch_over_a_failed_order_outlives_a_slower_process_that_read_it_too(world: World) -> None:
    await world.order("o-1", psp="failed")
    host = Host.of(world)
    slow = Process.on(host, Fate(Mishap.FREEZE_AFTER, only=Way.PSP))
    its_tick = await frozen(slow.fate, slow.reconciler.run_once(DAEMON))
    assert outcomes(await Process.on(host).reconciler.run_once(DAEMON)) == {"o-1": "fixed"}
    slow.fate.thawed.set()
    await its_tick

    comes_to_life(world, "pay_o-1")
    for _ in range(4):
        world.later("12h")
        await world.tick()

    assert await world.attention() == {"o-1": "contradiction"}


async def test_a_contradicting_webhook_is_not_forgotten_for_a_read_that_failed_meanwhile(
    world: World,
) -> None:
    await world.order("o-1", psp="failed")
    host = Host.of(world)
    world.psp.faults.always("*", server_error(500))
    slow = Process.on(host, Fate(Mishap.FREEZE_AFTER, only=Way.PSP))
    its_tick = await frozen(slow.fate, slow.reconciler.run_once(DAEMON))
    assert await world.real_webhook("pay_o-1") is Effect.APPLIED
    comes_to_life(world, "pay_o-1")
    assert await world.real_webhook("pay_o-1") is Effect.CONTRADICTS
    slow.fate.thawed.set()
    await its_tick
    world.psp.faults.stop("*")

    for _ in range(4):
        world.later("12h")
        await world.tick()

    assert await world.attention() == {"o-1": "contradiction"}


CALLS_OF_AN_APPLY = range(12)


@pytest.mark.parametrize("mishap", FREEZES)
async def test_a_process_that_wakes_an_hour_later_delivers_nothing_that_it_read_before(
    world: World, mishap: Mishap
) -> None:
    host = Host.of(world)
    for at in CALLS_OF_AN_APPLY:
        name = f"o-{at}"
        await world.order(name, psp="failed")
        process = Process.on(host, fate := Fate())
        plan = (await process.reconciler.plan([ref(name)], ALICE)).plan
        fate.doom(mishap, at)
        its_apply = await frozen(fate, process.reconciler.apply(plan))
        if its_apply.done():
            break
        delivered = await world.status(name) == "failed"
        comes_to_life(world, f"pay_{name}")
        world.later("61m")
        fate.thawed.set()
        receipt = await its_apply

        assert await world.status(name) == ("failed" if delivered else "pending"), (at, outcomes(receipt))
    await world.tick()


@pytest.mark.parametrize("mishap", FREEZES)
async def test_a_process_that_wakes_under_a_pause_delivers_nothing(world: World, mishap: Mishap) -> None:
    host = Host.of(world)
    for at in CALLS_OF_AN_APPLY:
        name = f"o-{at}"
        await world.order(name, psp="succeeded")
        process = Process.on(host, fate := Fate())
        plan = (await process.reconciler.plan([ref(name)], ALICE)).plan
        fate.doom(mishap, at)
        its_apply = await frozen(fate, process.reconciler.apply(plan))
        if its_apply.done():
            break
        before = await world.status(name)
        await world.store.controls.pause(actor="bob", reason="release under way", now=world.clock.now())
        world.later("10s")
        fate.thawed.set()
        receipt = await its_apply

        assert await world.status(name) == before, (at, outcomes(receipt))
        await world.store.controls.resume(actor="bob", now=world.clock.now())


async def test_an_order_that_a_late_webhook_failed_is_watched_as_well(world: World) -> None:
    await world.order("o-1", psp="failed")
    old = world.psp.webhook_of("pay_o-1").body
    comes_to_life(world, "pay_o-1")
    assert await world.handlers.process_payment_webhook(old) is Effect.APPLIED

    for _ in range(4):
        world.later("12h")
        await world.tick()

    assert await world.attention() == {"o-1": "contradiction"}


LOOKS_OF_A_WATCH = (0, 1, 3, 7, 15, 27, 39, 51, 63, 72, 84)


@in_turn("hours", cases=[2, 26, 62, 71])
async def test_what_comes_to_life_in_the_time_of_the_watch_is_seen(world: World, hours: int) -> None:
    await world.order("o-1", psp="failed")
    began, lives = world.clock.now(), False
    for hour in LOOKS_OF_A_WATCH:
        if hour > hours and not lives:
            lives = True
            comes_to_life(world, "pay_o-1")
        world.clock.advance(began + timedelta(hours=hour) - world.clock.now())
        await world.tick()

    assert await world.attention() == {"o-1": "contradiction"}


async def test_a_watch_is_not_over_because_no_daemon_ran(world: World) -> None:
    await world.order("o-1", psp="failed")
    await world.tick()
    world.later("30h")
    comes_to_life(world, "pay_o-1")
    world.later("50h")

    await world.tick()

    assert await world.attention() == {"o-1": "contradiction"}


async def test_an_abandoned_orphan_is_not_failed_under_a_skewed_clock(world: World) -> None:
    await world.paid_order("o-1")
    await world.orphan("r-1", of="o-1", stuck_for="20m")
    plan = await world.plan("r-1")
    await world.store.journal.intend(
        plan.rows,
        by=Authorship(actor=ALICE, plan_id=plan.plan_id),
        holder="dead-process",
        now=world.clock.now(),
        lease=world.policy.lease,
    )
    world.database_clock.skew = timedelta(minutes=3)
    world.later("2m")

    await world.tick()

    assert await world.status("r-1") == "pending"


async def test_a_refund_that_has_another_rows_id_is_not_adopted(world: World) -> None:
    await world.paid_order("o-1", stuck_for="3h")
    await world.refund("r-1", of="o-1", stuck_for="60m", status="failed", refund_id=None)
    await world.orphan("r-2", of="o-1", stuck_for="50m")
    world.book.refund("r-1", payment="pay_o-1", amount=4200, created=-timedelta(minutes=49))

    await world.tick()

    assert (await world.row("r-2"))["hyperswitch_refund_id"] == ""
    assert "r-2" in await world.attention()
