"""Two daemons on one database: one sweeps, the other waits, takes over, and nothing is done twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.daemons import DaemonState
from tests.integration.daemon.station import Running, Station
from tests.properties.processes import Fate, Host, Mishap, Process, Way
from tests.world import decisions, outcomes


@pytest.fixture(autouse=True)
def a_short_lease(station: Station) -> None:
    station.lease = timedelta(seconds=30)


async def pass_by(station: Station, *daemons: Running, beats: int) -> None:
    """A third of a lease goes by, so often, for daemons that beat meanwhile."""
    for _ in range(beats):
        station.later("10s")
        for daemon in daemons:
            await daemon.at_rest()


async def a_frozen_daemon(station: Station, fate: Fate) -> Running:
    """A daemon that stands still in its first tick: it is told nothing, and says nothing."""
    process = Process.on(Host.of(station.world), fate)
    daemon = await station.start(process.reconciler, holder=process.holder)
    await fate.frozen.wait()
    return daemon


async def test_the_second_one_waits_and_says_who_sweeps(station: Station) -> None:
    first = await station.start()
    await first.tick()
    second = await station.start()

    assert (await second.log.until("standby"))["sweeps"] == first.holder
    await first.at_rest()
    await pass_by(station, first, beats=12)

    assert second.ticks.empty()
    assert not second.loop.health.has_turn
    states = {seen.holder: seen.state for seen in await station.world.store.daemons.all()}
    assert states == {first.holder: DaemonState.WAITING, second.holder: DaemonState.STANDBY}
    assert second.log.events == ["standby"]


async def test_when_the_first_dies_the_second_takes_over_after_the_lease_and_ticks_at_once(
    station: Station,
) -> None:
    first = await station.start()
    await first.tick()
    second = await station.start()
    await second.log.until("standby")
    assert first.task is not None
    first.task.cancel()
    await station.world.order("o-1", psp="succeeded")

    station.later("29s")
    await second.clock.until_slept_on(1)
    assert second.ticks.empty()
    station.later("10s")

    assert outcomes(await second.report()) == {"o-1": "fixed"}
    taken = await second.log.until("turn_taken")
    assert (taken["taken_from"], taken["fence"]) == (first.holder, 2)


async def test_when_the_first_ends_in_order_the_second_takes_over_at_its_next_beat(station: Station) -> None:
    first = await station.start()
    await first.tick()
    second = await station.start()
    await second.log.until("standby")

    await first.stop()
    await second.clock.until_slept_on(1)
    station.later("10s")

    await second.report()
    assert (await second.log.until("turn_taken"))["taken_from"] is None


async def test_a_frozen_one_that_wakes_delivers_nothing_and_says_that_it_lost_its_turn(
    station: Station,
) -> None:
    await station.world.order("o-1", psp="succeeded")
    fate = Fate(Mishap.FREEZE_AFTER, only=Way.PSP)
    first = await a_frozen_daemon(station, fate)
    station.later("31s")
    station.world.set(mode=Mode.OBSERVE)
    second = await station.start()
    assert decisions(await second.report()) == {"o-1": "sync"}

    fate.thawed.set()

    assert outcomes(await first.report()) == {"o-1": "refused"}
    await first.log.until("turn_lost")
    assert (await first.log.until("standby"))["sweeps"] == second.holder
    assert await station.world.status("o-1") == "pending"
    assert await station.world.steps("o-1") == []


async def test_a_turn_that_was_lost_ends_the_tick_before_its_next_row(station: Station) -> None:
    for number in range(3):
        await station.world.order(f"o-{number}", psp="processing", stuck_for=f"{90 - number}m")
    station.world.policy = replace(station.world.policy, reads_at_once=1)
    fate = Fate(Mishap.FREEZE_AFTER, only=Way.PSP)
    first = await a_frozen_daemon(station, fate)
    station.later("31s")
    second = await station.start()
    assert set(decisions(await second.report())) == {"o-0", "o-1", "o-2"}

    fate.thawed.set()

    assert list(decisions(await first.report())) == ["o-0"]


async def test_a_frozen_one_that_nobody_took_over_from_goes_on_at_once(
    station: Station,
) -> None:
    for number in range(3):
        await station.world.order(f"o-{number}", psp="succeeded", stuck_for=f"{90 - number}m")
    station.world.policy = replace(station.world.policy, reads_at_once=1)
    fate = Fate(Mishap.FREEZE_AFTER, only=Way.PSP)
    daemon = await a_frozen_daemon(station, fate)
    station.later("31s")

    fate.thawed.set()
    cut_short, whole = await daemon.report(), await daemon.report()

    assert set(decisions(cut_short)) == {"o-0"}
    assert outcomes(whole) == {f"o-{number}": "fixed" for number in range(3)}
    assert daemon.log.events == ["turn_taken", "turn_lost", "turn_taken"]


async def test_an_operator_works_beside_a_daemon(station: Station) -> None:
    daemon = await station.start()
    await daemon.tick()
    await station.world.order("o-1", psp="succeeded")

    assert outcomes(await station.world.sync("o-1")) == {"o-1": "fixed"}
    assert daemon.loop.health.has_turn


async def test_once_works_beside_a_daemon(station: Station) -> None:
    daemon = await station.start()
    await daemon.tick()
    await station.world.order("o-1", psp="succeeded")

    assert outcomes(await station.world.tick()) == {"o-1": "fixed"}
    assert daemon.loop.health.has_turn


async def test_daemons_that_fell_silent_are_forgotten_after_a_while(station: Station) -> None:
    first = await station.start()
    await first.tick()
    assert first.task is not None
    first.task.cancel()
    station.later("61m")

    second = await station.start()
    await second.tick()
    await second.at_rest()

    assert [seen.holder for seen in await station.world.store.daemons.all()] == [second.holder]
