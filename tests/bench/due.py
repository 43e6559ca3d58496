"""Due: finding what is due among millions of orders, with the plans that the databases choose for it.

The tables are filled inside the database. The queries are the core's own: they are taken down as they are
sent, and explained with the parameters they were sent with.
"""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.phases import ORDERS, PHASES, Phase
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.store.store import Store
from tests.bench.figures import Evidence, Result, figure
from tests.bench.filling import fill
from tests.bench.scale import BATCH, Scale
from tests.bench.shops import BACKENDS, PATIENT, Shops, create_tables

_LANES = (
    "no id",
    "an id that cannot be read",
    "no time",
    "asked of another",
    "never attempted",
    "again, below cap",
    "watched",
    "again, at cap",
    "waits on the customer",
    "old, never",
    "old, again",
)
"""The queries that `due` sends for orders, in their order."""
_INDEXES = re.compile(r"\b(orders_\w+|refunds_\w+|reconcile_checks_\w+|sqlite_autoindex_\w+)\b")
_FULL_SCAN = re.compile(r"Seq Scan on (?:orders|refunds)\b|SCAN (?:orders|refunds)(?! USING)")


async def measure_due(scale: Scale, shops: Shops) -> AsyncIterator[Result]:
    """The due query, a page and the backlog's sums, at each size on each database."""
    for backend in BACKENDS:
        for rows in scale.due:
            with shops.scratch(backend, f"due_{rows}") as url:
                store = Store.at(url, limits=PATIENT)
                try:
                    await create_tables(store.database)
                    await fill(store.database, rows)
                    async for result in _asked(store, f"{backend} {rows / 1e6:g}M", scale.repeats):
                        yield result
                finally:
                    await store.close()


async def _asked(store: Store, where: str, repeats: int) -> AsyncIterator[Result]:
    policy, now = Policy(batch_limit=BATCH), await store.database.now()
    for name, call, phase in [*_due_calls(store, policy, now), *_overviews(store, policy, now)]:
        what = f"{name}, {phase.name}"
        seconds: list[float] = []
        sent: list[list[_Statement]] = []
        # The first call also asks how the shop's tables hold their times.
        await call()
        for _ in range(repeats):
            with _taking_down() as seen:
                began = time.perf_counter()
                await call()
                seconds.append(time.perf_counter() - began)
            sent.append(seen)
        yield figure("due", where, what, [s * 1000 for s in seconds], "ms", note="with its rows as objects")
        for number, alike in enumerate(zip(*sent, strict=True)):
            query = f"{what}: {_name(name, phase, number)}"
            plan = await _explained(store, alike[-1])
            if phase is ORDERS:
                times = [statement.milliseconds for statement in alike]
                yield figure("due", where, query, times, "ms", note=_verdict(plan))
            yield Evidence(part="due", where=where, what=query, lines=plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    sql: str
    parameters: Any
    milliseconds: float


_Call = Callable[[], Awaitable[object]]


def _due_calls(store: Store, policy: Policy, now: datetime) -> list[tuple[str, _Call, Phase]]:
    def due(phase: Phase) -> _Call:
        return lambda: store.findings.due(phase, now=now, policy=policy, limit=policy.batch_limit)

    return [("due", due(phase), phase) for phase in PHASES]


def _overviews(store: Store, policy: Policy, now: datetime) -> list[tuple[str, _Call, Phase]]:
    def page() -> Awaitable[object]:
        return store.findings.page(ORDERS, now=now, policy=policy, limit=policy.batch_limit)

    def backlog() -> Awaitable[object]:
        return store.findings.backlog(ORDERS, now=now, policy=policy)

    def close_stale() -> Awaitable[object]:
        return store.findings.close_stale(ORDERS, now=now)

    return [("page", page, ORDERS), ("backlog", backlog, ORDERS), ("close_stale", close_stale, ORDERS)]


@contextmanager
def _taking_down() -> Iterator[list[_Statement]]:
    """Take down every statement that touches the shop's tables, with its parameters and its time."""
    seen: list[_Statement] = []
    begun = [0.0]

    def before(*_: object) -> None:
        begun[0] = time.perf_counter()

    def after(_: Connection, __: object, sql: str, parameters: Any, ___: object, ____: bool) -> None:
        took = (time.perf_counter() - begun[0]) * 1000
        if re.search(r"\b(orders|refunds)\b", sql):
            seen.append(_Statement(sql=sql, parameters=parameters, milliseconds=took))

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)


async def _explained(store: Store, statement: _Statement) -> tuple[str, ...]:
    explain = "EXPLAIN QUERY PLAN" if store.database.backend.name == "sqlite" else "EXPLAIN"

    async def unit(connection: AsyncConnection) -> tuple[str, ...]:
        plan = await connection.exec_driver_sql(f"{explain} {statement.sql}", statement.parameters)
        return tuple(str(row[-1]) for row in plan)

    return await store.database.read(unit)


def _verdict(plan: tuple[str, ...]) -> str:
    """Which indexes a plan uses, and whether it reads a whole table of the shop's."""
    joined = "\n".join(plan)
    indexes = ", ".join(sorted(set(_INDEXES.findall(joined))))
    return f"FULL SCAN; {indexes}" if _FULL_SCAN.search(joined) else indexes


def _name(call: str, phase: Phase, number: int) -> str:
    if call == "due" and phase is ORDERS and number < len(_LANES):
        return _LANES[number]
    return f"query {number + 1}"
