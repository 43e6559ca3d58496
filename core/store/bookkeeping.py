"""Bookkeeping after reads: what was seen of each row, when it is due again, what needs a person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.store.attention import AttentionChange, write_attention
from reconcile_tui.core.store.checks import CheckedRow, not_overtaken, write_checks
from reconcile_tui.core.store.database import Database, is_about_values
from reconcile_tui.core.store.tables import checks


class Bookkeeping:
    """Checks and attention items, written together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self, checked: Sequence[CheckedRow], attention: Sequence[AttentionChange], *, now: datetime
    ) -> list[RowRef]:
        """Write what a slice's reads left; one transaction. `now`: UTC, database clock.

        What a slower look says of a row that somebody else wrote about meanwhile is dropped; so is what was
        written already by a commit in doubt. Where the database refuses a value, each row gets a transaction
        of its own.

        Returns:
            The rows that could not be written down.
        """
        try:
            await self._write(checked, attention, now=now)
        except Exception as error:
            if not is_about_values(error):
                raise
            return [row.ref for row in checked if not await self._written(row, attention, now=now)]
        return []

    async def raise_alone(self, change: AttentionChange, *, now: datetime) -> bool:
        """Raise an item of which no look is on record; False where the database does not even take that."""
        try:
            await self._database.write(
                lambda connection: write_attention(connection, self._database.backend, [change], now=now),
                repeatable=True,
            )
        except Exception as error:
            if not is_about_values(error):
                raise
            return False
        return True

    async def _written(self, row: CheckedRow, attention: Sequence[AttentionChange], *, now: datetime) -> bool:
        try:
            await self._write([row], [change for change in attention if change.ref == row.ref], now=now)
        except Exception as error:
            if not is_about_values(error):
                raise
            return False
        return True

    async def _write(
        self, checked: Sequence[CheckedRow], attention: Sequence[AttentionChange], *, now: datetime
    ) -> None:
        if not checked and not attention:
            return

        async def unit(connection: AsyncConnection) -> None:
            await write_checks(connection, self._database.backend, checked)
            about = {change.ref for change in attention}
            current = await not_overtaken(connection, [row for row in checked if row.ref in about])
            changes = [change for change in attention if change.ref in current]
            await write_attention(connection, self._database.backend, changes, now=now)

        await self._database.write(unit, repeatable=True)

    async def connectors(self) -> tuple[str, ...]:
        """Every processor behind the PSP that any look met, by name."""
        query = select(checks.c.connector).where(checks.c.connector.is_not(None)).distinct()

        async def unit(connection: AsyncConnection) -> tuple[str, ...]:
            return tuple(sorted((await connection.execute(query)).scalars()))

        return await self._database.read(unit)
