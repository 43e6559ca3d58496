"""Connection poolers before PostgreSQL: which connections may prepare statements, and listen.

In transaction mode a pooler (PgBouncer) gives each transaction any session of the server. A statement that
was prepared in one is missing in the next, or is another process's of the same name; who listens hears
nothing, and leaves the listening to whoever gets the session then.

A pooler answers to a new client by itself, with a process id that it made up for the cancelling of queries:
where that is not the id of the process that runs the queries, something stands between.
"""

from enum import StrEnum
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg import errors as pg
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

PREPARE_AFTER: Final = 5
"""Executions of a statement before it is prepared: psycopg's own number."""
_SERVER_PROCESS: Final = "SELECT pg_catalog.pg_backend_pid()"
_SESSION: Final = "reconcile_session"
"""Under this name a connection remembers which process of the server its pooler promised to keep."""


class Pooler(StrEnum):
    """What is known of a pooler between this program and PostgreSQL."""

    AUTO = "auto"
    """Each connection is looked at, and prepares only where it leads straight to the server."""
    YES = "yes"
    """There is one, or may be one at any time: nothing is prepared, nobody listens."""
    NO = "no"
    """There is none, or one that keeps a session for each client (session mode)."""


class PoolerInTransactionMode(Exception):
    """One connection met two sessions of the server, where the settings promised one; nothing was written."""

    def __init__(self) -> None:
        super().__init__("two transactions of one connection met two sessions of the server")


class WayToServer:
    """How an engine's connections lead to the server.

    Attributes:
        pooled: whether the newest connection met a pooler; None: nobody looked yet.
    """

    def __init__(self, pooler: Pooler) -> None:
        self._pooler = pooler
        self.pooled: bool | None = True if pooler is Pooler.YES else None

    def warning(self) -> str | None:
        """What an operator should know of the way."""
        if not self.pooled or self._pooler is Pooler.NO:
            return None
        return (
            "A connection pooler stands before the database: nothing is prepared, and the dashboard polls"
            " its lists"
        )

    @property
    def may_listen(self) -> bool:
        """False where a connection is not even worth opening."""
        return self._pooler is Pooler.NO or not self.pooled

    def watch(self, engine: Engine) -> None:
        """Look at each connection that `engine` opens: it was opened to prepare nothing."""
        if self._pooler is Pooler.YES:
            return

        @event.listens_for(engine, "connect")
        def look(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
            try:
                self._look(connection, entry)
            except BaseException:
                # Nobody else knows this connection yet.
                connection.close()
                raise

        if self._pooler is Pooler.NO:
            event.listen(engine, "begin", _hold_to_the_session)

    async def is_direct(self, connection: AsyncConnection[Any]) -> bool:
        """Whether a connection of its own leads straight to the server, or is said to."""
        if self._pooler is Pooler.NO:
            return True
        answer = await (await connection.execute(_SERVER_PROCESS)).fetchone()
        self.pooled = answer is None or answer[0] != connection.info.backend_pid
        return not self.pooled

    def _look(self, connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        driver: AsyncConnection[Any] = connection.driver_connection
        process = _server_process(connection)
        self.pooled = process != driver.info.backend_pid
        if self.pooled and self._pooler is Pooler.NO:
            entry.info[_SESSION] = process
        if not self.pooled or self._pooler is Pooler.NO:
            driver.prepare_threshold = PREPARE_AFTER


def is_lost_with_its_session(error: BaseException | None) -> bool:
    """Whether an error says that what this connection prepared is not in the session that it met, or fits the
    tables no more: with a new connection the statement works."""
    if isinstance(error, pg.FeatureNotSupported):
        # "cached plan must not change result type": somebody altered a table. Its words may be translated.
        return error.diag.source_function == "RevalidateCachedQuery"
    return isinstance(error, pg.DuplicatePreparedStatement | pg.InvalidSqlStatementName)


def _server_process(connection: DBAPIConnection) -> int:
    connection.autocommit = True
    cursor = connection.cursor()
    try:
        cursor.execute(_SERVER_PROCESS)
        answer = cursor.fetchone()
    finally:
        cursor.close()
        connection.autocommit = False
    return int(answer[0]) if answer else 0


def _hold_to_the_session(connection: Connection) -> None:
    """Refuse a transaction in another session than the one that a pooler promised to keep."""
    promised = connection.info.get(_SESSION)
    if promised is None:
        return
    driver: Any = connection.connection.driver_connection
    driver.prepare_threshold = None
    if connection.scalar(select(func.pg_backend_pid())) != promised:
        connection.invalidate()
        raise PoolerInTransactionMode
    driver.prepare_threshold = PREPARE_AFTER
