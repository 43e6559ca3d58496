"""The incident as it goes on: webhooks that are lost while somebody looks, and some that come after all.

    write_what_comes(draft, Pace())   # rows that become stuck one after the other
    async with going_on(session): ...  # the late webhooks

Nothing is written to make a row stuck: it is there from the start, and grows older than its limit.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from reconcile_tui import __version__
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.policy import Mode, Policy
from reconcile_tui.core.store.daemons import Daemon, DaemonState
from reconcile_tui.demo.draft import DAY, Draft
from reconcile_tui.demo.meanings import NOT_PAID, PAID, PAID_BACK
from reconcile_tui.demo.psp import SimulatedPsp
from reconcile_tui.demo.psp.outbox import Deliver
from reconcile_tui.demo.rows import PaymentFacts
from reconcile_tui.demo.stuck_orders import BLAMED, UNHEARD
from reconcile_tui.demo.stuck_refunds import BOUGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast an incident goes on. Paced so that a person who knows the keys is faster.

    Attributes:
        every: a row becomes stuck.
        lasts: how long webhooks are still lost; then the connector's are delivered again.
        one_in: of so many rows one heals by itself.
        late_by: so long after it became stuck.
    """

    every: timedelta = timedelta(seconds=9)
    lasts: timedelta = timedelta(minutes=6)
    one_in: int = 5
    late_by: timedelta = timedelta(seconds=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateWebhook:
    """The real webhook of a payment or refund comes, so long after the start."""

    object_id: str
    after: timedelta


def write_what_comes(draft: Draft, pace: Pace) -> tuple[LateWebhook, ...]:
    """Rows of the blamed connector that become stuck after the start, and the webhooks that come late.

    Some of what hangs already is healed by itself too, so that the first lines tell of it soon.
    """
    late = [
        LateWebhook(object_id=payment_id, after=pace.every * (2 + 3 * n))
        for n, payment_id in enumerate(_plain_ones(draft)[-_FIRST_LATE:])
    ]
    for n in range(int(pace.lasts / pace.every)):
        after = pace.every * (n + draft.rng.uniform(0.3, 1.0))
        object_id = _refund(draft, after) if n % _ONE_REFUND_IN == 2 else _order(draft, after, n)
        if n % pace.one_in == pace.one_in - 1:
            late.append(LateWebhook(object_id=object_id, after=after + pace.late_by))
    return tuple(sorted(late, key=lambda each: each.after))


def silent_daemon(since: datetime) -> Daemon:
    """Why nobody healed the backlog: the daemon was last heard of a quarter of an hour after it began."""
    last = since + timedelta(minutes=15)
    interval = Policy().interval
    return Daemon(
        holder="shop-worker-1:4711:demo",
        state=DaemonState.WAITING,
        mode=Mode.HEAL,
        dispatch="database",
        version=__version__,
        interval=interval,
        started_at=last - 3 * DAY,
        heartbeat_at=last,
        next_tick_at=last + interval / 2,
    )


@asynccontextmanager
async def going_on(
    late: Sequence[LateWebhook], psp: SimulatedPsp, deliver: Deliver, *, clock: Clock
) -> AsyncIterator[None]:
    """Within: the late webhooks come, each in its time, through the shop's own handler."""
    task = asyncio.create_task(_come(late, psp, deliver, clock), name="late webhooks")
    try:
        yield
    finally:
        task.cancel()
        [end] = await asyncio.gather(task, return_exceptions=True)
        if isinstance(end, Exception):
            raise end


async def _come(late: Sequence[LateWebhook], psp: SimulatedPsp, deliver: Deliver, clock: Clock) -> None:
    began = clock.monotonic()
    for each in late:
        await clock.sleep(max(0.0, each.after.total_seconds() - (clock.monotonic() - began)))
        webhook = psp.hears_of(each.object_id)
        if webhook is not None:
            await deliver(webhook.body, webhook.headers)


def _order(draft: Draft, after: timedelta, number: int) -> str:
    """A payment that succeeded, or now and then did not, and the PSP has not heard of it."""
    refused = number % _ONE_REFUSED_IN == 4
    known: PaymentFacts = {"known": "processing"}
    if refused:
        known |= {"status": "failed", "error_code": "2", "error_message": "Refused: not enough balance"}
    row = draft.order(
        "becomes stuck while somebody looks",
        ago=_LIMITS.order_stuck_after - after,
        connector=BLAMED,
        decisions=NOT_PAID if refused else PAID,
        ends="failed" if refused else "completed",
        by_webhook=True,
        psp=known,
    )
    return row.payment_id or ""


def _refund(draft: Draft, after: timedelta) -> str:
    """A refund that was paid back, and the PSP has not heard of it."""
    order = draft.order(BOUGHT, ago=2 * DAY, connector=BLAMED, local="refund_pending", ends="refunded")
    row = draft.refund(
        order,
        "becomes stuck while somebody looks",
        ago=_LIMITS.refund_stuck_after - after,
        decisions=PAID_BACK,
        ends="succeeded",
        by_webhook=True,
        psp={"known": "pending"},
    )
    return row.refund_id or ""


def _plain_ones(draft: Draft) -> list[str]:
    """The payments of the outage's plain cases, oldest first."""
    plain = {meant.ref for meant in draft.meant if meant.way == UNHEARD}
    return [row.payment_id for row in draft.orders if row.ref in plain and row.payment_id is not None]


_LIMITS: Final = Policy()
_FIRST_LATE: Final = 3
_ONE_REFUND_IN: Final = 4
_ONE_REFUSED_IN: Final = 10
