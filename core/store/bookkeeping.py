"""Bookkeeping after reads: what was seen of each row, when it is due again, what needs a person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.attention import AttentionChange, write_attention
from reconcile_tui.core.store.checks import CheckedRow, write_checks
from reconcile_tui.core.store.database import Database


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
