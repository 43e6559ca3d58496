"""Pauses in the database: what they replace, what is on record of them, and that both come together."""

from datetime import timedelta

from reconcile_tui.core.store.actions import Action, ActionFilter, ActionKind
from reconcile_tui.core.tellings import Warned
from reconcile_tui.demo.psp.faults import too_many_requests
from tests.world import ALICE, DAEMON, World, outcomes, ref

EVERYTHING = ActionFilter()


async def recorded(world: World, which: ActionFilter = EVERYTHING) -> list[Action]:
    """The actions, oldest first."""
    return list(reversed(await world.store.actions.newest(which, limit=100)))


async def test_pausing_again_replaces_and_tells_what(world: World) -> None:
    controls, now = world.store.controls, world.clock.now()

    assert await controls.pause(actor="bob", reason="release", now=now) is None
    world.later("1h")
    replaced = await controls.pause(actor="alice", reason="migration", now=world.clock.now())

    assert replaced is not None
    assert (replaced.actor, replaced.reason, replaced.set_at) == ("bob", "release", now)
    [pause] = await controls.pauses(now=world.clock.now())
    assert (pause.actor, pause.reason) == ("alice", "migration")


async def test_a_pause_of_a_connector_stands_beside_that_of_everything(world: World) -> None:
    controls, now = world.store.controls, world.clock.now()
    await controls.pause(actor="bob", reason="release", now=now)

    assert await controls.pause(actor="bob", reason="nonsense", now=now, connector="adyen") is None
    lifted = await controls.resume(actor="alice", now=now)

    assert lifted is not None
    assert lifted.connector is None
    assert [pause.connector for pause in await controls.pauses(now=now)] == ["adyen"]


async def test_a_pause_that_ran_out_is_neither_replaced_nor_lifted(world: World) -> None:
    controls, now = world.store.controls, world.clock.now()
    await controls.pause(actor="bob", reason="release", now=now, until=now + timedelta(hours=1))
    world.later("1h")

    assert await controls.resume(actor="alice", now=world.clock.now()) is None
    await controls.pause(actor="bob", reason="release", now=now, until=now + timedelta(hours=1))
    assert await controls.pause(actor="alice", reason="again", now=world.clock.now()) is None


async def test_who_paused_and_resumed_what_until_when_and_why_stays_on_record(world: World) -> None:
    controls, now = world.store.controls, world.clock.now()
    until = now + timedelta(hours=2)
    await controls.pause(actor="bob", reason="release", now=now, until=until)
    await controls.pause(actor="bob", reason="nonsense", now=now, connector="adyen")
    world.later("5m")
    await controls.resume(actor="alice", now=world.clock.now(), connector="adyen", reason="mended")
    await controls.resume(actor="alice", now=world.clock.now(), connector="stripe")

    paused, of_adyen, resumed = await recorded(world)

    assert (paused.kind, paused.actor, paused.reason, paused.until) == ("paused", "bob", "release", until)
    assert (of_adyen.connector, of_adyen.until) == ("adyen", None)
    assert (resumed.kind, resumed.actor, resumed.connector) == ("resumed", "alice", "adyen")
    assert (resumed.reason, resumed.at) == ("mended", world.clock.now())


async def test_actions_are_found_by_who_did_them_and_when(world: World) -> None:
    controls, began = world.store.controls, world.clock.now()
    await controls.pause(actor="bob", reason="one", now=began)
    world.later("1h")
    await controls.resume(actor="alice", now=world.clock.now())
    world.later("1h")
    await controls.pause(actor="bob", reason="two", now=world.clock.now())

    async def kinds(which: ActionFilter) -> list[ActionKind]:
        return [action.kind for action in await recorded(world, which)]

    assert await kinds(ActionFilter(actor="bob")) == ["paused", "paused"]
    assert await kinds(ActionFilter(since=began + timedelta(hours=1))) == ["resumed", "paused"]
    assert await kinds(ActionFilter(until=began + timedelta(hours=1))) == ["paused"]
    assert await kinds(ActionFilter(refs=())) == []
    [newest] = await world.store.actions.newest(EVERYTHING, limit=1)
    assert newest.reason == "two"


async def test_the_processors_that_were_met_are_known_by_name(world: World) -> None:
    await world.order("o-1", psp="processing", connector="stripe")
    await world.order("o-2", psp="processing", connector="adyen")
    await world.order("o-3", psp="processing", connector="adyen")
    await world.order("o-4")
    await world.tick()

    assert await world.store.bookkeeping.connectors() == ("adyen", "stripe")


async def test_a_wait_that_the_psp_asked_for_never_shrinks_and_is_never_longer_than_a_quarter_of_an_hour(
    world: World,
) -> None:
    controls, now = world.store.controls, world.clock.now()
    await controls.block(until=now + timedelta(minutes=10), actor="one", now=now)
    await controls.block(until=now + timedelta(minutes=2), actor="another", now=now)

    assert await controls.blocked_until(now=now) == now + timedelta(minutes=10)
    await controls.block(until=now + timedelta(days=1), actor="one", now=now)
    assert await controls.blocked_until(now=now) == now + timedelta(minutes=15)


async def test_whoever_lifts_a_wait_of_the_psps_stays_on_record_and_every_process_asks_again(
    world: World,
) -> None:
    """A proxy's `Retry-After: 86400` silenced every process, and nothing lifted it."""
    await world.order("o-1", psp="succeeded")
    world.psp.faults.script("*", too_many_requests(86_400))
    daemon = world.reconciler()
    await daemon.run_once(DAEMON)
    blocked = [piece.skipped_until for piece in (await daemon.run_once(DAEMON)).slices]
    until = world.clock.now() + timedelta(minutes=15)
    assert set(blocked) == {until}
    told = [each.detail for each in world.told if isinstance(each, Warned)]
    assert "until" in told[0]

    lifted = await world.store.controls.lift_block(actor="alice", now=world.clock.now(), reason="a CDN's")

    assert lifted is not None
    assert lifted.until == until
    assert outcomes(await daemon.run_once(DAEMON)) == {"o-1": "fixed"}
    [action] = await recorded(world)
    assert (action.kind, action.actor, action.reason, action.until) == (
        ActionKind.UNBLOCKED,
        "alice",
        "a CDN's",
        until,
    )


async def test_a_read_that_an_operator_confirmed_goes_through_and_a_new_wish_of_the_psps_binds(
    world: World,
) -> None:
    now = world.clock.now()
    await world.order("o-1", psp="succeeded")
    await world.store.controls.block(until=now + timedelta(minutes=10), actor="daemon", now=now)
    reconciler = world.reconciler()
    refs = [ref("o-1")]

    assert (await reconciler.plan(refs, ALICE)).plan.rows[0].decision.kind == "unreadable"
    planning = await reconciler.plan(refs, ALICE, through_block=True)

    assert outcomes(await reconciler.apply(planning.plan)) == {"o-1": "fixed"}
    await world.order("o-2", psp="succeeded")
    world.psp.faults.script("*", too_many_requests(900))
    await reconciler.plan([ref("o-2")], ALICE, through_block=True)
    assert await world.store.controls.blocked_until(now=now) == now + timedelta(minutes=15)


async def test_a_wait_that_the_psp_asked_for_never_shrinks(world: World) -> None:
    controls, now = world.store.controls, world.clock.now()
    for minutes in (10, 2, 11, 5):
        await controls.block(until=now + timedelta(minutes=minutes), actor="daemon", now=now)

    assert await controls.blocked_until(now=now) == now + timedelta(minutes=11)
