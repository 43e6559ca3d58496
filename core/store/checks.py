"""Checks: what each read left behind, and when a row is due again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import case, null, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import Check, RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.backends import Backend
from reconcile_tui.core.store.given_rows import SetStatement
from reconcile_tui.core.store.tables import checks


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRow:
    """A row's check to write.

    Attributes:
        failed_by_us: None leaves what is there; True lifts the cap too: an orphan that it withholds is failed
            by an operator alone.
        capped_at: since when the cap leaves an orphan to the operators (UTC); None leaves what is there.
        expected: the version that the writer saw (0: none); a check that somebody else wrote meanwhile
            stays as it is. None writes in any case: the writer holds the row.
    """

    ref: RowRef
    check: Check
    failed_by_us: bool | None = None
    expected: int | None = None
    capped_at: datetime | None = None


def check_of(row: Any, psp_id: str | None) -> Check | None:
    """The check of a selected row; None where it was about another PSP id than the row has now."""
    if row.psp_id != (psp_id or ""):
        return None
    return Check(
        psp_id=row.psp_id,
        reads=row.reads,
        failures=row.failures,
        opens=row.opens,
        last_read_at=row.last_read_at,
        next_due=row.next_due,
        psp_status=row.psp_status,
        psp_read_at=row.psp_read_at,
        connector=row.connector,
        decision=row.decision,
        detail=row.detail,
        watch_until=row.watch_until,
        delivery_failures=row.delivery_failures,
    )


async def write_checks(connection: AsyncConnection, backend: Backend, rows: Sequence[CheckedRow]) -> None:
    """Insert or replace checks, as part of the caller's transaction.

    A guarded one that somebody else is writing at this moment is passed over, as one that they wrote: their
    commit may be under way for long.
    """
    rows = await _unlocked(connection, rows)
    for knows in (True, False):
        for guarded in (True, False):
            alike = [
                row
                for row in rows
                if (row.failed_by_us is not None) is knows and (row.expected is not None) is guarded
            ]
            if alike:
                upsert = _upsert(backend, sets_failed_by_us=knows, guarded=guarded)
                await upsert.run(connection, _each_once(alike, guarded=guarded))
    for moment in {row.capped_at for row in rows if row.capped_at is not None}:
        await mark_capped(connection, [row.ref for row in rows if row.capped_at == moment], now=moment)


async def mark_capped(connection: AsyncConnection, refs: Collection[RowRef], *, now: datetime) -> None:
    """Leave rows, whose checks are written, to the operators, as part of the caller's transaction.

    Whoever wrote the check meanwhile, and whatever they saw: what was withheld once stays withheld.

    Args:
        now: UTC, database clock.
    """
    if not refs:
        return
    keys = tuple_(checks.c.kind, checks.c.row_id).in_([(ref.kind.value, ref.row_id) for ref in refs])
    unmarked = update(checks).where(keys, checks.c.capped_at.is_(None))
    await connection.execute(unmarked.values(capped_at=now))


async def not_overtaken(connection: AsyncConnection, rows: Sequence[CheckedRow]) -> set[RowRef]:
    """Which of these guarded checks stand as they were just written, in the caller's transaction."""
    if not rows:
        return set()
    keys = tuple_(checks.c.kind, checks.c.row_id)
    query = select(checks.c.kind, checks.c.row_id, checks.c.version)
    query = query.where(keys.in_([(row.ref.kind.value, row.ref.row_id) for row in rows]))
    versions = {RowRef(Kind(row.kind), row.row_id): row.version for row in await connection.execute(query)}
    return {row.ref for row in rows if versions.get(row.ref) == (row.expected or 0) + 1}


async def _unlocked(connection: AsyncConnection, rows: Sequence[CheckedRow]) -> Sequence[CheckedRow]:
    seen = {(row.ref.kind.value, row.ref.row_id) for row in rows if row.expected}
    if not seen:
        return rows
    key = (checks.c.kind, checks.c.row_id)
    there = select(*key).where(tuple_(*key).in_(sorted(seen))).order_by(*key)
    there = there.with_for_update(key_share=True, skip_locked=True)
    free = {tuple(row) for row in await connection.execute(there)}
    return [row for row in rows if not row.expected or (row.ref.kind.value, row.ref.row_id) in free]


@lru_cache(maxsize=64)
def _upsert(backend: Backend, *, sets_failed_by_us: bool, guarded: bool) -> SetStatement:
    given = backend.given([c for c in checks.c if c.name != "capped_at"])
    insert = backend.upsert(checks).from_select(list(given.c.keys()), given.selected())
    keep = {"kind", "row_id", "version", "capped_at"} | (set() if sets_failed_by_us else {"failed_by_us"})
    changed = {c.name: insert.excluded[c.name] for c in checks.c if c.name not in keep}
    changed["version"] = checks.c.version + 1
    if sets_failed_by_us:
        changed["capped_at"] = case((insert.excluded.failed_by_us, null()), else_=checks.c.capped_at)
    unmoved = checks.c.version == insert.excluded.version - 1 if guarded else None
    statement = insert.on_conflict_do_update(index_elements=["kind", "row_id"], set_=changed, where=unmoved)
    return SetStatement(statement, given)


def _each_once(rows: Sequence[CheckedRow], *, guarded: bool) -> list[dict[str, Any]]:
    """The values of each row, in the order in which every process locks them. One statement writes a row
    once: of two writes the guard lets the first one through, and without it the last one stands."""
    by_key = {(row.ref.kind.value, row.ref.row_id): row for row in (reversed(rows) if guarded else rows)}
    return [_values(by_key[key]) for key in sorted(by_key)]


def _values(row: CheckedRow) -> dict[str, Any]:
    check = row.check
    return {
        "kind": row.ref.kind.value,
        "row_id": row.ref.row_id,
        "psp_id": check.psp_id,
        "reads": check.reads,
        "failures": check.failures,
        "opens": check.opens,
        "last_read_at": check.last_read_at,
        "next_due": check.next_due,
        "psp_status": check.psp_status,
        "psp_read_at": check.psp_read_at,
        "connector": check.connector,
        "decision": check.decision,
        "detail": check.detail,
        "watch_until": check.watch_until,
        "delivery_failures": check.delivery_failures,
        "failed_by_us": bool(row.failed_by_us),
        "version": (row.expected or 0) + 1,
    }


def due_now(moment: datetime, check: Check | None, psp_id: str, watch_until: datetime | None) -> Check:
    """The check of a row that must be looked at with the next tick, final or not."""
    base = check or Check(psp_id=psp_id, last_read_at=moment)
    return replace(base, next_due=moment, watch_until=watch_until)
