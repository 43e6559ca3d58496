"""The cap on orphans that the daemon fails: per interval, over all that are due, and lifted by an operator
alone (design rule 7)."""

import asyncio
from collections.abc import Sequence

import pytest

from reconcile_tui.core.decisions import FailOrphan
from reconcile_tui.core.findings import Check, RowRef
from reconcile_tui.core.store.checks import CheckedRow
from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.core.tellings import Warned, WarningKind
from reconcile_tui.demo import shop
from reconcile_tui.demo.psp.faults import bad_gateway
from tests.builders import span
from tests.in_turn import in_turn
from tests.world import ALICE, DAEMON, World, outcomes, ref


async def orphans(world: World, count: int, *, first: int = 1) -> list[str]:
    """Orphans that were never sent, each with an order of its own; their ids."""
    numbers = range(first, first + count)
    for n in numbers:
        await world.order(f"o-{n}", status="refund_pending", stuck_for="3h", psp="succeeded")
        await world.orphan(f"r-{n}", of=f"o-{n}", stuck_for="10m")
    return [f"r-{n}" for n in numbers]


async def adoptable(world: World, count: int, *, first: int = 100) -> list[str]:
    """Orphans whose refund is at the PSP under the row's own id; their ids."""
    ids = await orphans(world, count, first=first)
    for n in range(first, first + count):
        world.book.refund(
            f"ref_{n}", payment=f"pay_o-{n}", amount=4200, metadata={"shop_refund_id": f"r-{n}"}
        )
    return ids


async def failed(world: World, ids: Sequence[str]) -> int:
    return [await world.status(row_id) for row_id in ids].count("failed")


def warnings(world: World) -> list[str]:
    return [
        told.detail for told in world.told if isinstance(told, Warned) and told.kind is WarningKind.ORPHAN_CAP
    ]


class TestOnlyAnOperatorLiftsIt:
    async def test_a_plan_that_an_operator_cancels_does_not(self, world: World) -> None:
        ids = await orphans(world, 8)
        await world.tick()
        world.later("61m")
        await world.tick()

        await world.plan("r-1", "r-2", "r-3")
        for _ in range(3):
            world.later("121m")
            assert outcomes(await world.tick()) == {}

        assert await failed(world, ids) == 0
        assert set((await world.attention()).values()) == {"orphan_cap"}

    async def test_a_dry_run_and_a_read_that_fails_do_not(self, world: World) -> None:
        ids = await orphans(world, 12)
        await world.tick()
        for n in (1, 2, 3):
            world.psp.faults.always(f"pay_o-{n}", bad_gateway())
        world.later("121m")
        await world.tick()
        for n in (1, 2, 3):
            world.psp.faults.stop(f"pay_o-{n}")
        await world.reconciler().run_once(DAEMON, dry_run=True, drain=True)

        for _ in range(3):
            world.later("121m")
            await world.tick()

        assert await failed(world, ids) == 0

    async def test_another_reason_in_between_does_not(self, world: World) -> None:
        await orphans(world, 6)
        await world.tick()
        world.later("121m")
        world.book.refund("ref_x", payment="pay_o-1", amount=1)
        await world.tick()
        assert (await world.attention())["r-1"] == "orphan_unclaimed_refund"
        for n in range(2, 7):
            await world.change(shop.refunds, f"r-{n}", status="failed")
        await world.refund("r-90", of="o-1", refund_id="ref_x", status="failed", amount=1)

        for _ in range(2):
            world.later("13h")
            assert outcomes(await world.tick()) == {}

        assert await world.attention() == {"r-1": "orphan_cap"}

    async def test_rows_that_somebody_else_failed_and_a_younger_row_do_not(self, world: World) -> None:
        await orphans(world, 6)
        await world.tick()
        await world.change(shop.refunds, "r-1", created_at=world.clock.now(), updated_at=world.clock.now())
        world.later("61s")
        await world.tick()
        world.later("13h")

        assert outcomes(await world.tick()) == {}

        assert await world.status("r-1") == "pending"

    async def test_a_plan_that_is_applied_does_and_says_the_cap_each_time(self, world: World) -> None:
        await orphans(world, 6)
        await world.tick()
        plans = [await world.plan("r-1") for _ in range(2)]
        for plan in plans:
            assert [row.finding.is_capped for row in plan.rows] == [True]
            assert isinstance(plan.rows[0].decision, FailOrphan)

        assert outcomes(await world.reconciler().apply(plans[-1])) == {"r-1": "fixed"}

        assert await world.status("r-1") == "failed"
        assert "r-1" not in await world.attention()
        await world.change(shop.refunds, "r-1", status="pending")
        [again] = (await world.plan("r-1")).rows
        assert not again.finding.is_capped

    async def test_a_look_that_somebody_else_took_meanwhile_does_not_hide_it(self, world: World) -> None:
        """The daemon's slower look is dropped; that it withheld the row is not."""
        await orphans(world, 1)
        await world.plan("r-1")
        now = world.clock.now()
        check = CheckedRow(ref=ref("r-1"), check=Check(psp_id=""), expected=0, capped_at=now)
        await world.store.bookkeeping.record([check], [], now=now)

        [row] = (await world.plan("r-1")).rows

        assert row.finding.is_capped
        assert outcomes(await world.tick()) == {}


class TestTheWholeIsCounted:
    @in_turn("batch_limit", "drain", cases=[(50, True), (3, True), (3, False), (50, False)])
    async def test_a_backlog_of_many_fails_none(self, world: World, batch_limit: int, drain: bool) -> None:
        ids = await orphans(world, 53)
        world.set(batch_limit=batch_limit)

        for _ in range(3):
            await world.tick(drain=drain)
            world.later("61m")

        assert await failed(world, ids) == 0
        attention = await world.attention()
        assert set(attention.values()) == {"orphan_cap"}, "an operator hears of them within three ticks"
        if drain or batch_limit == 50:
            assert attention == dict.fromkeys(ids, "orphan_cap")

    async def test_a_drain_looks_at_all_of_them_before_it_fails_those_within_the_cap(
        self, world: World
    ) -> None:
        theirs, ours = await adoptable(world, 7), await orphans(world, 4)
        world.set(batch_limit=3)

        await world.tick(drain=True)

        assert await failed(world, ours) == 4
        assert all([(await world.row(row_id))["hyperswitch_refund_id"] for row_id in theirs])
        assert warnings(world) == []

    @pytest.mark.parametrize("batch_limit", [3, 10])
    async def test_young_ones_that_turn_out_to_be_adoptable_withhold_none_for_ever(
        self, world: World, batch_limit: int
    ) -> None:
        """A slice at a time: what nobody looked at yet makes one wait, and is no reason for an operator."""
        ours = await orphans(world, 1)
        await adoptable(world, 12)
        world.set(batch_limit=batch_limit)

        for _ in range(8):
            await world.tick()
            world.later("5m")

        assert await failed(world, ours) == 1
        assert warnings(world) == []

    async def test_the_dry_run_of_a_drain_says_what_the_drain_would_do(self, world: World) -> None:
        await orphans(world, 7)
        world.set(batch_limit=3)
        before = await world.rows()

        report = await world.tick(dry_run=True, drain=True)

        decided = {
            row.ref.row_id: row.decision.kind
            for piece in report.slices
            if piece.plan
            for row in piece.plan.rows
        }
        assert decided == {f"r-{n}": "attention" for n in range(1, 8)}
        assert await world.rows() == before
        assert await world.attention() == {}

    @pytest.mark.parametrize("drain", [True, False])
    async def test_one_warning_a_tick_has_the_true_figures(self, world: World, drain: bool) -> None:
        await orphans(world, 8)
        world.set(batch_limit=3 if drain else 50)

        await world.tick(drain=drain)

        [told] = warnings(world)
        assert told.startswith("8 orphan refunds are left to an operator")


class TestTheIntervalIsCounted:
    @pytest.mark.parametrize("drain", [True, False])
    async def test_across_ticks_and_processes(self, world: World, drain: bool) -> None:
        """Five a tick, a tick a minute, each in a process of its own: as `--once` run by cron."""
        ids: list[str] = []
        for minute in range(4):
            ids += await orphans(world, 5, first=10 * minute)
            await world.tick(drain=drain)
            world.later("1m")

        assert await failed(world, ids) == 5
        assert await failed(world, ids[:5]) == 5
        assert warnings(world)[-1].startswith("15 orphan refunds are left to an operator")

    async def test_an_interval_later_it_begins_anew(self, world: World) -> None:
        ids = await orphans(world, 5)
        await world.tick()
        world.later("61m")
        ids += await orphans(world, 5, first=10)
        await world.tick()

        assert await failed(world, ids) == 10

    async def test_those_withheld_count_until_an_operator_decides(self, world: World) -> None:
        await orphans(world, 6)
        await world.tick()
        world.later("13h")
        await orphans(world, 1, first=10)

        assert outcomes(await world.tick()) == {}
        await world.sync(*(f"r-{n}" for n in range(1, 7)))
        world.later("61m")
        await orphans(world, 1, first=20)

        assert outcomes(await world.tick()) == {"r-20": "fixed"}
        assert await world.status("r-10") == "pending", "it stays with the operators"

    async def test_what_an_operator_fails_does_not_count(self, world: World) -> None:
        ids = await orphans(world, 5)
        await world.sync(*ids)
        await orphans(world, 5, first=10)

        assert set(outcomes(await world.tick()).values()) == {"fixed"}

    async def test_what_was_refused_or_had_changed_does_not_count(self, world: World) -> None:
        await orphans(world, 5)
        reconciler = world.reconciler()
        plan = await world.plan(*(f"r-{n}" for n in range(1, 6)), actor=DAEMON)
        for n in range(1, 6):
            await world.change(shop.refunds, f"r-{n}", hyperswitch_refund_id=f"ref_{n}")
        assert set(outcomes(await reconciler.apply(plan)).values()) == {"changed"}
        await orphans(world, 5, first=10)

        assert set(outcomes(await world.tick()).values()) == {"fixed"}

    async def test_two_processes_at_the_same_moment_do_not_fail_more_than_the_cap(self, world: World) -> None:
        ids = await orphans(world, 8)
        first, second = world.reconciler(), world.reconciler()
        plans = [
            (await first.plan(await _refs(world, ids[:4]), DAEMON)).plan,
            (await second.plan(await _refs(world, ids[4:]), DAEMON)).plan,
        ]
        assert [len(plan.to_apply) for plan in plans] == [4, 4]

        receipts = await asyncio.gather(first.apply(plans[0]), second.apply(plans[1]))

        ended = outcomes(receipts[0]) | outcomes(receipts[1])
        assert sorted(ended.values()) == ["fixed"] * 4 + ["refused"] * 4
        assert await failed(world, ids) == 4
        held = {row_id for row_id, outcome in ended.items() if outcome == "refused"}
        assert await world.attention() == dict.fromkeys(held, "orphan_cap")
        world.later("61m")
        assert outcomes(await world.tick()) == {}, "withheld once, they stay with the operators"

    async def test_the_cap_of_zero_fails_none(self, world: World) -> None:
        await orphans(world, 1)
        world.set(orphan_auto_limit=0)

        assert outcomes(await world.tick()) == {}
        assert await world.attention() == {"r-1": "orphan_cap"}


class TestSettling:
    async def test_what_a_dead_daemon_left_is_failed_and_counts(self, world: World) -> None:
        ids = await orphans(world, 4)
        await self.left_behind(world, ids)
        world.later("3h")
        more = await orphans(world, 2, first=10)

        await world.tick()

        assert await failed(world, ids) == 4
        assert await failed(world, more) == 0

    async def test_what_a_dead_daemon_left_is_withheld_under_a_lower_cap(self, world: World) -> None:
        ids = await orphans(world, 4)
        await self.left_behind(world, ids)
        world.later("3h")
        world.set(orphan_auto_limit=3)

        await world.tick()

        assert await failed(world, ids) == 0
        assert await world.attention() == dict.fromkeys(ids, "orphan_cap")

    async def test_what_an_operator_confirmed_is_resumed_by_the_daemon(self, world: World) -> None:
        ids = await orphans(world, 6)
        await world.tick()
        await self.left_behind(world, ids, confirmed=True)
        world.later("3h")

        await world.tick()

        assert await failed(world, ids) == 6

    async def left_behind(self, world: World, ids: Sequence[str], *, confirmed: bool = False) -> None:
        """Intents of a process that died over them."""
        actor = ALICE if confirmed else DAEMON
        plan = await world.plan(*ids, actor=actor)
        assert len(plan.to_apply) == len(ids)
        await world.store.journal.intend(
            plan.to_apply,
            by=Authorship(actor=actor, plan_id=plan.plan_id),
            holder="dead",
            now=world.clock.now(),
            lease=span("60s"),
        )


async def _refs(world: World, ids: Sequence[str]) -> list[RowRef]:
    return [ref(row_id) for row_id in ids]
