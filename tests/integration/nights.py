"""A night on call, for what tells of it: a tick, a pause, plans of alice's, an acknowledgement."""

from datetime import timedelta

from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.daemons import Daemon, DaemonState
from tests.world import ALICE, DAEMON, World, ref

HOLDER = "shop-1:4711:abcdefabcdef"
REASON = "customers of <Adyen> call | see *INC-2231*"


async def a_night(world: World) -> None:
    """Six rows, two of them for people; bob pauses Adyen, alice meets that, and heals the row later."""
    await world.order("o-1", psp="succeeded", stuck_for="3h8m", amount=421_000, connector="stripe")
    await world.order(
        "o-2", psp="succeeded", stuck_for="2h", amount=51_430, currency="JPY", connector="stripe"
    )
    await world.order("o-3", psp="partially_captured", stuck_for="90m", connector="stripe")
    await world.order("o-4", psp="requires_payment_method", stuck_for="45m")
    await world.order("o-5", psp="processing", stuck_for="40m", connector="adyen")
    payment = await world.order("o-6", psp="succeeded", stuck_for="40m", connector="stripe")
    world.book.payments.pop(payment)
    await world.paid_order("o-7", stuck_for="5h", connector="stripe")
    await world.orphan("r-1", of="o-7", stuck_for="10m")
    await world.reconciler(holder=HOLDER).run_once(DAEMON)
    world.later("10m")
    await world.store.controls.pause(
        actor="bob",
        reason="Adyen answers nonsense",
        now=world.clock.now(),
        until=world.clock.now() + timedelta(hours=4),
        connector="adyen",
    )
    world.book.payment_becomes("pay_o-5", "succeeded")
    world.later("5m")
    await world.sync("o-5")
    world.later("30m")
    await world.store.controls.resume(actor="bob", now=world.clock.now(), connector="adyen", reason="mended")
    reconciler = world.reconciler()
    planning = await reconciler.plan([ref("o-5")], ALICE, reason=REASON)
    await reconciler.apply(planning.plan)
    world.later("1m")
    [item] = await world.store.attention.open_items(limit=1, refs=[ref("o-6")])
    await world.store.attention.acknowledge(
        item, actor="alice", reason="the key of the old account", now=world.clock.now()
    )
    world.later("1m")


async def a_daemon_lives(world: World) -> None:
    """A daemon waits for its next tick, and another one has been silent for long."""
    now = world.clock.now()
    waits = Daemon(
        holder=HOLDER,
        state=DaemonState.WAITING,
        mode=Mode.HEAL,
        dispatch="database",
        version="0.1.0",
        interval=timedelta(hours=1),
        started_at=now - timedelta(days=3, hours=4),
        heartbeat_at=now - timedelta(seconds=4),
        next_tick_at=now + timedelta(minutes=13),
    )
    await world.store.daemons.beat(waits)
    silent = Daemon(
        holder="shop-2:815:abcdefabcdef",
        state=DaemonState.STANDBY,
        mode=Mode.HEAL,
        dispatch="database",
        version="0.1.0",
        interval=timedelta(hours=1),
        started_at=now - timedelta(days=3),
        heartbeat_at=now - timedelta(hours=3),
    )
    await world.store.daemons.beat(silent)
