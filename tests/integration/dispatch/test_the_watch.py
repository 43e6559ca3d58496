"""The watch: what the tool's events failed is looked at again, however late the shop's handler did it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from reconcile_tui.demo import shop as shop_tables
from tests.clocks import SkippingClock
from tests.integration.dispatch.conftest import Delivering
from tests.shop_endpoint.behaviours import loses_the_request, works_later
from tests.world import decisions, outcomes


class Surprising(SkippingClock):
    """Another clock's time; three seconds on, something happens."""

    def __init__(self, time: SkippingClock, happens: Callable[[], Awaitable[None]]) -> None:
        self._time = time
        self._at = time.monotonic() + 3
        self._happens: Callable[[], Awaitable[None]] | None = happens

    def now(self) -> datetime:
        return self._time.now()

    def monotonic(self) -> float:
        return self._time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._time.sleep(seconds)
        if self.monotonic() > self._at and self._happens is not None:
            happens, self._happens = self._happens, None
            await happens()

    def advance(self, by: timedelta) -> None:
        self._time.advance(by)


async def is_watched(delivering: Delivering, *, after: str) -> bool:
    """Whether a tick at that time looks at the row, final as it is."""
    delivering.world.later(after)
    return decisions(await delivering.tick()) == {"o-1": "already_resolved"}


async def test_what_a_shop_fails_at_once_is_watched_for_three_days(delivering: Delivering) -> None:
    await delivering.world.order("o-1", psp="failed")
    assert outcomes(await delivering.tick()) == {"o-1": "fixed"}

    assert await is_watched(delivering, after="25h")
    assert await is_watched(delivering, after="48h")
    assert not await is_watched(delivering, after="25h")


@pytest.mark.parametrize("status", [202, 504])
async def test_what_a_shop_fails_long_after_its_answer_is_watched(
    delivering: Delivering, status: int
) -> None:
    world, shop, let = delivering.world, delivering.shop, asyncio.Event()
    await world.order("o-1", psp="failed")
    shop.behaviours.script(works_later(let, status=status))
    assert outcomes(await delivering.tick())["o-1"] in {"unchanged", "undelivered"}

    let.set()
    await shop.settled()

    assert await world.status("o-1") == "failed"
    assert await is_watched(delivering, after="61m")
    assert await is_watched(delivering, after="25h")


async def test_what_a_shop_does_while_its_event_is_sent_again_is_fixed_and_watched(
    delivering: Delivering,
) -> None:
    world, shop = delivering.world, delivering.shop
    await world.order("o-1", psp="failed")
    shop.behaviours.script(loses_the_request())
    assert outcomes(await delivering.tick()) == {"o-1": "in_doubt"}
    world.later("61s")

    async def do_it_at_last() -> None:
        await world.change(shop_tables.orders, "o-1", status="failed")

    world.clock = Surprising(world.clock, do_it_at_last)
    await delivering.tick()

    assert len(shop.received) == 1
    assert await world.steps("o-1") == ["intended", "in_doubt", "fixed"]
    assert await is_watched(delivering, after="25h")


async def test_what_succeeds_long_after_the_answer_is_fixed_late_and_looked_at_once(
    delivering: Delivering,
) -> None:
    world, shop, let = delivering.world, delivering.shop, asyncio.Event()
    await world.order("o-1", psp="succeeded")
    shop.behaviours.script(works_later(let))
    assert outcomes(await delivering.tick()) == {"o-1": "unchanged"}

    let.set()
    await shop.settled()

    assert await is_watched(delivering, after="61m"), "a person was to look at it: a fresh look closes that"
    assert await world.attention() == {}
    assert (await world.steps("o-1"))[-1] == "fixed"
    assert not await is_watched(delivering, after="61m")


async def test_money_that_went_back_before_a_late_effect_was_seen_needs_a_person(
    delivering: Delivering,
) -> None:
    world, shop, let = delivering.world, delivering.shop, asyncio.Event()
    await world.order("o-1", psp="succeeded")
    shop.behaviours.script(works_later(let))
    assert outcomes(await delivering.tick()) == {"o-1": "unchanged"}
    let.set()
    await shop.settled()
    world.book.refund("ref_support", payment="pay_o-1", status="succeeded", amount=4200)

    world.later("8s")
    await delivering.tick()

    assert await world.steps("o-1") == ["intended", "delivered", "unchanged", "fixed"]
    assert await world.attention() == {"o-1": "given_back"}


async def test_a_refund_that_the_shop_brought_to_succeeded_is_watched(delivering: Delivering) -> None:
    world = delivering.world
    await world.paid_order("o-1")
    await world.refund("r-1", psp="succeeded")
    assert outcomes(await delivering.tick()) == {"r-1": "fixed"}
    world.book.refund_becomes("ref_r-1", "failed", at=timedelta(hours=30))

    world.later("25h")
    assert decisions(await delivering.tick()) == {"r-1": "already_resolved"}
    world.later("25h")
    await delivering.tick()

    assert await world.attention() == {"r-1": "contradiction"}


async def test_a_refund_whose_success_was_settled_by_another_process_is_watched(
    delivering: Delivering,
) -> None:
    world, shop = delivering.world, delivering.shop
    await world.paid_order("o-1")
    await world.refund("r-1", psp="succeeded")
    shop.behaviours.script(loses_the_request())
    assert outcomes(await delivering.tick()) == {"r-1": "in_doubt"}
    world.later("61s")
    await world.change(shop_tables.refunds, "r-1", status="succeeded")
    await delivering.tick()
    assert (await world.steps("r-1"))[-1] in ("fixed", "already_resolved")
    world.book.refund_becomes("ref_r-1", "failed")

    world.later("25h")
    await delivering.tick()

    assert await world.attention() == {"r-1": "contradiction"}
