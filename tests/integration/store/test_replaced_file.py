"""An SQLite file that is replaced or taken away under a process: what stands at the path is the shop."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, delete, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store import backends
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import controls
from reconcile_tui.errors import explain_error
from tests.builders import NOW


@pytest.fixture(params=["DELETE", "WAL"])
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both journal modes: which one is used follows from SQLite's version."""
    monkeypatch.setattr(backends, "wal_is_safe", lambda _: request.param == "WAL")
    return str(request.param)


@pytest.fixture
async def database(mode: str, shop_url: URL) -> AsyncIterator[Database]:
    """A database that was written to, and keeps its connection."""
    database = Database(shop_url)
    await database.write(lambda connection: pause(connection, "by the old file"))
    yield database
    await database.close()


async def pause(connection: AsyncConnection, reason: str) -> None:
    await connection.execute(delete(controls))
    await connection.execute(
        insert(controls), [{"name": "pause", "actor": "alice", "set_at": NOW, "reason": reason}]
    )


async def reasons(connection: AsyncConnection) -> list[str]:
    return list((await connection.execute(select(controls.c.reason))).scalars())


def path_of(database: Database) -> Path:
    return Path(database.url.database or "")


def without_its_journal(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


async def test_what_is_read_and_written_is_the_file_that_took_its_place(
    database: Database, sqlite_template: Path, tmp_path: Path
) -> None:
    path, backup = path_of(database), tmp_path / "backup.sqlite3"
    shutil.copy(sqlite_template, backup)
    without_its_journal(path)
    backup.replace(path)

    assert await database.read(reasons) == []
    await database.write(lambda connection: pause(connection, "in the new file"))

    with closing(sqlite3.connect(path)) as shops:
        assert shops.execute("SELECT reason FROM reconcile_controls").fetchall() == [("in the new file",)]


@pytest.mark.parametrize("mode", ["DELETE"], indirect=True)
async def test_one_that_is_replaced_in_mid_transaction_costs_that_transaction_alone(
    database: Database, sqlite_template: Path, tmp_path: Path
) -> None:
    path, backup = path_of(database), tmp_path / "backup.sqlite3"
    shutil.copy(sqlite_template, backup)
    runs = 0

    async def unit(connection: AsyncConnection) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            without_its_journal(path)
            backup.replace(path)
        await pause(connection, "in the new file")

    await database.write(unit)

    with closing(sqlite3.connect(path)) as shops:
        assert shops.execute("SELECT reason FROM reconcile_controls").fetchall() == [("in the new file",)]


async def test_one_that_was_taken_away_is_not_made_anew(database: Database) -> None:
    path = path_of(database)
    aside = path.rename(path.with_suffix(".aside"))

    with pytest.raises(OperationalError) as away:
        await database.read(reasons)

    assert explain_error(away.value).what == "The database file cannot be opened."
    assert not path.exists()

    aside.rename(path)
    assert await database.read(reasons) == ["by the old file"]
