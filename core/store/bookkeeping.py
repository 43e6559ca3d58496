"""Bookkeeping after reads: what was seen of each row, when it is due again, what needs a person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.attention import AttentionChange, write_attention
from reconcile_tui.core.store.checks import CheckedRow, not_overtaken, write_checks
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import checks


class Bookkeeping:
    """Checks and attention items, written together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self, checked: Sequence[CheckedRow], attention: Sequence[AttentionChange], *, now: datetime
    ) -> None:
        """Write what a slice's reads left; one transaction. `now`: UTC, database clock.

        What a slower look says of a row that somebody else wrote about meanwhile is dropped; so is what was
        written already by a commit in doubt.
        """
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
