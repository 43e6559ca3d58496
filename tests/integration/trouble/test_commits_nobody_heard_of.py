"""Connections cut at a COMMIT, at each one of a heal in turn: every row is fixed, and counted once.

Where the answer was lost nothing may be called failed, for it was done. Where the COMMIT itself was lost
nothing was written, and the next tick makes up for it.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.dispatcher import Delivery, DeliveryReport
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.store.backends import DatabaseLimits
from reconcile_tui.core.store.journal_entries import Authorship, Intent
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import RowConcluded
from tests.pg_proxy import Cut, PgProxy
from tests.properties.incidents import INCIDENTS, End, empty
from tests.world import ALICE, DAEMON, World, outcomes, ref

Act = Callable[[Reconciler, list[str], Sequence[PhaseName]], Awaitable[None]]


async def tick(reconciler: Reconciler, _: list[str], phases: Sequence[PhaseName]) -> None:
    await reconciler.run_once(DAEMON, phases=phases)


async def sync(reconciler: Reconciler, row_ids: list[str], _: Sequence[PhaseName]) -> None:
    plan = (await reconciler.plan([ref(row_id) for row_id in row_ids], ALICE)).plan
    await reconciler.apply(plan)


async def test_whichever_answer_to_a_commit_is_lost_all_is_fixed_at_once(
    world: World, proxy: PgProxy, through_proxy: Store
) -> None:
    stage = Stage(world, proxy, through_proxy, "a_failed_refund_that_rolls_its_order_back")

    for at in range(await stage.commits_of(tick)):
        told = await stage.told_when_cut(Cut.ANSWER_TO_COMMIT, at, tick)

        assert told == {Outcome.FIXED: 1}, f"at commit {at}"
        assert await stage.end() == stage.undisturbed


async def test_whichever_commit_is_lost_the_next_tick_makes_up_for_it(
    world: World, proxy: PgProxy, through_proxy: Store
) -> None:
    stage = Stage(world, proxy, through_proxy, "a_failed_refund_that_rolls_its_order_back")

    for at in range(await stage.commits_of(tick)):
        told = await stage.told_when_cut(Cut.COMMIT, at, tick)
        assert set(told) <= {Outcome.FIXED, Outcome.UNDELIVERED}, f"at commit {at}"

        await stage.next_tick()
        assert await stage.end() == stage.undisturbed, f"at commit {at}"


@pytest.mark.proof
@pytest.mark.parametrize("act", [tick, sync])
@pytest.mark.parametrize("cut", [Cut.ANSWER_TO_COMMIT, Cut.COMMIT])
@pytest.mark.parametrize("incident", INCIDENTS)
async def test_whatever_is_healed_by_whomever_a_cut_at_a_commit_changes_nothing(
    world: World, proxy: PgProxy, through_proxy: Store, *, incident: str, cut: Cut, act: Act
) -> None:
    stage = Stage(world, proxy, through_proxy, incident)

    for at in range(await stage.commits_of(act)):
        told = await stage.told_when_cut(cut, at, act)
        assert cut is Cut.COMMIT or set(told) == {Outcome.FIXED}, f"at commit {at}"

        await stage.next_tick()
        await stage.next_tick()
        assert await stage.end() == stage.undisturbed, f"at commit {at}"


@pytest.mark.parametrize("cut", [Cut.ANSWER_TO_COMMIT, Cut.COMMIT])
async def test_what_a_dead_process_left_is_settled_whichever_commit_is_cut(
    world: World, proxy: PgProxy, through_proxy: Store, cut: Cut
) -> None:
    stage = Stage(world, proxy, through_proxy, "one_stuck_order")
    for at in range(await stage.commits_of(tick, after_a_death=True)):
        told = await stage.told_when_cut(cut, at, tick, after_a_death=True)
        assert cut is Cut.COMMIT or set(told) == {Outcome.FIXED}, f"at commit {at}"

        await stage.next_tick()
        assert await stage.end() == stage.undisturbed, f"at commit {at}"


HOLD = """
    CREATE TABLE hold AS SELECT 1 AS held;
    CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        WHILE EXISTS (SELECT FROM hold) LOOP PERFORM pg_sleep(0.01); END LOOP; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER held AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION held();
"""
"""A COMMIT that changes an order takes until the hold is lifted, as one that waits for a standby does."""


class CutAtItsCommit(DatabaseDispatcher):
    """Delivers, and its connection is cut while the COMMIT is under way."""

    def __init__(self, store: Store, proxy: PgProxy) -> None:
        super().__init__(store.database, store.shop, merchant_id="merchant_demo")
        self._proxy = proxy

    async def deliver(
        self, deliveries: Sequence[Delivery], *, by: Authorship, time: DatabaseTime, door: Door
    ) -> list[DeliveryReport]:
        self._proxy.strike(Cut.UNDER_WAY)
        return await super().deliver(deliveries, by=by, time=time, door=door)


async def run(world: World, statement: str) -> Any:
    """What the statement answers, if anything."""

    async def unit(connection: AsyncConnection) -> Any:
        answer = await connection.exec_driver_sql(statement)
        return answer.scalar() if answer.returns_rows else None

    return await world.store.database.write(unit)


async def lifted_once_awaited(world: World) -> None:
    """Lift the hold as soon as somebody waits for what it holds."""
    while not await run(world, "SELECT count(*) FROM pg_locks WHERE NOT granted"):
        pass
    await run(world, "DELETE FROM hold")


async def test_a_commit_under_way_is_awaited_before_it_is_told(
    world: World, proxy: PgProxy, through_proxy: Store
) -> None:
    await world.order("o-1", psp="succeeded")
    await run(world, HOLD)
    healer = world.reconciler(store=through_proxy, dispatcher=CutAtItsCommit(through_proxy, proxy))

    report, _ = await asyncio.gather(healer.run_once(DAEMON), lifted_once_awaited(world))

    assert (proxy.struck, outcomes(report)) == (1, {"o-1": "fixed"})
    assert await world.steps("o-1") == ["intended", "applied", "fixed"]


async def test_a_commit_that_stays_under_way_is_in_doubt_and_settled_when_it_is_over(
    world: World, proxy: PgProxy
) -> None:
    impatient = DatabaseLimits(lock=timedelta(milliseconds=50))
    store = Store.at(proxy.url, clock=world.database_clock, limits=impatient)
    await world.order("o-1", psp="succeeded")
    await run(world, HOLD)
    healer = world.reconciler(store=store, dispatcher=CutAtItsCommit(store, proxy))

    assert outcomes(await healer.run_once(DAEMON)) == {"o-1": "in_doubt"}
    proxy.spare()
    world.later("2m")
    await healer.run_once(DAEMON)
    assert set(await world.steps("o-1")) == {"intended", "in_doubt", "refused"}

    await run(world, "DELETE FROM hold")
    while not await run(world, "SELECT count(*) FROM reconcile_journal WHERE step = 'applied'"):
        pass
    await world.tick()
    steps = await world.steps("o-1")
    assert (steps.count("applied"), steps[-1]) == (1, "fixed")
    await store.close()


async def test_intents_whose_commit_is_under_way_are_found_when_it_is_over(
    world: World, proxy: PgProxy, through_proxy: Store
) -> None:
    await world.order("o-1", psp="succeeded")
    plan = (await world.reconciler().plan([ref("o-1")], ALICE)).plan
    await run(world, HOLD.replace("UPDATE ON orders", "INSERT ON reconcile_leases"))
    proxy.strike(Cut.UNDER_WAY)

    intending = through_proxy.journal.intend(
        plan.rows,
        by=Authorship(actor=ALICE, plan_id=plan.plan_id),
        holder="process-a",
        now=world.clock.now(),
        lease=world.policy.lease,
    )
    answers, _ = await asyncio.gather(intending, lifted_once_awaited(world))

    assert (proxy.struck, type(answers[ref("o-1")])) == (1, Intent)
    assert await world.steps("o-1") == ["intended"]


class Stage:
    """One incident after the other, healed by a process whose connections are cut. `undisturbed`: the end
    where none is."""

    def __init__(self, world: World, proxy: PgProxy, store: Store, incident: str) -> None:
        self._world = world
        self._proxy = proxy
        self._store = store
        self._arrange, self._phases = INCIDENTS[incident]
        self._suffix = ""
        self.undisturbed: End

    async def commits_of(self, act: Act, *, after_a_death: bool = False) -> int:
        """How many commits there are when nothing is cut."""
        await self._run(act, at=10_000, cut=Cut.COMMIT, after_a_death=after_a_death)
        commits = self._proxy.commits
        await self.next_tick()
        await self.next_tick()
        self.undisturbed = await self.end()
        assert self.undisturbed.applied == self.undisturbed.fixed
        return commits

    async def told_when_cut(
        self, cut: Cut, at: int, act: Act, *, after_a_death: bool = False
    ) -> Counter[Outcome]:
        """What was told of the rows when that commit was cut."""
        self._world.told.clear()
        await self._run(act, at=at, cut=cut, after_a_death=after_a_death)
        assert self._proxy.struck == 1
        return Counter(t.result.outcome for t in self._world.told if isinstance(t, RowConcluded))

    async def next_tick(self) -> None:
        self._world.clock.advance(self._world.policy.lease + timedelta(seconds=1))
        await self._world.reconciler(store=self._store).run_once(DAEMON, phases=self._phases)

    async def end(self) -> End:
        return await End.of(self._world.store.database, self._suffix)

    async def _run(self, act: Act, *, cut: Cut, at: int, after_a_death: bool) -> None:
        await empty(self._world.store.database)
        self._suffix = f"{next(self._world.processes)}n"
        row_ids = await self._arrange(self._world, self._suffix)
        if after_a_death:
            await self._die_before_delivering(row_ids)
        reconciler = self._world.reconciler(store=self._store)
        self._proxy.strike(cut, at=at)
        await act(reconciler, row_ids, self._phases)
        self._proxy.spare()

    async def _die_before_delivering(self, row_ids: list[str]) -> None:
        """Somebody wrote intents down, and was not heard of again."""
        world = self._world
        plan = await world.plan(*row_ids)
        await world.store.journal.intend(
            plan.to_apply,
            by=Authorship(actor=plan.actor, plan_id=plan.plan_id),
            holder="the dead",
            now=world.clock.now(),
            lease=world.policy.lease,
        )
        world.clock.advance(world.policy.lease + timedelta(seconds=1))
