"""A new file: written whole or not at all, never over another one, readable by its owner alone."""

import errno
import os
from datetime import datetime
from pathlib import Path
from typing import Final

_WORDS: Final = {
    errno.EEXIST: "there is a file of this name already, and it stays as it is",
    errno.ENOENT: "there is no such folder",
    errno.ENOTDIR: "there is no such folder",
    errno.EACCES: "this folder may not be written to",
    errno.EPERM: "this folder may not be written to",
    errno.EROFS: "this disk may not be written to",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
    errno.EISDIR: "this is a folder: write the name of a file",
    errno.ENAMETOOLONG: "the name is too long",
}


class NotWritten(Exception):
    """A file could not be written; the message says why, a clause."""


def default_path(stem: str, suffix: str, *, at: datetime, folder: Path) -> Path:
    """A name that sorts by time. `at`: UTC."""
    return folder / f"{stem}-{at:%Y%m%dT%H%M%SZ}.{suffix}"


def asked_path(text: str) -> Path:
    """The path that somebody wrote, `~` and relative ones included.

    Raises:
        NotWritten: it is none.
    """
    if not text.strip():
        raise NotWritten("write the name of a file")
    if "\0" in text:
        raise NotWritten("a name has no null bytes")
    try:
        return Path(text.strip()).expanduser().absolute()
    except RuntimeError as error:
        raise NotWritten("there is no such user") from error


def write_new(path: Path, text: str) -> None:
    """Write `text` as UTF-8, line ends as they are. Blocks: call it in a thread.

    Raises:
        NotWritten: nothing was left behind.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise NotWritten(_why(error)) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise NotWritten(_why(error)) from error


def _why(error: OSError) -> str:
    return _WORDS.get(error.errno or 0) or error.strerror or type(error).__name__
