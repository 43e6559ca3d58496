"""The log's file: for a program whose terminal is a screen. Private to its user, and bounded.

Several processes may write to one file at once: each notices when another one began a new file.
"""

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO, cast

import platformdirs

LARGEST: Final = 2_000_000
"""Bytes after which the file becomes the older one, whose predecessor is deleted."""


def log_path() -> Path:
    """Where the dashboard's log is kept, by the custom of this system."""
    return Path(platformdirs.user_log_dir("reconcile-tui", appauthor=False)) / "dashboard.log"


def opened_log(path: Path) -> TextIO:
    """A text stream into the log file at `path`.

    Raises:
        OSError: as `LogFile`.
    """
    return cast("TextIO", LogFile(path))


class LogFile(io.TextIOBase):
    """A text stream into a log file. What cannot be written is lost: the program goes on.

    Raises:
        OSError: the file, or a folder of its path, can be neither opened nor made.
    """

    def __init__(self, path: Path, *, largest: int = LARGEST) -> None:
        super().__init__()
        self.path = path
        self._largest = largest
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fileno = self._opened()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> int:
        """Append `text`, which is a whole line or more."""
        data = text.encode("utf-8", "backslashreplace")
        with suppress(OSError):
            if os.fstat(self._fileno).st_size + len(data) > self._largest:
                self._turn_over()
            os.write(self._fileno, data)
        return len(text)

    def close(self) -> None:
        if not self.closed:
            os.close(self._fileno)
        super().close()

    def _opened(self) -> int:
        fileno = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        os.fchmod(fileno, 0o600)
        return fileno

    def _turn_over(self) -> None:
        if self._is_in_place():
            self.path.replace(self.path.with_suffix(".log.1"))
        anew = self._opened()
        os.close(self._fileno)
        self._fileno = anew

    def _is_in_place(self) -> bool:
        """Whether the file of this name is still the one that is open here."""
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._fileno))
        except FileNotFoundError:
            return False
