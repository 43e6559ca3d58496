"""Log lines caught in a stream: what a test of the log says, and what came out."""

import io
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import structlog

from reconcile_tui.log import configure_logging
from reconcile_tui.settings import LogFormat, LogLevel

FORMATS = (LogFormat.CONSOLE, LogFormat.JSON)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@contextmanager
def log_in(
    fmt: LogFormat,
    *,
    level: LogLevel = LogLevel.INFO,
    secrets: Iterable[str] = (),
    stream: io.StringIO | None = None,
) -> Iterator[io.StringIO]:
    """Logging configured as the program does it, without pytest's own handlers; put back afterwards."""
    root, own = logging.getLogger(), logging.getLogger("reconcile_tui")
    before = (root.level, own.level, list(root.handlers))
    stream = io.StringIO() if stream is None else stream
    root.handlers.clear()
    configure_logging(fmt=fmt, level=level, stream=stream, secrets=secrets)
    try:
        yield stream
    finally:
        root.handlers[:] = before[2]
        root.setLevel(before[0])
        own.setLevel(before[1])
        logging.captureWarnings(False)
        structlog.reset_defaults()


def logged(
    say: Callable[[], None],
    fmt: LogFormat,
    *,
    level: LogLevel = LogLevel.INFO,
    secrets: Iterable[str] = (),
) -> str:
    """All that was written while `say` ran."""
    with log_in(fmt, level=level, secrets=secrets) as stream:
        say()
        return stream.getvalue()


def as_json(text: str) -> dict[str, object]:
    """The one JSON line that was written."""
    (line,) = text.splitlines()
    parsed = json.loads(line)
    assert isinstance(parsed, dict)
    return parsed
