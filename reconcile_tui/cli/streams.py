"""The process's streams: whether there is a screen behind them, and what becomes of them without one."""

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_NO_SCREENS: Final = ("dumb", "unknown")
_GONE: Final = frozenset((errno.EIO, errno.ENXIO))
"""What a write to a terminal says that is gone: an SSH line dropped, a window was closed."""


def has_screen() -> bool:
    """Whether the dashboard can be drawn, and a person can answer: it reads stdin and draws on stderr; a
    stdout that goes elsewhere is a script's."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams) and (
        os.environ.get("TERM", "").lower() not in _NO_SCREENS
    )


def outlive_the_terminal() -> None:
    """Make writes to stdout and stderr succeed once their terminal is gone: rows under way end all the same,
    and what became of them is on record. What the terminal cannot encode is escaped."""
    sys.stdout = _lasting(sys.stdout)
    sys.stderr = _lasting(sys.stderr)


def _lasting(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors="backslashreplace")
    if not stream.isatty():
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Terminal(stream.fileno(), "wb", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=True,
    )


class _Terminal(io.FileIO):
    """A terminal that takes everything, after it went away into nothing."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _GONE:
                raise
            return memoryview(data).nbytes
