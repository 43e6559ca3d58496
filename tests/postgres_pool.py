"""Databases for one test after another: emptied within milliseconds, where making one takes a hundred."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL

from tests.postgres import PostgresServer

_SHAPE: Final = """
    SELECT 'relation', c.relname::text, c.relkind::text, c.relacl::text, c.reloptions::text FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'column', a.attrelid::regclass::text, a.attname::text, a.attacl::text, concat_ws(
        ' ', a.attnum, a.atttypid::regtype, a.atttypmod, a.attnotnull, a.attidentity, a.attisdropped)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), NULL
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text, tgenabled::text, NULL FROM pg_trigger
    UNION ALL SELECT 'rule', ev_class::regclass::text, rulename::text, NULL, NULL FROM pg_rewrite
    WHERE ev_class >= 16384
    UNION ALL SELECT 'policy', polrelid::regclass::text, polname::text, NULL, NULL FROM pg_policy
    UNION ALL SELECT 'function', proname::text, prosrc, proacl::text, NULL FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'schema', nspname::text, nspacl::text, NULL, NULL FROM pg_namespace
    WHERE nspname NOT LIKE 'pg_temp%' AND nspname NOT LIKE 'pg_toast_temp%'
    UNION ALL SELECT 'extension', extname::text, NULL, NULL, NULL FROM pg_extension
    UNION ALL SELECT 'setting', setrole::text, setconfig::text, NULL, NULL FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT 'database', datacl::text, datallowconn::text, datconnlimit::text, NULL FROM pg_database
    WHERE datname = current_database()
    ORDER BY 1, 2, 3, 4, 5
"""
_OTHERS: Final = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_FROM_ONE: Final = """
    SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""


class PostgresPool:
    """The databases of one process, each like a template.

    Where a test changed more than rows, its database is dropped, and a new one is made for the next.
    """

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._idle: list[URL] = []
        with self._connected(server.url_of(template)) as connection:
            self._shape = connection.execute(_SHAPE).fetchall()
            tables = [name for what, name, kind, *_ in self._shape if (what, kind) == ("relation", "r")]
            self._filled = {name: rows for name in tables if (rows := _rows(connection, name))}
        self._emptied = [name for name in tables if name not in self._filled]

    @contextmanager
    def database(self) -> Iterator[URL]:
        """A database that nobody else has meanwhile."""
        url = self._idle.pop() if self._idle else self._server.make_numbered(self._template)
        try:
            yield url
        finally:
            if self._is_as_before(url):
                self._idle.append(url)
            else:
                self._server.drop(url)

    def _is_as_before(self, url: URL) -> bool:
        """Empty it; whether it is like its template then."""
        try:
            with self._connected(url) as connection:
                connection.execute(_OTHERS)
                if connection.execute(_SHAPE).fetchall() != self._shape:
                    return False
                if any(_rows(connection, name) != rows for name, rows in self._filled.items()):
                    return False
                for name in self._emptied:
                    connection.execute(SQL("DELETE FROM {}").format(Identifier(name)))
                connection.execute(_FROM_ONE)
                return True
        except psycopg.Error:
            return False

    @contextmanager
    def _connected(self, url: URL) -> Iterator[psycopg.Connection[Any]]:
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            yield connection


def _rows(connection: psycopg.Connection[Any], table: str) -> list[Any]:
    return connection.execute(SQL("SELECT * FROM {}").format(Identifier(table))).fetchall()
