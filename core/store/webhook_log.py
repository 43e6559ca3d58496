"""The webhook log: every payload that went through the handlers, whether or not it changed anything.

It keeps what may be kept of a payload and a digest of the whole; customers and cards never get here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.backends import Backend
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.given_rows import SetStatement, insertion
from reconcile_tui.core.store.tables import webhook_log
from reconcile_tui.core.transitions import Effect

_NOT_APPLIED: Final = frozenset((Effect.NO_ROW, Effect.WITHHELD, Effect.AMBIGUOUS))
_FINAL: Final = frozenset(event.webhook_type for event in Event)


class Source(StrEnum):
    """Who sent a webhook."""

    PSP = "psp"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedWebhook:
    """An entry. `received_at`: UTC, database clock. `ref`: the row it was about, where there is one."""

    received_at: datetime
    source: Source
    event_id: str
    event_type: str
    kind: Kind | None
    psp_id: str | None
    ref: RowRef | None
    effect: Effect
    payload: Mapping[str, Any] | None
    digest: str
    webhook_id: int = 0

    @property
    def came_in_vain(self) -> bool:
        """Whether the PSP sent what might have settled the row, and it was not applied."""
        is_real = self.source is Source.PSP
        return is_real and self.effect in _NOT_APPLIED and self.event_type in _FINAL


class WebhookLog:
    """What was received, for people and for the reversal watch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def about(
        self,
        psp_ids: Sequence[str],
        *,
        kind: Kind | None = None,
        source: Source | None = None,
        limit: int = 100,
    ) -> list[LoggedWebhook]:
        """The latest entries about these PSP ids, newest first; of one kind, and from one source, alone."""
        query = select(webhook_log).where(webhook_log.c.psp_id.in_(psp_ids))
        if kind is not None:
            query = query.where(webhook_log.c.kind == kind.value)
        if source is not None:
            query = query.where(webhook_log.c.source == source.value)
        query = query.order_by(webhook_log.c.id.desc()).limit(limit)

        async def unit(connection: AsyncConnection) -> list[LoggedWebhook]:
            return [_logged(row) for row in await connection.execute(query)]

        return await self._database.read(unit)

    async def about_no_row(
        self,
        *,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
    ) -> list[LoggedWebhook]:
        """The latest real webhooks about a payment or refund that no row of the shop's has, newest first.

        Args:
            since, until: UTC; from `since` on, before `until`.
            before: only entries older than the one with this id.
        """
        c = webhook_log.c
        query = select(webhook_log).where(c.effect == Effect.NO_ROW.value, c.source == Source.PSP.value)
        if since is not None:
            query = query.where(c.received_at >= since)
        if until is not None:
            query = query.where(c.received_at < until)
        if before is not None:
            query = query.where(c.id < before)
        query = query.order_by(c.id.desc()).limit(limit)

        async def unit(connection: AsyncConnection) -> list[LoggedWebhook]:
            return [_logged(row) for row in await connection.execute(query)]

        return await self._database.read(unit)


async def log_webhooks(
    connection: AsyncConnection, backend: Backend, entries: Sequence[LoggedWebhook]
) -> None:
    """Keep webhooks, as part of the caller's transaction."""
    if not entries:
        return
    values = [
        {
            "received_at": entry.received_at,
            "source": entry.source.value,
            "event_id": entry.event_id,
            "event_type": entry.event_type,
            "kind": entry.kind.value if entry.kind else None,
            "psp_id": entry.psp_id,
            "row_id": entry.ref.row_id if entry.ref else None,
            "effect": entry.effect.value,
            "payload": dict(entry.payload) if entry.payload is not None else None,
            "digest": entry.digest,
        }
        for entry in entries
    ]
    await _insertion(backend).run(connection, values)


@lru_cache(maxsize=16)
def _insertion(backend: Backend) -> SetStatement:
    return insertion(backend.given([c for c in webhook_log.c if c.name != "id"]), webhook_log)


def _logged(row: Any) -> LoggedWebhook:
    kind = Kind(row.kind) if row.kind else None
    return LoggedWebhook(
        received_at=row.received_at,
        source=Source(row.source),
        event_id=row.event_id,
        event_type=row.event_type,
        kind=kind,
        psp_id=row.psp_id,
        ref=RowRef(kind, row.row_id) if kind and row.row_id else None,
        effect=Effect(row.effect),
        payload=row.payload,
        digest=row.digest,
        webhook_id=row.id,
    )
