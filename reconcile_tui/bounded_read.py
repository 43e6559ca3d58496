"""Reading a file or stdin to its end, up to a bound, without keeping the event loop from signals."""

import asyncio
import os
from pathlib import Path

_PIECE = 65_536


class FileUnreadable(Exception):
    """A file could not be read. `why`: the system's own words."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class FileTooLarge(Exception):
    """A file is larger than `limit` bytes."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(f"{name}: more than {limit} bytes")
        self.name = name
        self.limit = limit


async def read_file(path: Path, *, limit: int) -> bytes:
    """A file, a named pipe, or what a shell names /dev/fd/63.

    Raises:
        FileUnreadable: it is not there, is a folder, or may not be read.
        FileTooLarge: it holds more than `limit` bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise FileUnreadable(str(path), _words(error)) from error
    try:
        return await read_descriptor(descriptor, name=str(path), limit=limit)
    finally:
        os.close(descriptor)


async def read_descriptor(descriptor: int, *, name: str, limit: int) -> bytes:
    """What can be read from an open file; raises as `read_file`."""
    read = bytearray()
    try:
        while piece := await _piece(descriptor):
            read += piece
            if len(read) > limit:
                raise FileTooLarge(name, limit)
    except OSError as error:
        raise FileUnreadable(name, _words(error)) from error
    return bytes(read)


async def _piece(descriptor: int) -> bytes:
    """The next bytes; none at the end. Only what can be waited for is: a file on a disk is simply read."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:
        return os.read(descriptor, _PIECE)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, _PIECE)


def _words(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
