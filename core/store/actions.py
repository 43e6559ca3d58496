"""Actions: the append-only record of what people did beside dispatches: brakes and acknowledgements.

Each is written in the transaction that does it, so that what happened and who did it are known together.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, and_, false, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import actions


class ActionKind(StrEnum):
    """What somebody did."""

    PAUSED = "paused"
    RESUMED = "resumed"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    UNBLOCKED = "unblocked"
    """Let the PSP be asked again, though it asked to be left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that somebody did. Moments are UTC, database clock.

    Attributes:
        until: when it is over by itself, or would have been; None: by nothing but another action, or
            changed facts.
        connector: of a pause; None: of everything.
        ref: the acknowledged row.
        attention: why that row needs a person.
    """

    at: datetime
    kind: ActionKind
    actor: str
    reason: str | None = None
    until: datetime | None = None
    connector: str | None = None
    ref: RowRef | None = None
    attention: Reason | None = None
    action_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFilter:
    """Which actions are meant; everything that is given must hold.

    Attributes:
        refs: acknowledgements of these rows alone; None: actions of every kind.
        since, until: UTC; from `since` on, before `until`.
    """

    refs: Collection[RowRef] | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Actions:
    """What people did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, which: ActionFilter, *, limit: int, before: int | None = None) -> list[Action]:
        """The newest actions, newest first.

        Args:
            before: only actions older than the one with this id.
        """
        query = _where(select(actions), which).order_by(actions.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(actions.c.id < before)

        async def unit(connection: AsyncConnection) -> list[Action]:
            return [_action(row) for row in await connection.execute(query)]

        return await self._database.read(unit)


async def record_action(connection: AsyncConnection, action: Action) -> None:
    """Write an action down, as part of the transaction that does it."""
    values = {
        "at": action.at,
        "action": action.kind.value,
        "actor": action.actor,
        "reason": action.reason,
        "until": action.until,
        "connector": action.connector,
        "kind": action.ref.kind.value if action.ref else None,
        "row_id": action.ref.row_id if action.ref else None,
        "attention": action.attention.value if action.attention else None,
    }
    await connection.execute(insert(actions), values)


def _where(query: Select[Any], which: ActionFilter) -> Select[Any]:
    if which.refs is not None:
        c = actions.c
        rows = (and_(c.kind == ref.kind.value, c.row_id == ref.row_id) for ref in which.refs)
        query = query.where(or_(false(), *rows))
    if which.actor is not None:
        query = query.where(actions.c.actor == which.actor)
    if which.since is not None:
        query = query.where(actions.c.at >= which.since)
    if which.until is not None:
        query = query.where(actions.c.at < which.until)
    return query


def _action(row: Row[Any]) -> Action:
    return Action(
        action_id=row.id,
        at=row.at,
        kind=ActionKind(row.action),
        actor=row.actor,
        reason=row.reason,
        until=row.until,
        connector=row.connector,
        ref=RowRef(Kind(row.kind), row.row_id) if row.kind is not None else None,
        attention=Reason(row.attention) if row.attention is not None else None,
    )
