"""Turns: which daemon sweeps. One row of the leases, taken for a while and renewed.

A turn keeps two daemons from reading everything twice; nothing is safe because of it (design rule 4).
Whether one ran out is judged by the database's clock, read in the very transaction that judges.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.beats import end_row_leases
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import daemons, leases

SWEEP = "sweep"
"""The name of the turn among the leases; a row's lease begins with `row:`."""

_NOBODY = ""
"""Who has a turn that was given back. The row stays: its fence must never go back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody's turn to sweep.

    Attributes:
        fence: goes up whenever the turn is taken: whoever has a lower one has it no more.
        expires_at: UTC, database clock.
        taken_from: whose turn had run out when this one was taken just now; None where nobody had it.
    """

    holder: str
    fence: int
    expires_at: datetime
    taken_from: str | None = None


class Turns:
    """The one turn there is on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, *, holder: str, lease: timedelta, post_timeout: timedelta = timedelta(0)) -> Turn:
        """Take the turn if nobody has it, or if it ran out. The turn as it stands then: ours or another's.

        Whoever has it and takes it again (its answer was not heard) gets it anew. Whose turn ran out is dead,
        or was frozen: its row leases end with it.

        Args:
            post_timeout: how long an event that it sent to the shop's own handler may still be under way.
        """

        async def unit(connection: AsyncConnection) -> Turn:
            now = await self._database.clock.now(connection)
            before = await self._stands(connection, lock=True)
            upsert = self._database.backend.upsert(leases)
            statement = upsert.on_conflict_do_update(
                index_elements=["name"],
                set_={
                    "holder": upsert.excluded.holder,
                    "fence": leases.c.fence + 1,
                    "expires_at": upsert.excluded.expires_at,
                },
                where=or_(leases.c.expires_at <= now, leases.c.holder == holder),
            )
            values = {"name": SWEEP, "holder": holder, "fence": 1, "expires_at": now + lease}
            await connection.execute(statement, [values])
            after = await self._stands(connection)
            if after is None:
                raise RuntimeError("the turn that was just written down is not there")
            if before is None or after.holder != holder or before.holder in (_NOBODY, holder):
                return after
            sends = await connection.scalar(
                select(daemons.c.dispatch).where(daemons.c.holder == before.holder)
            )
            at_rest = now if sends == "database" else max(now, before.expires_at + post_timeout)
            await end_row_leases(connection, [before.holder], at=at_rest)
            return Turn(
                holder=after.holder,
                fence=after.fence,
                expires_at=after.expires_at,
                taken_from=before.holder,
            )

        return await self._database.write(unit)

    async def renew(self, turn: Turn, *, lease: timedelta) -> Turn | None:
        """Keep a turn for another while; None where it ran out, or somebody else took it."""

        async def unit(connection: AsyncConnection) -> Turn | None:
            now = await self._database.clock.now(connection)
            until = now + lease
            statement = (
                update(leases)
                .where(leases.c.name == SWEEP, leases.c.holder == turn.holder)
                .where(leases.c.fence == turn.fence, leases.c.expires_at > now)
                .values(expires_at=until)
            )
            if (await connection.execute(statement)).rowcount == 0:
                return None
            return Turn(holder=turn.holder, fence=turn.fence, expires_at=until)

        return await self._database.write(unit, announced=False)

    async def give_back(self, turn: Turn) -> None:
        """Let the next one take it at once; nothing happens where it is ours no more."""

        async def unit(connection: AsyncConnection) -> None:
            now = await self._database.clock.now(connection)
            statement = (
                update(leases)
                .where(leases.c.name == SWEEP, leases.c.holder == turn.holder)
                .where(leases.c.fence == turn.fence)
                .values(holder=_NOBODY, expires_at=now)
            )
            await connection.execute(statement)

        await self._database.write(unit)

    async def current(self) -> Turn | None:
        """Who has the turn; None where nobody has it, or it ran out."""

        async def unit(connection: AsyncConnection) -> Turn | None:
            now = await self._database.clock.now(connection)
            turn = await self._stands(connection)
            if turn is None or turn.holder == _NOBODY or turn.expires_at <= now:
                return None
            return turn

        return await self._database.read(unit)

    async def _stands(self, connection: AsyncConnection, *, lock: bool = False) -> Turn | None:
        """The row as it is, whether or not it ran out."""
        query = select(leases).where(leases.c.name == SWEEP)
        row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            return None
        return Turn(holder=row.holder, fence=row.fence, expires_at=row.expires_at)
