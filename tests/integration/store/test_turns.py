"""The turn to sweep: one daemon has it, by the database's clock; its number never goes back."""

import asyncio
from datetime import timedelta

from reconcile_tui.core.store.turns import Turn
from tests.world import DAEMON, World, outcomes

LEASE = timedelta(seconds=30)


async def take(world: World, holder: str) -> Turn:
    return await world.store.turns.take(holder=holder, lease=LEASE)


async def test_the_first_one_gets_it_and_another_learns_who_has_it(world: World) -> None:
    first = await take(world, "a")
    second = await take(world, "b")

    assert (first.holder, first.fence, first.taken_from) == ("a", 1, None)
    assert first.expires_at == world.clock.now() + LEASE
    assert second == first
    assert await world.store.turns.current() == first


async def test_of_many_that_ask_at_once_one_gets_it(world: World) -> None:
    turns = await asyncio.gather(*(take(world, name) for name in "abcdefgh"))

    assert len({(turn.holder, turn.fence) for turn in turns}) == 1


async def test_it_lasts_as_long_as_it_is_renewed(world: World) -> None:
    turn: Turn | None = await take(world, "a")
    for _ in range(5):
        world.later("29s")
        assert turn is not None
        turn = await world.store.turns.renew(turn, lease=LEASE)

    assert turn is not None
    assert (await take(world, "b")).holder == "a"
    assert turn.fence == 1


async def test_one_that_ran_out_is_taken_over_under_a_higher_number(world: World) -> None:
    first = await take(world, "a")
    world.later("30s")

    assert await world.store.turns.current() is None
    second = await take(world, "b")

    assert (second.holder, second.fence, second.taken_from) == ("b", first.fence + 1, "a")


async def test_whoever_was_away_for_too_long_cannot_renew_it_even_if_nobody_took_it(world: World) -> None:
    turn = await take(world, "a")
    world.later("30s")

    assert await world.store.turns.renew(turn, lease=LEASE) is None
    again = await take(world, "a")
    assert (again.fence, again.taken_from) == (2, None)


async def test_the_one_it_was_taken_from_can_neither_renew_it_nor_give_it_back(world: World) -> None:
    old = await take(world, "a")
    world.later("31s")
    await take(world, "b")

    assert await world.store.turns.renew(old, lease=LEASE) is None
    await world.store.turns.give_back(old)
    turn = await world.store.turns.current()
    assert turn is not None
    assert turn.holder == "b"


async def test_what_was_given_back_is_free_at_once_and_its_number_still_goes_up(world: World) -> None:
    turn = await take(world, "a")
    await world.store.turns.give_back(turn)

    assert await world.store.turns.current() is None
    following = await take(world, "b")
    assert (following.holder, following.fence, following.taken_from) == ("b", 2, None)


async def test_whoever_did_not_hear_that_it_has_it_gets_it_anew(world: World) -> None:
    unheard = await take(world, "a")
    again = await take(world, "a")

    assert (again.holder, again.fence) == ("a", unheard.fence + 1)
    assert await world.store.turns.renew(unheard, lease=LEASE) is None


async def test_the_database_judges_and_not_the_machine_of_whoever_asks(world: World) -> None:
    await take(world, "a")
    world.database_clock.skew = timedelta(hours=1)

    assert (await take(world, "b")).holder == "b"


async def test_the_turn_is_no_rows_lease_and_nothing_to_settle(world: World) -> None:
    await take(world, "a")
    await world.order("o-1", psp="succeeded")
    world.later("2h")

    assert not await world.store.journal.abandoned(now=world.clock.now(), limit=10)
    assert outcomes(await world.tick(actor=DAEMON)) == {"o-1": "fixed"}
    assert (await world.store.turns.renew(await take(world, "a"), lease=LEASE)) is not None
