"""A real PgBouncer in transaction mode before a server of the tests, as many shops have one.

Two sessions of the server for everybody, handed out in turn: what a process leaves in its session meets the
others at once.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import URL

PROGRAM: Final = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MISSING: Final = "PgBouncer is not installed: apt-get install pgbouncer (Debian's package)."
SESSIONS: Final = 2
"""Connections of the pooler's to each database."""
_UNPRIVILEGED: Final = "nobody"
_STARTS_WITHIN: Final = 10.0


@contextmanager
def running_pgbouncer(server: URL, *, mode: str = "transaction") -> Iterator[URL]:
    """A pooler as long as the context is open; the URL leads through it to the server's databases.

    Args:
        server: the server behind it; the database that it names is the one that the URL names.
        mode: PgBouncer's `pool_mode`.
    """
    if PROGRAM is None:
        raise FileNotFoundError(MISSING)
    with tempfile.TemporaryDirectory(prefix="reconcile-pgbouncer-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        port = _free_port()
        (folder / "users").write_text(f'"{server.username}" ""\n')
        (folder / "pgbouncer.ini").write_text(_configuration(server, folder, port=port, mode=mode))
        as_user = ["-u", _owner(server)] if os.geteuid() == 0 else []
        process = subprocess.Popen(
            [PROGRAM, "-q", *as_user, str(folder / "pgbouncer.ini")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        url = server.set(host="127.0.0.1", port=port, query={"sslmode": "disable", "gssencmode": "disable"})
        try:
            _wait_for(url, process)
            yield url
        finally:
            process.terminate()
            process.communicate()


def _configuration(server: URL, folder: Path, *, port: int, mode: str) -> str:
    host = server.host or server.query.get("host")
    return f"""
[databases]
* = host={host} port={server.port or server.query.get("port", 5432)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder / "users"}
pool_mode = {mode}
default_pool_size = {SESSIONS}
max_client_conn = 500
server_round_robin = 1
query_wait_timeout = 30
"""


def _owner(server: URL) -> str:
    """Whom to run it as for root, whom PgBouncer refuses: who owns the server's socket can open it."""
    socket_folder = str(server.query.get("host", ""))
    return Path(socket_folder).owner() if socket_folder.startswith("/") else _UNPRIVILEGED


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait_for(url: URL, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _STARTS_WITHIN
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            psycopg.connect(address, prepare_threshold=None).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                said = process.stderr.read().decode() if process.stderr else ""
                raise RuntimeError(f"PgBouncer did not start: {said}") from error
            time.sleep(0.02)
        else:
            return
