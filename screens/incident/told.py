"""What was done so far, as lines: when, who, what. Newest first; foreign text in it is harmless."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.core.action_wording import action_words
from reconcile_tui.core.fate_wording import fate_words
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.health_wording import tick_error_words
from reconcile_tui.core.incident import Incident
from reconcile_tui.core.incident_account import Happening, Sum
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.tick_sums import TickSums, troubles


@dataclass(frozen=True, slots=True)
class ToldLine:
    """Something that was done. `at`: UTC."""

    at: datetime
    who: str
    what: str


def told_lines(incident: Incident) -> tuple[ToldLine, ...]:
    """Everything that was done, the newest first."""
    reasons = {deed.plan_id: deed.reason for deed in incident.deeds}
    lines = [
        *(ToldLine(each.at, _who(each.actor), _happened(each, reasons)) for each in incident.timeline),
        *(
            ToldLine(each.at, _who(each.actor), f"{action_words(each)}{_because(each.reason)}")
            for each in incident.actions
        ),
        *_went_wrong(incident.runs),
    ]
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True))


def tick_words(incident: Incident) -> str:
    """How many ticks there were, and what is paused now."""
    busy = len(incident.runs) + incident.runs_left_out
    wrong = sum(bool(trouble_of(run)) for run in incident.runs)
    ticks = busy + incident.idle_runs
    found = f"Ticks: {ticks:,}, of which {incident.idle_runs:,} found nothing to do, {wrong:,} went wrong."
    paused = [
        harmless(pause.connector, limit=40) if pause.connector else "everything" for pause in incident.pauses
    ]
    brake = f" Paused now: {', '.join(paused)}." if paused else ""
    return f"{found if ticks else 'No tick.'}{brake}"


def trouble_of(run: Run) -> str:
    """What went wrong with a tick; empty where nothing did."""
    error = [tick_error_words(run.error)] if run.error else []
    return harmless("; ".join([*troubles(TickSums.of(run.counts)), *error]), limit=300)


def _happened(each: Happening, reasons: dict[str, str | None]) -> str:
    rows = ", ".join(harmless(ref.row_id, limit=40) for ref in each.refs)
    named = f"{rows}: " if rows else ""
    sums = "; ".join(_counted(part, alone=bool(named)) for part in each.sums)
    plan = f" (plan {harmless(each.plan_id, limit=12)})" if each.plan_id else ""
    return f"{named}{sums}{plan}{_because(reasons.get(each.plan_id or ''))}"


def _counted(each: Sum, *, alone: bool) -> str:
    count = "" if alone and each.rows == 1 else f"{each.rows:,} "
    money = f" ({' · '.join(map(str, each.money))})" if each.money else ""
    return f"{count}{fate_words(each.fate, rows=each.rows)}{money}"


def _went_wrong(runs: Iterable[Run]) -> Iterator[ToldLine]:
    for run in runs:
        if trouble := trouble_of(run):
            yield ToldLine(run.started_at, _who(run.actor), f"a tick went wrong: {trouble}")


def _because(reason: str | None) -> str:
    return f", “{harmless(reason, limit=120)}”" if reason else ""


def _who(name: str) -> str:
    return harmless(name, limit=24)
