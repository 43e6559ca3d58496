"""Shops to measure on: a database of each kind with a backlog, made once and copied for each round."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import URL, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.backends import DatabaseLimits
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.demo.psp.generated import generated_payment
from reconcile_tui.demo.shop import create_shop, orders
from tests.postgres import PostgresServer, running_server

BACKENDS = ("sqlite", "postgresql")
PATIENT = DatabaseLimits(statement=timedelta(hours=1))
"""For statements that fill millions of rows."""


@dataclass(kw_only=True)
class Shops:
    """Databases of one run. A PostgreSQL commit costs what it costs: the server keeps its `fsync`."""

    folder: Path
    postgres: PostgresServer
    templates: dict[tuple[str, int], URL] = field(default_factory=dict)

    @asynccontextmanager
    async def with_backlog(self, backend: str, rows: int) -> AsyncIterator[URL]:
        """A shop in which the first `rows` generated payments hang as pending orders."""
        if (backend, rows) not in self.templates:
            url = self._empty(backend, f"backlog_{rows}")
            await _fill(url, rows)
            self.templates[(backend, rows)] = url
        with self._copied(self.templates[(backend, rows)]) as url:
            yield url

    @contextmanager
    def scratch(self, backend: str, name: str) -> Iterator[URL]:
        """A database without tables, dropped afterwards."""
        url = self._empty(backend, name)
        try:
            yield url
        finally:
            self._drop(url)

    def _empty(self, backend: str, name: str) -> URL:
        if backend == "postgresql":
            return self.postgres.make_database(f"reconcile_bench_{name}")
        return URL.create("sqlite", database=str(self.folder / f"{name}.sqlite3"))

    @contextmanager
    def _copied(self, template: URL) -> Iterator[URL]:
        if template.get_backend_name() == "postgresql":
            url = self.postgres.make_database("reconcile_bench_round", str(template.database))
        else:
            url = template.set(database=str(self.folder / "round.sqlite3"))
            shutil.copy(str(template.database), str(url.database))
        try:
            yield url
        finally:
            self._drop(url)

    def _drop(self, url: URL) -> None:
        if url.get_backend_name() == "postgresql":
            self.postgres.drop(url)
        else:
            for leftover in self.folder.glob(f"{Path(str(url.database)).name}*"):
                leftover.unlink()


@contextmanager
def open_shops() -> Iterator[Shops]:
    """Shops for as long as the context is open."""
    with TemporaryDirectory(prefix="reconcile-bench-") as folder, running_server(durable=True) as postgres:
        yield Shops(folder=Path(folder), postgres=postgres)


def wal_position(url: URL) -> int:
    """How far the write-ahead log has come, in bytes; 0 where the database does not tell."""
    if url.get_backend_name() != "postgresql":
        return 0
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
    return int(row[0]) if row else 0


async def create_tables(database: Database) -> None:
    """The shop's tables and the tool's own."""
    await create_shop(database)
    await migrate(database)


async def _fill(url: URL, rows: int) -> None:
    database = Database(url, limits=PATIENT)
    began = datetime.now(UTC) - timedelta(hours=2)

    def row(n: int) -> dict[str, object]:
        it = generated_payment(n)
        at = began + timedelta(milliseconds=n)
        return {
            "id": f"o-{n:08d}",
            "status": "pending",
            "payment_id": it.payment_id,
            "amount": it.amount,
            "currency": it.currency,
            "customer_email": f"customer-{n}@example.com",
            "created_at": at,
            "updated_at": at,
        }

    async def unit(connection: AsyncConnection) -> None:
        for start in range(0, rows, 5_000):
            chunk = [row(n) for n in range(start, min(start + 5_000, rows))]
            await connection.execute(insert(orders), chunk)

    try:
        await create_tables(database)
        await database.write(unit)
    finally:
        await database.close()
