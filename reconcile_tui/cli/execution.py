"""Execution: everything around a command: settings, log, signals, errors in words, the exit code.

A command is a coroutine that gets a `Work` and answers with an exit code; nothing else of the process.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from reconcile_tui.chronicle import Chronicle
from reconcile_tui.cli.document_parts import PlaceDocument
from reconcile_tui.cli.options import Options
from reconcile_tui.cli.output import Output
from reconcile_tui.cli.progress import ProgressBar
from reconcile_tui.cli.stop import Stop
from reconcile_tui.cli.streams import outlive_the_terminal
from reconcile_tui.core.tellings import Telling, chained
from reconcile_tui.error_text import ErrorText
from reconcile_tui.errors import explain_error
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.log import configure_logging, get_logger
from reconcile_tui.settings import (
    Dispatch,
    Loaded,
    LogFormat,
    LogLevel,
    OriginKind,
    Settings,
    database_url,
    load_settings,
)
from reconcile_tui.settings.database_url import shown

if TYPE_CHECKING:
    from reconcile_tui.demo.opening import OpenDemo


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a command works with.

    Attributes:
        reported: with --demo, what was reported; one sentence.
    """

    loaded: Loaded
    place: PlaceDocument
    output: Output
    stop: Stop
    reported: str | None = None
    progress: ProgressBar = field(init=False)

    def __post_init__(self) -> None:
        bar = ProgressBar(self.output.err, drawn=not self._is_log_asked_for)
        object.__setattr__(self, "progress", bar)

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    @property
    def _is_log_asked_for(self) -> bool:
        return self.settings.where("log_level").kind is not OriginKind.DEFAULT

    def explained(self, error: BaseException) -> ErrorText:
        """An error in words, as the command ends with it."""
        database = self.place.database or "the database"
        text = explain_error(error, database=database, secrets=self.settings.secrets())
        code = self.stop.exit_code
        ended = next((each for each in ExitCode if each == code), None)
        return text if ended is None else replace(text, exit_code=ended)

    @contextmanager
    def rows_end(self, what: str, *, rows: int | None = None) -> Iterator[None]:
        """Within, rows are under way: a signal lets them end, and a bar shows how far they are."""
        with self.stop.after_rows_in_flight(), self.progress.shown(what, rows=rows):
            yield

    def listener(self) -> Callable[[Telling], None]:
        """Who hears what the core tells: the progress bar; the log, where the table does not say it all.

        On a terminal each row would be there twice, as a log line and in the table. So the log is written
        where stderr is no terminal, or where somebody set RECONCILE_LOG_LEVEL.
        """
        if self.output.stderr_is_terminal and not self._is_log_asked_for:
            return self.progress
        return chained(self.progress, Chronicle(get_logger()))


Command = Callable[[Work], Coroutine[Any, Any, int]]


def execute(command: Command, options: Options) -> NoReturn:
    """Run a command to its end, and end the process with its exit code."""
    outlive_the_terminal()
    output = Output.of_process(as_json=options.as_json)
    stop = Stop(output.tell)

    async def listening() -> int:
        try:
            with stop.listening():
                return await perform(
                    command, options, output=output, stop=stop, env=os.environ, cwd=Path.cwd(), log=sys.stderr
                )
        finally:
            if stop.requested():
                # A hang-up may follow; the process is ending, with an exit code of its own.
                signal.signal(signal.SIGHUP, signal.SIG_IGN)

    try:
        code = asyncio.run(listening())
    except (asyncio.CancelledError, KeyboardInterrupt):
        code = ExitCode.INTERRUPTED
    sys.exit(int(stop.exit_code or code))


async def perform(
    command: Command,
    options: Options,
    *,
    output: Output,
    stop: Stop,
    env: Mapping[str, str],
    cwd: Path,
    log: TextIO,
) -> int:
    """Run a command in this event loop; its exit code. Whatever goes wrong is said in words.

    Args:
        env: the environment that settings are read from.
        cwd: where `.env` and `reconcile.toml` are looked for.
        log: where log lines go.
    """
    configure_logging(fmt=LogFormat.AUTO, level=LogLevel.INFO, stream=log)
    known = _Known()
    try:
        async with AsyncExitStack() as stack:
            demo = await _entered_demo(stack, env, cwd) if options.demo else None
            loaded = demo.loaded if demo else load_settings(context=options.context, env=env, cwd=cwd)
            work = _prepared(loaded, known, output=output, stop=stop, demo=demo, log=log)
            return await command(work)
    except Exception as error:  # noqa: BLE001 every error ends here, in words
        text = explain_error(error, database=known.database, secrets=known.secrets)
        get_logger().debug("reconcile.error", exc_info=error)
        output.tell(*text.lines())
        return text.exit_code


async def _entered_demo(stack: AsyncExitStack, env: Mapping[str, str], cwd: Path) -> "OpenDemo":
    from reconcile_tui.demo.opening import opened_demo  # noqa: PLC0415 loaded with --demo alone

    return await stack.enter_async_context(opened_demo(env, cwd))


@dataclass(slots=True)
class _Known:
    """What an error message may need, as far as it is known when the error comes."""

    database: str = "the database"
    secrets: tuple[str, ...] = ()


def _prepared(
    loaded: Loaded, known: _Known, *, output: Output, stop: Stop, demo: "OpenDemo | None", log: TextIO
) -> Work:
    """The log as the settings want it, their warnings said, and what the command works with."""
    settings = loaded.settings
    known.secrets = settings.secrets()
    configure_logging(fmt=settings.log_format, level=settings.log_level, stream=log, secrets=known.secrets)
    for warning in loaded.warnings:
        get_logger().warning("reconcile.settings", setting=warning.name, why=warning.message)
    place = _place(settings, demo=demo is not None)
    known.database = place.database or known.database
    return Work(
        loaded=loaded, place=place, output=output, stop=stop, reported=demo.reported if demo else None
    )


def _place(settings: Settings, *, demo: bool) -> PlaceDocument:
    database = shown(database_url(settings)) if settings.database_url is not None else None
    return PlaceDocument(
        context="demo" if demo else settings.context,
        production=settings.production,
        database=database,
        psp=settings.hyperswitch_base_url,
        psp_unencrypted=settings.psp_is_unencrypted,
        shop=settings.webhook_host if settings.dispatch is Dispatch.HTTP else None,
        shop_unencrypted=settings.dispatch is Dispatch.HTTP and settings.webhook_is_unencrypted,
    )
