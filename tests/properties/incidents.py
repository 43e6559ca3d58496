"""Incidents to die in, written down under ids of their own, and how each of them ended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.store import tables
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.demo import shop
from tests.world import World

Arrange = Callable[[World, str], Awaitable[list[str]]]
"""Writes an incident down under ids that end with the given text; the ids of the rows to apply."""


async def one_stuck_order(world: World, n: str) -> list[str]:
    await world.order(f"o-{n}", psp="succeeded", known="processing")
    return [f"o-{n}"]


async def one_failed_order(world: World, n: str) -> list[str]:
    await world.order(f"o-{n}", psp="failed", known="processing")
    return [f"o-{n}"]


async def a_failed_refund_that_rolls_its_order_back(world: World, n: str) -> list[str]:
    await world.paid_order(f"o-{n}")
    await world.refund(f"r-{n}", of=f"o-{n}", psp="failed", error_message="Card account closed")
    return [f"r-{n}"]


async def an_orphan_that_was_never_sent(world: World, n: str) -> list[str]:
    await world.paid_order(f"o-{n}")
    await world.orphan(f"r-{n}", of=f"o-{n}")
    return [f"r-{n}"]


async def an_orphan_that_is_adopted(world: World, n: str) -> list[str]:
    await world.paid_order(f"o-{n}", stuck_for="3h")
    await world.orphan(f"r-{n}", of=f"o-{n}", stuck_for="40m")
    world.book.refund(f"ref_{n}", payment=f"pay_o-{n}", amount=4200, created=-timedelta(minutes=39))
    return [f"r-{n}"]


async def a_batch_of_three(world: World, n: str) -> list[str]:
    await world.order(f"o-{n}-a", psp="succeeded")
    await world.order(f"o-{n}-b", psp="expired")
    await world.paid_order(f"o-{n}-c", amount=10_000)
    await world.refund(f"r-{n}-d", of=f"o-{n}-c", amount=4_000, psp="succeeded")
    await world.refund(f"r-{n}-e", of=f"o-{n}-c", amount=6_000, psp="succeeded")
    return [f"o-{n}-a", f"o-{n}-b", f"r-{n}-d", f"r-{n}-e"]


_P = PhaseName
INCIDENTS: dict[str, tuple[Arrange, Sequence[PhaseName]]] = {
    arrange.__name__: (arrange, phases)
    for arrange, *phases in (
        (one_stuck_order, _P.ORDERS),
        (one_failed_order, _P.ORDERS),
        (a_failed_refund_that_rolls_its_order_back, _P.REFUNDS),
        (an_orphan_that_was_never_sent, _P.ORPHANS),
        (an_orphan_that_is_adopted, _P.REFUNDS, _P.ORPHANS),
        (a_batch_of_three, _P.ORDERS, _P.REFUNDS),
    )
}
"""Each with the phases that have something to do with it."""


@dataclass(frozen=True)
class End:
    """How an incident ended: everything that must not depend on where a process died."""

    rows: dict[str, tuple[str, str, str | None]]
    applied: list[tuple[str, str, str, int]]
    fixed: list[tuple[str, str, str, int]]
    webhooks: list[tuple[str, str, str]]
    watched: list[tuple[str, bool]]
    attention: dict[str, str]
    leases: int = 0
    unfinished: list[str] = field(default_factory=list)

    @classmethod
    async def of(cls, database: Database, suffix: str) -> "End":
        """How it is now; ids without their suffix."""

        async def unit(connection: AsyncConnection) -> End:
            async def all_of(table: Any) -> list[Any]:
                return list(await connection.execute(select(table).order_by(*table.primary_key.columns)))

            def plain(text: str) -> str:
                return text.replace(suffix, "N")

            rows: dict[str, tuple[str, str, str | None]] = {
                plain(row.id): (row.status, plain(row.payment_id), None) for row in await all_of(shop.orders)
            }
            rows |= {
                plain(row.id): (row.status, plain(row.hyperswitch_refund_id), row.error_message)
                for row in await all_of(shop.refunds)
            }
            journal = await all_of(tables.journal)
            said = {entry.intent_id for entry in journal if entry.step == Step.OUTCOME}
            return cls(
                rows=rows,
                applied=sorted(
                    (plain(e.row_id), plain(e.psp_id), e.event, e.attempt)
                    for e in journal
                    if e.step == "applied"
                ),
                fixed=sorted(
                    (plain(e.row_id), plain(e.psp_id), e.event, e.attempt)
                    for e in journal
                    if e.outcome == "fixed"
                ),
                webhooks=sorted(
                    (w.event_type, plain(w.row_id), w.effect) for w in await all_of(tables.webhook_log)
                ),
                watched=sorted(
                    (plain(c.row_id), c.watch_until is not None) for c in await all_of(tables.checks)
                ),
                attention={
                    plain(a.row_id): a.reason for a in await all_of(tables.attention) if a.closed_at is None
                },
                leases=len(await all_of(tables.leases)),
                unfinished=[plain(e.row_id) for e in journal if e.step == Step.INTENDED and e.id not in said],
            )

        return await database.read(unit)


async def empty(database: Database) -> None:
    """Forget everything: a new shop."""

    async def unit(connection: AsyncConnection) -> None:
        for table in (*tables.metadata.sorted_tables, *reversed(shop.metadata.sorted_tables)):
            await connection.execute(delete(table))

    await database.write(unit)
