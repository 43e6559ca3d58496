"""`status` and `runs`: whether it is well, and what the latest ticks did. No PSP is asked."""

from collections.abc import Iterator
from typing import Literal

from reconcile_tui.bootstrap import opened_store
from reconcile_tui.cli.brake_documents import (
    ClassDocument,
    ConcernDocument,
    DaemonDocument,
    RunDocument,
    RunsDocument,
    StatusDocument,
)
from reconcile_tui.cli.described import money_documents
from reconcile_tui.cli.document_parts import PlaceDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.recorded import pause_document, run_document
from reconcile_tui.cli.runs_page import runs_page
from reconcile_tui.cli.status_page import status_page
from reconcile_tui.core.health import Concern, Health, Level, Limits, Situation, health, run_state
from reconcile_tui.core.health_wording import (
    concern_step,
    concern_words,
    health_sentence,
    health_step,
    tick_trouble_words,
)
from reconcile_tui.core.standing import Standing
from reconcile_tui.core.store.daemons import Daemon
from reconcile_tui.core.store.findings import Backlog
from reconcile_tui.core.store.runs import Run
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.settings import Settings

_CODES = {
    Level.NOT_HEALTHY: ExitCode.NOT_HEALTHY,
    Level.PAUSED: ExitCode.REFUSED,
    Level.LOOK: ExitCode.LEFT,
    Level.HEALTHY: ExitCode.OK,
}


async def show_status(work: Work) -> int:
    """Print how it is; the exit code says it to scripts."""
    async with opened_store(work.settings) as store:
        with work.progress.shown("Looking at the daemon and the backlog"):
            came = await health(store, work.settings.policy(), limits(work.settings))
    document = status_document(work.place, came)
    work.output.show(document, status_page)
    return document.exit_code


async def list_runs(work: Work, *, limit: int) -> int:
    """Print the latest ticks."""
    async with opened_store(work.settings) as store:
        now = await store.database.now()
        latest = await store.runs.latest(limit=limit)
    silent_after = limits(work.settings).silent_after
    document = RunsDocument(
        place=work.place,
        at=now,
        runs=tuple(
            run_document(run, state=run_state(run, now=now, silent_after=silent_after)) for run in latest
        ),
        exit_code=ExitCode.OK,
    )
    work.output.show(document, runs_page)
    return document.exit_code


def limits(settings: Settings) -> Limits:
    """What is too long, and too much. A daemon beats several times while its lease lasts."""
    return Limits(silent_after=2 * settings.sweep_lease, backlog=settings.alert_backlog)


def status_document(place: PlaceDocument, came: Health) -> StatusDocument:
    """How it is, as it is printed."""
    situation = came.situation
    tick, latest, sweeper = situation.tick, situation.runs[0] if situation.runs else None, situation.sweeper
    return StatusDocument(
        place=place,
        at=situation.at,
        level=came.level,
        sentence=health_sentence(came),
        next_step=health_step(came),
        concerns=tuple(_concern(each, situation) for each in came.concerns),
        daemons=tuple(_daemon(each, situation) for each in situation.daemons),
        last_tick=_tick(tick, situation) if tick else None,
        later_tick=_tick(latest, situation) if latest and latest != tick else None,
        next_tick_at=sweeper.next_tick_at if sweeper else None,
        blocked_until=situation.blocked_until,
        pauses=tuple(pause_document(pause) for pause in situation.pauses),
        classes=tuple(_classes(situation.standing)),
        money_at_risk=money_documents(situation.standing.money_at_risk),
        exit_code=_CODES[came.level],
    )


def _tick(run: Run, situation: Situation) -> RunDocument:
    return run_document(run, state=situation.state_of(run))


def _concern(concern: Concern, situation: Situation) -> ConcernDocument:
    return ConcernDocument(
        kind=concern.kind,
        level=concern.kind.level,
        words=concern_words(concern, now=situation.at),
        next_step=concern_step(concern),
    )


def _daemon(daemon: Daemon, situation: Situation) -> DaemonDocument:
    return DaemonDocument(
        holder=daemon.holder,
        alive=daemon in situation.alive,
        state=daemon.state,
        mode=daemon.mode,
        dispatch=daemon.dispatch,
        version=daemon.version,
        interval_seconds=round(daemon.interval.total_seconds()),
        started_at=daemon.started_at,
        heartbeat_at=daemon.heartbeat_at,
        next_tick_at=daemon.next_tick_at,
        last_error=tick_trouble_words(daemon.last_error) if daemon.last_error else None,
        last_error_kind=daemon.last_error.kind if daemon.last_error else None,
    )


def _classes(standing: Standing) -> Iterator[ClassDocument]:
    yield _class("orders", standing.orders)
    yield _class("refunds", standing.refunds)
    yield _class("orphans", standing.orphans)
    yield _class("customer", standing.customer)
    tally = standing.attention
    yield ClassDocument(
        name="attention",
        rows=sum(tally.open.values()),
        acknowledged=tally.acknowledged,
        money=money_documents(tally.money),
        oldest=tally.oldest,
    )


def _class(name: Literal["orders", "refunds", "orphans", "customer"], backlog: Backlog) -> ClassDocument:
    return ClassDocument(
        name=name,
        rows=backlog.rows,
        acknowledged=0,
        money=money_documents(backlog.money),
        oldest=backlog.oldest,
    )
