"""The budget of one process: penalties, places, and what it refuses to be."""

import asyncio
import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.psp.budget import PspBudget, through_block
from reconcile_tui.core.psp.local_budget import LocalBudget
from tests.unit.psp.steered_clock import START, SteeredClock


def a_budget(clock: SteeredClock, *, rate: float | None = None, at_once: int = 4) -> LocalBudget:
    return LocalBudget(rate=rate, at_once=at_once, clock=clock)


async def test_without_a_rate_nothing_waits() -> None:
    clock = SteeredClock()
    budget: PspBudget = a_budget(clock)

    await budget.take(1_000)

    assert clock.slept == []


async def test_a_penalty_is_waited_out_to_the_second() -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    budget.penalise(START + timedelta(seconds=7))

    await budget.take()

    assert clock.slept == [7.0]
    assert budget.blocked_until == START + timedelta(seconds=7)


async def test_a_later_penalty_wins_over_an_earlier_one_and_never_the_other_way() -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    budget.penalise(START + timedelta(seconds=9))
    budget.penalise(START + timedelta(seconds=2))

    await budget.take()

    assert clock.now() == START + timedelta(seconds=9)


async def test_a_penalty_binds_those_who_already_wait_for_the_rate() -> None:
    clock = SteeredClock()
    budget = LocalBudget(rate=20, at_once=4, clock=clock, burst=1)
    await budget.take()

    async with asyncio.TaskGroup() as waiters:
        waiting = [waiters.create_task(budget.take()) for _ in range(2)]
        await asyncio.sleep(0)
        budget.penalise(START + timedelta(seconds=30))

    assert all(task.done() for task in waiting)
    assert clock.now() == START + timedelta(seconds=30)


async def test_a_penalty_that_grows_while_it_is_waited_out_binds_to_its_new_end() -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    budget.penalise(START + timedelta(seconds=5))

    async with asyncio.TaskGroup() as waiters:
        waiters.create_task(budget.take())
        await asyncio.sleep(0)
        budget.penalise(START + timedelta(seconds=50))

    assert clock.now() == START + timedelta(seconds=50)


async def test_a_step_of_the_wall_clock_does_not_stretch_a_penalty() -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    budget.penalise(START + timedelta(seconds=5))
    clock.step_wall_clock(timedelta(hours=-3))

    await budget.take()

    assert clock.monotonic() == 5.0


async def test_a_penalty_in_the_past_holds_nobody_back() -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    budget.penalise(START - timedelta(seconds=5))

    await budget.take()

    assert clock.slept == []


async def test_no_more_are_under_way_than_there_are_places() -> None:
    budget = a_budget(SteeredClock(), at_once=3)
    most = 0

    async def one() -> None:
        nonlocal most
        async with budget.in_flight():
            most = max(most, budget.use.in_flight)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as readers:
        for _ in range(20):
            readers.create_task(one())

    assert most == 3
    assert budget.use.in_flight == 0


async def test_a_cancelled_holder_gives_its_place_back() -> None:
    budget = a_budget(SteeredClock(), at_once=1)

    async def hold() -> None:
        async with budget.in_flight():
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    holder.cancel()
    await asyncio.wait([holder])

    async with asyncio.timeout(1), budget.in_flight():
        assert budget.use.in_flight == 1


async def test_the_use_shows_what_was_sent_in_the_last_second() -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    await budget.take(3)
    clock.pass_seconds(0.6)
    await budget.take(2)

    assert budget.use.sent_last_second == 5
    clock.pass_seconds(0.6)
    assert budget.use.sent_last_second == 2


@pytest.mark.parametrize(
    ("rate", "at_once", "burst"),
    [(0.0, 1, None), (-1.0, 1, None), (math.inf, 1, None), (math.nan, 1, None), (1.0, 0, None), (1.0, 1, 0)],
)
def test_a_budget_that_would_let_nothing_through_is_refused(
    rate: float, at_once: int, burst: int | None
) -> None:
    with pytest.raises(ValueError, match="rate above 0"):
        LocalBudget(rate=rate, at_once=at_once, clock=SteeredClock(), burst=burst)


@given(st.lists(st.floats(min_value=-100, max_value=100), min_size=1, max_size=10))
def test_whatever_the_order_of_penalties_nothing_is_sent_before_the_latest(waits: list[float]) -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    for wait in waits:
        budget.penalise(START + timedelta(seconds=wait))

    asyncio.run(budget.take())

    assert clock.monotonic() == pytest.approx(max(0.0, *waits), abs=1e-5)


async def test_after_a_long_penalty_one_request_goes_first_and_the_others_wait_for_its_answer() -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    budget.penalise(START + timedelta(minutes=15))
    on_the_wire: list[int] = []
    answer = asyncio.Event()

    async def ask(number: int) -> None:
        async with budget.in_flight():
            await budget.take()
            on_the_wire.append(number)
            if number == 0:
                await answer.wait()
                budget.penalise(clock.now() + timedelta(minutes=15))

    first = asyncio.create_task(ask(0))
    await asyncio.sleep(0)
    others = [asyncio.create_task(ask(number)) for number in (1, 2)]
    await asyncio.sleep(0)

    assert on_the_wire == [0]
    answer.set()
    await first
    await asyncio.gather(*others)
    assert clock.now() >= START + timedelta(minutes=30), "they learn of its answer before they go"


async def test_a_person_reads_through_a_known_penalty_and_a_later_one_binds_again() -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    budget.penalise(START + timedelta(minutes=10))

    with through_block(budget.blocked_until):
        await budget.take()
        assert clock.slept == []
        budget.penalise(START + timedelta(minutes=15))
        await budget.take()
    assert clock.now() == START + timedelta(minutes=15)


async def test_a_penalty_that_was_lifted_is_waited_for_no_more() -> None:
    clock = SteeredClock()
    budget = a_budget(clock)
    budget.penalise(START + timedelta(minutes=10))
    budget.lift()

    await budget.take()

    assert (clock.slept, budget.blocked_until) == ([], None)
