"""The rate on a real clock: nearly all of it is used under load, and never more than rate and burst."""

import asyncio
import contextlib
import time

import pytest

from reconcile_tui.core.clock import SystemClock
from reconcile_tui.core.psp.local_budget import LocalBudget

pytestmark = pytest.mark.proof

SECONDS = 3.0


@pytest.mark.parametrize(("rate", "burst"), [(5.0, 1), (25.0, 3), (100.0, 10), (800.0, 80)])
async def test_at_least_95_percent_of_the_rate_is_used_and_never_more_than_it_allows(
    rate: float, burst: int
) -> None:
    budget = LocalBudget(rate=rate, at_once=64, clock=SystemClock(), burst=burst)
    sent: list[float] = []

    async def reader() -> None:
        while True:
            async with budget.in_flight():
                await budget.take()
                sent.append(time.monotonic())
                await asyncio.sleep(0.05)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as readers:
            for _ in range(64):
                readers.create_task(reader())

    assert len(sent) >= 0.95 * rate * SECONDS
    for index, moment in enumerate(sent):
        in_the_next_second = sum(later - moment <= 1.0 for later in sent[index:])
        assert in_the_next_second <= rate + burst + 1
