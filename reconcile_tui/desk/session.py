"""A session at the desk: the settings or the demo, the log as they want it, and the desk over them.

Loaded behind the first paint: it brings the database's, the PSP's and the settings' modules with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from reconcile_tui.chronicle import Chronicle
from reconcile_tui.core.tellings import Listener, RowDecided, RowRead, Telling
from reconcile_tui.desk.opening import opened_desk
from reconcile_tui.error_text import ErrorText
from reconcile_tui.errors import explain_error
from reconcile_tui.log import configure_logging, get_logger
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.settings import Loaded, LogFormat, LogLevel, database_url, load_settings
from reconcile_tui.settings.database_url import shown

if TYPE_CHECKING:
    from reconcile_tui.demo.opening import OpenDemo
    from reconcile_tui.screens.desk.rehearsal import Rehearsal


@dataclass(slots=True)
class Session:
    """What a session knows of itself, as far as it is known yet.

    Attributes:
        shutdown_timeout: how long rows under way may take once the end began.
        warnings: the settings' own, a sentence each.
    """

    log: TextIO
    shutdown_timeout: timedelta | None = None
    warnings: list[str] = field(default_factory=list)
    _database: str = "the database"
    _secrets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        configure_logging(fmt=LogFormat.AUTO, level=LogLevel.INFO, stream=self.log)

    def takes(self, loaded: Loaded) -> None:
        """The settings are known."""
        settings = loaded.settings
        self._secrets = settings.secrets()
        self._database = shown(database_url(settings))
        self.shutdown_timeout = settings.shutdown_timeout
        configure_logging(
            fmt=settings.log_format, level=settings.log_level, stream=self.log, secrets=self._secrets
        )
        for warning in loaded.warnings:
            get_logger().warning("reconcile.settings", setting=warning.name, why=warning.message)
            self.warnings.append(f"{warning.name}: {warning.message}")

    def explain(self, error: BaseException) -> ErrorText:
        """An error in words."""
        return explain_error(error, database=self._database, secrets=self._secrets)

    def note(self, event: str, **facts: object) -> None:
        """Write a line of the log about the program itself."""
        get_logger().error(event, **facts)


@asynccontextmanager
async def opened_session(
    session: Session,
    *,
    demo: bool,
    context: str | None,
    env: Mapping[str, str],
    cwd: Path,
    on_warning: Callable[[str], None],
) -> AsyncIterator[Desk]:
    """The desk of the demo, or of the settings found in `env` and `cwd`.

    Raises:
        SettingsInvalid: the settings cannot be used; or as `opened_desk`.
    """
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(_demo(env, cwd)) if demo else None
        loaded = shop.loaded if shop else load_settings(context=context, env=env, cwd=cwd)
        session.takes(loaded)
        for warning in session.warnings:
            on_warning(warning)
        desk = await stack.enter_async_context(
            opened_desk(
                loaded.settings,
                listener=_acts(Chronicle(get_logger())),
                context="demo" if demo else None,
                reported=shop.reported if shop else None,
            )
        )
        yield replace(desk, rehearsal=_rehearsal(shop, desk)) if shop else desk


def _demo(env: Mapping[str, str], cwd: Path) -> AbstractAsyncContextManager[OpenDemo]:
    from reconcile_tui.demo.going_on import Pace  # noqa: PLC0415 loaded with --demo alone
    from reconcile_tui.demo.opening import opened_demo  # noqa: PLC0415 loaded with --demo alone

    return opened_demo(env, cwd, pace=Pace())


def _rehearsal(shop: OpenDemo, desk: Desk) -> Rehearsal:
    from reconcile_tui.desk.rehearsal import DemoRehearsal  # noqa: PLC0415 loaded with --demo alone

    return DemoRehearsal(session=shop.session, policy=desk.place.policy)


def _acts(listener: Listener) -> Listener:
    """What was done, for the log. What is looked at while somebody browses would fill it."""

    def listening(telling: Telling) -> None:
        if not isinstance(telling, RowRead | RowDecided):
            listener(telling)

    return listening
