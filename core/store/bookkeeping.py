"""Bookkeeping after reads: what was seen of each row, when it is due again, what needs a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.store.attention import AttentionChange, write_attention
from reconcile_tui.core.store.checks import CheckedRow, write_checks
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import checks


class Bookkeeping:
    """Checks and attention items, written together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self, checked: Sequence[CheckedRow], attention: Sequence[AttentionChange], *, now: datetime
    ) -> None:
        """Write what a slice's reads left; one transaction. `now`: UTC, database clock."""
        if not checked and not attention:
            return

        async def unit(connection: AsyncConnection) -> None:
            await write_checks(connection, self._database.backend, checked)
            await write_attention(connection, self._database.backend, attention, now=now)

        await self._database.write(unit)

    async def touch(self, refs: Mapping[RowRef, str], *, now: datetime) -> None:
        """Note that rows were looked at, and nothing else: what is known of them is others' to write.

        Args:
            refs: the rows, each with the PSP id that was asked for.
            now: UTC, database clock.
        """
        if not refs:
            return
        insert = self._database.backend.upsert(checks)
        statement = insert.on_conflict_do_update(
            index_elements=["kind", "row_id"],
            set_={"last_read_at": insert.excluded.last_read_at, "reads": checks.c.reads + 1},
        )
        values = [
            {
                "kind": ref.kind.value,
                "row_id": ref.row_id,
                "psp_id": psp_id,
                "reads": 1,
                "failures": 0,
                "opens": 0,
                "last_read_at": now,
                "next_due": now,
                "failed_by_us": False,
            }
            for ref, psp_id in refs.items()
        ]

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(statement, values)

        await self._database.write(unit)
