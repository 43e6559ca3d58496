"""Daemons: which processes sweep or stand by, and when each was last heard of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import daemons, leases
from reconcile_tui.core.tick_trouble import TickTrouble


class DaemonState(StrEnum):
    """What a daemon does at the moment."""

    STANDBY = "standby"
    """Another one has the turn."""
    WAITING = "waiting"
    """It has the turn, and its next tick is to come."""
    SWEEPING = "sweeping"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """A daemon as it said of itself. Moments are UTC, database clock.

    Attributes:
        holder: names the process, in leases too.
        dispatch: how it delivers: `database` or `http`.
        next_tick_at: None where it has no turn.
        last_error: why its last tick failed; None once one ended well.
    """

    holder: str
    state: DaemonState
    mode: Mode
    dispatch: str
    version: str
    interval: timedelta
    started_at: datetime
    heartbeat_at: datetime
    next_tick_at: datetime | None = None
    last_error: TickTrouble | None = None


class Daemons:
    """What daemons say of themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, daemon: Daemon) -> None:
        """Write down that a daemon is alive, and what it does."""
        values = {
            "holder": daemon.holder,
            "state": daemon.state.value,
            "mode": daemon.mode.value,
            "dispatch": daemon.dispatch,
            "version": daemon.version,
            "interval_seconds": round(daemon.interval.total_seconds()),
            "started_at": daemon.started_at,
            "heartbeat_at": daemon.heartbeat_at,
            "next_tick_at": daemon.next_tick_at,
            "last_error": daemon.last_error.encoded() if daemon.last_error else None,
        }
        insert = self._database.backend.upsert(daemons)
        statement = insert.on_conflict_do_update(
            index_elements=["holder"],
            set_={key: insert.excluded[key] for key in values if key not in ("holder", "started_at")},
        )

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(statement, [values])

        await self._database.write(unit, repeatable=True, announced=False)

    async def gone(self, holder: str) -> None:
        """Forget a daemon that ended as it should."""

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(delete(daemons).where(daemons.c.holder == holder))

        await self._database.write(unit, repeatable=True)

    async def forget_silent(self, *, since: datetime) -> int:
        """Forget daemons not heard of since then (UTC, database clock); how many."""

        async def unit(connection: AsyncConnection) -> int:
            return (await connection.execute(delete(daemons).where(daemons.c.heartbeat_at < since))).rowcount

        return await self._database.write(unit)

    async def in_flight(self, holder: str) -> int:
        """How many rows a process has begun to deliver and not concluded."""
        query = select(func.count()).where(leases.c.holder == holder, leases.c.intent_id.is_not(None))

        async def unit(connection: AsyncConnection) -> int:
            return int((await connection.execute(query)).scalar_one())

        return await self._database.read(unit)

    async def all(self) -> list[Daemon]:
        """Every daemon that is known, the latest heard of first."""
        query = select(daemons).order_by(daemons.c.heartbeat_at.desc(), daemons.c.holder)

        async def unit(connection: AsyncConnection) -> list[Daemon]:
            return [
                Daemon(
                    holder=row.holder,
                    state=DaemonState(row.state),
                    mode=Mode(row.mode),
                    dispatch=row.dispatch,
                    version=row.version,
                    interval=timedelta(seconds=row.interval_seconds),
                    started_at=row.started_at,
                    heartbeat_at=row.heartbeat_at,
                    next_tick_at=row.next_tick_at,
                    last_error=TickTrouble.decoded(row.last_error) if row.last_error else None,
                )
                for row in await connection.execute(query)
            ]

        return await self._database.read(unit)
