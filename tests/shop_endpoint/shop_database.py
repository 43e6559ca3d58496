"""The shop's own way to its database: plain SQL in transactions, without a line of the tool's.

async with database.transaction() as sql:
    row = await sql.one("SELECT status FROM orders WHERE id = :id" + sql.locked, id="o-1")
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, Row, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

TABLES = (
    """CREATE TABLE IF NOT EXISTS shop_events (
        event_id TEXT PRIMARY KEY,
        event_type TEXT NOT NULL,
        object_id TEXT NOT NULL,
        verdict TEXT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS shop_deeds (
        seq {serial},
        event_id TEXT NOT NULL,
        row_id TEXT NOT NULL,
        before_it TEXT NOT NULL,
        after_it TEXT NOT NULL
    )""",
)
"""What the shop remembers: the events it took, by their ids, and what it did about each. Nothing but the
code keeps a deed from being there twice."""


@dataclass(frozen=True, slots=True)
class Sql:
    """Statements in one transaction."""

    connection: AsyncConnection
    on_postgresql: bool

    async def rows(self, statement: str, **values: Any) -> Sequence[Row[Any]]:
        return (await self.connection.execute(text(statement), self._bound(values))).all()

    async def one(self, statement: str, **values: Any) -> Row[Any] | None:
        """The row, or None; more than one is an error."""
        return (await self.connection.execute(text(statement), self._bound(values))).one_or_none()

    async def locked(self, select: str, **values: Any) -> Row[Any] | None:
        """The row, or None; it stands still until the end. SQLite's writers are alone anyway."""
        return await self.one(f"{select} FOR UPDATE" if self.on_postgresql else select, **values)

    async def run(self, statement: str, **values: Any) -> int:
        """Run a statement; how many rows it touched."""
        return (await self.connection.execute(text(statement), self._bound(values))).rowcount

    def _bound(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values, moments in SQLite's usual text."""
        if self.on_postgresql:
            return values
        return {
            name: value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
            for name, value in values.items()
        }


class ShopDatabase:
    """Connections of the shop's own."""

    def __init__(self, url: URL, *, pool_size: int = 4) -> None:
        self._on_postgresql = url.get_backend_name() == "postgresql"
        driver = "postgresql+psycopg" if self._on_postgresql else "sqlite+aiosqlite"
        self._engine = create_async_engine(
            url.set(drivername=driver), pool_size=pool_size if self._on_postgresql else 1, max_overflow=0
        )
        if not self._on_postgresql:
            _take_the_lock_at_once(self._engine.sync_engine)

    async def install(self) -> None:
        """Make the shop's two tables where they are missing."""
        serial = "BIGSERIAL PRIMARY KEY" if self._on_postgresql else "INTEGER PRIMARY KEY AUTOINCREMENT"
        async with self.transaction() as sql:
            for table in TABLES:
                await sql.run(table.format(serial=serial))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Sql]:
        """A transaction, committed unless something is raised."""
        async with self._engine.begin() as connection:
            yield Sql(connection, self._on_postgresql)

    async def close(self) -> None:
        await self._engine.dispose()


def _take_the_lock_at_once(engine: Any) -> None:
    """SQLite's transactions begin as writers: none is refused half-way because another one wrote."""

    @event.listens_for(engine, "connect")
    def leave_it_to_us(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
