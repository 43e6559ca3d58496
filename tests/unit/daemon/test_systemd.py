"""What systemd hears: on a socket in the file system or the abstract namespace, or nothing."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from reconcile_tui.daemon.systemd import Systemd


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.settimeout(5)
        yield ear


def told(systemd: Systemd) -> None:
    systemd.ready()
    systemd.says("standby")
    systemd.alive()
    systemd.stopping(timedelta(seconds=25))


@pytest.mark.parametrize("abstract", [False, True])
def test_it_is_told_that_the_daemon_is_ready_alive_and_stopping(tmp_path: Path, abstract: bool) -> None:
    path = str(tmp_path / "notify")
    address = f"@{path}" if abstract else path
    with listening(f"\0{path}" if abstract else path) as ear:
        told(Systemd.of({"NOTIFY_SOCKET": address}, pid=7))

        heard = [ear.recv(1000).decode() for _ in range(4)]

    assert heard == ["READY=1", "STATUS=standby", "WATCHDOG=1", "STOPPING=1\nEXTEND_TIMEOUT_USEC=25000000"]


@pytest.mark.parametrize("address", ["", "/no/such/socket", "not a path"])
def test_without_systemd_nothing_is_told_and_nothing_fails(address: str) -> None:
    told(Systemd.of({"NOTIFY_SOCKET": address}, pid=7))


def test_a_socket_that_nobody_empties_does_not_hold_the_daemon_up(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with listening(path):
        for _ in range(10_000):
            Systemd(address=path).alive()


@pytest.mark.parametrize(
    ("env", "watchdog"),
    [
        ({"WATCHDOG_USEC": "30000000"}, timedelta(seconds=30)),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, timedelta(seconds=30)),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_the_one_meant_for_this_process(
    env: dict[str, str], watchdog: timedelta | None
) -> None:
    assert Systemd.of({"NOTIFY_SOCKET": "/run/notify", **env}, pid=7).watchdog == watchdog
