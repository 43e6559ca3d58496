"""Controls: the hand on the brake, in the database, so that every process obeys it.

A pause stops every dispatch, or those of one connector; `blocked` is how long the PSP asked to be left
alone (its Retry-After).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import controls

_PAUSE = "pause"
_BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause in force. `connector` None: of everything. Moments are UTC, database clock."""

    connector: str | None
    reason: str
    actor: str
    set_at: datetime
    until: datetime | None

    @property
    def words(self) -> str:
        """Who paused, and why."""
        return f"paused by {self.actor}: {self.reason}"

    def binds(self, connector: str | None) -> bool:
        """Whether a dispatch for this connector must not happen. One whose connector is not known
        may be the paused one."""
        return self.connector is None or connector is None or connector == self.connector


class Controls:
    """Pauses and blocks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pauses(self, *, now: datetime) -> Sequence[Pause]:
        """The pauses in force at `now`."""
        return await self._database.read(lambda connection: pauses_in_force(connection, now=now))

    async def pause(
        self,
        *,
        actor: str,
        reason: str,
        now: datetime,
        until: datetime | None = None,
        connector: str | None = None,
    ) -> None:
        """Stop every dispatch of every process on this database, or those of one connector."""
        name = f"{_PAUSE}:{connector}" if connector else _PAUSE
        await self._set(name, actor=actor, reason=reason, now=now, until=until)

    async def resume(self, *, connector: str | None = None) -> bool:
        """Lift a pause; whether there was one."""
        name = f"{_PAUSE}:{connector}" if connector else _PAUSE

        async def unit(connection: AsyncConnection) -> bool:
            return (await connection.execute(delete(controls).where(controls.c.name == name))).rowcount > 0

        return await self._database.write(unit)

    async def block(self, *, until: datetime, actor: str, now: datetime) -> None:
        """Tell every process to leave the PSP alone until then."""
        await self._set(_BLOCKED, actor=actor, reason="Retry-After", now=now, until=until)

    async def blocked_until(self, *, now: datetime) -> datetime | None:
        """Until when the PSP asked to be left alone; None where it did not, or that is over."""
        query = select(controls.c.until).where(controls.c.name == _BLOCKED, controls.c.until > now)

        async def unit(connection: AsyncConnection) -> datetime | None:
            return (await connection.execute(query)).scalar_one_or_none()

        return await self._database.read(unit)

    async def _set(
        self, name: str, *, actor: str, reason: str, now: datetime, until: datetime | None
    ) -> None:
        insert = self._database.backend.upsert(controls)
        values = {"name": name, "actor": actor, "reason": reason, "set_at": now, "until": until}
        statement = insert.on_conflict_do_update(
            index_elements=["name"], set_={key: insert.excluded[key] for key in values if key != "name"}
        )

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(statement, [values])

        await self._database.write(unit)


async def pauses_in_force(connection: AsyncConnection, *, now: datetime) -> Sequence[Pause]:
    """The pauses in force at `now` (UTC, database clock), as part of the caller's transaction."""
    in_force = or_(controls.c.until.is_(None), controls.c.until > now)
    query = select(controls).where(controls.c.name != _BLOCKED, in_force).order_by(controls.c.name)
    return [
        Pause(
            connector=row.name.removeprefix(_PAUSE).removeprefix(":") or None,
            reason=row.reason or "",
            actor=row.actor,
            set_at=row.set_at,
            until=row.until,
        )
        for row in await connection.execute(query)
    ]


def pause_binding(pauses: Sequence[Pause], connector: str | None) -> Pause | None:
    """The first of `pauses` that forbids a dispatch for this connector."""
    return next((pause for pause in pauses if pause.binds(connector)), None)
