"""Descriptions of what is on record: pauses, ticks, what people did; as the documents that are printed."""

from reconcile_tui.cli.brake_documents import PauseInForceDocument, RunDocument
from reconcile_tui.cli.record_documents import ActionDocument
from reconcile_tui.core.action_wording import action_words
from reconcile_tui.core.health import RunState
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.actions import Action
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.tick_sums import TickSums, did, troubles


def pause_document(pause: Pause) -> PauseInForceDocument:
    """A pause as it is printed."""
    return PauseInForceDocument(
        connector=pause.connector,
        by=pause.actor,
        reason=pause.reason,
        since=pause.set_at,
        until=pause.until,
    )


def run_document(run: Run, *, state: RunState) -> RunDocument:
    """A tick as it is printed."""
    sums = TickSums.of(run.counts)
    took = run.finished_at - run.started_at if run.finished_at else None
    return RunDocument(
        run_id=run.run_id,
        state=state,
        started_at=run.started_at,
        heartbeat_at=run.heartbeat_at,
        finished_at=run.finished_at,
        took_seconds=None if took is None else round(took.total_seconds(), 3),
        by=run.actor,
        holder=run.holder,
        mode=run.mode,
        counts={key: int(count) for key, count in (run.counts or {}).items()},
        did=did(
            sums,
            observed=run.mode is Mode.OBSERVE,
            ended=run.finished_at is not None,
            failed=run.error is not None,
        ),
        troubles=troubles(sums),
        error=run.error,
    )


def action_document(action: Action) -> ActionDocument:
    """What somebody did beside dispatches."""
    return ActionDocument(
        at=action.at,
        action=action.kind,
        by=action.actor,
        reason=action.reason,
        until=action.until,
        connector=action.connector,
        kind=action.ref.kind if action.ref else None,
        id=action.ref.row_id if action.ref else None,
        attention=action.attention,
        words=action_words(action),
    )
