"""What goes wrong around a daemon does not end it: a database that is away, a tick that fails, a defect."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Column, MetaData, String, Table, delete, insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.health_wording import tick_trouble_words
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.store.own_tables import VERSION_TABLE
from reconcile_tui.core.store.schema import SchemaOutdated
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tick_trouble import TroubleKind
from reconcile_tui.errors import explain_error
from reconcile_tui.exit_codes import ExitCode
from tests.integration.daemon.station import Running, Station
from tests.line import Line
from tests.world import outcomes


@asynccontextmanager
async def on_a_line(station: Station, *, cut: bool = False) -> AsyncIterator[tuple[Running, Line]]:
    """A daemon whose database can be cut off."""
    line = Line(station.world.store.database)
    line.is_cut = cut
    store = Store.over(line, station.world.store.shop)
    yield await station.start(station.world.reconciler(store=store, holder="daemon-1")), line


async def test_a_database_that_is_away_at_the_start_is_told_of_once_and_used_once_it_is_there(
    station: Station,
) -> None:
    await station.world.order("o-1", psp="succeeded")
    station.lease = timedelta(seconds=30)
    async with on_a_line(station, cut=True) as (daemon, line):
        told = await daemon.log.until("database_away")
        for _ in range(3):
            await daemon.clock.until_slept_on(1)
            station.later("10s")
        assert "cannot be reached" in told["why"]
        assert not daemon.loop.health.ready
        line.is_cut = False
        await daemon.clock.until_slept_on(1)
        station.later("10s")

        assert outcomes(await daemon.report()) == {"o-1": "fixed"}
        await daemon.log.until("database_back")
        assert daemon.log.events.count("database_away") == 1
        assert daemon.loop.health.ready


async def test_ticks_that_fail_are_tried_less_and_less_often_until_one_ends_well(station: Station) -> None:
    async with on_a_line(station) as (daemon, line):
        await daemon.tick()
        await daemon.at_rest()
        await station.world.order("o-1", psp="succeeded")
        line.is_cut = True
        station.later("1h")
        for number, wait in enumerate([0.9, 1.8, 3.5, 7.0, 14.0, 28.0], start=1):
            assert isinstance(await daemon.tick(), OperationalError)
            told = await daemon.log.until("tick_failed", times=number)
            assert told["again_in_seconds"] == wait
            assert "cannot be reached" in told["why"]
            await daemon.at_rest()
            line.is_cut = wait < 28
            station.later("32s")

        assert outcomes(await daemon.report()) == {"o-1": "fixed"}
        assert daemon.loop.health.last_error is None


async def test_why_the_last_tick_failed_can_be_seen_by_others(station: Station) -> None:
    station.lease = timedelta(seconds=30)
    daemon = await station.start(
        station.world.reconciler(budget=defective_budget(station), holder="daemon-1")
    )
    await station.world.order("o-1", psp="succeeded")
    await daemon.tick()
    await daemon.at_rest()
    station.later("1s")
    assert isinstance(await daemon.tick(), Exception)
    await daemon.at_rest()

    [seen] = await station.world.store.daemons.all()
    assert seen.last_error is not None
    assert seen.last_error.kind is TroubleKind.DEFECT
    assert "Internal error: RuntimeError" in tick_trouble_words(seen.last_error)


async def test_a_defect_ends_the_tick_and_not_the_daemon_and_is_logged_without_data(station: Station) -> None:
    await station.world.order("o-1", psp="succeeded")
    daemon = await station.start(
        station.world.reconciler(budget=defective_budget(station), holder="daemon-1")
    )

    assert isinstance(await daemon.tick(), Exception)

    told = await daemon.log.until("tick_failed")
    assert "Internal error: RuntimeError" in told["why"]
    assert "carla.cliente" not in str(told)
    assert "exc_info" not in told
    await daemon.at_rest()
    station.later("1s")
    await daemon.tick()


@pytest.mark.parametrize(
    ("version", "mend"), [(None, "init-db"), ("0000", "init-db"), ("9999", "Install the newer version")]
)
async def test_tables_that_are_missing_or_of_another_version_end_the_daemon_with_words(
    station: Station, version: str | None, mend: str
) -> None:
    await set_version(station, version)

    with pytest.raises(ExceptionGroup) as ended:
        await station.daemon().loop.run()

    assert ended.group_contains(SchemaOutdated)
    told = explain_error(ended.value)
    assert told.exit_code is ExitCode.DATABASE
    assert mend in told.next_step


async def test_tables_that_somebody_changed_under_a_running_daemon_end_it_once_a_tick_fails(
    station: Station,
) -> None:
    daemon = await station.start(
        station.world.reconciler(budget=defective_budget(station), holder="daemon-1")
    )
    await daemon.tick()
    await daemon.at_rest()
    await station.world.order("o-1", psp="succeeded")
    await set_version(station, "9999")
    station.later("1h")
    await daemon.tick()

    with pytest.raises(ExceptionGroup):
        await daemon.end()


async def set_version(station: Station, version: str | None) -> None:
    """The tool's own tables say that they are of another version, or were never made."""
    table = Table(VERSION_TABLE, MetaData(), Column("version_num", String))

    async def unit(connection: AsyncConnection) -> None:
        await connection.execute(delete(table))
        if version is not None:
            await connection.execute(insert(table), {"version_num": version})

    await station.world.store.database.write(unit)


class Defective(LocalBudget):
    """A budget with a defect, which speaks of a customer: no row's own, so that it ends the tick."""

    @property
    def blocked_until(self) -> datetime | None:
        raise RuntimeError("nobody foresaw carla.cliente@example.com")


def defective_budget(station: Station) -> Defective:
    return Defective(rate=None, at_once=16, clock=station.world.clock)
