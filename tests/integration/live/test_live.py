"""Live follows a real database: what hangs, what became of rows that left, and how fresh all of it is."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database
from reconcile_tui.demo import shop
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.live.live import Change
from tests.dashboards import desk_of
from tests.integration.live.followed import Followed, followed
from tests.world import World


def listed(live: Followed, tab: Tab = Tab.ORDERS) -> list[str]:
    return [each.row_id for each in live.rosters[tab].visible]


async def test_the_seen_list_is_read_and_others_when_they_are_shown(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded")
    await world.paid_order("o-2")
    await world.refund("r-1", of="o-2", psp="succeeded")

    async with followed(desk_of(world), world.clock) as live:
        assert (listed(live), listed(live, Tab.REFUNDS)) == (["o-1"], [])
        assert live.overview is not None
        assert live.overview.tabs[Tab.REFUNDS].rows == 1

        live.show(Tab.REFUNDS)
        await live.read_again()

        assert (listed(live), listed(live, Tab.REFUNDS)) == (["o-1"], ["r-1"])


async def test_more_rows_than_a_page_are_all_read(world: World) -> None:
    at = world.clock.now() - world.policy.order_stuck_after * 2
    facts = {"status": "pending", "amount": 4200, "currency": "EUR", "created_at": at, "updated_at": at}
    await world.insert_many(
        shop.orders,
        [{"id": f"o-{n}", "payment_id": f"pay_{n}", "customer_email": "", **facts} for n in range(450)],
    )

    async with followed(desk_of(world), world.clock) as live:
        assert len(listed(live)) == 450
        assert live.changes.count(Change.ROWS) >= 3


async def test_a_row_that_somebody_healed_leaves_with_a_trace(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with followed(desk_of(world), world.clock) as live:
        await world.tick()
        await live.read_again()

        assert listed(live) == []
        assert live.lines == ["order o-1 became completed by daemon at 12:00 UTC"]


async def test_a_row_that_the_webhook_healed_leaves_with_a_trace(world: World) -> None:
    await world.order("o-1", psp="succeeded")

    async with followed(desk_of(world), world.clock) as live:
        await world.real_webhook("pay_o-1")
        await live.read_again()

        assert live.lines == [
            "order o-1 is completed: no step on record closed it; its webhook came, or somebody changed it"
        ]


async def test_rows_that_went_elsewhere_say_so(world: World) -> None:
    await world.order("o-1", stuck_for="3h", psp="requires_customer_action")
    await world.order("o-2", stuck_for="2h", psp="succeeded")

    async with followed(desk_of(world), world.clock) as live:
        await world.tick()
        await live.read_again()

        assert listed(live) == []
        assert set(live.lines) == {
            "order o-1 waits on the customer now",
            "order o-2 became completed by daemon at 12:00 UTC",
        }


async def test_many_rows_that_leave_at_once_are_added_up(world: World) -> None:
    for number in range(1, 6):
        await world.order(f"o-{number}", stuck_for="1h", psp="succeeded")

    async with followed(desk_of(world), world.clock) as live:
        roster = live.rosters[Tab.ORDERS]
        roster.mark_all()
        await world.sync("o-1", "o-2", "o-3")
        await world.real_webhook("pay_o-4")
        await live.read_again()

        assert live.lines == [
            "4 rows left Stuck orders: 3 fixed by alice, 1 final by no step on record",
            "4 marks dropped: their rows left",
        ]
        assert [each.row_id for each in roster.scope] == ["o-5"]


async def test_a_pause_is_told_when_it_begins_and_when_it_ends(world: World) -> None:
    async with followed(desk_of(world), world.clock) as live:
        now = world.clock.now()
        await world.store.controls.pause(actor="bob", reason="[red]the release[/]", now=now)
        await live.read_again()
        await world.store.controls.resume(actor="bob", now=now)
        await live.read_again()

        assert live.lines == [
            "bob paused everything: “[red]the release[/]”",
            "bob's pause of everything is over",
        ]


async def test_data_that_is_too_old_locks_writing_until_it_is_read_again(world: World) -> None:
    desk = desk_of(world, stale_after=world.policy.fresh_for)

    async with followed(desk, world.clock) as live:
        assert live.may_write()

        world.later("31s")
        live.tick()
        assert live.locked == "what is shown is 31 s old"
        assert live.changes[-1] is Change.TROUBLE

        await live.read_again()
        assert live.may_write()


async def test_before_anything_was_read_nothing_may_be_written(world: World) -> None:
    assert Followed(world.clock).locked == "nothing is known yet: the program is opening"


async def test_tables_that_are_not_there_are_told_and_waited_for(world: World) -> None:
    async def take_away(connection: AsyncConnection) -> None:
        await connection.execute(text("UPDATE reconcile_schema_version SET version_num = '0000'"))

    async def bring_back(connection: AsyncConnection) -> None:
        await connection.execute(
            text("UPDATE reconcile_schema_version SET version_num = :it"), {"it": version}
        )

    version = await _version(world.store.database)
    await world.store.database.write(take_away)
    async with followed(desk_of(world), world.clock) as live:
        trouble = live.database.trouble
        assert trouble is not None
        assert trouble.no_tables
        assert live.locked == "The tool's own tables belong to an older version."
        assert trouble.next_step.startswith("Run reconcile-tui init-db.")

        await world.store.database.write(bring_back)
        await live.read_again()

        assert live.may_write()
        assert live.lines == ["The database answers again"]


async def _version(database: Database) -> str:
    async def unit(connection: AsyncConnection) -> str:
        found = await connection.execute(text("SELECT version_num FROM reconcile_schema_version"))
        return str(found.scalar_one())

    return await database.read(unit)
