"""Everything a shop's endpoint can do wrong: what is believed of it, and that each event is applied once."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest
from pydantic import SecretStr

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.demo import shop as shop_tables
from tests.clocks import RealWaits
from tests.in_turn import in_turn
from tests.integration.dispatch.conftest import Delivering
from tests.shop_endpoint.behaviours import (
    Behaviour,
    Work,
    answers_late,
    fails_after_committing,
    loses_the_answer,
    loses_the_request,
    never_answers,
    redirects,
    refuses,
    takes_seconds,
    works_later,
)
from tests.shop_endpoint.endpoint import PATH
from tests.world import outcomes


@dataclass(frozen=True)
class Case:
    """How a shop treats the first request, and what the tick says of the row."""

    behaves: Callable[[], Behaviour]
    outcome: Outcome
    acknowledges: bool = False


CASES = {
    "as it should": Case(Behaviour, Outcome.FIXED, acknowledges=True),
    "slow": Case(partial(takes_seconds, 9), Outcome.FIXED, acknowledges=True),
    "loses the answer": Case(loses_the_answer, Outcome.FIXED),
    "loses the request": Case(loses_the_request, Outcome.IN_DOUBT),
    "commits and never answers": Case(never_answers, Outcome.FIXED),
    "says nothing at all": Case(partial(never_answers, Work.LEFT), Outcome.IN_DOUBT),
    "fails after committing": Case(fails_after_committing, Outcome.FIXED),
    "refuses after committing": Case(partial(fails_after_committing, 422), Outcome.FIXED),
    "fails": Case(partial(refuses, 500), Outcome.UNDELIVERED),
    "is away": Case(partial(refuses, 503, retry_after="60"), Outcome.UNDELIVERED),
    "knows no signature of ours": Case(partial(refuses, 401), Outcome.UNDELIVERED),
    "forbids": Case(partial(refuses, 403), Outcome.UNDELIVERED),
    "is somewhere else": Case(partial(refuses, 404), Outcome.UNDELIVERED),
    "does not understand": Case(partial(refuses, 400), Outcome.UNDELIVERED),
    "will not have it": Case(partial(refuses, 422), Outcome.UNDELIVERED),
    "redirects with 302": Case(partial(redirects, "/elsewhere", 302), Outcome.UNDELIVERED),
    "redirects with 307": Case(partial(redirects, "/elsewhere", 307), Outcome.UNDELIVERED),
    "redirects with 308": Case(partial(redirects, "/elsewhere", 308), Outcome.UNDELIVERED),
}


@in_turn("case", cases=CASES.values(), ids=CASES)
async def test_whatever_the_shop_does_first_each_event_is_applied_once(
    delivering: Delivering, case: Case
) -> None:
    world, shop = delivering.world, delivering.shop
    delivering.address = replace(delivering.address, timeout=timedelta(seconds=1))
    await world.order("o-1", psp="succeeded")
    shop.behaviours.script(case.behaves())

    assert outcomes(await delivering.tick()) == {"o-1": case.outcome}
    healed = case.outcome is Outcome.FIXED
    assert await world.status("o-1") == ("completed" if healed else "pending")
    acknowledged = ["delivered"] if case.acknowledges else []
    assert await world.steps("o-1") == ["intended", *acknowledged, case.outcome]

    world.later("61s")
    await delivering.tick()
    assert await world.status("o-1") == "completed"
    assert len(shop.received) == (1 if healed else 2)
    assert {(request.event_id, request.path) for request in shop.received} == {
        (shop.received[0].event_id, PATH)
    }
    assert [deed.row_id for deed in await shop.deeds()] == ["o-1"]
    assert (await world.steps("o-1"))[-1] == "fixed"
    assert await world.attention() == {}

    world.later("61s")
    assert outcomes(await delivering.tick()) == {}
    assert len(shop.received) == (1 if healed else 2)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_shop_that_asks_to_be_left_alone_gets_nothing_before_then_from_anybody(
    delivering: Delivering, status: int
) -> None:
    world, shop = delivering.world, delivering.shop
    for number in (1, 2):
        await world.order(f"o-{number}", psp="succeeded")
    shop.behaviours.script(refuses(status, retry_after="1" + "0" * 20))

    report = await delivering.tick()

    [shut] = [piece.shut for piece in report.slices if piece.shut]
    assert shut.reason == "asked_to_wait"
    assert shut.until is not None
    assert shut.until - world.clock.now() <= timedelta(minutes=15)
    world.later("14m")
    again = await delivering.tick()
    assert [piece.shut.until for piece in again.slices if piece.shut] == [shut.until]
    assert len(shop.received) == 1
    world.later("2m")
    assert set(outcomes(await delivering.tick()).values()) == {"fixed"}


async def test_one_row_that_the_shop_chokes_on_leaves_the_others_healed(delivering: Delivering) -> None:
    for number in (1, 2, 3):
        await delivering.world.order(f"o-{number}", psp="succeeded")
    delivering.shop.behaviours.always(refuses(500), of="pay_o-2")

    report = await delivering.tick()

    assert outcomes(report) == {"o-1": "fixed", "o-2": "undelivered", "o-3": "fixed"}


async def test_a_shop_that_works_after_its_answer_is_believed_once_the_row_shows_it(
    delivering: Delivering,
) -> None:
    world, shop, let = delivering.world, delivering.shop, asyncio.Event()
    world.clock = RealWaits(world.clock.now())
    world.set(webhook_grace=timedelta(0))
    await world.order("o-1", psp="succeeded")
    shop.behaviours.script(works_later(let))

    tick = asyncio.create_task(delivering.tick())
    await shop.arrived(1)
    let.set()

    assert outcomes(await tick) == {"o-1": "fixed"}


async def test_a_shop_that_works_too_late_is_told_and_the_item_is_over_when_it_has(
    delivering: Delivering,
) -> None:
    world, shop, let = delivering.world, delivering.shop, asyncio.Event()
    await world.order("o-1", psp="succeeded")
    shop.behaviours.script(works_later(let))

    assert outcomes(await delivering.tick()) == {"o-1": "unchanged"}
    assert await world.attention() == {"o-1": "no_effect"}

    let.set()
    await shop.settled()
    world.later("61m")
    await delivering.tick()
    assert await world.attention() == {}
    assert (len(shop.received), await world.status("o-1")) == (1, "completed")


async def test_an_event_that_is_sent_again_while_the_first_is_still_at_work_is_applied_once(
    delivering: Delivering,
) -> None:
    world, shop, let = delivering.world, delivering.shop, asyncio.Event()
    await world.order("o-1", psp="succeeded")
    shop.behaviours.script(works_later(let))
    await delivering.tick()

    assert outcomes(await delivering.sync("o-1", again=True)) == {"o-1": "fixed"}
    let.set()
    await shop.settled()

    assert [request.verdict for request in shop.received] == ["agrees", "applied"]
    assert [deed.row_id for deed in await shop.deeds()] == ["o-1"]


async def test_what_the_shop_made_of_the_row_otherwise_is_overtaken_and_loud(delivering: Delivering) -> None:
    world, shop, held = delivering.world, delivering.shop, asyncio.Event()
    await world.order("o-1", psp="succeeded")
    shop.behaviours.script(Behaviour(work=Work.LEFT, status=200, held=held))

    tick = asyncio.create_task(delivering.tick())
    await shop.arrived(1)
    await world.change(shop_tables.orders, "o-1", status="cancelled")
    held.set()

    assert outcomes(await tick) == {"o-1": "overtaken"}
    assert await world.attention() == {"o-1": "contradiction"}


async def test_a_shop_that_nobody_can_reach_gets_nothing_and_the_rows_stay(delivering: Delivering) -> None:
    world, shop = delivering.world, delivering.shop
    await world.order("o-1", psp="succeeded")
    there = delivering.address
    delivering.address = replace(there, url=SecretStr("http://127.0.0.1:1/hooks"))

    report = await delivering.tick()
    assert outcomes(report) == {"o-1": "undelivered"}
    assert await world.status("o-1") == "pending"

    delivering.address = there
    assert outcomes(await delivering.tick()) == {"o-1": "fixed"}
    assert len(shop.received) == 1


async def test_a_shop_that_has_gone_silent_is_left_alone_after_five(delivering: Delivering) -> None:
    for number in range(12):
        await delivering.world.order(f"o-{number:02}", psp="succeeded")
    delivering.shop.behaviours.always(loses_the_request())

    report = await delivering.tick()

    told = Counter(outcomes(report).values())
    assert told["refused"] == 12 - told["in_doubt"]
    assert 5 <= told["in_doubt"] < 12
    delivering.shop.behaviours.stop()
    delivering.world.later("61s")
    await delivering.tick()
    assert {deed.row_id for deed in await delivering.shop.deeds()} == {
        f"o-{number:02}" for number in range(12)
    }
    assert len(await delivering.shop.deeds()) == 12


async def test_no_more_events_are_on_their_way_at_once_than_the_shop_is_to_get(
    delivering: Delivering,
) -> None:
    for number in range(12):
        await delivering.world.order(f"o-{number}", psp="succeeded")
    held = asyncio.Event()
    delivering.shop.behaviours.script(Behaviour())
    delivering.shop.behaviours.always(answers_late(held))

    tick = asyncio.create_task(delivering.tick())
    await delivering.shop.arrived(1 + delivering.address.at_once)
    await delivering.shop.settled()
    on_their_way = [request for request in delivering.shop.received if request.answered is None]
    assert len(on_their_way) == delivering.address.at_once
    held.set()

    assert set(outcomes(await tick).values()) == {"fixed"}
    assert len(delivering.shop.received) == 12


async def test_a_row_that_the_shops_own_handler_refuses_backs_off_and_needs_a_person(
    delivering: Delivering,
) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    delivering.shop.behaviours.always(refuses(500))
    for _ in range(8):
        await delivering.tick()
        world.later("60m")

    assert delivering.posts == [500] * 4
    [item] = await world.store.attention.open_items(limit=10)
    assert (item.reason, item.facts["undelivered"]) == ("undeliverable", "HTTP 500")


async def test_so_does_one_whose_requests_are_lost_on_their_way(delivering: Delivering) -> None:
    """What became of each is in doubt at first, and another look settles it: not at every one."""
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    delivering.shop.behaviours.always(loses_the_request())
    for _ in range(8):
        await delivering.tick()
        world.later("60m")

    assert len(delivering.shop.received) == 4
    assert await world.attention() == {"o-1": "undeliverable"}
