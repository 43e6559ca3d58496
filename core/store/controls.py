"""Controls: the hand on the brake, in the database, so that every process obeys it.

A pause stops every dispatch, or those of one connector; `blocked` is how long the PSP asked to be left
alone (its Retry-After), or the shop's endpoint. Who paused and resumed stays on record in
`reconcile_tui.core.store.actions`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.psp.retry_after import LONGEST_WAIT
from reconcile_tui.core.store.actions import Action, ActionKind, record_action
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import controls

_PAUSE = "pause"
_BLOCKED = "blocked"
_SHOP_BLOCKED = "blocked:shop"
_BLOCKS = (_BLOCKED, _SHOP_BLOCKED)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """How long a server asked to be left alone, and who heard it. Moments are UTC, database clock."""

    until: datetime
    actor: str
    set_at: datetime


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
        """Tell every process to leave the PSP alone until then: for `LONGEST_WAIT` at most, and never for a
        shorter time than another process was told."""
        await self._block(_BLOCKED, until=until, actor=actor, now=now)

    async def block_shop(self, *, until: datetime, actor: str, now: datetime) -> None:
        """The same about the shop's own webhook endpoint."""
        await self._block(_SHOP_BLOCKED, until=until, actor=actor, now=now)

    async def blocked_until(self, *, now: datetime) -> datetime | None:
        """Until when the PSP asked to be left alone; None where it did not, or that is over."""

        async def unit(connection: AsyncConnection) -> datetime | None:
            block = await _block_in_force(connection, _BLOCKED, now=now)
            return block.until if block is not None else None

        return await self._database.read(unit)

    async def lift_block(self, *, actor: str, now: datetime, reason: str | None = None) -> Block | None:
        """Let every process ask the PSP again, though it asked to be left alone.

        Returns:
            What was in force; None: nothing was, and nothing is put on record.
        """

        async def unit(connection: AsyncConnection) -> Block | None:
            lifted = await _block_in_force(connection, _BLOCKED, now=now)
            lift = delete(controls).where(controls.c.name == _BLOCKED)
            if (await connection.execute(lift)).rowcount == 0 or lifted is None:
                return None
            await record_action(
                connection,
                Action(at=now, kind=ActionKind.UNBLOCKED, actor=actor, reason=reason, until=lifted.until),
            )
            return lifted

        return await self._database.write(unit)

    async def _block(self, name: str, *, until: datetime, actor: str, now: datetime) -> None:
        longest = now + LONGEST_WAIT
        values = _values(name, actor=actor, reason="Retry-After", now=now, until=min(until, longest))
        # What lasts longer stands, unless it is longer than any version may write: one of before the limit.
        insert = self._upsert(
            lambda new: or_(controls.c.until < new, controls.c.until > longest, controls.c.until.is_(None))
        )

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(insert, [values])

        await self._database.write(unit, repeatable=True)

    def _upsert(self, where: Callable[[Any], ColumnElement[bool]] | None = None) -> Any:
        """Write a control. `where`: only where this holds of the `until` to write and what stands there."""
        insert = self._database.backend.upsert(controls)
        written = {
            column.name: insert.excluded[column.name] for column in controls.c if column.name != "name"
        }
        only = where(insert.excluded["until"]) if where is not None else None
        return insert.on_conflict_do_update(index_elements=["name"], set_=written, where=only)


async def pauses_in_force(connection: AsyncConnection, *, now: datetime) -> Sequence[Pause]:
    """The pauses in force at `now` (UTC, database clock), as part of the caller's transaction."""
    query = select(controls).where(controls.c.name.not_in(_BLOCKS), _lasts(now)).order_by(controls.c.name)
    return [_pause(row) for row in await connection.execute(query)]


async def shop_block_in_force(connection: AsyncConnection, *, now: datetime) -> Block | None:
    """How long the shop's own endpoint asked for no events, as part of the caller's transaction."""
    return await _block_in_force(connection, _SHOP_BLOCKED, now=now)


def pause_binding(pauses: Sequence[Pause], connector: str | None) -> Pause | None:
    """The first of `pauses` that forbids a dispatch for this connector."""
    return next((pause for pause in pauses if pause.binds(connector)), None)


async def _block_in_force(connection: AsyncConnection, name: str, *, now: datetime) -> Block | None:
    row = (await connection.execute(select(controls).where(controls.c.name == name))).one_or_none()
    if row is None or row.until is None:
        return None
    # A version before the limit may have written a day.
    until = min(row.until, row.set_at + LONGEST_WAIT)
    return Block(until=until, actor=row.actor, set_at=row.set_at) if until > now else None


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
