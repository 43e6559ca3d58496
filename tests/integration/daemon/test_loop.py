"""When a daemon ticks, and what ends a tick."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from reconcile_tui.core.health_wording import tick_trouble_words
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.daemons import DaemonState
from reconcile_tui.core.tellings import RowRead, Telling
from reconcile_tui.core.tick_trouble import TroubleKind
from reconcile_tui.demo.psp.faults import server_error
from tests.integration.daemon.station import Station
from tests.integration.test_the_dead import begun
from tests.properties.processes import Fate, Host, Mishap, Process, Way
from tests.world import decisions, outcomes


async def test_the_first_tick_comes_at_once_and_the_next_an_interval_after_its_start(
    station: Station,
) -> None:
    await station.world.order("o-1", psp="succeeded")
    daemon = await station.start()

    assert outcomes(await daemon.report()) == {"o-1": "fixed"}
    for _ in range(3):
        await daemon.at_rest()
        station.later("3599s")
        await daemon.at_rest()
        assert daemon.ticks.empty()
        station.later("1s")
        assert (await daemon.report()).settled == 0


async def test_a_tick_that_outlasts_the_interval_is_followed_at_once_by_the_next_one_never_joined_by_it(
    station: Station,
) -> None:
    await station.world.order("o-1", psp="succeeded")
    fate = Fate(Mishap.FREEZE_BEFORE, only=Way.PSP)
    slow = Process.on(Host.of(station.world), fate)
    daemon = await station.start(slow.reconciler, holder=slow.holder)
    await fate.frozen.wait()
    station.later("3h")
    assert [run.finished_at for run in await station.world.store.runs.latest()] == [None]

    fate.thawed.set()
    await daemon.tick()
    await daemon.tick()
    await daemon.at_rest()

    assert daemon.ticks.empty()
    assert len(await station.world.store.runs.latest()) == 2


async def test_others_see_what_it_does_and_when_it_ticks_next(station: Station) -> None:
    station.lease = timedelta(seconds=30)
    daemon = await station.start()
    await daemon.tick()
    await daemon.at_rest()
    station.later("10s")
    await daemon.at_rest()

    [seen] = await station.world.store.daemons.all()
    now = station.world.clock.now()
    assert (seen.holder, seen.state, seen.heartbeat_at) == (daemon.holder, DaemonState.WAITING, now)
    assert seen.next_tick_at is not None
    assert (seen.next_tick_at - now).total_seconds() == 3590
    assert seen.interval == station.world.policy.interval

    await daemon.stop()
    assert await station.world.store.daemons.all() == []


async def test_others_see_that_a_long_tick_is_under_way(station: Station) -> None:
    station.lease = timedelta(seconds=30)
    await station.world.order("o-1", psp="succeeded")
    fate = Fate(Mishap.FREEZE_BEFORE, only=Way.PSP)
    slow = Process.on(Host.of(station.world), fate)
    runs = station.world.store.runs
    died = await runs.start(actor="daemon", mode=Mode.HEAL, now=station.world.clock.now(), holder=slow.holder)
    station.later("1m")
    daemon = await station.start(slow.reconciler, holder=slow.holder, store=station.world.store)
    await fate.frozen.wait()
    for _ in range(5):
        await daemon.clock.until_slept_on(1)
        station.later("10s")
    await daemon.clock.until_slept_on(1)

    under_way, before = await runs.latest()
    assert (before.run_id, before.heartbeat_at <= under_way.started_at) == (died, True)
    assert (under_way.heartbeat_at - under_way.started_at).total_seconds() == 50
    [seen] = await station.world.store.daemons.all()
    assert seen.state is DaemonState.SWEEPING
    assert daemon.loop.health.has_turn
    fate.thawed.set()
    await daemon.report()


async def test_whoever_asks_for_its_health_learns_what_it_does(station: Station) -> None:
    daemon = station.daemon()
    assert not daemon.loop.health.alive
    daemon.task = asyncio.create_task(daemon.loop.run())
    report = await daemon.report()
    await daemon.at_rest()

    health = daemon.loop.health
    assert (health.alive, health.ready, health.has_turn) == (True, True, True)
    assert health.last_success_at == report.started_at + report.took
    daemon.switch.stop()
    assert (daemon.loop.health.alive, daemon.loop.health.ready) == (True, False)
    await daemon.end()
    assert not daemon.loop.health.alive


async def test_observing_it_ticks_and_records_and_changes_nothing(station: Station) -> None:
    station.world.set(mode=Mode.OBSERVE)
    await station.world.order("o-1", psp="succeeded")
    before = await station.world.rows()
    daemon = await station.start()

    for _ in range(2):
        assert decisions(await daemon.report()) == {"o-1": "sync"}
        await daemon.at_rest()
        station.later("1h")

    assert await station.world.rows() == before
    assert (await station.world.store.runs.latest())[0].counts == {"decision.sync": 1}


async def test_told_to_stop_it_ends_the_row_in_flight_and_begins_no_new_one(station: Station) -> None:
    for number in range(3):
        await station.world.order(f"o-{number}", psp="succeeded", stuck_for=f"{90 - number}m")
    station.world.policy = replace(station.world.policy, reads_at_once=1)
    fate = Fate(Mishap.FREEZE_BEFORE, only=Way.PSP)
    process = Process.on(Host.of(station.world), fate)
    daemon = await station.start(process.reconciler, holder=process.holder)
    await fate.frozen.wait()

    daemon.switch.stop()
    await daemon.log.until("stopping")
    fate.thawed.set()
    await daemon.end()

    assert decisions(await daemon.report()) == {"o-0": "sync"}
    assert daemon.log.events[-1] == "stopped"
    assert await station.world.store.turns.current() is None


async def test_rows_that_do_not_end_in_time_are_cut_off_and_the_next_start_settles_them(
    station: Station,
) -> None:
    await station.world.order("o-1", psp="succeeded")
    fate = Fate(Mishap.FREEZE_AFTER, only=Way.WRITE, at=3)
    process = Process.on(Host.of(station.world), fate)
    running = await station.start(process.reconciler, holder=process.holder, store=station.world.store)
    await fate.frozen.wait()

    running.switch.stop()
    await running.log.until("stopping")
    await running.at_rest()
    station.later("21s")
    await running.log.until("cut_off")
    fate.thawed.set()
    await running.end()

    assert (await running.log.until("stopped"))["rows_in_doubt"] == 1
    assert running.switch.cut_offs == [5.0]
    station.later("2m")
    following = await station.start()
    assert (await following.report()).settled == 1
    assert await station.world.status("o-1") == "completed"


async def test_it_looks_again_when_the_first_row_that_somebody_acts_on_is_free(
    station: Station,
) -> None:
    world = station.world
    await begun(world, "o-1", holder="dead")
    daemon = await station.start()
    assert (await daemon.report()).settled == 0
    await daemon.at_rest()

    station.later("60s")
    assert (await daemon.report()).settlements == {"fixed": 1}
    await daemon.at_rest()

    [seen] = await world.store.daemons.all()
    assert seen.next_tick_at is not None
    assert seen.next_tick_at - world.clock.now() > timedelta(minutes=50)


async def test_a_psp_that_is_down_is_asked_again_soon_and_used_again_once_it_is_back(
    station: Station,
) -> None:
    for number in range(12):
        await station.world.order(f"o-{number}", psp="succeeded")
    station.world.psp.faults.always("*", server_error())
    daemon = await station.start()
    assert (await daemon.report()).slices[0].tripped is not None
    told = await daemon.log.until("tick_cut_short")
    assert (told["again_in_seconds"], "reads)" in told["why"]) == (0.9, True)
    trouble = daemon.loop.health.last_error
    assert trouble is not None
    assert (trouble.kind, trouble.reason) == (TroubleKind.BREAKER, "psp_down")
    assert tick_trouble_words(trouble) == told["why"]

    station.world.psp.faults.stop("*")
    await daemon.at_rest()
    station.later("1s")

    assert set(outcomes(await daemon.report()).values()) == {"fixed"}
    assert daemon.loop.health.last_error is None


async def test_a_key_that_is_refused_waits_for_a_person_and_the_next_tick(
    station: Station,
) -> None:
    station.world.api_key = "snd_somebody_elses"
    await station.world.order("o-1", psp="succeeded")
    daemon = await station.start()
    await daemon.report()
    told = await daemon.log.until("tick_cut_short")

    assert "refuses the key" in told["why"]
    health = daemon.loop.health
    assert health.last_error is not None
    assert (tick_trouble_words(health.last_error), health.last_success_at) == (told["why"], None)
    await daemon.at_rest()
    station.later("59m")
    await daemon.at_rest()
    assert daemon.ticks.empty()


async def test_what_others_do_after_a_tick_does_not_end_the_daemon(station: Station) -> None:
    async def fails(_: object) -> None:
        raise RuntimeError("the alert could not be sent")

    daemon = await station.start(after_tick=[fails])
    await daemon.tick()
    await daemon.log.until("hook_failed")
    await daemon.at_rest()
    station.later("1h")

    await daemon.report()


@pytest.mark.parametrize("jitter", [0.0, 0.999])
async def test_the_interval_is_jittered(station: Station, jitter: float) -> None:
    daemon = await station.start(jitter=lambda: jitter)
    await daemon.tick()
    await daemon.at_rest()

    station.later("3419s" if jitter == 0 else "3779s")
    await daemon.at_rest()
    assert daemon.ticks.empty()
    station.later("1s")
    await daemon.report()


async def test_it_drains_where_it_may_and_for_no_longer_than_half_an_interval(station: Station) -> None:
    world = station.world
    interval = timedelta(seconds=200)
    world.set(batch_limit=2, drain=True, reads_at_once=1, interval=interval, fresh_for=interval)
    for number in range(30):
        await world.order(f"o-{number:02}", psp="succeeded")

    def slowly(telling: Telling) -> None:
        if isinstance(telling, RowRead):
            world.clock.advance(timedelta(seconds=10))

    daemon = await station.start(world.reconciler(holder="daemon-1", listener=slowly))
    report = await daemon.report()

    assert 2 < report.counts["outcome.fixed"] <= 15
    assert interval / 2 <= report.took < interval
    assert all(piece.plan is None for piece in report.slices)
