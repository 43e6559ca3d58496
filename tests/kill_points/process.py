"""A reconciler as a process of its own: wired as the program wires it, with points at all its ways out."""

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import SecretStr
from sqlalchemy import make_url

from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.dispatcher import Dispatcher
from reconcile_tui.core.dispatch.endpoint import ShopEndpoint
from reconcile_tui.core.dispatch.http import HttpDispatcher
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.store.mapping import DEMO_SHOP, OrphansBy
from reconcile_tui.core.store.shop import Shop
from reconcile_tui.core.store.store import Store
from tests.clocks import DatabaseClockOf
from tests.kill_points.orders import Act, Order
from tests.kill_points.points import Points, WatchedClock, WatchedDatabase, watch_http
from tests.shop_endpoint.endpoint import SECRET
from tests.world import ALICE, DAEMON, ref


async def carry_out(order: Order) -> None:
    """Do what is ordered, or die."""
    told = os.open(order.told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    points = Points(told=told, doomed=order.doomed)
    watch_http(points)
    clock = WatchedClock(datetime.fromisoformat(order.now), points)
    async with _reconciler(order, points, clock) as reconciler:
        for _ in range(order.ticks):
            await _act(reconciler, order)
            clock.advance(timedelta(seconds=order.pause))
    os.close(told)


async def _act(reconciler: Reconciler, order: Order) -> None:
    match order.act:
        case Act.TICK:
            await reconciler.run_once(DAEMON, phases=[PhaseName(name) for name in order.phases])
        case Act.SYNC:
            plan = (await reconciler.plan([ref(row_id) for row_id in order.row_ids], ALICE)).plan
            await reconciler.apply(plan)


@asynccontextmanager
async def _reconciler(order: Order, points: Points, clock: WatchedClock) -> AsyncIterator[Reconciler]:
    refunds = replace(DEMO_SHOP.refunds, orphans=OrphansBy(order.orphans))
    shop = Shop.of(replace(DEMO_SHOP, refunds=refunds))
    database = WatchedDatabase(make_url(order.database), clock=DatabaseClockOf(clock), points=points)
    store = Store.over(database, shop)
    limits = {name: timedelta(seconds=value) for name, value in order.seconds.items()}
    policy = replace(Policy(), **limits)  # type: ignore[arg-type]
    budget = LocalBudget(rate=None, at_once=16, clock=clock)
    numbers = itertools.count(1)
    reader = HyperswitchReader(
        base_url=order.psp,
        api_key=SecretStr(order.api_key),
        budget=budget,
        clock=clock,
        jitter=lambda: 0.0,
    )
    into_tables = DatabaseDispatcher(database, shop, merchant_id="merchant_demo")
    by_http = _by_http(order, store, into_tables, clock, policy) if order.shop is not None else None
    dispatcher: Dispatcher = by_http or into_tables
    try:
        yield Reconciler(
            store=store,
            psp=reader,
            budget=budget,
            dispatcher=dispatcher,
            clock=clock,
            policy=policy,
            holder=order.holder,
            new_id=lambda: f"plan-{order.holder}-{next(numbers)}",
            jitter=lambda: 0.0,
        )
    finally:
        if by_http is not None:
            await by_http.aclose()
        await reader.aclose()
        await database.close()


def _by_http(
    order: Order, store: Store, orphans: DatabaseDispatcher, clock: WatchedClock, policy: Policy
) -> HttpDispatcher:
    endpoint = ShopEndpoint(
        url=SecretStr(order.shop or ""), key=SecretStr(SECRET), merchant_id="merchant_demo"
    )
    return HttpDispatcher(
        database=store.database,
        refunds=store.shop.mapping.refunds,
        endpoint=endpoint,
        orphans=orphans,
        clock=clock,
        lease=policy.lease,
    )
