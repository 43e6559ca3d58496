"""Beats: which processes that act on rows are alive, so that nobody waits for the dead.

A beat is a row of the leases, named after its process, that runs out a while after the last one. A process
that ended as it should takes its beat along; of one that died, its beat ran out: then its row leases end too.
What the shop's own handler acknowledged keeps its lease: its effect may come yet.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.core.store.row_leases import ROW
from reconcile_tui.core.store.tables import journal, leases

_BEAT = "alive:"


class Beats:
    """The beats of every process on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, holder: str, *, lasts: timedelta) -> None:
        """Say that this process is alive.

        Args:
            lasts: how long that is believed without another beat. With HTTP dispatch longer than a POST
                takes: whoever takes a row over must know that none of it is under way.
        """

        async def unit(connection: AsyncConnection) -> None:
            until = await self._database.clock.now(connection) + lasts
            upsert = self._database.backend.upsert(leases)
            statement = upsert.on_conflict_do_update(
                index_elements=["name"], set_={"expires_at": upsert.excluded.expires_at}
            )
            values = {"name": _BEAT + holder, "holder": holder, "fence": 1, "expires_at": until}
            await connection.execute(statement, [values])

        await self._database.write(unit, repeatable=True, announced=False)

    async def ended(self, holder: str) -> None:
        """A process acts no more, as it should be: what it leaves is left by intent."""

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(delete(leases).where(leases.c.name == _BEAT + holder))

        await self._database.write(unit, repeatable=True, announced=False)

    async def end_leases_of_the_dead(self) -> list[str]:
        """End the row leases of each process whose beat ran out; the processes."""

        async def silent(connection: AsyncConnection) -> list[str]:
            now = await self._database.clock.now(connection)
            ran_out = select(leases.c.holder).where(
                leases.c.name.startswith(_BEAT), leases.c.expires_at <= now
            )
            return sorted((await connection.execute(ran_out)).scalars())

        async def unit(connection: AsyncConnection) -> list[str]:
            dead = await silent(connection)
            await end_row_leases(connection, dead, at=await self._database.clock.now(connection))
            await connection.execute(delete(leases).where(leases.c.name.in_([_BEAT + name for name in dead])))
            return dead

        if not await self._database.read(silent):
            return []
        return await self._database.write(unit, repeatable=True)


async def end_row_leases(connection: AsyncConnection, holders: Sequence[str], *, at: datetime) -> None:
    """Let the row leases of these processes run out at `at` (UTC, database clock), where they would later;
    part of the caller's transaction. A row that is being delivered at this moment is passed over."""
    awaits_its_effect = exists().where(
        journal.c.intent_id == leases.c.intent_id, journal.c.step == Step.DELIVERED.value
    )
    theirs = (
        select(leases.c.name)
        .where(leases.c.holder.in_(holders), leases.c.name.startswith(ROW))
        .where(leases.c.expires_at > at, ~awaits_its_effect)
        .order_by(leases.c.name)
        .with_for_update(of=leases, key_share=True, skip_locked=True)
    )
    names = list((await connection.execute(theirs)).scalars())
    if names:
        await connection.execute(update(leases).where(leases.c.name.in_(names)).values(expires_at=at))
