"""What a run of the reconciler over the demo's incident came to, beside what its author meant."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.clock import SystemClock
from reconcile_tui.core.decisions import Decision
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.reconciler import Reconciler, TickReport
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store import tables
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.store import Store
from reconcile_tui.demo import shop
from reconcile_tui.demo.incident import Incident
from reconcile_tui.demo.psp import PRIVATE_VALUES
from reconcile_tui.demo.session import DemoSession


@asynccontextmanager
async def reconciler_of(demo: DemoSession) -> AsyncIterator[Reconciler]:
    """A process of its own, wired as the program wires it."""
    clock = SystemClock()
    store = Store.at(demo.database_url)
    budget = LocalBudget(rate=None, at_once=16, clock=clock)
    psp = HyperswitchReader(
        base_url=demo.base_url,
        api_key=demo.api_key,
        budget=budget,
        clock=clock,
        jitter=lambda: 0.5,
        timeouts=demo.timeouts,
        merchant_id=demo.merchant_id,
    )
    plans = iter(range(1, 1000))
    try:
        yield Reconciler(
            store=store,
            psp=psp,
            budget=budget,
            dispatcher=DatabaseDispatcher(store.database, store.shop, merchant_id=demo.merchant_id),
            clock=clock,
            policy=Policy(),
            holder="process-1",
            new_id=lambda: f"plan-{next(plans)}",
            jitter=lambda: 0.5,
        )
    finally:
        await psp.aclose()
        await store.close()


def decisions(report: TickReport) -> dict[RowRef, tuple[Decision, ...]]:
    """What was decided about each row, look by look."""
    found: dict[RowRef, tuple[Decision, ...]] = defaultdict(tuple)
    for piece in report.slices:
        for row in piece.plan.rows if piece.plan else ():
            found[row.ref] += (row.decision,)
    return dict(found)


def meant_decisions(incident: Incident) -> dict[RowRef, tuple[Decision, ...]]:
    """What the author meant to be decided."""
    return {meant.ref: meant.decisions for meant in incident.meant if meant.decisions}


async def statuses(database: Database) -> dict[RowRef, str]:
    """The shop's word for each row's status, as the rows stand now."""
    of_kind = ((Kind.ORDER, shop.orders), (Kind.REFUND, shop.refunds))
    return {
        RowRef(kind, row["id"]): row["status"]
        for kind, table in of_kind
        for row in await read(database, table)
    }


def meant_statuses(incident: Incident) -> dict[RowRef, str]:
    """What the author meant each row to be in the end."""
    return {meant.ref: meant.ends for meant in incident.meant}


async def read(database: Database, table: Table) -> list[Mapping[str, Any]]:
    """All rows of a table, as they are kept."""

    async def unit(connection: AsyncConnection) -> list[Mapping[str, Any]]:
        return [dict(row) for row in (await connection.execute(select(table))).mappings()]

    return await database.read(unit)


async def own_tables(database: Database) -> dict[str, list[Mapping[str, Any]]]:
    """Every row of every table of the tool's own."""
    return {table.name: await read(database, table) for table in tables.metadata.sorted_tables}


async def leaks(database: Database, incident: Incident) -> list[str]:
    """Private values that got into the tool's own tables."""
    kept = str(await own_tables(database))
    private = PRIVATE_VALUES | {row.customer_email for row in incident.orders}
    return [value for value in private if value in kept]


async def disagreements(database: Database, incident: Incident) -> list[str]:
    """Where the shop's rows, the journal and the webhook log do not tell one story."""
    now = await statuses(database)
    before = {row.ref: row.status for row in incident.orders}
    before |= {row.ref: row.status for row in incident.refunds}
    entries = sorted(await read(database, tables.journal), key=lambda entry: entry["id"])
    healed_by_psp = {
        RowRef(Kind(row["kind"]), row["row_id"])
        for row in await read(database, tables.webhook_log)
        if (row["source"], row["effect"]) == ("psp", "applied")
    }
    applied: dict[RowRef, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in entries:
        if entry["step"] == "applied":
            applied[RowRef(Kind(entry["kind"]), entry["row_id"])].append(entry)
    ends = [entry["intent_id"] for entry in entries if entry["step"] == "outcome" and entry["intent_id"]]
    intents = [entry["id"] for entry in entries if entry["step"] == "intended"]
    wrong = [
        f"{ref}: not as journaled" for ref, its in applied.items() if its[-1]["after"]["status"] != now[ref]
    ]
    wrong += [f"{ref}: healed twice" for ref in healed_by_psp & set(applied)]
    wrong += [
        f"{ref}: final, and nobody says why"
        for ref, status in now.items()
        if before[ref] == "pending" != status and ref not in applied and ref not in healed_by_psp
    ]
    wrong += [
        f"intent {intent} ended {ends.count(intent)} times" for intent in intents if ends.count(intent) != 1
    ]
    wrong += [f"lease of {lease['name']} is still there" for lease in await read(database, tables.leases)]
    return wrong
