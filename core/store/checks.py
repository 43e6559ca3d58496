"""Checks: what each read left behind, and when a row is due again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import Check, RowRef
from reconcile_tui.core.store.backends import Backend
from reconcile_tui.core.store.tables import checks


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRow:
    """A row's check to write. `failed_by_us`: None leaves what is there."""

    ref: RowRef
    check: Check
    failed_by_us: bool | None = None


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
    )


async def write_checks(connection: AsyncConnection, backend: Backend, rows: Sequence[CheckedRow]) -> None:
    """Insert or replace checks, as part of the caller's transaction."""
    for known in (True, False):
        chosen = [row for row in rows if (row.failed_by_us is not None) is known]
        if not chosen:
            continue
        insert = backend.upsert(checks)
        keep = {"kind", "row_id"} if known else {"kind", "row_id", "failed_by_us"}
        changed = {c.name: insert.excluded[c.name] for c in checks.c if c.name not in keep}
        statement = insert.on_conflict_do_update(index_elements=["kind", "row_id"], set_=changed)
        await connection.execute(statement, [_values(row) for row in chosen])


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
        "failed_by_us": bool(row.failed_by_us),
    }


def due_now(moment: datetime, check: Check | None, psp_id: str, watch_until: datetime | None) -> Check:
    """The check of a row that must be looked at with the next tick, final or not."""
    base = check or Check(psp_id=psp_id)
    return Check(
        psp_id=psp_id,
        reads=base.reads,
        failures=base.failures,
        opens=base.opens,
        last_read_at=base.last_read_at or moment,
        next_due=moment,
        psp_status=base.psp_status,
        psp_read_at=base.psp_read_at,
        connector=base.connector,
        decision=base.decision,
        detail=base.detail,
        watch_until=watch_until,
    )
