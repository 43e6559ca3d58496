"""A record as a line: sign, moment, who, what. Pure; foreign text in it is harmless."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from reconcile_tui.core.action_wording import action_words
from reconcile_tui.core.contradiction import contradicts
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.history import Record, moment
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.step_wording import step_words
from reconcile_tui.core.store.actions import Action
from reconcile_tui.core.store.journal_search import FoundEntry
from reconcile_tui.core.store.plans import AppliedPlan
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.store.webhook_log import LoggedWebhook
from reconcile_tui.core.tick_sums import TickSums, did
from reconcile_tui.core.wording import age
from reconcile_tui.screens.incident.told import trouble_of


class Tone(StrEnum):
    """How a record is to be taken; the value is its sign, for those who see no colour."""

    WELL = "✓"
    OPEN = "·"
    LOOK = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A line. `at`: UTC."""

    tone: Tone
    at: datetime
    who: str
    what: str

    def __str__(self) -> str:
        return f"{self.tone} {self.at:%m-%d %H:%M:%S}  {self.who:<14} {self.what}"


def line_of(record: Record) -> RecordLine:
    """What a record says in a line."""
    match record:
        case FoundEntry():
            return _entry(record)
        case AppliedPlan():
            return RecordLine(_plan_tone(record), record.ended, _who(record.actor), plan_words(record))
        case Action():
            what = f"{action_words(record)}{because(record.reason)}"
            return RecordLine(Tone.LOOK, record.at, _who(record.actor), what)
        case Run():
            return _run(record)
        case LoggedWebhook():
            about = f"{record.kind or 'something'} {harmless(record.psp_id or '', limit=60)}".rstrip()
            what = f"webhook {harmless(record.event_type, limit=60)} about {about}, which no row has"
            return RecordLine(Tone.LOOK, moment(record), "PSP", what)
        case _:
            assert_never(record)


def plan_words(plan: AppliedPlan) -> str:
    """`83 rows: 80 fixed, 3 unchanged`, and why it was applied."""
    order = sorted(plan.outcomes.items(), key=lambda each: (not each[0].closes, -each[1]))
    parts = [f"{rows:,} {outcome_word(outcome)}" for outcome, rows in order]
    if plan.open:
        parts.append(f"{plan.open:,} not concluded")
    rows = "1 row" if plan.rows == 1 else f"{plan.rows:,} rows"
    return f"{rows}: {', '.join(parts) or 'nothing came of it yet'}{because(plan.reason)}"


def outcome_word(outcome: Outcome) -> str:
    """An outcome's own word."""
    return outcome.value.replace("_", " ")


def because(reason: str | None) -> str:
    """A reason in its quotes; nothing where none was given."""
    return f" “{harmless(reason, limit=120)}”" if reason else ""


def entry_tone(outcome: Outcome | None) -> Tone:
    """How an entry's outcome is to be taken."""
    match outcome:
        case None:
            return Tone.OPEN
        case Outcome.UNCHANGED | Outcome.UNDELIVERED | Outcome.IN_DOUBT:
            return Tone.BAD
        case _:
            return Tone.WELL if outcome.closes else Tone.OPEN


def _entry(found: FoundEntry) -> RecordLine:
    entry = found.entry
    words = step_words(
        event=entry.event,
        attempt=entry.attempt,
        outcome=entry.outcome,
        refusal=entry.refusal,
        status_before=status_in(entry.before),
        status_after=status_in(entry.after),
        detail=entry.detail,
        contradicts=contradicts(entry),
        despite=entry.despite,
    )
    # What is decisive stands first: a narrow terminal cuts the rest.
    money = f"  {found.money}" if found.money is not None else ""
    what = f"{harmless(str(entry.ref), limit=60)}{money}  {entry.step}  {harmless(words, limit=300)}"
    tone = Tone.BAD if contradicts(entry) else entry_tone(entry.outcome)
    return RecordLine(tone, entry.at, _who(entry.actor), what)


def status_in(record: object) -> str | None:
    """The status that a recorded row has."""
    status = record.get("status") if isinstance(record, dict) else None
    return status if isinstance(status, str) else None


def _plan_tone(plan: AppliedPlan) -> Tone:
    tones = {entry_tone(outcome) for outcome in plan.outcomes}
    if Tone.BAD in tones:
        return Tone.BAD
    return Tone.OPEN if plan.open or Tone.OPEN in tones else Tone.WELL


def _run(run: Run) -> RecordLine:
    trouble = trouble_of(run)
    mode = "" if run.mode is Mode.HEAL else f" ({run.mode})"
    if run.finished_at is None:
        return RecordLine(Tone.LOOK, run.started_at, _who(run.actor), f"tick{mode} that has not ended")
    words = did(TickSums.of(run.counts), observed=run.mode is Mode.OBSERVE, failed=run.error is not None)
    took = age(run.finished_at - run.started_at)
    what = f"tick{mode}, {took}: {words}{f'; {trouble}' if trouble else ''}"
    return RecordLine(Tone.BAD if trouble else Tone.OPEN, run.started_at, _who(run.actor), what)


def _who(name: str) -> str:
    return harmless(name, limit=14)
