"""`--daemon`: ticks by itself until it is told to stop. Its story is the log; it prints nothing else."""

import os
import random
from functools import partial

from sqlalchemy import URL
from structlog.stdlib import BoundLogger

from reconcile_tui import __version__
from reconcile_tui.bootstrap import opened_program
from reconcile_tui.chronicle import Chronicle
from reconcile_tui.cli.execution import Work
from reconcile_tui.core.clock import SystemClock, since_boot
from reconcile_tui.core.duration import format_duration
from reconcile_tui.core.outcomes import Refusal
from reconcile_tui.core.policy import Actor, ActorKind, Role
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.wording import refusal_words
from reconcile_tui.daemon.backlog import BacklogTold
from reconcile_tui.daemon.loop import AfterTick, DaemonLoop
from reconcile_tui.daemon.outside import Outside
from reconcile_tui.daemon.pulse import Identity
from reconcile_tui.daemon.systemd import Systemd
from reconcile_tui.errors import explain_error
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.garbage import collecting_seldom
from reconcile_tui.log import get_logger
from reconcile_tui.settings import database_url
from reconcile_tui.settings.database_url import hosts_of

NAME = "daemon"
"""Its name in the journal, where RECONCILE_OPERATOR gives it no other."""


async def daemon(work: Work) -> int:
    """Run a daemon to its end."""
    settings, log = work.settings, get_logger()
    if not settings.worker_enabled:
        work.output.tell(
            "The daemon is switched off: RECONCILE_WORKER_ENABLED is false.",
            "Nothing was read and nothing was changed.",
        )
        return ExitCode.OK
    if settings.role is Role.VIEWER:
        work.output.tell(
            f"Refused: {refusal_words(Refusal.ROLE)}.",
            "RECONCILE_MODE=observe is a daemon that plans and reports, and changes nothing.",
        )
        return ExitCode.REFUSED
    clock = SystemClock()
    explain = partial(explain_error, database=in_the_log(database_url(settings)), secrets=settings.secrets())
    outside = Outside(settings, context=work.place.context, clock=clock, explain=explain, log=log)
    listener = outside.heard_by(Chronicle(log))
    async with opened_program(settings, listener=listener, schema=False, measure=outside.measure) as program:
        identity = Identity(
            holder=program.holder,
            mode=settings.mode,
            dispatch=settings.dispatch.value,
            version=__version__,
            interval=settings.interval,
        )
        loop = DaemonLoop(
            reconciler=program.reconciler,
            store=program.store,
            actor=Actor(name=settings.operator or NAME, kind=ActorKind.DAEMON, role=settings.role),
            identity=identity,
            clock=clock,
            elapsed=since_boot,
            sweep_lease=settings.sweep_lease,
            post_timeout=settings.webhook_timeout,
            shutdown_timeout=settings.shutdown_timeout,
            jitter=random.random,
            stop=work.stop,
            explain=explain,
            log=log,
            systemd=Systemd.of(os.environ, pid=os.getpid()),
            after_tick=[
                outside.after_tick,
                _pooler_told(program.store.database, log),
                BacklogTold(store=program.store, policy=program.reconciler.policy, log=log).after_tick,
            ],
        )
        timezone = program.store.shop.mapping.timezone
        log.info("reconcile.daemon.started", **_about(work, identity, timezone))
        async with outside.opened(program, lambda: loop.health):
            work.stop.ends_the_command()
            with collecting_seldom():
                await loop.run()
    return ExitCode.OK


def _pooler_told(database: Database, log: BoundLogger) -> AfterTick:
    """Say once in the log that a pooler was met: only a connection can tell."""
    told = False

    async def after_tick(_: TickReport | Exception) -> None:
        nonlocal told
        if database.backend.pooled and not told:
            told = True
            log.info("reconcile.daemon.pooler_found", pooler=database.backend.warning())

    return after_tick


def _about(work: Work, identity: Identity, timezone: str | None) -> dict[str, object]:
    """What somebody who reads the log from its first line on should know."""
    settings = work.settings
    facts = {
        "process": identity.holder,
        "version": identity.version,
        "context": work.place.context,
        "database": in_the_log(database_url(settings)),
        "psp": work.place.psp,
        "psp_unencrypted": work.place.psp_unencrypted or None,
        "shop": work.place.shop,
        "shop_unencrypted": work.place.shop_unencrypted or None,
        "mode": identity.mode,
        "dispatch": identity.dispatch,
        "interval": format_duration(identity.interval),
        "drains": settings.drain or None,
        "timezone": timezone,
        "sweep_lease": format_duration(settings.sweep_lease),
    }
    return {key: value for key, value in facts.items() if value is not None}


def in_the_log(url: URL) -> str:
    """Which database: its host and name, or its file. The whole URL is a secret, and no log shows it."""
    host = "" if url.get_backend_name() == "sqlite" else f"{hosts_of(url)}/"
    return f"{host}{url.database or ''}"
