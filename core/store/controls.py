"""Controls: the hand on the brake, in the database, so that every process obeys it.

A pause stops every dispatch, or those of one connector; `blocked` is how long the PSP asked to be left
alone (its Retry-After). Who paused and resumed stays on record in `reconcile_tui.core.store.actions`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.actions import Action, ActionKind, record_action
from reconcile_tui.core.store.backends import Upsert
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
    ) -> Pause | None:
        """Stop every dispatch of every process on this database, or those of one connector.

        Returns:
            The pause that this one replaces.
        """
        values = _values(_name(connector), actor=actor, reason=reason, now=now, until=until)
        action = Action(
            at=now, kind=ActionKind.PAUSED, actor=actor, reason=reason, until=until, connector=connector
        )

        async def unit(connection: AsyncConnection) -> Pause | None:
            replaced = await _in_force(connection, connector, now=now)
            await connection.execute(self._upsert(), [values])
            await record_action(connection, action)
            return replaced

        return await self._database.write(unit)

    async def resume(
        self,
        *,
        actor: str,
        now: datetime,
        connector: str | None = None,
        reason: str | None = None,
        as_seen: Pause | None = None,
    ) -> Pause | None:
        """Lift a pause.

        Args:
            as_seen: lift it only where it still is this one: another, which somebody put in its place
                meanwhile, stays in force.

        Returns:
            The pause that was in force; None: there was none, and nothing is put on record.
        """
        lift = delete(controls).where(controls.c.name == _name(connector))
        if as_seen is not None:
            c = controls.c
            lift = lift.where(
                c.actor == as_seen.actor, c.reason == as_seen.reason, c.set_at == as_seen.set_at
            )
        action = Action(at=now, kind=ActionKind.RESUMED, actor=actor, reason=reason, connector=connector)

        async def unit(connection: AsyncConnection) -> Pause | None:
            lifted = await _in_force(connection, connector, now=now)
            if (await connection.execute(lift)).rowcount == 0 or lifted is None:
                return None
            await record_action(connection, action)
            return lifted

        return await self._database.write(unit)

    async def block(self, *, until: datetime, actor: str, now: datetime) -> None:
        """Tell every process to leave the PSP alone until then. A longer wait stands: another process heard
        it of the same PSP."""
        values = _values(_BLOCKED, actor=actor, reason="Retry-After", now=now, until=until)
        insert = self._database.backend.upsert(controls)
        longer = insert.on_conflict_do_update(
            index_elements=["name"],
            set_=self._written(insert),
            where=controls.c.until < insert.excluded.until,
        )

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(longer, [values])

        await self._database.write(unit, repeatable=True)

    async def blocked_until(self, *, now: datetime) -> datetime | None:
        """Until when the PSP asked to be left alone; None where it did not, or that is over."""
        query = select(controls.c.until).where(controls.c.name == _BLOCKED, controls.c.until > now)

        async def unit(connection: AsyncConnection) -> datetime | None:
            return (await connection.execute(query)).scalar_one_or_none()

        return await self._database.read(unit)

    def _upsert(self) -> Any:
        insert = self._database.backend.upsert(controls)
        return insert.on_conflict_do_update(index_elements=["name"], set_=self._written(insert))

    def _written(self, insert: Upsert) -> dict[str, Any]:
        return {column.name: insert.excluded[column.name] for column in controls.c if column.name != "name"}


async def pauses_in_force(connection: AsyncConnection, *, now: datetime) -> Sequence[Pause]:
    """The pauses in force at `now` (UTC, database clock), as part of the caller's transaction."""
    query = select(controls).where(controls.c.name != _BLOCKED, _lasts(now)).order_by(controls.c.name)
    return [_pause(row) for row in await connection.execute(query)]


def pause_binding(pauses: Sequence[Pause], connector: str | None) -> Pause | None:
    """The first of `pauses` that forbids a dispatch for this connector."""
    return next((pause for pause in pauses if pause.binds(connector)), None)


async def _in_force(connection: AsyncConnection, connector: str | None, *, now: datetime) -> Pause | None:
    query = select(controls).where(controls.c.name == _name(connector), _lasts(now))
    row = (await connection.execute(query)).one_or_none()
    return _pause(row) if row is not None else None


def _name(connector: str | None) -> str:
    return f"{_PAUSE}:{connector}" if connector else _PAUSE


def _lasts(now: datetime) -> ColumnElement[bool]:
    return or_(controls.c.until.is_(None), controls.c.until > now)


def _values(name: str, *, actor: str, reason: str, now: datetime, until: datetime | None) -> dict[str, Any]:
    return {"name": name, "actor": actor, "reason": reason, "set_at": now, "until": until}


def _pause(row: Row[Any]) -> Pause:
    return Pause(
        connector=row.name.removeprefix(_PAUSE).removeprefix(":") or None,
        reason=row.reason or "",
        actor=row.actor,
        set_at=row.set_at,
        until=row.until,
    )
