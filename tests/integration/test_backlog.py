"""A backlog that needs more than one check, and rows whose status no mapping names: neither is silent."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.engine import Engine

from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.standing import standing
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.mapping import DEMO_SHOP
from reconcile_tui.core.store.status_words import UnmappedWord
from reconcile_tui.core.store.store import Store
from reconcile_tui.daemon.backlog import BacklogTold
from reconcile_tui.demo import shop
from reconcile_tui.screens.header.state_parts import backlog_parts
from tests.integration.daemon.station import Lines
from tests.world import World


async def test_more_rows_than_a_check_takes_are_told_with_the_time_that_they_need(world: World) -> None:
    world.set(batch_limit=2)
    for number in range(7):
        await world.order(f"o-{number}", psp="processing")
    await world.order("o-final", psp="succeeded", status="completed")

    slow = (await standing(world.store, world.policy)).slow
    assert slow is not None
    assert (slow.due, slow.takes) == ({PhaseName.ORDERS: 7}, timedelta(hours=4))

    said = [part.forms for part in backlog_parts(await standing(world.store, world.policy))]
    assert [forms[1] for forms in said] == ["7 orders due: 4 h at 2 an hour"]

    await world.tick()
    slow = (await standing(world.store, world.policy)).slow
    assert slow is not None
    assert slow.due == {PhaseName.ORDERS: 5}
    assert (await standing(world.store, replace(world.policy, drain=True))).slow is None
    await world.tick(drain=True)
    assert (await standing(world.store, world.policy)).slow is None


async def test_words_that_no_mapping_names_are_counted_by_one_query_now_and_then(world: World) -> None:
    for number in range(3):
        await world.order(f"o-{number}", status="processing")
    await world.order("o-4", status="on hold")
    await world.refund("r-1", of="o-1", status="queued")
    await world.order("o-5", status="draft")
    mapping = replace(DEMO_SHOP, orders=replace(DEMO_SHOP.orders, ignored_words=("draft",)))
    store = Store.over(world.store.database, world.store.shop.of(mapping))
    now = world.clock.now()
    sent: list[str] = []

    def take_down(_: object, __: object, statement: str, *___: object) -> None:
        sent.extend([statement] if "orders" in statement else [])

    event.listen(Engine, "before_cursor_execute", take_down)
    try:
        found = [await store.status_words.unmapped(now=now + timedelta(minutes=m)) for m in (0, 1, 14)]
    finally:
        event.remove(Engine, "before_cursor_execute", take_down)

    assert found[0] == found[1] == found[2]
    assert found[0] == (
        UnmappedWord(kind=Kind.ORDER, word="processing", rows=3),
        UnmappedWord(kind=Kind.ORDER, word="on hold", rows=1),
        UnmappedWord(kind=Kind.REFUND, word="queued", rows=1),
    )
    assert len(sent) == 1
    await world.change(shop.orders, "o-4", status="completed")
    later = await store.status_words.unmapped(now=now + timedelta(minutes=16))
    assert [each.word for each in later] == ["processing", "queued"]


async def test_a_daemons_log_tells_both_and_words_only_when_they_change(world: World) -> None:
    world.set(batch_limit=1)
    for number in range(3):
        await world.order(f"o-{number}", psp="processing")
    await world.order("o-x", status="processing")
    log = Lines()
    told = BacklogTold(store=world.store, policy=world.policy, log=log)

    for _ in range(2):
        await told.after_tick(await world.tick())
        world.later("1m")

    assert [name for _, name, _ in log.lines] == [
        "reconcile.backlog.slow",
        "reconcile.statuses.unmapped",
    ]
    [(_, _, slow), (_, _, unmapped)] = log.lines
    assert slow["detail"] == "2 orders are due; at 1 an hour this takes 2 h."
    assert "RECONCILE_DRAIN=true" in slow["next_step"]
    assert unmapped["detail"].startswith("1 order has the status “processing”")
