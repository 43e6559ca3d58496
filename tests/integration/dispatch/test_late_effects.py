"""An effect that comes after the settle time: the shop did it, so nothing says any more that it failed."""

import asyncio

import pytest

from reconcile_tui.core.incident import Span, incident
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.tellings import RowSettled
from reconcile_tui.demo import shop as shop_tables
from reconcile_tui.incident_report import Letterhead, incident_markdown
from tests.integration.dispatch.conftest import Delivering
from tests.shop_endpoint.behaviours import Behaviour, Work, works_later
from tests.world import ALICE, DAEMON, outcomes, ref


async def delivered_too_late(delivering: Delivering, *, by_hand: bool = False) -> None:
    """The shop answers 202, and does it when the settle time was long over."""
    let = asyncio.Event()
    await delivering.world.order("o-1", psp="succeeded")
    delivering.shop.behaviours.script(works_later(let))
    came = await (delivering.sync("o-1") if by_hand else delivering.tick())
    assert outcomes(came) == {"o-1": "unchanged"}
    let.set()
    await delivering.shop.settled()
    delivering.world.later("8s")


async def report(delivering: Delivering) -> str:
    world = delivering.world
    told = await incident(world.store, world.policy, Span())
    return incident_markdown(told, Letterhead(title=None, where="here", written_by="a test"))


@pytest.mark.parametrize("look", ["tick", "plan", "apply of another row"])
async def test_the_next_look_closes_it_as_fixed_and_says_how_late(delivering: Delivering, look: str) -> None:
    world = delivering.world
    await delivered_too_late(delivering)
    assert "**Failed:** 1 row" in await report(delivering)

    match look:
        case "tick":
            assert (await delivering.tick()).settlements == {Outcome.FIXED: 1}
        case "plan":
            await world.plan("o-1", reconciler=delivering.reconciler())
        case _:
            await world.order("o-2", psp="succeeded")
            await delivering.sync("o-1", "o-2")

    assert await world.attention() == {}
    assert await world.steps("o-1") == ["intended", "delivered", "unchanged", "fixed"]
    last = (await world.history("o-1"))[-1]
    assert last.detail is not None
    assert "seen" in last.detail
    assert "after it was delivered" in last.detail
    assert (last.actor, last.actor_kind, last.event) == (DAEMON.name, DAEMON.kind, "payment.succeeded")
    told = await report(delivering)
    assert "Failed" not in told
    assert "**Healed:**" in told
    assert [each.result.outcome for each in world.told if isinstance(each, RowSettled)] == ["fixed"]
    assert len([request for request in delivering.shop.received if b"pay_o-1" in request.body]) == 1


async def test_it_is_the_plan_of_whoever_sent_it_that_came_true(delivering: Delivering) -> None:
    await delivered_too_late(delivering, by_hand=True)

    await delivering.tick()

    last = (await delivering.world.history("o-1"))[-1]
    assert (last.outcome, last.actor) == (Outcome.FIXED, ALICE.name)
    assert "| applied plan" in await report(delivering)
    assert (
        "delivered and acknowledged, yet nothing happened"
        not in ((await report(delivering)).split("## What people did")[1].split("## ")[0])
    )


async def test_two_who_look_at_once_write_it_down_once(delivering: Delivering) -> None:
    await delivered_too_late(delivering)

    await asyncio.gather(*(delivering.reconciler().run_once(DAEMON) for _ in range(3)))

    assert await delivering.world.steps("o-1") == ["intended", "delivered", "unchanged", "fixed"]


async def test_what_says_otherwise_or_is_still_open_is_not_closed_by_it(delivering: Delivering) -> None:
    world = delivering.world
    let = asyncio.Event()
    for number in (1, 2):
        await world.order(f"o-{number}", psp="succeeded")
    delivering.shop.behaviours.always(works_later(let))
    await delivering.tick()
    await world.change(shop_tables.orders, "o-1", status="failed")

    await delivering.reconciler().run_once(DAEMON, phases=[])

    for number in (1, 2):
        assert (await world.steps(f"o-{number}"))[-1] == "unchanged"
    assert await world.attention() == {"o-1": "no_effect", "o-2": "no_effect"}


async def test_one_whose_delivery_is_spent_and_looked_at_since_is_closed_too(delivering: Delivering) -> None:
    """Later looks say `unchanged` again, about no intent of their own."""
    world, let = delivering.world, asyncio.Event()
    await world.order("o-1", psp="succeeded")
    delivering.shop.behaviours.script(works_later(let))
    await delivering.tick()
    world.later("61m")
    await delivering.tick()
    assert (await world.steps("o-1"))[-2:] == ["unchanged", "unchanged"]
    let.set()
    await delivering.shop.settled()

    await delivering.tick()

    last = (await world.history("o-1"))[-1]
    assert last.outcome is Outcome.FIXED
    assert last.detail is not None
    assert "1 h 1 min" in last.detail


async def test_an_order_that_it_failed_late_is_watched_as_what_the_tool_failed(
    delivering: Delivering,
) -> None:
    world, let = delivering.world, asyncio.Event()
    await world.order("o-1", psp="failed")
    delivering.shop.behaviours.script(works_later(let))
    await delivering.tick()
    let.set()
    await delivering.shop.settled()
    await delivering.tick()

    [finding] = await world.store.findings.findings([ref("o-1")], now=world.clock.now(), policy=world.policy)

    assert finding.failed_by_us
    assert finding.check is not None
    assert finding.check.watch_until is not None


@pytest.mark.parametrize("status", ["cancelled", "failed"])
async def test_what_became_final_otherwise_is_told_as_a_contradiction_in_the_report(
    delivering: Delivering, status: str
) -> None:
    world, held = delivering.world, asyncio.Event()
    await world.order("o-1", psp="succeeded")
    delivering.shop.behaviours.script(Behaviour(work=Work.LEFT, status=200, held=held), of="pay_o-1")
    tick = asyncio.create_task(delivering.reconciler().run_once(DAEMON))
    await delivering.shop.arrived(1)
    await world.change(shop_tables.orders, "o-1", status=status)
    held.set()
    assert outcomes(await tick)["o-1"] == "overtaken"
    [run] = await world.store.runs.latest()
    assert run.counts is not None
    assert run.counts["raised.contradiction"] == 1

    told = await report(delivering)

    assert "- **Contradict the PSP:** 1 row, 42.00 EUR" in told
    assert "order overtaken: the shop and the PSP contradict each other" in told
    assert "Find out which side is right; money or goods may have gone the wrong way." in told
    assert "Over without it" not in told
