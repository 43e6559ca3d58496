"""Looks at the PSP: what is in view first, unforced, and nothing while others need it or it fails."""

from reconcile_tui.core.psp_states import PaymentSeen
from reconcile_tui.demo.psp.faults import forbidden, server_error
from reconcile_tui.screens.live.sources import PspCondition
from tests.dashboards import desk_of
from tests.integration.live.followed import followed
from tests.world import World, ref


async def some_orders(world: World, count: int) -> None:
    for number in range(1, count + 1):
        await world.order(f"o-{number:02}", stuck_for=f"{2 + count - number}h", psp="succeeded")


def asked(world: World) -> list[str]:
    return [each.object_id.removeprefix("pay_") for each in world.psp.traffic.seen if each.object_id]


async def test_the_cursor_comes_first_then_what_is_in_view_and_nothing_else(world: World) -> None:
    await some_orders(world, 20)

    async with followed(desk_of(world), world.clock) as live:
        await live.look_at([ref(f"o-{number:02}") for number in range(3, 15)])

        assert asked(world)[0] == "o-01"
        assert set(asked(world)[1:]) == {f"o-{number:02}" for number in range(3, 15)}
        assert len(asked(world)) == 13
        assert world.psp.traffic.peak <= 8
        assert world.psp.traffic.forced == 0
        looked = live.looks[ref("o-03")]
        assert isinstance(looked.planned.state, PaymentSeen)
        assert (looked.failure, looked.planned.state.body) == (None, {})


async def test_a_look_is_repeated_when_it_is_old_or_asked_for(world: World) -> None:
    await some_orders(world, 1)

    async with followed(desk_of(world), world.clock) as live:
        await live.look_at([ref("o-01")])
        world.later("59s")
        live.tick()
        await live.look_at([ref("o-01")])
        assert asked(world) == ["o-01"]

        live.reread(ref("o-01"))
        await live.until(lambda: not live.is_looking)
        assert asked(world) == ["o-01"] * 2

        world.later("61s")
        live.tick()
        await live.until(lambda: not live.is_looking)
        assert asked(world) == ["o-01"] * 3


async def test_rows_that_wait_on_their_customer_come_last(world: World) -> None:
    await world.order("o-1", stuck_for="20h", psp="succeeded")
    await world.order("o-2", stuck_for="9h", psp="requires_customer_action")
    for number in range(3, 11):
        await world.order(f"o-{number}", stuck_for="3h", psp="processing")
    await world.tick()
    await world.order("o-11", stuck_for="30h", psp="succeeded")
    before = len(world.psp.traffic.seen)

    async with followed(desk_of(world), world.clock) as live:
        roster = live.roster
        assert roster is not None
        # The row waits on its customer since the list was read.
        await live.look_at([ref(f"o-{number}") for number in range(2, 11)])

        assert "o-2" not in asked(world)[before:]


async def test_no_look_is_begun_while_a_batch_runs(world: World) -> None:
    await some_orders(world, 3)

    async with followed(desk_of(world), world.clock) as live:
        await live.until(lambda: not live.is_looking)
        with live.hold_looks():
            live.in_view([ref("o-02"), ref("o-03")])
            live.reread(ref("o-03"))
            await live.read_again()
            assert asked(world) == ["o-01"]
        await live.until(lambda: not live.is_looking)

        assert asked(world) == ["o-01", "o-03", "o-02"]
        assert live.lines == ["order o-03 is read again when what is under way has ended"]


async def test_a_psp_that_is_down_is_left_alone_for_longer_and_longer(world: World) -> None:
    await some_orders(world, 1)
    world.psp.faults.share(1.0, server_error())

    async with followed(desk_of(world), world.clock) as live:
        await live.until(lambda: not live.is_looking)

        assert live.psp.condition is PspCondition.DOWN
        assert live.psp.why == "the PSP has an error of its own"
        failed = live.looks[ref("o-01")].failure
        assert failed is not None
        reads = len(asked(world))

        live.tick()
        assert not live.is_looking
        world.later("16s")
        live.tick()
        await live.until(lambda: not live.is_looking)
        assert len(asked(world)) > reads
        reads = len(asked(world))

        world.later("6s")
        live.tick()
        assert not live.is_looking
        assert len(asked(world)) == reads


async def test_a_look_that_failed_keeps_the_good_one_before(world: World) -> None:
    await some_orders(world, 1)

    async with followed(desk_of(world), world.clock) as live:
        await live.until(lambda: not live.is_looking)
        good = live.looks[ref("o-01")]
        world.psp.faults.share(1.0, server_error())
        live.reread(ref("o-01"))
        await live.until(lambda: not live.is_looking)

        assert live.looks[ref("o-01")].failure is not None
        assert live.looks[ref("o-01")].good == good


async def test_a_psp_that_refuses_the_key_is_said_to(world: World) -> None:
    await some_orders(world, 2)
    world.psp.faults.share(1.0, forbidden())

    async with followed(desk_of(world), world.clock) as live:
        await live.until(lambda: not live.is_looking)

        assert live.psp.condition in (PspCondition.REFUSES_KEY, PspCondition.DOWN)


async def test_a_psp_that_asked_to_be_left_alone_is_not_looked_at(world: World) -> None:
    await some_orders(world, 1)
    now = world.clock.now()
    await world.store.controls.block(until=now.replace(minute=5), actor="daemon", now=now)

    async with followed(desk_of(world), world.clock) as live:
        live.reread(ref("o-01"))

        assert not live.is_looking
        assert asked(world) == []
        assert live.blocked_until == now.replace(minute=5)
        assert live.lines == ["order o-01 is read again once the PSP may be asked, at 12:05:00 UTC"]
