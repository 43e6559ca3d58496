"""The ledger: every state that a row of the shop ever had, kept by triggers of the database itself.

Nothing that a process believes or writes about itself is in it. The shop's own changes are told from all
others by their `updated_at`, which no clock of these tests ever shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store import tables
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.moments import UtcMoment
from reconcile_tui.demo import shop

BY_THE_SHOP: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The `updated_at` of what the shop itself changes."""

_metadata = MetaData()
states = Table(
    "row_states",
    _metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", Text),
    Column("row_id", Text),
    Column("old", Text),
    Column("new", Text),
    Column("old_psp_id", Text),
    Column("psp_id", Text),
    Column("updated_at", UtcMoment),
)

_WATCHED = (("orders", "order", "payment_id"), ("refunds", "refund", "hyperswitch_refund_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A row got this state. `old` None: it was inserted. `by_shop`: the shop itself did it."""

    seq: int
    kind: str
    row_id: str
    old: str | None
    new: str
    old_psp_id: str
    psp_id: str
    by_shop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Everything that is written down at one moment. Rows of tables are as the database gave them."""

    states: Sequence[State]
    orders: dict[str, Any]
    refunds: dict[str, Any]
    journal: Sequence[Any]
    webhooks: Sequence[Any]
    checks: dict[str, Any]
    attention: dict[str, str]
    leases: Sequence[Any] = field(default=())


async def install(database: Database) -> None:
    """Make the table and its triggers."""

    async def unit(connection: AsyncConnection) -> None:
        await connection.run_sync(_metadata.create_all)
        make = _on_postgresql if database.backend.name == "postgresql" else _on_sqlite
        for table, kind, psp_id in _WATCHED:
            for statement in make(table, kind, psp_id):
                await connection.execute(text(statement))

    await database.write(unit)


async def read_books(database: Database) -> Books:
    """What is written down now; one snapshot."""

    async def unit(connection: AsyncConnection) -> Books:
        async def all_of(table: Table) -> list[Any]:
            return list(await connection.execute(select(table).order_by(*table.primary_key.columns)))

        return Books(
            states=[
                State(
                    seq=row.seq,
                    kind=row.kind,
                    row_id=row.row_id,
                    old=row.old,
                    new=row.new,
                    old_psp_id=row.old_psp_id or "",
                    psp_id=row.psp_id or "",
                    by_shop=row.old is None or row.updated_at == BY_THE_SHOP,
                )
                for row in await all_of(states)
            ],
            orders={row.id: row for row in await all_of(shop.orders)},
            refunds={row.id: row for row in await all_of(shop.refunds)},
            journal=await all_of(tables.journal),
            webhooks=await all_of(tables.webhook_log),
            checks={row.row_id: row for row in await all_of(tables.checks)},
            attention={
                row.row_id: row.reason for row in await all_of(tables.attention) if row.closed_at is None
            },
            leases=await all_of(tables.leases),
        )

    return await database.read(unit)


async def empty(database: Database) -> None:
    """Forget everything: a new shop."""

    async def unit(connection: AsyncConnection) -> None:
        for table in (*tables.metadata.sorted_tables, *reversed(shop.metadata.sorted_tables)):
            await connection.execute(delete(table))
        await connection.execute(delete(states))

    await database.write(unit)


def _on_sqlite(table: str, kind: str, psp_id: str) -> list[str]:
    def trigger(when: str, old: str, old_psp_id: str) -> str:
        body = _note(kind, f"NEW.id, {old}, NEW.status, {old_psp_id}, NEW.{psp_id}, NEW.updated_at")
        return f"CREATE TRIGGER {table}_{when} AFTER {when} ON {table} BEGIN {body}; END"

    return [trigger("INSERT", "NULL", "NULL"), trigger("UPDATE", "OLD.status", f"OLD.{psp_id}")]


def _on_postgresql(table: str, kind: str, psp_id: str) -> list[str]:
    inserted = _note(kind, f"NEW.id, NULL, NEW.status, NULL, NEW.{psp_id}, NEW.updated_at")
    updated = _note(kind, f"NEW.id, OLD.status, NEW.status, OLD.{psp_id}, NEW.{psp_id}, NEW.updated_at")
    body = f"BEGIN IF TG_OP = 'INSERT' THEN {inserted}; ELSE {updated}; END IF; RETURN NULL; END"
    function = f"CREATE FUNCTION {table}_noted() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    when = f"AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_noted()"
    return [function, f"CREATE TRIGGER {table}_noted {when}"]


def _note(kind: str, values: str) -> str:
    columns = "kind, row_id, old, new, old_psp_id, psp_id, updated_at"
    return " ".join(("INSERT INTO row_states (", columns, ") VALUES (", f"'{kind}',", values, ")"))
