"""What is seen is as fresh as it says, and whoever looks can ask for more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from reconcile_tui.app import ReconcileApp
from reconcile_tui.core.plan import is_forced
from reconcile_tui.core.psp_states import PaymentSeen
from reconcile_tui.desk.lists import StoreLists
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.lists import Overview, Tab
from reconcile_tui.screens.header.header import Header
from reconcile_tui.screens.triage.tabs import TriageTabs
from tests.dashboards import app_of, desk_of, opened_dashboard, read_again, until
from tests.stories.batches import asked
from tests.stories.held import Gate, held_desk
from tests.world import World, ref


async def test_a_click_on_a_tab_shows_its_list(world: World) -> None:
    await world.paid_order("o-1")
    await world.refund("r-1", of="o-1", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        await pilot.click(TriageTabs, offset=(25, 0))
        await until(pilot, lambda: len(app_of(pilot).live.rosters[Tab.REFUNDS]) == 1)

        assert app_of(pilot).live.tab is Tab.REFUNDS


async def test_r_looks_at_the_row_under_the_cursor_again(world: World) -> None:
    await world.order("o-1", psp="processing")

    async with opened_dashboard(world) as pilot:
        live = app_of(pilot).live
        asked = len(world.psp.traffic.about("pay_o-1"))
        await pilot.press("r")
        await until(pilot, lambda: len(world.psp.traffic.about("pay_o-1")) > asked)

        assert world.psp.traffic.forced == 0
        assert live.looks[ref("o-1")].failure is None


async def test_data_that_grows_old_is_said_to_and_locks(world: World) -> None:
    desk = desk_of(world, stale_after=timedelta(seconds=30))
    async with opened_dashboard(world, desk=desk) as pilot:
        header = pilot.app.screen.query_one(Header)
        assert "database read 0 s ago" in str(header.render())

        world.later("31s")
        app_of(pilot).live.tick()
        assert "LOCKED: what is shown is 31 s old" in str(header.render())

        await read_again(pilot)
        assert "LOCKED" not in str(header.render())


async def test_what_happened_before_can_be_read(world: World) -> None:
    async with opened_dashboard(world) as pilot:
        app_of(pilot).live.tell("[red]first[/]")
        app_of(pilot).live.tell("second")
        await pilot.press("E")
        await pilot.pause()

        text = str(pilot.app.screen.query_one("HappeningsScreen Static").render())
        assert [line.partition("UTC")[2].strip() for line in text.splitlines()] == ["second", "[red]first[/]"]

        await pilot.press("escape")
        assert app_of(pilot).live.happenings.latest is not None


class Broken(StoreLists):
    """Lists with a defect."""

    async def overview(self) -> Overview:
        raise ZeroDivisionError("nobody expected this")


async def test_what_nobody_expected_ends_the_application_with_its_error(world: World) -> None:
    desk = desk_of(world)
    broken = Broken(
        store=world.store,
        policy=world.policy,
        budget=desk.lists.budget,  # type: ignore[attr-defined]
        limits=desk.lists.limits,  # type: ignore[attr-defined]
        clock=world.clock,
    )

    @asynccontextmanager
    async def opens() -> AsyncIterator[Desk]:
        yield replace(desk, lists=broken)

    app = ReconcileApp(opens, clock=world.clock)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.failure is not None)

    assert app.return_value == 1
    assert isinstance(app.failure, ExceptionGroup)
    assert isinstance(app.failure.exceptions[0], ZeroDivisionError)


async def test_looks_wait_while_a_plan_is_read_and_what_it_read_is_shown(world: World) -> None:
    await world.order("o-1", stuck_for="3h", psp="processing")
    await world.order("o-2", stuck_for="2h", psp="succeeded")
    reads = Gate()

    async with opened_dashboard(world, desk=held_desk(world, reads=reads, ids="pay_o-2")) as pilot:
        await pilot.press("A", "S")
        await until(pilot, lambda: reads.waiting == 1)
        seen = len(world.psp.traffic.seen)
        app_of(pilot).live.reread(ref("o-1"))
        await until(pilot, lambda: not app_of(pilot).live.is_looking)
        latest = app_of(pilot).live.happenings.latest
        assert latest is not None
        assert "when what is under way has ended" in latest.words
        assert len(world.psp.traffic.seen) == seen

        reads.open()
        await asked(pilot)
        looked = app_of(pilot).live.looks[ref("o-2")].planned
        assert is_forced(looked.state)
        assert isinstance(looked.state, PaymentSeen)
        assert not looked.state.body
