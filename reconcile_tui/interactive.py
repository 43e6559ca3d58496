"""The interactive face: what `reconcile-tui` opens on a terminal; the one door to the screens."""

# ruff: noqa: PLC0415 whatever the first paint does not need is loaded behind it

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from reconcile_tui.cli.options import Options
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.terminal.ending import Ending
from reconcile_tui.terminal.pace import collecting_in_quiet, paint_often

if TYPE_CHECKING:
    from reconcile_tui.app import ReconcileApp
    from reconcile_tui.desk.session import Session
    from reconcile_tui.screens.choices import Choices
    from reconcile_tui.screens.desk.desk import Desk


def run_dashboard(options: Options) -> NoReturn:
    """Open the dashboard, and end the process with its exit code."""
    sys.exit(_Process(options).run())


class _Process:
    """The process of a dashboard: the application, its signals, its log, its last words."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._ending = Ending(tell=_tell)
        self._session: Session | None = None
        self._log: TextIO | None = None
        self._log_is_at: Path | None = None
        self._is_crash_noted = False
        self._app: ReconcileApp

    def run(self) -> int:
        """Run it; its exit code."""
        return int(asyncio.run(self._run()))

    async def _run(self) -> int:
        paint_often()
        from reconcile_tui.app import ReconcileApp

        app = self._app = ReconcileApp(
            self._opened,
            choices=_choices(self._options.demo),
            process=self,
            where=_where(self._options),
        )
        asyncio.get_running_loop().set_exception_handler(self._on_loop_error)
        with self._ending.listening(app):
            try:
                async with collecting_in_quiet(lambda: app.touched_at):
                    code = await app.run_async(mouse=self._options.mouse)
            except Exception as error:  # noqa: BLE001 told below, as every other defect
                app.failure = app.failure or error
                self.crashed(error)
                code = None
            finally:
                await app.wound_up()
        if self._ending.exit_code is not None:
            # A hang-up may follow; the process is ending, with an exit code of its own.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            return self._ending.exit_code
        if app.failure is not None:
            return self._told(app.failure)
        return code or ExitCode.OK

    def ends(self) -> None:
        """The end began; see `Ending`."""
        timeout = self._session.shutdown_timeout if self._session is not None else None
        self._ending.begins(timeout.total_seconds() if timeout is not None else None)

    def waits(self) -> None:
        """Say why the prompt does not come back yet."""
        _tell("Rows under way end first, and what comes of them is on record. Ctrl-C ends at once.")

    def crashed(self, error: BaseException) -> None:
        """A defect, for the log."""
        from reconcile_tui.crash import crash_account

        self._is_crash_noted = True
        self._its_session().note(
            "reconcile.dashboard.crashed", error=_kind(error), where=crash_account(error)
        )

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Desk]:
        module = await asyncio.to_thread(importlib.import_module, "reconcile_tui.desk.session")
        async with module.opened_session(
            self._its_session(),
            demo=self._options.demo,
            context=self._options.context,
            env=os.environ,
            cwd=Path.cwd(),
            on_warning=self._warn,
        ) as desk:
            yield desk

    def _its_session(self) -> Session:
        if self._session is None:
            from reconcile_tui.desk.session import Session

            self._session = Session(log=self._its_log())
        return self._session

    def _its_log(self) -> TextIO:
        """The log's file; where none can be written there is no log, and that is said."""
        from reconcile_tui.log_file import log_path, opened_log

        if self._log is None:
            try:
                self._log, self._log_is_at = opened_log(log_path()), log_path()
                self._app.log_path = str(self._log_is_at)
            except OSError as error:
                self._log = Path(os.devnull).open("w")  # noqa: SIM115 open as long as the process
                self._warn(f"No log is written. {log_path()}: {error.strerror}")
        return self._log

    def _warn(self, text: str) -> None:
        """Say something once, on the screen."""
        self._app.warn(text)

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """What the event loop would print: into the log, and a task of ours that died is a defect."""
        from reconcile_tui.crash import crash_account

        error = context.get("exception")
        if not isinstance(error, Exception):
            self._its_session().note("reconcile.dashboard.loop", what=str(context.get("message")))
        elif isinstance(context.get("future"), asyncio.Task) and not isinstance(error, OSError):
            self._app.crash(error)
        else:
            self._its_session().note(
                "reconcile.dashboard.loop",
                what=str(context.get("message")),
                error=type(error).__name__,
                where=crash_account(error),
            )

    def _told(self, error: BaseException) -> int:
        """What ended the dashboard, said on the terminal, which is restored."""
        session = self._its_session()
        text = session.explain(error)
        if text.exit_code is not ExitCode.INTERNAL_ERROR:
            _tell(*text.lines())
            return text.exit_code
        if not self._is_crash_noted:
            self.crashed(error)
        log = f"its log: {self._log_is_at}" if self._log_is_at is not None else "no log could be written"
        _tell(f"The dashboard ended by a defect ({_kind(error)}); no row is half changed; {log}")
        return text.exit_code


def _kind(error: BaseException) -> str:
    """The type of an error; of a group's first one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__


def _choices(demo: bool) -> Choices:
    """What is remembered."""
    from reconcile_tui.remembered import choices

    return choices(demo=demo)


def _where(options: Options) -> str:
    """The place as the command line names it."""
    if options.demo:
        return "demo"
    return f"context {options.context}" if options.context is not None else "as the settings say"


def _tell(*lines: str) -> None:
    """Say something on the terminal, where there is one still."""
    stream = sys.__stderr__
    if stream is None:
        return
    with suppress(OSError, ValueError):
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()
