"""Every point at which a process can die, one after the other: the end is as if nothing had happened.

The points are a process' calls to its database, its PSP and its clock: between two of them it touches
nothing, so that dying there is the same as dying at the next one.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.store import tables
from reconcile_tui.core.store.database import CommitInDoubt
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.demo import shop
from tests.properties.processes import CRASHES, Crash, Fate, Host, Mishap, Process
from tests.world import ALICE, DAEMON, World, ref

Arrange = Callable[[World, str], Awaitable[list[str]]]
"""Writes an incident down under ids that end with the given text; the ids of the rows to apply."""

Act = Callable[[Process, list[str]], Awaitable[None]]
"""What a process does about these rows."""


async def one_stuck_order(world: World, n: str) -> list[str]:
    await world.order(f"o-{n}", psp="succeeded", known="processing")
    return [f"o-{n}"]


async def one_failed_order(world: World, n: str) -> list[str]:
    await world.order(f"o-{n}", psp="failed", known="processing")
    return [f"o-{n}"]


async def a_failed_refund_that_rolls_its_order_back(world: World, n: str) -> list[str]:
    await world.paid_order(f"o-{n}")
    await world.refund(f"r-{n}", of=f"o-{n}", psp="failed", error_message="Card account closed")
    return [f"r-{n}"]


async def an_orphan_that_was_never_sent(world: World, n: str) -> list[str]:
    await world.paid_order(f"o-{n}")
    await world.orphan(f"r-{n}", of=f"o-{n}")
    return [f"r-{n}"]


async def an_orphan_that_is_adopted(world: World, n: str) -> list[str]:
    await world.paid_order(f"o-{n}", stuck_for="3h")
    await world.orphan(f"r-{n}", of=f"o-{n}", stuck_for="40m")
    world.book.refund(f"ref_{n}", payment=f"pay_o-{n}", amount=4200, created=-timedelta(minutes=39))
    return [f"r-{n}"]


async def a_batch_of_three(world: World, n: str) -> list[str]:
    await world.order(f"o-{n}-a", psp="succeeded")
    await world.order(f"o-{n}-b", psp="expired")
    await world.paid_order(f"o-{n}-c", amount=10_000)
    await world.refund(f"r-{n}-d", of=f"o-{n}-c", amount=4_000, psp="succeeded")
    await world.refund(f"r-{n}-e", of=f"o-{n}-c", amount=6_000, psp="succeeded")
    return [f"o-{n}-a", f"o-{n}-b", f"r-{n}-d", f"r-{n}-e"]


_P = PhaseName
INCIDENTS: dict[str, tuple[Arrange, Sequence[PhaseName]]] = {
    arrange.__name__: (arrange, phases)
    for arrange, *phases in (
        (one_stuck_order, _P.ORDERS),
        (one_failed_order, _P.ORDERS),
        (a_failed_refund_that_rolls_its_order_back, _P.REFUNDS),
        (an_orphan_that_was_never_sent, _P.ORPHANS),
        (an_orphan_that_is_adopted, _P.REFUNDS, _P.ORPHANS),
        (a_batch_of_three, _P.ORDERS, _P.REFUNDS),
    )
}
"""Each with the phases that have something to do with it."""

DOUBTS = (Mishap.DOUBT_COMMITTED, Mishap.DOUBT_LOST)


@dataclass(frozen=True)
class End:
    """How an incident ended: everything that must not depend on where a process died."""

    rows: dict[str, tuple[str, str, str | None]]
    applied: list[tuple[str, str, str, int]]
    fixed: list[tuple[str, str, str, int]]
    webhooks: list[tuple[str, str, str]]
    watched: list[tuple[str, bool]]
    attention: dict[str, str]
    leases: int = 0
    unfinished: list[str] = field(default_factory=list)


@pytest.mark.parametrize("incident", INCIDENTS)
async def test_wherever_a_tick_is_killed_the_next_ones_bring_the_same_end(
    world: World, incident: str
) -> None:
    arrange, phases = INCIDENTS[incident]

    points = await every_point(world, arrange, Mishap.CRASH_BEFORE, _tick_of(phases), phases)

    assert points > 10, "the tick was never killed"


@pytest.mark.parametrize("incident", ["an_orphan_that_is_adopted", "a_batch_of_three"])
@pytest.mark.parametrize("mishap", DOUBTS)
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
    await _empty(world)
    suffix = f"{next(world.processes)}n"
    row_ids = await arrange(world, suffix)
    process = Process.on(host, fate)
    with contextlib.suppress(Crash, BaseExceptionGroup, DBAPIError, CommitInDoubt):
        await act(process, row_ids)
    for _ in range(2):
        world.clock.advance(world.policy.lease + timedelta(seconds=1))
        await Process.on(host).reconciler.run_once(DAEMON, phases=phases)
    return await _end(world, suffix)


async def _empty(world: World) -> None:
    async def unit(connection: AsyncConnection) -> None:
        for table in (*tables.metadata.sorted_tables, *reversed(shop.metadata.sorted_tables)):
            await connection.execute(delete(table))

    await world.store.database.write(unit)


async def _end(world: World, suffix: str) -> End:
    async def unit(connection: AsyncConnection) -> End:
        async def all_of(table: Any) -> list[Any]:
            return list(await connection.execute(select(table).order_by(*table.primary_key.columns)))

        def plain(text: str) -> str:
            return text.replace(suffix, "N")

        rows: dict[str, tuple[str, str, str | None]] = {
            plain(row.id): (row.status, plain(row.payment_id), None) for row in await all_of(shop.orders)
        }
        rows |= {
            plain(row.id): (row.status, plain(row.hyperswitch_refund_id), row.error_message)
            for row in await all_of(shop.refunds)
        }
        journal = await all_of(tables.journal)
        said = {entry.intent_id for entry in journal if entry.step == Step.OUTCOME}
        return End(
            rows=rows,
            applied=sorted(
                (plain(e.row_id), plain(e.psp_id), e.event, e.attempt) for e in journal if e.step == "applied"
            ),
            fixed=sorted(
                (plain(e.row_id), plain(e.psp_id), e.event, e.attempt)
                for e in journal
                if e.outcome == "fixed"
            ),
            webhooks=sorted(
                (w.event_type, plain(w.row_id), w.effect) for w in await all_of(tables.webhook_log)
            ),
            watched=sorted((plain(c.row_id), c.watch_until is not None) for c in await all_of(tables.checks)),
            attention={
                plain(a.row_id): a.reason for a in await all_of(tables.attention) if a.closed_at is None
            },
            leases=len(await all_of(tables.leases)),
            unfinished=[plain(e.row_id) for e in journal if e.step == Step.INTENDED and e.id not in said],
        )

    return await world.store.database.read(unit)
