"""A tick that dies has done what it did until then: its counts are kept, and told."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.core.tellings import PhaseEnded, Telling, TickFailed
from tests.world import DAEMON, World


def away(world: World, *, after: PhaseName) -> Callable[[Telling], None]:
    """Somebody takes the refunds table away as soon as a phase has ended."""

    def tell(telling: Telling) -> None:
        if isinstance(telling, PhaseEnded) and telling.phase is after:
            engine = create_engine(world.url)
            with engine.begin() as connection:
                connection.execute(text("ALTER TABLE refunds RENAME TO refunds_elsewhere"))
            engine.dispose()

    return tell


async def dies(world: World, **options: Any) -> tuple[TickReport, BaseException]:
    """A tick whose refunds phase dies, and what it did until then."""
    reports: list[TickReport] = []
    reconciler = world.reconciler(listener=away(world, after=PhaseName.ORDERS))
    with pytest.raises((DBAPIError, ExceptionGroup)) as caught:
        await reconciler.run_once(DAEMON, on_failure=reports.append, **options)
    [report] = reports
    return report, caught.value


async def thirteen_orders(world: World) -> None:
    for number in range(13):
        await world.order(f"o-{number}", psp="succeeded")


@pytest.mark.parametrize("drain", [False, True])
async def test_what_an_earlier_phase_healed_is_told_and_kept(world: World, drain: bool) -> None:
    await thirteen_orders(world)

    report, _ = await dies(world, drain=drain)

    counts = {"decision.sync": 13, "outcome.fixed": 13}
    assert report.counts == counts
    [run] = await world.store.runs.latest()
    assert (run.counts, run.error is not None, run.finished_at is not None) == (counts, True, True)
    [failed] = [telling for telling in world.told if isinstance(telling, TickFailed)]
    assert failed.counts == counts


async def test_counts_are_there_while_a_tick_is_still_under_way(world: World) -> None:
    """A process that is killed writes nothing any more."""
    await thirteen_orders(world)
    reached, go_on = asyncio.Event(), asyncio.Event()

    def tell(telling: Telling) -> None:
        if isinstance(telling, PhaseEnded) and telling.phase is PhaseName.REFUNDS:
            reached.set()

    tick = asyncio.create_task(world.reconciler(listener=tell).run_once(DAEMON))
    await reached.wait()
    go_on.set()
    tick.cancel()
    await asyncio.gather(tick, return_exceptions=True)

    [run] = await world.store.runs.latest()
    assert run.counts == {"decision.sync": 13, "outcome.fixed": 13}
    assert run.error == "CancelledError"


async def test_a_slice_that_is_cut_off_in_its_middle_tells_what_ended_and_what_is_in_doubt(
    world: World,
) -> None:
    world.set(batch_limit=100)
    for number in range(60):
        await world.order(f"o-{number}", psp="succeeded")
    concluded = 0

    def tell(telling: Telling) -> None:
        nonlocal concluded
        if type(telling).__name__ == "RowConcluded":
            concluded += 1
            if concluded == 1:
                tick.cancel()

    reports: list[TickReport] = []
    tick = asyncio.create_task(world.reconciler(listener=tell).run_once(DAEMON, on_failure=reports.append))
    await asyncio.gather(tick, return_exceptions=True)

    [report] = reports
    assert report.counts["decision.sync"] == 60
    healed = [row for row in (await world.rows()).values() if row["status"] == "completed"]
    assert 0 < report.counts.get("outcome.fixed", 0) <= len(healed)
    assert report.counts["outcome.fixed"] + report.counts.get("outcome.in_doubt", 0) == 60
    assert (await world.store.runs.latest())[0].counts == report.counts


async def test_a_tick_that_is_told_to_stop_or_whose_time_is_over_keeps_its_counts(world: World) -> None:
    await thirteen_orders(world)
    await world.paid_order("o-paid")
    await world.refund("r-1", of="o-paid", psp="succeeded")
    ended = 0

    def tell(telling: Telling) -> None:
        nonlocal ended
        ended += isinstance(telling, PhaseEnded)

    report = await world.reconciler(listener=tell).run_once(DAEMON, should_stop=lambda: ended > 0)

    [run] = await world.store.runs.latest()
    assert run.counts == report.counts
    assert report.counts["outcome.fixed"] == 13
    assert await world.status("r-1") == "pending"
    await world.order("o-late", psp="succeeded")
    late = await world.reconciler().run_once(DAEMON, deadline=timedelta(0))
    assert late.counts.get("outcome.fixed", 0) == 0
