"""The demo's incident as it goes on, and the truth that its rehearsal tells."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.policy import Actor, ActorKind, Policy
from reconcile_tui.core.statuses import Kind, OrderStatus
from reconcile_tui.core.store.store import Store
from reconcile_tui.demo import shop
from reconcile_tui.demo.going_on import Pace
from reconcile_tui.demo.incident import SEED, demo_rows
from reconcile_tui.demo.session import DemoSession, demo_session
from reconcile_tui.desk.rehearsal import DemoRehearsal
from reconcile_tui.screens.desk.rehearsal import RehearsedRow
from reconcile_tui.screens.rehearsal.score import is_won, score
from tests.builders import NOW
from tests.integration.demo.healed import reconciler_of

QUICK = Pace(every=timedelta(milliseconds=20), lasts=timedelta(seconds=1), late_by=timedelta(milliseconds=20))
IDA = Actor(name="ida", kind=ActorKind.OPERATOR)


async def rehearsed(demo: DemoSession) -> dict[RowRef, RehearsedRow]:
    rows = await DemoRehearsal(session=demo, policy=Policy()).rows()
    return {row.ref: row for row in rows}


async def until_healed(store: Store, refs: Sequence[RowRef]) -> None:
    """Look again and again: nobody tells when a webhook was taken."""
    async with asyncio.timeout(20):
        for _ in range(400):
            found = await store.findings.rows(refs)
            if all(row.status is not OrderStatus.PENDING for row in found.values()):
                return
            await asyncio.sleep(0.05)


def test_it_goes_on_the_same_way_each_time_and_leaves_what_was_there_as_it_is() -> None:
    still, one, other = demo_rows(SEED, NOW), *(demo_rows(SEED, NOW, pace=Pace()) for _ in range(2))

    assert one == other
    assert one.orders[: len(still.orders)] == still.orders
    assert one.late
    assert still.late == ()


def test_a_row_becomes_stuck_every_few_seconds_for_some_minutes() -> None:
    still, going = demo_rows(SEED, NOW), demo_rows(SEED, NOW, pace=Pace())
    known = {meant.ref for meant in still.meant}
    limit = Policy().order_stuck_after

    comes = sorted(
        (row.created_at + limit - NOW).total_seconds()
        for rows in (going.orders, going.refunds)
        for row in rows
        if row.ref not in known and row.status == "pending"
    )

    assert len(comes) == 40
    assert 0 < comes[0] < comes[-1] <= Pace().lasts.total_seconds()
    assert max(b - a for a, b in pairwise(comes)) <= 2 * Pace().every.total_seconds()


async def test_late_webhooks_heal_rows_through_the_shops_own_handler(tmp_path: Path) -> None:
    async with demo_session(folder=tmp_path, pace=QUICK, unkind=False) as demo:
        late = {each.object_id for each in demo.incident.late}
        rows = [row.ref for row in demo.incident.orders if row.payment_id in late]
        await until_healed(demo.store, rows)

        assert rows
        told = [row for row in (await rehearsed(demo)).values() if row.ref in rows]
        assert all(not row.is_open and not row.by_person for row in told)


async def test_a_drain_by_a_person_wins_and_the_truth_names_no_mistake(tmp_path: Path) -> None:
    async with demo_session(folder=tmp_path, unkind=False) as demo:
        before = (await rehearsed(demo)).values()
        assert not is_won(list(before))
        async with reconciler_of(demo) as reconciler:
            for _ in range(3):
                open_rows = [row.ref for row in (await rehearsed(demo)).values() if row.is_open]
                planning = await reconciler.plan(open_rows, IDA)
                await reconciler.apply(planning.plan)
                await demo.psp.webhooks_settled()

        after = list((await rehearsed(demo)).values())
        came = score(after, took=timedelta(minutes=3), keys=12)
        assert [row.ref for row in after if row.is_open and row.can_heal] == []
        assert is_won(after)
        assert came.mistakes == {}
        assert came.healed > 30
        assert {money.currency for money in came.money} > {"EUR", "USD"}


async def test_a_row_that_a_webhook_healed_before_it_was_applied_is_nobodys_doing(tmp_path: Path) -> None:
    async with demo_session(folder=tmp_path, unkind=False) as demo, reconciler_of(demo) as reconciler:
        paid = next(
            row
            for row in (await rehearsed(demo)).values()
            if row.can_heal and row.is_open and row.ref.kind is Kind.ORDER
        )
        planning = await reconciler.plan([paid.ref], IDA)
        [planned] = planning.plan.to_apply

        async def unit(connection: AsyncConnection) -> None:
            healed = update(shop.orders).where(shop.orders.c.id == paid.ref.row_id)
            target = planned.action.event.target if planned.action else None
            await connection.execute(healed.values(status=str(target)))

        await demo.store.database.write(unit)
        receipt = await reconciler.apply(planning.plan)

        assert [row.result.outcome for row in receipt.rows] == [Outcome.ALREADY_RESOLVED]
        row = (await rehearsed(demo))[paid.ref]
        assert (row.is_open, row.by_person) == (False, False)


async def test_an_orphan_that_was_failed_although_its_refund_exists_is_a_mistake(tmp_path: Path) -> None:
    async with demo_session(folder=tmp_path, unkind=False) as demo:
        [there] = [
            meant.ref
            for meant in demo.incident.meant
            if meant.way == "the PSP's refund names the row in its metadata"
        ]

        async def unit(connection: AsyncConnection) -> None:
            failed = update(shop.refunds).where(shop.refunds.c.id == there.row_id).values(status="failed")
            await connection.execute(failed)

        await demo.store.database.write(unit)

        row = (await rehearsed(demo))[there]
        assert row.mistake == "failed as never sent, and its refund exists at the PSP"
