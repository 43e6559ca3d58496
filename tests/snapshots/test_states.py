"""The first screen over the demo in each of its states, and what opens over it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL
from textual.command import CommandPalette
from textual.pilot import Pilot

from reconcile_tui.app import ReconcileApp
from reconcile_tui.core.policy import Actor, Mode
from reconcile_tui.core.store.store import Store
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.themes import THEMES
from tests.builders import NOW
from tests.clocks import SkippingClock
from tests.dashboards import USUAL, app_of, dashboard_over, desk_of, read_again, settled, the_demo, until
from tests.line import Line
from tests.situations import a_daemon
from tests.world import ALICE, VIEWER, World

Seen = Callable[[Pilot[int]], Awaitable[None]]


async def looked_at_demo(world: World) -> None:
    """The demo's incident after a tick that changed nothing but what is known."""
    await the_demo(world)
    usual = world.policy
    world.set(mode=Mode.OBSERVE)
    await world.tick()
    world.policy = usual
    await world.store.daemons.beat(a_daemon())


async def nothing(_: World) -> None:
    """Nothing hangs, and nothing was done."""


async def twins(world: World) -> None:
    """Two orders of one payment."""
    await world.order("o-1", stuck_for="2h", psp="succeeded")
    await world.order("o-2", stuck_for="1h", payment_id="pay_o-1")


def pressed(*keys: str) -> Seen:
    """Everything was read, these keys were pressed, and everything they ask for came."""

    async def press(pilot: Pilot[int]) -> None:
        live = app_of(pilot).live
        await until(pilot, lambda: live.rounds > 0 and not live.is_looking)
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: live.roster is None or live.roster.was_read)
            await until(pilot, lambda: not live.is_looking)
        await read_again(pilot)
        await settled(pilot)

    return press


class TestTheDemo:
    @pytest.mark.parametrize("tab", [Tab.REFUNDS, Tab.ORPHANS, Tab.ATTENTION, Tab.CUSTOMER, Tab.HISTORY])
    def test_every_other_list(self, snap_compare: Any, shop_url: URL, tab: Tab) -> None:
        keys = pressed(str(list(Tab).index(tab) + 1))
        assert snap_compare(dashboard_over(shop_url, looked_at_demo), terminal_size=USUAL, run_before=keys)

    @pytest.mark.parametrize("theme", [theme.name for theme in THEMES[1:]])
    def test_every_other_theme(self, snap_compare: Any, shop_url: URL, theme: str) -> None:
        app = dashboard_over(shop_url, looked_at_demo, theme=theme)
        assert snap_compare(app, terminal_size=USUAL, run_before=pressed("space", "j"))

    def test_a_row_in_full(self, snap_compare: Any, shop_url: URL) -> None:
        app = dashboard_over(shop_url, looked_at_demo)
        assert snap_compare(app, terminal_size=USUAL, run_before=pressed("enter"))

    def test_the_palette(self, snap_compare: Any, shop_url: URL) -> None:
        async def searched(pilot: Pilot[int]) -> None:
            await pressed()(pilot)
            await pilot.press("ctrl+p")
            await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
            await settled(pilot)

        app = dashboard_over(shop_url, looked_at_demo)
        assert snap_compare(app, terminal_size=USUAL, run_before=searched)

    def test_what_happened_before(self, snap_compare: Any, shop_url: URL) -> None:
        worlds: list[World] = []

        async def remembered(world: World) -> None:
            await looked_at_demo(world)
            worlds.append(world)

        async def rows_left(pilot: Pilot[int]) -> None:
            await pressed()(pilot)
            [world] = worlds
            now = world.clock.now()
            await world.sync("SO-20437", "SO-20438", "SO-20439")
            await world.store.controls.pause(actor="bob", reason="adyen answers wrong amounts", now=now)
            await read_again(pilot)
            await pressed("E")(pilot)

        app = dashboard_over(shop_url, remembered)
        assert snap_compare(app, terminal_size=USUAL, run_before=rows_left)


class TestNothing:
    @pytest.mark.parametrize("tab", [Tab.ATTENTION, Tab.HISTORY])
    def test_every_other_list(self, snap_compare: Any, shop_url: URL, tab: Tab) -> None:
        keys = pressed(str(list(Tab).index(tab) + 1))
        assert snap_compare(dashboard_over(shop_url, nothing), terminal_size=USUAL, run_before=keys)

    def test_a_database_that_never_answered(self, snap_compare: Any, shop_url: URL) -> None:
        @asynccontextmanager
        async def opens() -> AsyncIterator[Desk]:
            async with World.at(shop_url) as world:
                line = Line(world.store.database)
                line.is_cut = True
                yield desk_of(world, store=Store.over(line, world.store.shop))

        async def told(pilot: Pilot[int]) -> None:
            await until(pilot, lambda: app_of(pilot).live.trouble is not None)
            await settled(pilot)

        app = ReconcileApp(opens, clock=SkippingClock(NOW))
        assert snap_compare(app, terminal_size=USUAL, run_before=told)


class TestTooOld:
    @pytest.mark.parametrize("actor", [ALICE, VIEWER], ids=["operator", "viewer"])
    def test_what_is_seen_is_too_old_to_write(self, snap_compare: Any, shop_url: URL, actor: Actor) -> None:
        clock = SkippingClock(NOW)

        async def grown_old(pilot: Pilot[int]) -> None:
            await pressed()(pilot)
            clock.advance(timedelta(minutes=3))
            app_of(pilot).live.tick()
            await settled(pilot)

        place: dict[str, Any] = {"actor": actor, "stale_after": timedelta(seconds=30)}
        app = dashboard_over(shop_url, looked_at_demo, clock=clock, **place)
        assert snap_compare(app, terminal_size=USUAL, run_before=grown_old)


class TestSmallScreens:
    def test_two_rows_with_one_id(self, snap_compare: Any, shop_url: URL) -> None:
        keys = pressed("colon", *"pay_o-1", "enter")
        assert snap_compare(dashboard_over(shop_url, twins), terminal_size=USUAL, run_before=keys)

    def test_a_row_of_no_list(self, snap_compare: Any, shop_url: URL) -> None:
        async def one_that_healed(world: World) -> None:
            await twins(world)
            await world.order("o-9", stuck_for="3h", psp="succeeded")
            await world.real_webhook("pay_o-9")

        keys = pressed("colon", *"pay_o-9", "enter")
        app = dashboard_over(shop_url, one_that_healed)
        assert snap_compare(app, terminal_size=USUAL, run_before=keys)

    def test_a_text_to_copy_by_hand(
        self, snap_compare: Any, shop_url: URL, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TERM", "linux")
        app = dashboard_over(shop_url, twins)
        assert snap_compare(app, terminal_size=USUAL, run_before=pressed("y"))

    def test_no_page_of_the_psp(self, snap_compare: Any, shop_url: URL) -> None:
        app = dashboard_over(shop_url, twins)
        assert snap_compare(app, terminal_size=USUAL, run_before=pressed("o"))

    def test_the_page_of_the_psp(self, snap_compare: Any, shop_url: URL) -> None:
        app = dashboard_over(shop_url, twins, psp_page="https://psp.example/payments/{payment_id}")
        assert snap_compare(app, terminal_size=USUAL, run_before=pressed("o"))
