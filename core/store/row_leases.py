"""Row leases: who acts on a row just now, and about which intent. Each function is part of a transaction.

A lease without an intent is free to its own holder; one that names an intent is nobody else's until the
intent is concluded, or its time ran out: then anybody may take it, with the intent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.backends import Backend
from reconcile_tui.core.store.given_rows import SetStatement
from reconcile_tui.core.store.journal_entries import Intent
from reconcile_tui.core.store.moments import UtcMoment
from reconcile_tui.core.store.tables import journal, leases

ROW = "row:"
"""How the name of a row's lease begins."""


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
    return f"{ROW}{ref.kind.value}:{ref.row_id}"


def is_leased(kind: Kind, row_id: ColumnElement[str], *, now: datetime) -> ColumnElement[bool]:
    """Whether somebody acts on a row at `now` (UTC, database clock).

    Args:
        row_id: as the tool's own tables keep it.
    """
    prefix = bindparam(None, f"{ROW}{kind.value}:", Text, literal_execute=True)
    return exists().where(leases.c.name == prefix + row_id, leases.c.expires_at > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A lease that is ours now. `intent_id`: what somebody left in it; None where there was nothing."""

    fence: int
    intent_id: int | None = None


async def take(
    connection: AsyncConnection,
    backend: Backend,
    refs: Sequence[RowRef],
    *,
    holder: str,
    now: datetime,
    expires_at: datetime,
) -> dict[RowRef, Taken]:
    """Lease what is free, ran out, or is held by us without an intent. What somebody else is writing at this
    moment is passed over, never awaited.

    Args:
        now: UTC, database clock.
    """
    names = {lease_name(ref): ref for ref in refs}
    values = [
        {"name": name, "holder": holder, "fence": 1, "expires_at": expires_at} for name in sorted(names)
    ]
    free = or_(leases.c.expires_at <= now, and_(leases.c.holder == holder, leases.c.intent_id.is_(None)))
    there = (
        select(leases.c.name)
        .where(leases.c.name.in_(list(names)), free)
        .order_by(leases.c.name)
        .with_for_update(key_share=True, skip_locked=True)
    )
    ours = list((await connection.execute(there)).scalars())
    taken: dict[RowRef, Taken] = {}
    if ours:
        statement = (
            update(leases)
            .where(leases.c.name.in_(ours), free)
            .values(holder=holder, fence=leases.c.fence + 1, expires_at=expires_at)
            .returning(leases.c.name, leases.c.fence, leases.c.intent_id)
        )
        for name, fence, intent_id in await connection.execute(statement):
            taken[names[name]] = Taken(fence=fence, intent_id=intent_id)
    missing = [value for name, value in zip(sorted(names), values, strict=True) if names[name] not in taken]
    if missing:
        inserted = await _leasing(backend).run(connection, missing)
        taken |= {names[name]: Taken(fence=1) for name in inserted.scalars()}
    return taken


@lru_cache(maxsize=16)
def _leasing(backend: Backend) -> SetStatement:
    given = backend.given([leases.c[name] for name in ("name", "holder", "fence", "expires_at")])
    new = backend.upsert(leases).from_select(list(given.c.keys()), given.selected())
    statement = new.on_conflict_do_nothing(index_elements=["name"]).returning(leases.c.name)
    return SetStatement(statement, given)


async def await_commits(
    connection: AsyncConnection, backend: Backend, refs: Sequence[RowRef], *, now: datetime
) -> None:
    """Come back when no other transaction has the leases of `refs`: one whose connection was cut at its
    COMMIT may still be under way. To be rolled back: what it writes is there to wait alone.

    Args:
        now: UTC, database clock.

    Raises:
        sqlalchemy.exc.DBAPIError: it takes longer than a lock may.
    """
    names = sorted(lease_name(ref) for ref in refs)
    there = select(leases.c.name).where(leases.c.name.in_(names)).order_by(leases.c.name)
    seen = set((await connection.execute(there.with_for_update(key_share=True))).scalars())
    # A lease that is being inserted cannot be seen; another insert of its name waits for it.
    unseen = [name for name in names if name not in seen]
    if unseen:
        nobodys = [{"name": name, "holder": "", "fence": 0, "expires_at": now} for name in unseen]
        await _leasing(backend).run(connection, nobodys)


async def held_by_others(
    connection: AsyncConnection, refs: Sequence[RowRef], *, now: datetime
) -> dict[RowRef, Held]:
    """Who has those of `refs` that are leased at `now` (UTC, database clock), and until when."""
    names = {lease_name(ref): ref for ref in refs}
    if not names:
        return {}
    query = (
        select(leases.c.name, leases.c.holder, leases.c.expires_at, journal.c.actor)
        .outerjoin_from(leases, journal, journal.c.id == leases.c.intent_id)
        .where(leases.c.name.in_(list(names)), leases.c.expires_at > now)
    )
    return {
        names[row.name]: Held(
            ref=names[row.name], actor=row.actor, holder=row.holder, expires_at=row.expires_at
        )
        for row in await connection.execute(query)
    }


async def name_intents(connection: AsyncConnection, backend: Backend, intents: Sequence[Intent]) -> None:
    """Tell the leases which intent they are about."""
    if intents:
        values = [{"name": lease_name(i.ref), "intent_id": i.intent_id} for i in intents]
        await _naming(backend).run(connection, values)


@lru_cache(maxsize=16)
def _naming(backend: Backend) -> SetStatement:
    given = backend.given([leases.c.name, leases.c.intent_id])
    named = update(leases).where(leases.c.name == given.c.name)
    return SetStatement(named.values(intent_id=given.c.intent_id), given)


async def release(connection: AsyncConnection, refs: Sequence[RowRef], *, holder: str) -> None:
    """Delete leases that no intent came of."""
    if not refs:
        return
    names = [lease_name(ref) for ref in refs]
    await connection.execute(delete(leases).where(leases.c.name.in_(names), leases.c.holder == holder))


async def give_back(
    connection: AsyncConnection,
    backend: Backend,
    intents: Sequence[Intent],
    *,
    ran_out: datetime | None = None,
) -> set[int]:
    """Delete the leases that are unchanged since the intents were read; the intents they were about.

    Args:
        ran_out: delete only those that ran out before this moment (UTC, database clock).
    """
    if not intents:
        return set()
    values = [
        {
            "name": lease_name(intent.ref),
            "intent_id": intent.intent_id,
            "holder": intent.holder,
            "fence": intent.fence,
        }
        for intent in intents
    ]
    more = {} if ran_out is None else {"ran_out": ran_out}
    given_back = await _giving_back(backend, once_run_out=ran_out is not None).run(connection, values, **more)
    return set(given_back.scalars())


@lru_cache(maxsize=16)
def _giving_back(backend: Backend, *, once_run_out: bool) -> SetStatement:
    columns = [leases.c[name] for name in ("name", "intent_id", "holder", "fence")]
    given = backend.given(columns)
    ours: ColumnElement[bool] = tuple_(*columns).in_(select(*given.c))
    if once_run_out:
        ours = and_(ours, leases.c.expires_at <= bindparam("ran_out", type_=UtcMoment))
    return SetStatement(delete(leases).where(ours).returning(leases.c.intent_id), given)


async def in_force(connection: AsyncConnection, *, now: datetime, limit: int) -> list[Held]:
    """The rows that somebody acts on at `now` (UTC, database clock), as their leases have it."""
    query = (
        select(leases.c.name, leases.c.holder, leases.c.expires_at, journal.c.actor)
        .outerjoin_from(leases, journal, journal.c.id == leases.c.intent_id)
        .where(leases.c.name.startswith(ROW), leases.c.expires_at > now)
        .order_by(leases.c.name)
        .limit(limit)
    )
    found = []
    for row in await connection.execute(query):
        kind, _, row_id = row.name.removeprefix(ROW).partition(":")
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
        lock: until the end of the transaction, in the order of their names; who is writing one at this moment
            has it.
    """
    query = select(leases.c.intent_id, leases.c.holder, leases.c.fence).where(
        leases.c.intent_id.in_([intent.intent_id for intent in intents]), expire
    )
    if lock:
        query = query.with_for_update(key_share=True, skip_locked=True).order_by(leases.c.name)
    ours = {(intent.intent_id, intent.holder, intent.fence) for intent in intents}
    return {row.intent_id for row in await connection.execute(query) if tuple(row) in ours}
