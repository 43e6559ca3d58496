"""Runs: each tick's start, heartbeat, counts and end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A tick. Moments are UTC, database clock; `finished_at` None: under way, or it died.

    Attributes:
        holder: names the process; None for a run of an earlier version.
    """

    run_id: int
    started_at: datetime
    heartbeat_at: datetime
    finished_at: datetime | None
    actor: str
    mode: Mode
    counts: Mapping[str, Any] | None
    error: str | None
    holder: str | None


class Runs:
    """Ticks, as others see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, *, actor: str, mode: Mode, now: datetime, holder: str) -> int:
        """Write down that a tick began; its id."""
        values = {
            "started_at": now,
            "heartbeat_at": now,
            "actor": actor,
            "mode": mode.value,
            "holder": holder,
        }

        begun = select(runs.c.id).where(
            runs.c.holder == holder, runs.c.started_at == now, runs.c.finished_at.is_(None)
        )

        async def unit(connection: AsyncConnection) -> int:
            run_id: int | None = (await connection.execute(begun)).scalar()
            if run_id is None:
                run_id = (await connection.execute(insert(runs).returning(runs.c.id), values)).scalar_one()
            return run_id

        return await self._database.write(unit, repeatable=True)

    async def finish(
        self, run_id: int, *, now: datetime, counts: Mapping[str, Any], error: str | None = None
    ) -> None:
        """Write down how a tick ended."""
        values = {"finished_at": now, "heartbeat_at": now, "counts": dict(counts), "error": error}
        await self._update(runs.c.id == run_id, values)

    async def progress(self, run_id: int, *, now: datetime, counts: Mapping[str, Any]) -> None:
        """Write down what a tick has done so far: whoever kills its process must not kill its counts."""
        values = {"heartbeat_at": now, "counts": dict(counts)}
        await self._update(and_(runs.c.id == run_id, runs.c.finished_at.is_(None)), values, announced=False)

    async def heartbeat(self, *, holder: str, now: datetime) -> None:
        """Say that a process' tick is still under way: its latest one, for it has one at a time."""
        latest = select(func.max(runs.c.id)).where(runs.c.holder == holder).scalar_subquery()
        under_way = and_(runs.c.id == latest, runs.c.finished_at.is_(None))
        await self._update(under_way, {"heartbeat_at": now}, announced=False)

    async def latest(self, *, limit: int = 20) -> list[Run]:
        """The latest ticks, newest first."""
        return await self.between(None, None, limit=limit)

    async def between(
        self, since: datetime | None, until: datetime | None, *, limit: int, before: int | None = None
    ) -> list[Run]:
        """The latest ticks that were under way from `since` on and before `until` (UTC), newest first.

        Args:
            before: only ticks older than the one with this id.
        """
        query = select(runs).order_by(runs.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(runs.c.id < before)
        if since is not None:
            query = query.where(func.coalesce(runs.c.finished_at, runs.c.heartbeat_at) >= since)
        if until is not None:
            query = query.where(runs.c.started_at < until)

        async def unit(connection: AsyncConnection) -> list[Run]:
            return [
                Run(
                    run_id=row.id,
                    started_at=row.started_at,
                    heartbeat_at=row.heartbeat_at,
                    finished_at=row.finished_at,
                    actor=row.actor,
                    mode=Mode(row.mode),
                    counts=row.counts,
                    error=row.error,
                    holder=row.holder,
                )
                for row in await connection.execute(query)
            ]

        return await self._database.read(unit)

    async def _update(
        self, which: ColumnElement[bool], values: Mapping[str, Any], *, announced: bool = True
    ) -> None:
        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(update(runs).where(which).values(**values))

        await self._database.write(unit, repeatable=True, announced=announced)
