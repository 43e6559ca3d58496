"""A database that goes away while rows are planned or applied: nothing is claimed, and nothing is lost."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import URL
from textual.pilot import Pilot

from reconcile_tui.core.store.journal_search import JournalFilter
from reconcile_tui.core.store.store import Store
from reconcile_tui.screens.confirm.screen import ConfirmScreen
from reconcile_tui.screens.receipt.batch_receipt import Section, receipt_of, receipt_of_batch
from tests.dashboards import app_of, desk_of, opened_dashboard, until
from tests.pg_proxy import Cut, PgProxy
from tests.postgres import PostgresServer
from tests.stories.batches import asked, listed, over, said
from tests.world import World


@pytest.fixture
def shop_url(postgres: PostgresServer, postgres_template: str) -> Iterator[URL]:
    url = postgres.make_numbered(postgres_template)
    yield url
    postgres.drop(url)


@pytest.fixture
async def proxy(world: World) -> AsyncIterator[PgProxy]:
    async with PgProxy(world.url) as proxy:
        yield proxy


@pytest.fixture
async def through_proxy(world: World, proxy: PgProxy) -> AsyncIterator[Store]:
    store = Store.at(proxy.url, clock=world.database_clock)
    yield store
    await store.close()


async def test_a_plan_is_not_made_without_the_database_and_can_be_tried_again(
    world: World, proxy: PgProxy, through_proxy: Store
) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world, desk=desk_of(world, store=through_proxy)) as pilot:
        proxy.open = False
        proxy.cut_all()
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await until(pilot, lambda: "tries again" in said(pilot, "question"))
        app_of(pilot).live.refresh_now()
        await until(pilot, lambda: app_of(pilot).live.locked is not None)
        assert said(pilot, "how_far").startswith("No plan was made: the database:")
        assert "Nothing was applied" in said(pilot, "how_far")
        await pilot.press("y")
        assert await world.status("o-1") == "pending"

        proxy.open = True
        await pilot.press("r")
        await asked(pilot)
        await pilot.press("y")
        assert "It can be applied once the database was read again." in said(pilot, "notice")
        await _whole(pilot)
        await pilot.press("y")
        await over(pilot)
    assert await world.status("o-1") == "completed"


@pytest.mark.parametrize("cut", [Cut.ANSWER_TO_COMMIT, pytest.param(Cut.COMMIT, marks=pytest.mark.proof)])
async def test_whatever_commit_is_lost_in_mid_apply_the_receipt_claims_no_more_than_is_true(
    world: World, proxy: PgProxy, through_proxy: Store, cut: Cut
) -> None:
    for number in range(4):
        await world.order(f"o-{number}", psp="succeeded")

    for at, row_id in enumerate(("o-0", "o-1", "o-2", "o-3")):
        async with opened_dashboard(world, desk=desk_of(world, store=through_proxy)) as pilot:
            await pilot.press("s")
            await asked(pilot)
            proxy.strike(cut, at=at)
            await pilot.press("y")
            batch = await over(pilot)
            proxy.spare()

            receipt = receipt_of_batch(batch)
            [row] = receipt.rows
            status = await world.status(row.ref.row_id)
            assert (status == "completed") == (row.section is Section.FIXED), (at, row)
            if row.section is not Section.FIXED:
                assert "Nothing to do." not in listed(pilot)
            on_record = await world.store.journal_search.newest(
                JournalFilter(plan_id=receipt.plan_id), limit=100
            )
            if on_record:
                [recorded] = receipt_of(on_record).rows
                assert recorded.outcome in (row.outcome, None), (at, row_id)


async def test_a_database_that_is_gone_when_the_plan_is_agreed_to_begins_nothing(
    world: World, proxy: PgProxy, through_proxy: Store
) -> None:
    await world.order("o-1", psp="succeeded")

    async with opened_dashboard(world, desk=desk_of(world, store=through_proxy)) as pilot:
        await pilot.press("s")
        await asked(pilot)
        proxy.open = False
        proxy.cut_all()
        await pilot.press("y")
        batch = await over(pilot)

        receipt = receipt_of_batch(batch)
        assert receipt.trouble is not None
        assert receipt.trouble.startswith("Nothing was begun: the database")
        assert [row.section for row in receipt.rows] == [Section.LEFT]
        assert batch.left_to_retry() == batch.refs
        assert "not begun" in listed(pilot)
        assert "not known" not in listed(pilot)

        proxy.open = True
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await _whole(pilot)
        await pilot.press("y")
        await over(pilot)
    assert await world.status("o-1") == "completed"


async def _whole(pilot: Pilot[int]) -> None:
    """Wait until a plan can be agreed to: it is whole, and what is seen was read again."""
    live = app_of(pilot).live
    live.refresh_now()
    await until(pilot, lambda: live.locked is None)
    await asked(pilot)
