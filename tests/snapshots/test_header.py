"""The header, the tabs and the event line in each of their states."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from reconcile_tui.app import ReconcileApp
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.store import Store
from reconcile_tui.demo.psp.faults import server_error, too_many_requests
from reconcile_tui.desk.lists import StoreLists
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.opening.opening import OpeningScreen
from reconcile_tui.screens.triage.first_line import FirstLine
from tests.builders import NOW
from tests.clocks import SkippingClock
from tests.dashboards import (
    LARGE,
    SMALL,
    USUAL,
    app_of,
    dashboard_over,
    desk_of,
    read_again,
    settled,
    the_demo,
    until,
)
from tests.line import Line
from tests.situations import a_daemon
from tests.world import VIEWER, World


async def well(world: World) -> None:
    """One order hangs, and a daemon is well."""
    await world.order("o-1", stuck_for="2h14m", psp="succeeded")
    await world.store.daemons.beat(a_daemon())


async def silent(world: World) -> None:
    """The daemon has not been heard of for three hours."""
    await world.order("o-1", stuck_for="2h14m", psp="succeeded")
    await world.store.daemons.beat(a_daemon(heard="3h"))


async def paused(world: World) -> None:
    """Somebody stopped everything, and one connector."""
    await well(world)
    now = world.clock.now()
    pause = world.store.controls.pause
    await pause(actor="bob", reason="[red]the release[/]", now=now, until=now + timedelta(hours=4))
    await pause(actor="carla", reason="adyen answers wrong amounts", now=now, connector="adyen")


async def psp_down(world: World) -> None:
    """The PSP answers nothing but errors."""
    await well(world)
    world.psp.faults.share(1.0, server_error())


async def observed(world: World) -> None:
    """A daemon runs that changes nothing."""
    await world.order("o-1", stuck_for="2h14m", psp="succeeded")
    await world.store.daemons.beat(a_daemon(mode=Mode.OBSERVE))


async def left_alone(world: World) -> None:
    """The PSP asks to be left alone for ten minutes."""
    await well(world)
    world.psp.faults.share(1.0, too_many_requests(retry_after=600))


async def no_tables(world: World) -> None:
    """The tool's own tables were never made."""

    async def drop(connection: AsyncConnection) -> None:
        await connection.execute(text("DELETE FROM reconcile_schema_version"))

    await world.store.database.write(drop)


async def read(pilot: Pilot[int]) -> None:
    live = app_of(pilot).live
    await until(pilot, lambda: live.rounds > 0 and not live.is_looking)
    first_line = app_of(pilot).screen.query_one(FirstLine)
    await until(pilot, lambda: first_line.is_current or live.overview is None)
    await settled(pilot)


class Opening(App[None]):
    """Nothing but what stands first."""

    def get_default_screen(self) -> Screen[None]:
        return OpeningScreen("context shop-eu")


class TestHeader:
    def test_what_stands_while_everything_is_loaded(self, snap_compare: Any) -> None:
        assert snap_compare(Opening(), terminal_size=SMALL)

    def test_nothing_is_claimed_before_the_desk_is_open(self, snap_compare: Any) -> None:
        @asynccontextmanager
        async def never_opens() -> AsyncIterator[Desk]:
            await asyncio.Event().wait()
            yield  # type: ignore[misc]

        assert snap_compare(ReconcileApp(never_opens, clock=SkippingClock(NOW)), terminal_size=USUAL)

    @pytest.mark.parametrize("size", [SMALL, USUAL, LARGE], ids=["small", "usual", "large"])
    def test_production_with_the_demos_backlog(
        self, snap_compare: Any, shop_url: URL, size: tuple[int, int]
    ) -> None:
        async def arranged(world: World) -> None:
            await the_demo(world)
            await world.store.daemons.beat(a_daemon())

        assert snap_compare(dashboard_over(shop_url, arranged), terminal_size=size, run_before=read)

    def test_the_demo(self, snap_compare: Any, shop_url: URL) -> None:
        app = dashboard_over(shop_url, well, reported="A customer waits.", production=False, context="demo")
        assert snap_compare(app, terminal_size=USUAL, run_before=read)

    def test_a_viewer_over_unencrypted_ways(self, snap_compare: Any, shop_url: URL) -> None:
        app = dashboard_over(
            shop_url,
            well,
            actor=VIEWER,
            psp="http://psp.example:8080",
            psp_unencrypted=True,
            shop="shop.example",
            production=False,
        )
        assert snap_compare(app, terminal_size=USUAL, run_before=read)

    @pytest.mark.parametrize("size", [SMALL, USUAL], ids=["small", "usual"])
    def test_pauses(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        assert snap_compare(dashboard_over(shop_url, paused), terminal_size=size, run_before=read)

    def test_a_silent_daemon(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, silent), terminal_size=USUAL, run_before=read)

    def test_a_psp_that_is_down(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, psp_down), terminal_size=USUAL, run_before=read)

    def test_a_psp_that_asks_to_be_left_alone(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, left_alone), terminal_size=USUAL, run_before=read)

    def test_a_daemon_that_observes(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, observed), terminal_size=USUAL, run_before=read)

    def test_clocks_that_differ(self, snap_compare: Any, shop_url: URL) -> None:
        here = SkippingClock(NOW + timedelta(minutes=3))

        @asynccontextmanager
        async def opens() -> AsyncIterator[Desk]:
            async with World.at(shop_url) as world:
                await well(world)
                desk = desk_of(world)
                assert isinstance(desk.lists, StoreLists)
                yield replace(desk, lists=replace(desk.lists, clock=here))

        app = ReconcileApp(opens, clock=here)
        assert snap_compare(app, terminal_size=USUAL, run_before=read)

    def test_tables_that_are_not_there(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, no_tables), terminal_size=USUAL, run_before=read)

    @pytest.mark.parametrize("size", [SMALL, USUAL], ids=["small", "usual"])
    def test_a_database_that_is_away_and_the_last_data(
        self, snap_compare: Any, shop_url: URL, size: tuple[int, int]
    ) -> None:
        clock = SkippingClock(NOW)
        lines: list[Line] = []

        @asynccontextmanager
        async def opens() -> AsyncIterator[Desk]:
            async with World.at(shop_url) as world:
                await well(world)
                lines.append(Line(world.store.database))
                yield desk_of(world, store=Store.over(lines[0], world.store.shop))

        async def cut_off(pilot: Pilot[int]) -> None:
            await read(pilot)
            lines[0].is_cut = True
            clock.advance(timedelta(seconds=42))
            await read_again(pilot)
            await settled(pilot)

        app = ReconcileApp(opens, clock=clock)
        assert snap_compare(app, terminal_size=size, run_before=cut_off)
