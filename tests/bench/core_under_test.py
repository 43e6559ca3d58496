"""The core as a program would put it together: the system's clock, the real reader, the real store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from pydantic import SecretStr
from sqlalchemy import URL

from reconcile_tui.core.clock import SystemClock
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.policy import Actor, ActorKind, Policy
from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.reconciler import Reconciler, TickReport
from reconcile_tui.core.store.store import Store
from reconcile_tui.demo.psp.keys import API_KEY
from reconcile_tui.garbage import collecting_seldom
from tests.bench.scale import AT_ONCE, BATCH

DAEMON = Actor(name="bench", kind=ActorKind.DAEMON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Healed:
    """What a drain came to."""

    fixed: int
    outcomes: dict[str, int]


@asynccontextmanager
async def a_reader(psp_url: str, *, rate: float | None = None) -> AsyncIterator[HyperswitchReader]:
    """A reader with a budget of its own."""
    async with _budgeted(psp_url, rate) as (reader, _):
        yield reader


async def drain(url: URL, psp_url: str, *, rate: float | None = None) -> Healed:
    """Heal whatever is stuck, as `--once --drain` does: the rows are handed on, not kept."""
    store = Store.at(url)
    try:
        async with _budgeted(psp_url, rate) as (reader, budget):
            plans = count(1)
            reconciler = Reconciler(
                store=store,
                psp=reader,
                budget=budget,
                dispatcher=DatabaseDispatcher(store.database, store.shop, merchant_id="merchant_demo"),
                clock=SystemClock(),
                policy=Policy(batch_limit=BATCH, reads_at_once=AT_ONCE),
                holder="bench",
                new_id=lambda: f"plan-{next(plans)}",
                jitter=lambda: 0.5,
            )
            with collecting_seldom():
                return _healed(await reconciler.run_once(DAEMON, drain=True, on_slice=lambda _: None))
    finally:
        await store.close()


def _healed(report: TickReport) -> Healed:
    return Healed(fixed=report.counts.get("outcome.fixed", 0), outcomes=dict(report.counts))


@asynccontextmanager
async def _budgeted(psp_url: str, rate: float | None) -> AsyncIterator[tuple[HyperswitchReader, LocalBudget]]:
    clock = SystemClock()
    budget = LocalBudget(rate=rate, at_once=AT_ONCE, clock=clock)
    reader = HyperswitchReader(
        base_url=psp_url, api_key=SecretStr(API_KEY), budget=budget, clock=clock, jitter=lambda: 0.5
    )
    try:
        yield reader, budget
    finally:
        await reader.aclose()
