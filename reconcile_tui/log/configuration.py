"""How log lines are made: structlog's and the libraries' alike, through one handler, one redaction.

Libraries are heard from WARNING on: below it httpx prints ids and SQLAlchemy parameters. Tracebacks appear at
DEBUG alone, and never with variables.
"""

import logging
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from typing import Any, TextIO

import structlog

from reconcile_tui.log.redaction import Redaction, said_by
from reconcile_tui.settings.values import LogFormat, LogLevel

ROOT = "reconcile_tui"
_FIRST = ("timestamp", "level", "event")
_EventDict = MutableMapping[str, Any]


def get_logger(name: str = ROOT) -> structlog.stdlib.BoundLogger:
    """A logger of this program: `log.info("reconcile.fixed", order="17", stuck_for="45m")`."""
    return structlog.stdlib.get_logger(name)


def configure_logging(
    *, fmt: LogFormat, level: LogLevel, stream: TextIO, secrets: Iterable[str] = ()
) -> None:
    """Send every log line of the process to `stream`. The last call holds.

    Args:
        fmt: AUTO means CONSOLE on a terminal and JSON elsewhere.
        level: the least level of this program's own lines.
        stream: stderr, as a rule: stdout belongs to data.
        secrets: values that must never appear (`Settings.secrets`).
    """
    on_terminal = stream.isatty()
    console = fmt is LogFormat.CONSOLE or (fmt is LogFormat.AUTO and on_terminal)
    stamps: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _LastSteps(Redaction(secrets), tracebacks=level is LogLevel.DEBUG)
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=on_terminal, sort_keys=False, pad_event_to=0)
        if console
        else structlog.processors.JSONRenderer()
    )
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last, renderer],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *stamps],
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(ROOT).setLevel(level.value.upper())
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *stamps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _LastSteps:
    """Exceptions become text, everything is redacted, and the line begins with when, how bad and what."""

    def __init__(self, redaction: Redaction, *, tracebacks: bool) -> None:
        self._redaction = redaction
        self._tracebacks = tracebacks

    def __call__(self, _logger: object, _method: str, event: _EventDict) -> _EventDict:
        error = _error_of(event.pop("exc_info", None))
        stack = event.pop("stack_info", None)
        event.pop("stack", None)
        if error is not None:
            event.setdefault("error", said_by(error))
        fields = {key: event.pop(key) for key in _FIRST if key in event} | dict(event)
        line = self._redaction.fields(fields)
        if self._tracebacks and (error is not None or stack):
            text = "".join(traceback.format_exception(error)) if error is not None else str(stack)
            line["exception"] = self._redaction.lines(text)
        return line


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines. The standard one prints a failed record as it came, unredacted, with a traceback."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        with suppress(OSError, ValueError):
            self.stream.write(f"a log line of {record.name} at {record.levelname} could not be written\n")


def _error_of(exc_info: object) -> BaseException | None:
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exc_info()[1]
        case _:
            return None
