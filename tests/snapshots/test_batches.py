"""A batch from the first read to the receipt, as it is seen."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import URL
from textual.pilot import Pilot
from textual.widgets import Static

from reconcile_tui.app import ReconcileApp
from reconcile_tui.demo import shop
from reconcile_tui.demo.psp.faults import bad_gateway
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.progress.screen import BatchScreen
from reconcile_tui.screens.quit.screen import QuitScreen
from tests.builders import NOW
from tests.clocks import SkippingClock
from tests.dashboards import LARGE, SMALL, USUAL, app_of, dashboard_over, settled, until
from tests.stories.batches import asked, confirmed, said
from tests.stories.held import Gate, held_desk
from tests.world import World

SIZES = pytest.mark.parametrize("size", [SMALL, USUAL, LARGE], ids=["80x24", "120x40", "200x60"])


async def mixed(world: World) -> None:
    """Orders that end in every way, and some that are left."""
    for number, status in enumerate(("succeeded", "succeeded", "failed", "cancelled", "processing")):
        await world.order(f"o-{number}", stuck_for=f"{9 - number}h", psp=status, amount=4200 + number)
    await world.order("o-5", stuck_for="3h", psp="succeeded", currency="JPY", amount=980)
    await world.order("o-6", stuck_for="2h", psp="succeeded", amount=100)
    await world.order("o-7", stuck_for="9d", psp="succeeded")
    await world.order("o-8", stuck_for="1h", psp="succeeded")
    world.psp.faults.always("pay_o-8", bad_gateway())


async def orphans(world: World) -> None:
    """An orphan whose refund exists, and two whose refund never arrived."""
    for number in range(3):
        await world.paid_order(f"o-{number}")
        await world.orphan(f"r-{number}", of=f"o-{number}", stuck_for=f"{20 - number}m")
    world.book.refund("ref_0", payment="pay_o-0", status="succeeded", created=world.clock.now())


async def one(world: World) -> None:
    """An order whose webhook never arrived."""
    await world.order("o-1", stuck_for="2h14m", psp="succeeded")


class HeldApp(ReconcileApp):
    """Whoever waits at the gate is let go when the picture is taken."""

    gate: Gate

    def on_unmount(self) -> None:  # type: ignore[override]
        self.gate.open()


def held_over(url: URL, arrange: Callable[[World], Awaitable[None]], gate: Gate, **what: Any) -> HeldApp:
    """A dashboard whose reads or deliveries wait at a gate, made within the application's loop."""

    @asynccontextmanager
    async def opens() -> AsyncIterator[Desk]:
        async with World.at(url) as world:
            await arrange(world)
            yield held_desk(world, **what)

    app = HeldApp(opens, clock=SkippingClock(NOW))
    app.gate = gate
    return app


class TestConfirming:
    @SIZES
    def test_a_whole_plan(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        app = dashboard_over(shop_url, mixed)

        assert snap_compare(app, terminal_size=size, run_before=_sync_all)

    def test_the_number_is_typed(self, snap_compare: Any, shop_url: URL) -> None:
        async def typed(pilot: Pilot[int]) -> None:
            await _sync_all(pilot)
            await pilot.press("7")

        assert snap_compare(dashboard_over(shop_url, mixed), terminal_size=SMALL, run_before=typed)

    def test_one_row(self, snap_compare: Any, shop_url: URL) -> None:
        app = dashboard_over(shop_url, one, production=False, context="staging")

        assert snap_compare(app, terminal_size=USUAL, run_before=_sync_one)

    @pytest.mark.parametrize("size", [SMALL, USUAL], ids=["80x24", "120x40"])
    def test_orphans(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        async def asked_about_orphans(pilot: Pilot[int]) -> None:
            live = app_of(pilot).live
            await until(pilot, lambda: live.rounds > 0)
            await pilot.press("3")
            await until(pilot, lambda: live.roster is not None and len(live.roster.visible) == 3)
            await pilot.press("A")
            await pilot.press("S")
            await asked(pilot)

        app = dashboard_over(shop_url, orphans)
        assert snap_compare(app, terminal_size=size, run_before=asked_about_orphans)

    def test_while_it_is_read(self, snap_compare: Any, shop_url: URL) -> None:
        async def reading(pilot: Pilot[int]) -> None:
            await _opened(pilot)
            await pilot.press("A")
            await pilot.press("S")
            await until(pilot, lambda: "8 of 9 read" in said(pilot, "how_far"))
            await pilot.press("y")

        gate = Gate()
        app = held_over(shop_url, mixed, gate, reads=gate, ids="pay_o-4")
        assert snap_compare(app, terminal_size=USUAL, run_before=reading)

    def test_while_everything_is_paused(self, snap_compare: Any, shop_url: URL) -> None:
        async def paused(world: World) -> None:
            await mixed(world)
            now = world.clock.now()
            await world.store.controls.pause(actor="bob", reason="the release is under way", now=now)

        async def refused(pilot: Pilot[int]) -> None:
            await _sync_all(pilot)
            await pilot.press("7", "y")

        app = dashboard_over(shop_url, paused)
        assert snap_compare(app, terminal_size=USUAL, run_before=refused)

    def test_a_dry_run(self, snap_compare: Any, shop_url: URL) -> None:
        async def tried(pilot: Pilot[int]) -> None:
            await _opened(pilot)
            await pilot.press("A")
            await pilot.press("d")
            await asked(pilot)

        assert snap_compare(dashboard_over(shop_url, mixed), terminal_size=USUAL, run_before=tried)


class TestApplying:
    def test_rows_in_flight(self, snap_compare: Any, shop_url: URL) -> None:
        gate = Gate()

        async def stopping(pilot: Pilot[int]) -> None:
            await _in_flight(pilot, gate)
            await pilot.press("escape")

        app = held_over(shop_url, mixed, gate, deliveries=gate)
        assert snap_compare(app, terminal_size=USUAL, run_before=stopping)

    @pytest.mark.parametrize("size", [SMALL, USUAL], ids=["80x24", "120x40"])
    def test_quitting_asks(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        gate = Gate()

        async def leaving(pilot: Pilot[int]) -> None:
            await _in_flight(pilot, gate)
            await pilot.press("ctrl+q")
            await until(pilot, lambda: isinstance(pilot.app.screen, QuitScreen))

        app = held_over(shop_url, mixed, gate, deliveries=gate)
        assert snap_compare(app, terminal_size=size, run_before=leaving)

    def test_quitting_waits_for_the_rows_in_flight(self, snap_compare: Any, shop_url: URL) -> None:
        gate = Gate()

        async def left(pilot: Pilot[int]) -> None:
            await _in_flight(pilot, gate)
            await pilot.press("ctrl+q")
            await until(pilot, lambda: isinstance(pilot.app.screen, QuitScreen))
            await pilot.press("y")
            below = pilot.app.screen_stack[-2].query_one("#notice", Static)
            await until(pilot, lambda: str(below.content).startswith("Stopping"))
            await settled(pilot)

        app = held_over(shop_url, mixed, gate, deliveries=gate)
        assert snap_compare(app, terminal_size=USUAL, run_before=left)


async def _in_flight(pilot: Pilot[int], gate: Gate) -> None:
    """Rows of a batch over everything are being delivered."""
    await _sync_all(pilot)
    await pilot.press("7", "y")
    await until(pilot, lambda: gate.waiting > 0 and isinstance(pilot.app.screen, BatchScreen))


class TestTheReceipt:
    @pytest.mark.parametrize("size", [SMALL, USUAL], ids=["80x24", "120x40"])
    def test_what_is_left_and_why(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        worlds: list[World] = []

        async def remembered(world: World) -> None:
            await mixed(world)
            worlds.append(world)

        async def over_with_rows_left(pilot: Pilot[int]) -> None:
            await _sync_all(pilot)
            [world] = worlds
            await world.change(shop.orders, "o-0", amount=1)
            await world.change(shop.orders, "o-1", status="failed")
            await world.real_webhook("pay_o-5")
            await confirmed(pilot, 7)

        # Its plans are numbered by themselves: looks at what is in view make plans too.
        app = held_over(shop_url, remembered, Gate())
        assert snap_compare(app, terminal_size=size, run_before=over_with_rows_left)


async def _opened(pilot: Pilot[int]) -> None:
    live = app_of(pilot).live
    await until(pilot, lambda: live.rounds > 0 and live.roster is not None and bool(live.roster.visible))
    await until(pilot, lambda: not live.is_looking)


async def _sync_one(pilot: Pilot[int]) -> None:
    await _opened(pilot)
    await pilot.press("s")
    await asked(pilot)


async def _sync_all(pilot: Pilot[int]) -> None:
    await _opened(pilot)
    await pilot.press("A")
    await pilot.press("S")
    await asked(pilot)
