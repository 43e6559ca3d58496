"""When the shop's dates are in a zone that nobody said: no refund is failed because it looks old."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.psp_states import ReadFailed, ReadFailureKind
from reconcile_tui.core.store.mapping import OrdersMapping, RefundsMapping, ShopMapping
from reconcile_tui.core.store.time_facts import TimeFactsQuery
from reconcile_tui.core.tellings import Warned, WarningKind
from reconcile_tui.core.time_proof import Basis, DateKind, Doubt
from reconcile_tui.demo import shop
from tests.builders import span
from tests.postgres_pool import PostgresPool
from tests.world import World, outcomes

NAIVE = "timestamp USING created_at AT TIME ZONE 'UTC'"
NEW_YORK = ShopMapping(timezone="America/New_York")
TABLES = ("orders", "refunds")


@asynccontextmanager
async def opened(url: URL, mapping: ShopMapping, *, type_of: str | None = None) -> AsyncIterator[World]:
    """A world whose `created_at` columns are of another type (PostgreSQL)."""
    async with World.at(url, mapping=mapping) as world:
        if type_of is not None:
            await run(world, *(f"ALTER TABLE {each} ALTER created_at TYPE {type_of}" for each in TABLES))
        yield world


@pytest.fixture
async def naive(postgres_pool: PostgresPool) -> AsyncIterator[World]:
    """PostgreSQL columns without a zone, and nobody said which one is meant."""
    with postgres_pool.database() as url:
        async with opened(url, ShopMapping(), type_of=NAIVE) as world:
            yield world


@pytest.fixture
async def unsaid(database_url: URL) -> AsyncIterator[World]:
    """Dates without a zone on both databases."""
    async with opened(database_url, ShopMapping(), type_of=naive_of(database_url)) as world:
        yield world


@pytest.fixture
async def said(database_url: URL) -> AsyncIterator[World]:
    """The same, and the mapping says UTC."""
    mapping = ShopMapping(timezone="UTC")
    async with opened(database_url, mapping, type_of=naive_of(database_url)) as world:
        yield world


def naive_of(url: URL) -> str | None:
    return NAIVE if url.get_backend_name() == "postgresql" else None


async def run(world: World, *statements: str) -> None:
    async def unit(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement))

    await world.store.database.write(unit)


async def as_written_in_new_york(world: World) -> None:
    """The shop wrote its rows' dates five hours behind UTC."""
    await run(world, *(f"UPDATE {each} SET created_at = created_at - interval '5 h'" for each in TABLES))  # noqa: S608


def warned(world: World) -> dict[WarningKind, str]:
    return {told.kind: told.detail for told in world.told if isinstance(told, Warned)}


class TestARefundOfOneSecondAgoInNewYork:
    """Its date looks five hours old, its call is on its way, and the PSP has nothing of it yet."""

    @pytest.fixture
    async def world(self, naive: World) -> World:
        await naive.paid_order("o-1", stuck_for="2h")
        await naive.orphan("r-1", of="o-1", stuck_for="1s")
        await naive.order("o-2", stuck_for="3h", psp="succeeded")
        await as_written_in_new_york(naive)
        return naive

    @pytest.mark.parametrize("drain", [False, True])
    async def test_no_tick_fails_it_and_all_else_is_healed(self, world: World, drain: bool) -> None:
        report = await world.tick(drain=drain)

        assert await world.status("r-1") == "pending"
        assert await world.status("o-2") == "completed"
        [orphans] = [piece for piece in report.slices if piece.phase == "orphans"]
        assert orphans.skipped is WarningKind.ROW_TIMES
        assert report.counts["skipped.orphans.row_times"] == 1
        assert warned(world)[WarningKind.ROW_TIMES] == (
            "created_at of refunds has no time zone. Orphan refunds are not checked until you set"
            ' mapping.timezone (for example "UTC" or "America/New_York").'
            " Set it, or RECONCILE_TIMEZONE, to the time zone that the rows are written in, then restart."
        )

    async def test_no_dry_run_says_that_it_would(self, world: World) -> None:
        for drain in (False, True):
            report = await world.tick(dry_run=True, drain=drain)
            assert "decision.fail_orphan" not in report.counts

    async def test_no_plan_of_an_operator_fails_it_and_says_why(self, world: World) -> None:
        plan = await world.plan("r-1")

        [row] = plan.rows
        assert isinstance(row.state, ReadFailed)
        assert row.state.kind is ReadFailureKind.ROW_TIMES
        assert "created_at of refunds has no time zone" in row.state.detail
        assert not plan.to_apply
        await world.sync("r-1")
        assert await world.status("r-1") == "pending"

    async def test_who_trusts_the_clock_has_it_failed(self, world: World) -> None:
        world.set(trust_row_times=True)

        await world.tick()

        assert await world.status("r-1") == "failed"

    async def test_its_zone_said_it_is_as_young_as_it_is(self, world: World) -> None:
        async with World.at(world.url, mapping=NEW_YORK) as said:
            said.book.payments.update(world.book.payments)
            report = await said.tick()
            assert report.times.keeps_orphans is None
            assert await said.status("r-1") == "pending"

            said.later("10m")
            await said.tick()
            assert await said.status("r-1") == "failed"


async def test_a_plan_made_before_the_contradiction_fails_nobody(said: World) -> None:
    await said.paid_order("o-1", stuck_for="3h")
    await said.orphan("r-1", of="o-1", stuck_for="1h")
    reconciler = said.reconciler()
    plan = await said.plan("r-1", reconciler=reconciler)
    assert [row.decision.kind for row in plan.to_apply] == ["fail_orphan"]
    await said.orphan("r-2", of="o-1")
    await ahead(said, "r-2", by="4h")

    receipt = await reconciler.apply(plan)

    assert outcomes(receipt) == {"r-1": Outcome.UNREADABLE}
    assert await said.status("r-1") == "pending"


class TestEastOfGreenwich:
    async def test_rows_that_nobody_can_see_yet_are_counted_and_told(self, unsaid: World) -> None:
        for number in range(3):
            await unsaid.order(f"o-{number}", stuck_for="1h", psp="succeeded")
            await ahead(unsaid, f"o-{number}", by="8h")
        await unsaid.orphan("r-1", of="o-0")
        await ahead(unsaid, "r-1", by="8h50m")

        report = await unsaid.tick()

        assert warned(unsaid)[WarningKind.FUTURE_ROWS] == (
            "3 rows of orders have a created_at and 1 row of refunds has a created_at in the future;"
            " they are not checked until then."
        )
        assert (report.counts["times.order.future"], report.counts["times.refund.future"]) == (3, 1)
        refunds = report.times.refunds
        assert refunds is not None
        assert (refunds.basis, refunds.doubt, refunds.offset) == (Basis.WRONG, Doubt.AHEAD, span("9h"))

    async def test_a_zone_that_was_said_is_contradicted_too(self, said: World) -> None:
        await said.paid_order("o-1", stuck_for="3h")
        await said.orphan("r-1", of="o-1", stuck_for="1h")
        await said.orphan("r-2", of="o-1")
        await ahead(said, "r-2", by="8h50m")

        report = await said.tick()

        assert await said.status("r-1") == "pending"
        assert report.counts["times.refund.ahead"] == 540
        assert (
            "up to 9 h in the future: its time zone is not UTC; it looks like UTC+09:00"
            in (warned(said)[WarningKind.ROW_TIMES])
        )

    async def test_a_clock_that_is_a_little_ahead_is_none_of_it(self, said: World) -> None:
        await said.order("o-1", stuck_for="1h")
        await ahead(said, "o-1", by="50s")

        assert (await said.tick()).times.future == 0


class TestThePspsDates:
    async def test_three_refunds_beside_theirs_prove_utc_within_the_tick(self, unsaid: World) -> None:
        await unsaid.paid_order("o-0", stuck_for="3h")
        await unsaid.orphan("r-0", of="o-0", stuck_for="1h")
        for number in (1, 2, 3):
            await unsaid.paid_order(f"o-{number}", stuck_for="3h")
            await unsaid.refund(f"r-{number}", of=f"o-{number}", stuck_for=f"{number}h", psp="succeeded")

        report = await unsaid.tick()

        assert report.counts["times.refund.proven"] == 3
        assert await unsaid.status("r-0") == "failed"

    async def test_another_process_goes_by_the_proof_for_a_day_and_renews_it_not(self, unsaid: World) -> None:
        for number in (1, 2, 3):
            await unsaid.paid_order(f"o-{number}", stuck_for="3h")
            await unsaid.refund(f"r-{number}", of=f"o-{number}", stuck_for=f"{number}h", psp="succeeded")
        await unsaid.tick()
        for number in (1, 2, 3):
            # Watched for a while, they would prove it anew.
            await unsaid.delete(shop.refunds, f"r-{number}")

        for row, after, status in (("r-5", "20h", "failed"), ("r-6", "5h", "pending")):
            unsaid.later(after)
            order = await unsaid.paid_order(f"o-{row}", stuck_for="1h")
            assert order
            await unsaid.orphan(row, of=f"o-{row}", stuck_for="30m")
            await unsaid.tick()
            assert await unsaid.status(row) == status

    async def test_orders_beside_their_payments_prove_nothing_of_the_refunds(self, unsaid: World) -> None:
        await unsaid.paid_order("o-0", stuck_for="3h")
        await unsaid.orphan("r-0", of="o-0", stuck_for="1h")
        for number in (1, 2, 3):
            await unsaid.order(f"o-{number}", stuck_for=f"{number}h", psp="succeeded")

        report = await unsaid.tick()

        assert report.counts["times.order.proven"] == 3
        assert await unsaid.status("r-0") == "pending"

    async def test_orders_hours_from_their_payments_stop_the_orphans_of_a_said_zone(
        self, said: World
    ) -> None:
        await said.paid_order("o-0", stuck_for="8h")
        await said.orphan("r-0", of="o-0", stuck_for="6h")
        for number in (1, 2, 3):
            created = said.clock.now() - span(f"{number}h")
            await said.order(f"o-{number}", stuck_for=f"{number + 5}h", psp="succeeded", created=created)

        report = await said.tick()

        assert report.counts["times.order.psp"] == -300
        assert await said.status("r-0") == "pending"
        assert {await said.status(f"o-{number}") for number in (1, 2, 3)} == {"completed"}
        assert (
            "created_at of orders is 5 h behind the PSP's dates on 3 rows"
            in (warned(said)[WarningKind.ROW_TIMES])
        )


class TestWhatTheTablesShow:
    """On PostgreSQL by the types, on SQLite by the texts."""

    @pytest.mark.parametrize(
        ("type_of", "kind"),
        [
            ("timestamptz", DateKind.ZONED),
            (NAIVE, DateKind.NAIVE),
            ("date USING created_at::date", DateKind.DAYS),
            ("text USING to_char(created_at, 'YYYY-MM-DD HH24:MI:SS')", DateKind.NAIVE),
            ("text USING to_char(created_at, 'YYYY-MM-DD HH24:MI:SSOF')", DateKind.ZONED),
            ("bigint USING extract(epoch FROM created_at)::bigint", DateKind.UNREADABLE),
            ("shop_moment USING created_at AT TIME ZONE 'UTC'", DateKind.NAIVE),
        ],
    )
    async def test_types(self, postgres_pool: PostgresPool, type_of: str, kind: DateKind) -> None:
        with postgres_pool.database() as url:
            async with World.at(url, mapping=ShopMapping()) as world:
                await run(world, "CREATE DOMAIN base AS timestamp", "CREATE DOMAIN shop_moment AS base")
                await world.orphan("r-1", of=await a_completed_order(world))
                await run(world, f"ALTER TABLE refunds ALTER created_at TYPE {type_of}")

                facts = await world.store.time_facts.facts(now=world.clock.now(), tolerance=span("60s"))

                assert [column.kind for column in facts.refunds.columns] == [kind]

    @pytest.mark.parametrize(
        ("texts", "kind"),
        [
            ((), DateKind.UNSEEN),
            (("2026-11-20 11:00:00",), DateKind.NAIVE),
            (("2026-11-20T11:00:00Z", "2026-11-20 11:00:00.123+02:00"), DateKind.ZONED),
            (("2026-11-20T11:00:00Z", "2026-11-20T11:00:00"), DateKind.NAIVE),
            (("2026-11-20",), DateKind.DAYS),
            (("yesterday", "1732100000"), DateKind.UNREADABLE),
            (("yesterday", "2026-11-20T11:00:00Z"), DateKind.ZONED),
        ],
    )
    @pytest.mark.parametrize("status", ["pending", "succeeded"])
    async def test_texts(self, shop_url: URL, texts: Sequence[str], kind: DateKind, status: str) -> None:
        async with World.at(shop_url, mapping=ShopMapping()) as world:
            order = await a_completed_order(world)
            for number, date in enumerate(texts):
                await world.orphan(f"r-{number}", of=order, status=status)
                await run(world, f"UPDATE refunds SET created_at = '{date}' WHERE id = 'r-{number}'")  # noqa: S608

            facts = await world.store.time_facts.facts(now=world.clock.now(), tolerance=span("60s"))

            assert [column.kind for column in facts.refunds.columns] == [kind]

    async def test_the_mapped_schema_the_search_path_and_views_are_followed(
        self, postgres_pool: PostgresPool
    ) -> None:
        mapping = ShopMapping(
            orders=OrdersMapping(table="order lines", schema="Shop 2"),
            refunds=RefundsMapping(table="payback", pending_since="Since"),
        )
        with postgres_pool.database() as url:
            async with World.at(url, mapping=mapping) as world:
                await run(
                    world,
                    'CREATE SCHEMA "Shop 2"',
                    'CREATE VIEW "Shop 2"."order lines" AS SELECT * FROM orders',
                    'CREATE TABLE "Shop 2".payback AS SELECT *, now()::timestamp AS "Since" FROM refunds',
                    'ALTER ROLE CURRENT_USER IN DATABASE "'
                    + str(url.database)
                    + '" SET search_path = "Shop 2"',
                )
            async with World.at(url, mapping=mapping) as world:
                facts = await world.store.time_facts.facts(now=world.clock.now(), tolerance=span("60s"))

                assert [(each.name, each.kind) for each in facts.orders.columns] == [
                    ("created_at", DateKind.ZONED)
                ]
                assert [(each.name, each.kind) for each in facts.refunds.columns] == [
                    ("created_at", DateKind.ZONED),
                    ("Since", DateKind.NAIVE),
                ]

    async def test_a_table_that_answers_too_slowly_is_known_by_its_types_alone(
        self, postgres_pool: PostgresPool
    ) -> None:
        mapping = ShopMapping(refunds=RefundsMapping(table="slow", created_at="day_text"))
        with postgres_pool.database() as url:
            async with World.at(url, mapping=mapping) as world:
                await world.orphan("r-1", of=await a_completed_order(world))
                await run(
                    world,
                    "CREATE VIEW slow AS SELECT *, created_at::text AS day_text FROM refunds"
                    " WHERE pg_sleep(9) IS NOT NULL",
                )
                query = TimeFactsQuery(world.store.database, world.store.shop, patience=span("50ms"))

                facts = await query.facts(now=world.clock.now(), tolerance=span("60s"))

                assert [each.kind for each in facts.orders.columns] == [DateKind.ZONED]
                assert [each.kind for each in facts.refunds.columns] == [DateKind.UNKNOWN]

    @pytest.mark.parametrize("who", ["DATABASE {database}", "ROLE CURRENT_USER IN DATABASE {database}"])
    async def test_the_zone_in_which_the_database_writes_its_defaults_is_told(
        self, naive: World, who: str
    ) -> None:
        database = f'"{naive.url.database}"'
        await run(naive, f"ALTER {who.format(database=database)} SET timezone = 'America/New_York'")
        await naive.store.close()
        async with World.at(naive.url, mapping=ShopMapping()) as world:
            order = await a_completed_order(world)
            insert = "INSERT INTO refunds (id, order_id, status, amount, created_at, updated_at)"
            await run(world, f"{insert} VALUES ('r-1', '{order}', 'pending', 4200, now(), now())")

            await world.tick()

            assert await world.status("r-1") == "pending"
            told = warned(world)[WarningKind.ROW_TIMES]
            assert told.endswith("Sessions of this database begin in America/New_York.")


@pytest.mark.parametrize("text", ["2026-11-20T11:30:00Z", "2026-11-20 06:30:00-05:00"])
async def test_texts_that_carry_their_offset_need_nobodys_word(shop_url: URL, text: str) -> None:
    async with World.at(shop_url, mapping=ShopMapping()) as world:
        await world.paid_order("o-1", stuck_for="3h")
        await world.orphan("r-1", of="o-1")
        await run(world, f"UPDATE refunds SET created_at = '{text}'")  # noqa: S608

        await world.tick()

        assert await world.status("r-1") == "failed"


async def a_completed_order(world: World) -> str:
    await world.order("o-1", status="completed")
    return "o-1"


async def ahead(world: World, row_id: str, *, by: str) -> None:
    """The row is dated so far in the future."""
    table = shop.refunds if row_id.startswith("r-") else shop.orders
    await world.change(table, row_id, created_at=world.clock.now() + span(by))
