"""Ticks: what a dry run, a drain and an observer do, and how often a row is looked at."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.demo.psp.faults import server_error
from tests.world import DAEMON, World, decisions, outcomes, ref


async def everything_written(world: World) -> list[object]:
    """What a dry run must leave as it is: the shop's rows and the tool's own tables."""
    return [
        await world.rows(),
        await world.store.journal.history(ref("o-1")),
        await world.store.runs.latest(),
        await world.attention(),
        [
            f.check
            for f in await world.store.findings.findings(
                [ref("o-1")], now=world.clock.now(), policy=world.policy
            )
        ],
    ]


async def test_a_dry_run_plans_from_what_is_last_known_and_writes_nothing_at_all(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="succeeded", known="processing")
    await world.order("o-3", psp="conflicted")
    await world.paid_order("o-4")
    await world.refund("r-1", of="o-4", psp="succeeded", known="pending")
    before = await everything_written(world)

    report = await world.tick(dry_run=True)

    assert decisions(report) == {
        "o-1": "sync",
        "o-2": "still_pending",
        "o-3": "attention",
        "r-1": "still_pending",
    }
    assert await everything_written(world) == before
    assert not world.psp.traffic.connector_calls


async def test_a_dry_run_that_drains_pages_through_the_whole_backlog(world: World) -> None:
    world.set(batch_limit=3)
    for n in range(10):
        await world.order(f"o-{n}", stuck_for=f"{45 + n}m", psp="succeeded")

    report = await world.tick(dry_run=True, drain=True)

    assert set(decisions(report)) == {f"o-{n}" for n in range(10)}


async def test_a_drain_heals_the_whole_backlog_and_tries_each_row_once(world: World) -> None:
    world.set(batch_limit=3)
    for n in range(10):
        await world.order(f"o-{n}", stuck_for=f"{45 + n}m", psp="succeeded")
    await world.order("o-error", psp="succeeded")
    world.psp.faults.always("pay_o-error", server_error(500))

    report = await world.tick(drain=True)

    assert outcomes(report) == {f"o-{n}": "fixed" for n in range(10)}
    assert len([piece for piece in report.slices if piece.plan and "o-error" in str(piece.plan.rows)]) == 1


async def test_observing_records_what_it_saw_and_heals_nothing(world: World) -> None:
    world.set(mode=Mode.OBSERVE)
    await world.order("o-1", psp="succeeded")
    before = await world.rows()

    report = await world.tick()

    assert decisions(report) == {"o-1": "sync"}
    assert await world.rows() == before
    [finding] = await world.store.findings.findings([ref("o-1")], now=world.clock.now(), policy=world.policy)
    assert finding.check is not None
    assert finding.check.psp_status == "succeeded"
    assert not world.psp.traffic.connector_calls


async def test_observing_does_not_bind_a_plan_that_a_person_confirmed(world: World) -> None:
    world.set(mode=Mode.OBSERVE)
    await world.order("o-1", psp="succeeded")

    assert outcomes(await world.sync("o-1")) == {"o-1": "fixed"}


async def test_a_tick_that_is_told_to_stop_begins_no_new_row(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    report = await world.tick(should_stop=lambda: True)

    assert decisions(report) == {}
    assert await world.status("o-1") == "pending"


async def test_what_the_psp_calls_open_is_looked_at_less_and_less_often(world: World) -> None:
    await world.order("o-1", psp="requires_customer_action")
    looks = []
    for hour in range(24):
        if decisions(await world.tick()):
            looks.append(hour)
        world.later("60m")

    assert looks == [0, 1, 3, 7, 15]


async def test_runs_are_written_down_with_their_counts(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="processing")

    await world.tick(actor=DAEMON)

    [run] = await world.store.runs.latest()
    assert run.actor == "daemon"
    assert run.finished_at is not None
    assert run.counts == {"decision.still_pending": 1, "decision.sync": 1, "outcome.fixed": 1}


async def test_a_drain_asks_nothing_about_a_row_that_others_act_on(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    await _lease(world, plan.rows, holder="somebody-else")
    asked = len(world.psp.traffic.seen)
    world.later("1s")

    report = await world.tick(drain=True)

    assert outcomes(report) == {}
    assert len(world.psp.traffic.seen) == asked


async def _lease(world: World, rows: Sequence[PlannedRow], *, holder: str) -> None:
    """A process writes down what it is about to do, and dies."""
    await world.store.journal.intend(
        rows,
        by=Authorship(actor=DAEMON, plan_id="plan-of-the-dead"),
        holder=holder,
        now=world.clock.now(),
        lease=world.policy.lease,
    )


async def test_a_drain_whose_time_is_over_begins_nothing_more_and_ends(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with asyncio.timeout(5):
        await world.tick(drain=True, deadline=timedelta(0))

    assert await world.status("o-1") == "pending"
    assert await world.steps("o-1") == []
