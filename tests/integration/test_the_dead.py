"""What a process that died was acting on is free as soon as it is known that it died (design rule 5)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.beating import LASTS, Beating
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.daemons import Daemon, DaemonState
from reconcile_tui.core.store.journal_entries import Authorship, Intent
from reconcile_tui.core.store.row_leases import ROW
from reconcile_tui.core.store.tables import leases
from tests.world import DAEMON, World, outcomes

LEASE = timedelta(seconds=30)
POST_TIMEOUT = timedelta(seconds=10)


async def begun(world: World, *row_ids: str, holder: str) -> list[Intent]:
    """Rows that a process wrote down and leased, and did not deliver yet."""
    for row_id in row_ids:
        await world.order(row_id, psp="succeeded")
    plan = await world.plan(*row_ids)
    answers = await world.store.journal.intend(
        plan.to_apply,
        by=Authorship(actor=plan.actor, plan_id=plan.plan_id),
        holder=holder,
        now=world.clock.now(),
        lease=world.policy.lease,
    )
    return [answer for answer in answers.values() if isinstance(answer, Intent)]


async def sweeps(world: World, holder: str, dispatch: str) -> None:
    """A daemon has the turn, and is heard of."""
    await world.store.turns.take(holder=holder, lease=LEASE)
    now = world.clock.now()
    await world.store.daemons.beat(
        Daemon(
            holder=holder,
            state=DaemonState.SWEEPING,
            mode=Mode.HEAL,
            dispatch=dispatch,
            version="1",
            interval=world.policy.interval,
            started_at=now,
            heartbeat_at=now,
        )
    )


async def leased(world: World) -> Sequence[datetime]:
    """When the row leases in force end."""
    now = world.clock.now()
    query = select(leases.c.expires_at).where(leases.c.name.startswith(ROW), leases.c.expires_at > now)

    async def unit(connection: AsyncConnection) -> Sequence[datetime]:
        return (await connection.execute(query)).scalars().all()

    return await world.store.database.read(unit)


async def test_whoever_takes_the_turn_of_a_dead_daemon_need_not_wait_for_its_rows(world: World) -> None:
    world.set(lease=timedelta(hours=1))
    await sweeps(world, "dead", "database")
    await begun(world, "o-1", "o-2", holder="dead")
    world.later("31s")

    await world.store.turns.take(holder="next", lease=LEASE, post_timeout=POST_TIMEOUT)
    report = await world.tick()

    assert report.settlements == {"fixed": 2}
    assert await world.steps("o-2") == ["intended", "resumed", "applied", "fixed"]


async def test_what_a_dead_daemon_sent_to_the_shop_is_left_alone_until_its_post_timed_out(
    world: World,
) -> None:
    world.set(lease=timedelta(hours=1))
    await sweeps(world, "dead", "http")
    begun_at = world.clock.now()
    acknowledged, _ = await begun(world, "o-1", "o-2", holder="dead")
    by = Authorship(actor=DAEMON, plan_id=None)
    lease = timedelta(minutes=2)
    await world.store.journal.delivered(
        acknowledged, digest="", detail="HTTP 200", by=by, now=begun_at, lease=lease
    )
    world.later("31s")

    await world.store.turns.take(holder="next", lease=LEASE, post_timeout=POST_TIMEOUT)

    assert sorted(await leased(world)) == [begun_at + LEASE + POST_TIMEOUT, begun_at + lease]


async def test_rows_of_an_operators_process_that_died_are_free_once_it_is_silent(world: World) -> None:
    world.set(lease=timedelta(hours=1))
    await world.store.beats.beat("dead", lasts=LASTS)
    await begun(world, "o-1", holder="dead")

    plan = await world.plan("o-1")
    [early] = (await world.reconciler().apply(plan)).rows
    assert (early.result.outcome, early.result.refusal) == ("refused", "busy")

    world.later("21s")
    plan = await world.plan("o-1")
    [late] = (await world.reconciler().apply(plan)).rows
    assert late.result.outcome == "fixed"


async def test_a_process_that_lives_is_not_taken_for_dead(world: World) -> None:
    world.set(lease=timedelta(hours=1))
    beating = Beating(world.store.beats, holder="alive", lasts=LASTS, clock=world.clock)
    async with beating():
        await begun(world, "o-1", holder="alive")
        for _ in range(3):
            world.later("15s")
            await world.store.beats.beat("alive", lasts=LASTS)
            assert outcomes(await world.tick()) in ({}, {"o-1": "refused"})
    world.later("60s")

    # It ended as it should, and still has its lease: it said itself until when.
    assert await world.store.beats.end_leases_of_the_dead() == []
    assert len(await leased(world)) == 1


async def test_all_that_four_dead_processes_left_is_healed_by_the_first_check_after(world: World) -> None:
    for process in range(4):
        row_ids = [f"o-{process}-{number}" for number in range(50)]
        await begun(world, *row_ids, holder=f"dead-{process}")
    world.later("61s")

    report = await world.tick()

    assert report.settlements == {"fixed": 200}


async def test_an_operator_heals_what_a_dead_process_left_as_any_other_row(world: World) -> None:
    row_ids = [f"o-{number}" for number in range(60)]
    await begun(world, *row_ids, holder="dead")
    world.later("61s")

    receipt = await world.reconciler().apply(await world.plan(*row_ids))

    assert Counter(outcomes(receipt).values()) == {"fixed": 60}
    assert set(await world.steps("o-7")) == {"intended", "resumed", "applied", "fixed"}
