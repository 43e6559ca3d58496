"""An SQLite database as a file: how it is opened, and how one notices that it is another one now."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any, Final

import aiosqlite


class _SqliteConnection(aiosqlite.Connection):
    """Remembers the end of its thread, which aiosqlite 0.22 does not wait for where opening fails: the
    thread then reports to an event loop that may be closed, with a traceback on the terminal."""

    stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        self.stopped = super().stop()
        return self.stopped


class SqliteFile:
    """The file at a path, which somebody may replace or take away under a running process: whoever keeps
    the old one open would read and write what nobody else sees."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._was_there = False

    async def opened(self, database: str, **options: Any) -> aiosqlite.Connection:
        """A connection. Once it was there, a file that is missing is not made anew, an empty one."""
        if self._was_there:
            database, options = f"{self._path.absolute().as_uri()}?mode=rw", {**options, "uri": True}
        connection = await _opened(database, **options)
        self._was_there = True
        return connection

    def which(self) -> tuple[int, int] | None:
        """Tells the file at the path from every other one; None: there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


FILE: Final = "reconcile_file"
"""Under this name a connection remembers which file it opened."""
NEEDS_ANOTHER_CONNECTION: Final = frozenset(
    (
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    )
)
"""A connection whose file was moved, closed to writing or overwritten stays with what it saw."""


async def _opened(database: str, **options: Any) -> aiosqlite.Connection:
    def connect() -> sqlite3.Connection:
        raw: sqlite3.Connection = sqlite3.connect(database, **options)
        # A text that is no UTF-8 is one row's trouble; by itself the driver raises over the whole result.
        raw.text_factory = lambda stored: stored.decode("utf-8", "surrogateescape")
        raw.create_function(IS_UTF8, 1, _is_utf8, deterministic=True)
        return raw

    connection = _SqliteConnection(connect, iter_chunk_size=64)
    try:
        return await connection
    except BaseException:
        if connection.stopped is not None:
            await connection.stopped
        raise


IS_UTF8 = "reconcile_is_utf8"
"""A function of the tool's own connections: SQLite keeps a text as it came, and cannot say what it is."""


def _is_utf8(stored: bytes) -> bool:
    try:
        stored.decode()
    except UnicodeDecodeError:
        return False
    return True
