"""An hour of a daemon in fast time: `python -m tests.proofs.hour DATABASE_URL PSP_URL TICKS`.

One tick a second on a clock that is moved, over a shop where orders keep coming. What the process holds is
printed again and again, a line of JSON each.
"""

import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psutil
from pydantic import SecretStr
from sqlalchemy import insert, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.chronicle import Chronicle
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.reconciler import Reconciler, TickReport
from reconcile_tui.core.store.store import Store
from reconcile_tui.daemon.loop import DaemonLoop
from reconcile_tui.daemon.pulse import Identity
from reconcile_tui.demo.psp.generated import generated_payment
from reconcile_tui.demo.psp.keys import API_KEY
from reconcile_tui.demo.shop import orders
from reconcile_tui.errors import explain_error
from tests.bench.effort import memory_mb
from tests.clocks import AlarmClock, DatabaseClockOf, SkippingClock
from tests.integration.daemon.station import Switch
from tests.world import DAEMON

ORDERS_A_TICK = 2
LOOKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the process holds after so many ticks.

    Attributes:
        fixed: orders healed so far.
        connections: to the PSP, and to PostgreSQL.
        files: open files, sockets and pipes.
    """

    ticks: int
    fixed: int
    memory_mb: float
    tasks: int
    connections: int
    files: int
    threads: int


class Forgetful:
    """A log that keeps nothing but how often a daemon complained. That the PSP, which has the real time, is
    ahead of this process or behind is no complaint of the daemon's own."""

    def __init__(self) -> None:
        self.complaints = 0

    def debug(self, event: str, **fields: Any) -> None:
        """Not at the usual level."""

    def info(self, event: str, **fields: Any) -> None:
        """Nothing is kept."""

    def warning(self, event: str, **fields: Any) -> None:
        self.complaints += event.startswith("reconcile.daemon.")

    def error(self, event: str, **fields: Any) -> None:
        self.complaints += 1


@dataclass(kw_only=True)
class Hour:
    """A daemon, the clock that is moved, and the shop where orders keep coming."""

    store: Store
    time: SkippingClock
    alarm: AlarmClock
    loop: DaemonLoop
    switch: Switch
    came: asyncio.Queue[TickReport | Exception]
    log: Forgetful
    orders: int = 0
    fixed: int = 0

    async def run(self, ticks: int) -> None:
        """So many ticks; what is held is printed between them."""
        await self._orders_come()
        async with asyncio.TaskGroup() as tasks:
            daemon = tasks.create_task(self.loop.run())
            for number in range(1, ticks + 1):
                report = await self.came.get()
                if isinstance(report, Exception):
                    raise report
                self.fixed += report.counts.get("outcome.fixed", 0)
                await self.alarm.until_slept_on(2)
                if number % (ticks // LOOKS) == 0:
                    self._say(number)
                if number < ticks:
                    await self._orders_come()
                    self.time.advance(timedelta(seconds=1))
                    self.alarm.wake()
            self.switch.stop()
            await daemon
        if self.log.complaints or self.fixed != self.orders:
            raise RuntimeError(f"{self.fixed} of {self.orders} healed, {self.log.complaints} complaints")

    async def _orders_come(self) -> None:
        at = self.time.now() - timedelta(hours=2)
        rows = []
        for number in range(self.orders, self.orders + ORDERS_A_TICK):
            it = generated_payment(number)
            rows.append(
                {
                    "id": f"o-{number}",
                    "status": "pending",
                    "payment_id": it.payment_id,
                    "amount": it.amount,
                    "currency": it.currency,
                    "created_at": at,
                    "updated_at": at,
                }
            )

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(insert(orders), rows)

        await self.store.database.write(unit)
        self.orders += ORDERS_A_TICK

    def _say(self, number: int) -> None:
        gc.collect()
        process = psutil.Process()
        held = Held(
            ticks=number,
            fixed=self.fixed,
            memory_mb=round(memory_mb(), 2),
            tasks=len(asyncio.all_tasks()),
            connections=sum(each.status != psutil.CONN_LISTEN for each in process.net_connections("all")),
            files=process.num_fds(),
            threads=process.num_threads(),
        )
        sys.stdout.write(f"{json.dumps(asdict(held))}\n")
        sys.stdout.flush()


@asynccontextmanager
async def an_hour(url: str, psp_url: str) -> AsyncIterator[Hour]:
    """A daemon that does not run yet."""
    time = SkippingClock(datetime.now(UTC))
    alarm, switch, log = AlarmClock(time), Switch(), Forgetful()
    came: asyncio.Queue[TickReport | Exception] = asyncio.Queue()
    policy = Policy(interval=timedelta(seconds=1))
    store = Store.at(make_url(url), clock=DatabaseClockOf(time))
    budget = LocalBudget(rate=None, at_once=16, clock=time)
    reader = HyperswitchReader(
        base_url=psp_url, api_key=SecretStr(API_KEY), budget=budget, clock=time, jitter=lambda: 0.5
    )
    plans = count(1)
    reconciler = Reconciler(
        store=store,
        psp=reader,
        budget=budget,
        dispatcher=DatabaseDispatcher(store.database, store.shop, merchant_id="merchant_demo"),
        clock=time,
        policy=policy,
        holder="daemon",
        new_id=lambda: f"plan-{next(plans)}",
        jitter=lambda: 0.5,
        listener=Chronicle(log),
    )
    loop = DaemonLoop(
        reconciler=reconciler,
        store=store,
        actor=DAEMON,
        identity=Identity(
            holder="daemon", mode=policy.mode, dispatch="database", version="1", interval=policy.interval
        ),
        clock=alarm,
        elapsed=alarm.monotonic,
        sweep_lease=timedelta(seconds=30),
        shutdown_timeout=timedelta(seconds=20),
        jitter=lambda: 0.5,
        stop=switch,
        explain=explain_error,
        log=log,
        after_tick=(came.put,),
    )
    try:
        yield Hour(store=store, time=time, alarm=alarm, loop=loop, switch=switch, came=came, log=log)
    finally:
        await reader.aclose()
        await store.close()


async def _main(url: str, psp_url: str, ticks: int) -> None:
    async with an_hour(url, psp_url) as hour:
        await hour.run(ticks)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
