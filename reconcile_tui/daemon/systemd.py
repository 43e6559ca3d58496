"""What systemd is told (sd_notify), when it is systemd that runs the daemon: ready, alive, stopping."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Systemd:
    """A line to systemd; nobody hears it where there is none.

    Attributes:
        address: a socket's path; one that begins with `@` is in the abstract namespace. None: no systemd.
        watchdog: how often systemd wants to hear that the process is alive; None: it does not.
    """

    address: str | None = None
    watchdog: timedelta | None = None

    @classmethod
    def of(cls, env: Mapping[str, str], *, pid: int) -> "Systemd":
        """As systemd said it in the environment of this process."""
        address = env.get("NOTIFY_SOCKET") or None
        meant = env.get("WATCHDOG_PID", str(pid)) == str(pid)
        microseconds = env.get("WATCHDOG_USEC", "")
        if address is None or not meant or not microseconds.isdecimal() or not int(microseconds):
            return cls(address=address)
        return cls(address=address, watchdog=timedelta(microseconds=int(microseconds)))

    def ready(self) -> None:
        """It has started."""
        self._tell("READY=1")

    def says(self, status: str) -> None:
        """One line for `systemctl status`."""
        self._tell(f"STATUS={status}")

    def alive(self) -> None:
        """To be told at least as often as `watchdog` says."""
        self._tell("WATCHDOG=1")

    def stopping(self, within: timedelta) -> None:
        """It ends, and may take this long."""
        self._tell("STOPPING=1", f"EXTEND_TIMEOUT_USEC={within // timedelta(microseconds=1)}")

    def _tell(self, *lines: str) -> None:
        if self.address is None:
            return
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line,
        ):
            line.setblocking(False)
            line.sendto("\n".join(lines).encode(), address)
