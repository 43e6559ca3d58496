"""Rows that cannot be read on the dashboard: it opens, says what is wrong with them, and syncs the others."""

# ruff: noqa: S608 the values are this file's own

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from tests.dashboards import SMALL, USUAL, app_of, opened_dashboard, settled, until
from tests.looking import look_at_all
from tests.nasty import painted
from tests.stories.batches import asked, confirmed, over
from tests.world import World, ref


async def odd_rows(world: World) -> None:
    """Rows without a time, with an endless one, and with an amount that is none; one that heals."""
    await world.order("o-1", psp="succeeded", stuck_for="2h")
    for row_id in ("o-time", "o-none"):
        await world.order(row_id, psp="succeeded")
    await world.paid_order("o-2")
    await world.orphan("r-orphan", of="o-2")
    sqlite = world.url.get_backend_name() == "sqlite"
    time, missing = ("'soon'", "''") if sqlite else ("'-infinity'", "NULL")
    statements = (
        [] if sqlite else [f"ALTER TABLE {t} ALTER created_at DROP NOT NULL" for t in ("orders", "refunds")]
    )
    statements += [
        f"UPDATE orders SET created_at = {time} WHERE id = 'o-time'",
        f"UPDATE orders SET created_at = {missing} WHERE id = 'o-none'",
        f"UPDATE refunds SET created_at = {time} WHERE id = 'r-orphan'",
    ]

    async def unit(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement))

    await world.store.database.write(unit)


@pytest.mark.parametrize("ticked", [False, True], ids=["never checked", "checked"])
async def test_the_lists_open_and_every_odd_row_says_what_is_wrong(world: World, ticked: bool) -> None:
    await odd_rows(world)
    if ticked:
        await world.tick()

    async with opened_dashboard(world, size=USUAL) as pilot:
        app = app_of(pilot)
        seen, told = "", dict[str, str]()
        for tab in (Tab.ORDERS, Tab.ORPHANS, *([Tab.ATTENTION] if ticked else [])):
            await pilot.press(str(list(Tab).index(tab) + 1))
            await until(pilot, lambda tab=tab: app.live.tab is tab and len(app.live.rosters[tab]) > 0)  # type: ignore[misc]
            for _ in app.live.rosters[tab].visible:
                await look_at_all(pilot)
                await settled(pilot)
                seen += painted(app)
                known = app.screen.query_one(RowPanel).known
                assert known is not None
                told[known.finding.row.row_id] = known.sentence or ""
                await pilot.press("j")
        assert app.is_running

    for row_id in ("o-time", "o-none", "r-orphan"):
        assert row_id in seen
        assert f"{row_id}: cannot be read: created_at is" in told[row_id]
    assert "created_at is missing. " in told["o-none"]


@pytest.mark.parametrize("size", [USUAL, SMALL])
async def test_a_batch_syncs_the_others_and_leaves_the_odd_ones(world: World, size: tuple[int, int]) -> None:
    await odd_rows(world)

    async with opened_dashboard(world, size=size) as pilot:
        await pilot.press("A", "S")
        await asked(pilot)
        await confirmed(pilot, 1)
        await over(pilot)
        assert app_of(pilot).is_running

    rows = await world.store.findings.rows([ref("o-1"), ref("o-time")])
    assert [row.status for row in rows.values()] == ["completed", "pending"]
