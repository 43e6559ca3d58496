"""Every point at which a process can die, one after the other: the end is as if nothing had happened.

The points are a process' calls to its database, its PSP and its clock: between two of them it touches
nothing, so that dying there is the same as dying at the next one; and a read of the database changes nothing.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.store.database import CommitInDoubt
from tests.in_turn import in_turn
from tests.properties.incidents import INCIDENTS, Arrange, End, empty
from tests.properties.processes import CRASHES, DOUBTS, Crash, Fate, Host, Mishap, Process
from tests.world import ALICE, DAEMON, World, ref

Act = Callable[[Process, list[str]], Awaitable[None]]
"""What a process does about these rows."""


@pytest.mark.parametrize(
    ("database_url", "incident"),
    [
        *(("sqlite", incident) for incident in INCIDENTS if incident != "a_batch_of_three"),
        ("postgresql", "a_batch_of_three"),
    ],
    indirect=["database_url"],
)
async def test_wherever_a_tick_is_killed_the_next_ones_bring_the_same_end(
    world: World, incident: str
) -> None:
    arrange, phases = INCIDENTS[incident]

    points = await every_point(world, arrange, Mishap.CRASH_AFTER, _tick_of(phases), phases)

    assert points > 7, "the tick was never killed"


@in_turn(
    "incident", "mishap", cases=zip(("an_orphan_that_is_adopted", "a_batch_of_three"), DOUBTS, strict=True)
)
async def test_whichever_commit_is_in_doubt_the_next_ticks_bring_the_same_end(
    world: World, incident: str, mishap: Mishap
) -> None:
    arrange, phases = INCIDENTS[incident]

    points = await every_point(world, arrange, mishap, _tick_of(phases), phases)

    assert points > 5, "no commit was in doubt"


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("incident", INCIDENTS)
@pytest.mark.parametrize("mishap", [*CRASHES, *DOUBTS, Mishap.REFUSED])
async def test_wherever_a_whole_tick_ends_the_next_ones_bring_the_same_end(
    world: World, incident: str, mishap: Mishap
) -> None:
    arrange, _ = INCIDENTS[incident]

    points = await every_point(world, arrange, mishap, _tick_of(list(PhaseName)), list(PhaseName))

    assert points > 5, "the mishap never struck"


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("incident", INCIDENTS)
@pytest.mark.parametrize("mishap", [*CRASHES, *DOUBTS, Mishap.REFUSED])
async def test_wherever_an_operators_apply_ends_the_next_ticks_bring_the_same_end(
    world: World, incident: str, mishap: Mishap
) -> None:
    arrange, phases = INCIDENTS[incident]

    async def sync(process: Process, row_ids: list[str]) -> None:
        plan = (await process.reconciler.plan([ref(row_id) for row_id in row_ids], ALICE)).plan
        await process.reconciler.apply(plan)

    points = await every_point(world, arrange, mishap, sync, phases)

    assert points > 3, "the mishap never struck"


def _tick_of(phases: Sequence[PhaseName]) -> Act:
    async def tick(process: Process, _: list[str]) -> None:
        await process.reconciler.run_once(DAEMON, phases=phases)

    return tick


async def every_point(
    world: World, arrange: Arrange, mishap: Mishap, act: Act, phases: Sequence[PhaseName]
) -> int:
    """Let `act` meet `mishap` at its first call, then at its second, …, each time in a new shop; how many
    points there were. Every end is compared with the undisturbed one."""
    host = Host.of(world)
    undisturbed = await ending(host, arrange, act, phases, Fate())
    assert undisturbed.leases == 0
    assert undisturbed.applied == undisturbed.fixed
    for at in range(500):
        fate = Fate(mishap, at)
        end = await ending(host, arrange, act, phases, fate)
        if fate.struck is None:
            return at
        assert end == undisturbed, f"{mishap} at call {at}, a {fate.struck}"
    raise AssertionError("an act of more than 500 calls")


async def ending(host: Host, arrange: Arrange, act: Act, phases: Sequence[PhaseName], fate: Fate) -> End:
    """The end of an incident in an empty shop when the first process has this fate."""
    world = host.world
    await empty(world.store.database)
    suffix = f"{next(world.processes)}n"
    row_ids = await arrange(world, suffix)
    process = Process.on(host, fate)
    with contextlib.suppress(Crash, BaseExceptionGroup, DBAPIError, CommitInDoubt):
        await act(process, row_ids)
    for _ in range(2):
        world.clock.advance(world.policy.lease + timedelta(seconds=1))
        await Process.on(host).reconciler.run_once(DAEMON, phases=phases)
    return await End.of(world.store.database, suffix)
