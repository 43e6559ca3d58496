"""The chronicle: the core's tellings as log lines, one an action, each with `reconcile` in its event.

`grep reconcile` tells the story: which row, which status, how long it was stuck, what was done, why not, by
whom. Orphans that are failed log at ERROR, for somebody may have to tell a customer.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from reconcile_tui.core.decisions import Attention, FailOrphan, Unreadable
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.psp.breaker import Tripped
from reconcile_tui.core.psp_states import ReadFailed, connector_of
from reconcile_tui.core.reason_wording import attention_words
from reconcile_tui.core.records import psp_status_word
from reconcile_tui.core.tellings import (
    PhaseEnded,
    PhaseStarted,
    RowConcluded,
    RowDecided,
    RowRead,
    RowSettled,
    Telling,
    TickEnded,
    TickFailed,
    TickStarted,
    Warned,
)
from reconcile_tui.core.tick_sums import TickSums, did
from reconcile_tui.core.wording import (
    age,
    breaker_words,
    label,
    next_step,
    outcome_step,
    outcome_words,
    read_failure_words,
    reason_words,
)


class Log(Protocol):
    """What the chronicle needs of a logger (structlog's has it)."""

    def debug(self, event: str, **fields: Any) -> Any: ...
    def info(self, event: str, **fields: Any) -> Any: ...
    def warning(self, event: str, **fields: Any) -> Any: ...
    def error(self, event: str, **fields: Any) -> Any: ...


class Chronicle:
    """A listener that writes log lines.

    A row that is to be applied gets its line when its outcome is known, and all others when they are
    decided: one line each. Where nothing is applied (dry run, observing, breaker) what would be is said.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._applies = True
        self._undone: dict[RowRef, PlannedRow] = {}

    def __call__(self, telling: Telling) -> None:
        match telling:
            case TickStarted(actor=actor, mode=mode, dry_run=dry_run):
                self._applies = mode is Mode.HEAL and not dry_run
                self._log.info("reconcile.tick.started", by=actor.name, mode=mode, dry_run=dry_run)
            case PhaseStarted(phase=phase, rows=rows):
                self._log.debug("reconcile.phase.started", phase=phase, rows=rows)
            case RowRead(ref=ref):
                self._log.debug(f"reconcile.{ref.kind}.read", id=ref.row_id)
            case RowDecided(planned=planned):
                self._decided(planned)
            case RowConcluded(planned=planned, result=result, actor=actor, plan_id=plan_id):
                self._undone.pop(planned.ref, None)
                self._concluded(planned, result, by=actor.name, plan=plan_id)
            case RowSettled(ref=ref, event=event, result=result):
                event_name = f"reconcile.{ref.kind}.settled"
                words = outcome_words(result.outcome, result.refusal)
                more = {
                    "detail": result.detail,
                    "attention": reason_words(result.attention) if result.attention else None,
                    "next_step": next_step(result.attention) if result.attention else None,
                }
                fields = {key: value for key, value in more.items() if value is not None}
                tell = self._log.error if result.attention else self._log.info
                tell(event_name, id=ref.row_id, planned_event=event, outcome=words, **fields)
            case PhaseEnded(phase=phase, tripped=tripped):
                self._phase_ended(phase, tripped)
            case Warned(kind=kind, detail=detail):
                self._log.warning(f"reconcile.{kind}", detail=detail)
            case TickEnded(took=took, counts=counts):
                told = counts_told(counts, observed=not self._applies)
                self._log.info("reconcile.tick.ended", seconds=_seconds(took), **told)
            case TickFailed(took=took, counts=counts, error=error):
                told = counts_told(counts, observed=not self._applies, failed=True)
                name = type(error).__name__
                self._log.error("reconcile.tick.failed", error=name, seconds=_seconds(took), **told)

    def _decided(self, planned: PlannedRow) -> None:
        decision = planned.decision
        event = f"reconcile.{_what(planned)}"
        facts = _facts(planned)
        match decision:
            case _ if planned.action is not None and self._applies:
                self._undone[planned.ref] = planned
                self._log.debug(f"{event}.planned", **facts, follows=label(decision))
            case _ if planned.action is not None:
                self._log.info(f"{event}.would_change", **facts, follows=label(decision))
            case Attention(reason=reason):
                why = attention_words(decision, planned.finding.row, planned.state)
                self._log.warning(f"{event}.needs_attention", **facts, why=why, next_step=next_step(reason))
            case Unreadable():
                self._log.warning(f"{event}.unreadable", **facts, why=_unreadable(planned))
            case _:
                self._log.info(f"{event}.left", **facts, why=label(decision))

    def _concluded(self, planned: PlannedRow, result: Result, *, by: str, plan: str | None) -> None:
        name = f"reconcile.{_what(planned)}.{result.outcome}"
        after = result.after.status.value if result.after else None
        fields = _facts(planned) | {
            "planned_event": planned.action.event if planned.action else None,
            "status_after": after,
            "outcome": outcome_words(result.outcome, result.refusal),
            "detail": result.detail,
            "attention": reason_words(result.attention) if result.attention else None,
            "next_step": outcome_step(result.outcome, result.refusal, result.attention)
            if result.attention
            else None,
            "by": by,
            "plan": plan,
        }
        fields = {key: value for key, value in fields.items() if value is not None}
        if isinstance(planned.decision, FailOrphan) and result.outcome is Outcome.FIXED:
            self._log.error("reconcile.orphan.failed", **fields)
        elif result.outcome is Outcome.UNCHANGED or result.attention is not None:
            self._log.error(name, **fields)
        elif result.outcome.closes:
            self._log.info(name, **fields)
        else:
            self._log.warning(name, **fields)

    def _phase_ended(self, phase: str, tripped: Tripped | None) -> None:
        if tripped is not None:
            self._log.error("reconcile.breaker.open", phase=phase, why=breaker_words(tripped))
            for planned in self._undone.values():
                event = f"reconcile.{_what(planned)}.left"
                self._log.warning(event, **_facts(planned), why=breaker_words(tripped))
        self._undone.clear()


def counts_told(
    counts: Mapping[str, int], *, observed: bool = False, failed: bool = False
) -> dict[str, str | int]:
    """What a tick did as fields of a log line: in words, and each count (`outcome_fixed=13`).

    Args:
        observed: it was to change nothing.
        failed: an error ended it.
    """
    words = did(TickSums.of(counts), observed=observed, failed=failed)
    return {"did": words} | {name.replace(".", "_"): count for name, count in sorted(counts.items())}


def _seconds(took: timedelta) -> float:
    return round(took / timedelta(seconds=1), 3)


def _what(planned: PlannedRow) -> str:
    return "orphan" if planned.finding.is_orphan_row else planned.ref.kind.value


def _facts(planned: PlannedRow) -> dict[str, Any]:
    """Which row, which statuses, how long it was stuck."""
    row, state = planned.finding.row, planned.state
    return {
        "id": row.row_id,
        "psp_id": row.psp_id,
        "status": row.status.value,
        "psp_status": psp_status_word(state) if state else None,
        "connector": connector_of(state),
        "amount": str(row.money) if row.money else None,
        "stuck_for": age(planned.finding.age),
    }


def _unreadable(planned: PlannedRow) -> str:
    if isinstance(planned.state, ReadFailed):
        return f"{read_failure_words(planned.state.kind)}: {planned.state.detail}"
    return label(planned.decision)
