"""The row under the cursor side by side with the PSP's truth, and the first line, as they are seen."""

from typing import Any

from sqlalchemy import URL
from textual.pilot import Pilot

from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.triage.first_line import FirstLine
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from tests.builders import NOW, span
from tests.clocks import SkippingClock
from tests.dashboards import LARGE, SMALL, USUAL, app_of, dashboard_over, until
from tests.looking import look_at_all
from tests.world import ALICE, World


async def looked_at(pilot: Pilot[int], tab: Tab = Tab.ORDERS) -> None:
    """A tab whose rows were all looked at; the cursor rests, and the first line was found."""
    app = app_of(pilot)
    await until(pilot, lambda: app.live.rounds > 0)
    await pilot.press(str(list(Tab).index(tab) + 1))
    await until(pilot, lambda: len(app.live.rosters[tab]) > 0)
    await look_at_all(pilot)
    panel = app.screen.query_one(RowPanel)
    await until(pilot, lambda: panel.known is not None and panel.known.history is not None)
    await the_first_line(pilot)


async def orphans_looked_at(pilot: Pilot[int]) -> None:
    await looked_at(pilot, Tab.ORPHANS)


async def refunds_looked_at(pilot: Pilot[int]) -> None:
    await looked_at(pilot, Tab.REFUNDS)


async def the_first_line(pilot: Pilot[int]) -> None:
    """The first line tells what was found, the looks at what is in view included."""
    app = app_of(pilot)

    def tells_all() -> bool:
        live, shown = app.live, app.screen.query(FirstLine)
        return live.rounds > 0 and not live.is_looking and bool(shown) and shown.first().is_current

    await until(pilot, tells_all)


async def two_orders(world: World) -> None:
    await world.order("o-1", stuck_for="2h14m", psp="succeeded")
    await world.order("o-2", stuck_for="45m", psp="failed")


class TestTheRow:
    def test_an_order(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, two_orders), terminal_size=USUAL, run_before=looked_at)

    def test_an_order_on_a_small_terminal(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(dashboard_over(shop_url, two_orders), terminal_size=SMALL, run_before=looked_at)

    def test_a_figure_that_is_stale(self, snap_compare: Any, shop_url: URL) -> None:
        app = dashboard_over(shop_url, two_orders, clock=SkippingClock(NOW + span("75s")))
        assert snap_compare(app, terminal_size=USUAL, run_before=looked_at)

    def test_a_psp_that_cannot_be_read(self, snap_compare: Any, shop_url: URL) -> None:
        async def arrange(world: World) -> None:
            await two_orders(world)
            world.api_key = "snd_somebody_elses_key"

        assert snap_compare(dashboard_over(shop_url, arrange), terminal_size=USUAL, run_before=looked_at)

    def test_a_refund_with_a_history(self, snap_compare: Any, shop_url: URL) -> None:
        async def arrange(world: World) -> None:
            await world.paid_order("o-1", stuck_for="5h")
            error: dict[str, Any] = {
                "error_code": "AC04",
                "error_message": "the account was closed by its holder",
            }
            await world.refund("r-1", stuck_for="3h", psp="failed", **error)
            now = world.clock.now()
            await world.store.controls.pause(actor="bob", reason="the release is under way", now=now)
            await world.sync("r-1")
            await world.store.controls.resume(actor=ALICE.name, now=now)

        app = dashboard_over(shop_url, arrange)
        assert snap_compare(app, terminal_size=LARGE, run_before=refunds_looked_at)


class TestTheOrphan:
    def test_one_that_fits(self, snap_compare: Any, shop_url: URL) -> None:
        async def arrange(world: World) -> None:
            await world.paid_order("o-1", stuck_for="5h")
            await world.orphan("r-1", stuck_for="20m")
            world.book.refund("ref_9", payment="pay_o-1", amount=4200, created=-span("19m"))

        app = dashboard_over(shop_url, arrange)
        assert snap_compare(app, terminal_size=USUAL, run_before=orphans_looked_at)

    def test_one_that_never_arrived(self, snap_compare: Any, shop_url: URL) -> None:
        async def arrange(world: World) -> None:
            await world.paid_order("o-1", stuck_for="5h")
            await world.refund("r-2", amount=1000, psp="succeeded", status="succeeded")
            await world.orphan("r-1", stuck_for="20m", amount=3000)

        app = dashboard_over(shop_url, arrange)
        assert snap_compare(app, terminal_size=USUAL, run_before=orphans_looked_at)

    def test_two_that_fit(self, snap_compare: Any, shop_url: URL) -> None:
        async def arrange(world: World) -> None:
            await world.paid_order("o-1", stuck_for="5h")
            await world.orphan("r-1", stuck_for="20m", amount=1000)
            for number in (8, 9):
                world.book.refund(f"ref_{number}", payment="pay_o-1", amount=1000, created=-span("19m"))

        app = dashboard_over(shop_url, arrange)
        assert snap_compare(app, terminal_size=USUAL, run_before=orphans_looked_at)


class TestTheFirstLine:
    def test_an_outage(self, snap_compare: Any, shop_url: URL) -> None:
        async def arrange(world: World) -> None:
            for number in range(40):
                await world.order(f"o-{number}", stuck_for=f"{31 + number}m", psp="succeeded")
            await world.order("o-old", stuck_for="3d", psp="succeeded", currency="USD")

        app = dashboard_over(shop_url, arrange)
        assert snap_compare(app, terminal_size=USUAL, run_before=the_first_line)

    def test_nothing_hangs_and_everything_is_paused(self, snap_compare: Any, shop_url: URL) -> None:
        async def arrange(world: World) -> None:
            now = world.clock.now()
            await world.store.controls.pause(actor="bob", reason="the release is under way", now=now)

        app = dashboard_over(shop_url, arrange)
        assert snap_compare(app, terminal_size=USUAL, run_before=the_first_line)
