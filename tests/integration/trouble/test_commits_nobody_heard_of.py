"""Connections cut at a COMMIT, at each one of a heal in turn: every row is fixed, and counted once.

Where the answer was lost nothing may be called failed, for it was done. Where the COMMIT itself was lost
nothing was written, and the next tick makes up for it.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import RowConcluded
from tests.pg_proxy import Cut, PgProxy
from tests.properties.incidents import INCIDENTS, End, empty
from tests.world import ALICE, DAEMON, World, ref

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
