"""Row leases: who acts on a row just now, and about which intent. Each function is part of a transaction.

A lease without an intent is free to its own holder; one that names an intent is nobody's until the intent is
concluded, or its time ran out and somebody settles it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.backends import Backend
from reconcile_tui.core.store.journal_entries import Intent
from reconcile_tui.core.store.tables import journal, leases

_PREFIX = "row:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A row that somebody acts on. `actor`: as the journal names them; None where no intent came of it yet.
    `expires_at`: UTC, database clock."""

    ref: RowRef
    actor: str | None
    holder: str
    expires_at: datetime


def lease_name(ref: RowRef) -> str:
    """The name of a row's lease."""
    return f"{_PREFIX}{ref.kind.value}:{ref.row_id}"


async def take(
    connection: AsyncConnection,
    backend: Backend,
    refs: Sequence[RowRef],
    *,
    holder: str,
    now: datetime,
    expires_at: datetime,
) -> dict[RowRef, int]:
    """Lease what is free, ran out, or is held by us already; the fence of each."""
    names = {lease_name(ref): ref for ref in refs}
    upsert = backend.upsert(leases)
    free = or_(leases.c.expires_at <= now, leases.c.holder == holder)
    upsert = upsert.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "holder": upsert.excluded.holder,
            "fence": leases.c.fence + 1,
            "expires_at": upsert.excluded.expires_at,
        },
        where=and_(free, leases.c.intent_id.is_(None)),
    )
    values = [
        {"name": name, "holder": holder, "fence": 1, "expires_at": expires_at, "intent_id": None}
        for name in sorted(names)
    ]
    await connection.execute(upsert, values)
    ours = select(leases.c.name, leases.c.fence).where(
        leases.c.name.in_(list(names)), leases.c.holder == holder, leases.c.intent_id.is_(None)
    )
    return {names[name]: fence for name, fence in await connection.execute(ours)}


async def name_intents(connection: AsyncConnection, intents: Sequence[Intent]) -> None:
    """Tell the leases which intent they are about."""
    if not intents:
        return
    statement = (
        leases.update().where(leases.c.name == bindparam("of_row")).values(intent_id=bindparam("its_intent"))
    )
    await connection.execute(
        statement, [{"of_row": lease_name(i.ref), "its_intent": i.intent_id} for i in intents]
    )


async def release(connection: AsyncConnection, refs: Sequence[RowRef], *, holder: str) -> None:
    """Delete leases that no intent came of."""
    names = [lease_name(ref) for ref in refs]
    await connection.execute(delete(leases).where(leases.c.name.in_(names), leases.c.holder == holder))


async def give_back(connection: AsyncConnection, intents: Sequence[Intent]) -> set[int]:
    """Delete the leases that are still ours, unchanged since; the intents they were about."""
    given: set[int] = set()
    for holder, fence in sorted({(intent.holder, intent.fence) for intent in intents}):
        ids = [intent.intent_id for intent in intents if (intent.holder, intent.fence) == (holder, fence)]
        ours = and_(leases.c.intent_id.in_(ids), leases.c.holder == holder, leases.c.fence == fence)
        given.update(
            (await connection.execute(delete(leases).where(ours).returning(leases.c.intent_id))).scalars()
        )
    return given


async def in_force(connection: AsyncConnection, *, now: datetime, limit: int) -> list[Held]:
    """The rows that somebody acts on at `now` (UTC, database clock), as their leases have it."""
    query = (
        select(leases.c.name, leases.c.holder, leases.c.expires_at, journal.c.actor)
        .outerjoin_from(leases, journal, journal.c.id == leases.c.intent_id)
        .where(leases.c.name.startswith(_PREFIX), leases.c.expires_at > now)
        .order_by(leases.c.name)
        .limit(limit)
    )
    found = []
    for row in await connection.execute(query):
        kind, _, row_id = row.name.removeprefix(_PREFIX).partition(":")
        ref = RowRef(Kind(kind), row_id)
        found.append(Held(ref=ref, actor=row.actor, holder=row.holder, expires_at=row.expires_at))
    return found


async def held(
    connection: AsyncConnection,
    intents: Sequence[Intent],
    *,
    expire: ColumnElement[bool],
    lock: bool = False,
) -> set[int]:
    """The intents whose lease is ours, unchanged since, and expires as said.

    Args:
        lock: until the end of the transaction, in the order of their names.
    """
    query = select(leases.c.intent_id, leases.c.holder, leases.c.fence).where(
        leases.c.intent_id.in_([intent.intent_id for intent in intents]), expire
    )
    if lock:
        query = query.with_for_update().order_by(leases.c.name)
    ours = {(intent.intent_id, intent.holder, intent.fence) for intent in intents}
    return {row.intent_id for row in await connection.execute(query) if tuple(row) in ours}
