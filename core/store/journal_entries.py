"""Journal entries: what each step of a dispatch writes down, and how it is read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.findings import LocalRow, RowRef
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Actor, ActorKind
from reconcile_tui.core.records import decision_record, psp_digest, psp_record, row_record
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.attention import AttentionChange
from reconcile_tui.core.store.backends import Backend
from reconcile_tui.core.store.checks import CheckedRow
from reconcile_tui.core.store.given_rows import SetStatement, insertion
from reconcile_tui.core.store.tables import journal


class Step(StrEnum):
    """What a journal entry records."""

    INTENDED = "intended"
    RESUMED = "resumed"
    APPLIED = "applied"
    DELIVERED = "delivered"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A dispatch that was written down and is ours to carry out while the lease holds.

    Attributes:
        psp_id: the PSP id the row had; empty for an orphan.
        attempt: the same event sent again deliberately has the next number.
    """

    intent_id: int
    ref: RowRef
    psp_id: str
    event: Event
    attempt: int
    holder: str
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIntent:
    """An intent that nobody concluded and whose lease ran out.

    Attributes:
        was_applied: the event and its effect were committed together.
        was_delivered: the shop's own handler acknowledged it.
        was_sent: it was on its way; the answer was never heard.
    """

    intent: Intent
    actor: Actor
    plan_id: str | None
    was_applied: bool = False
    was_delivered: bool = False
    was_sent: bool = False


class NotIntended(StrEnum):
    """Why a row got no intent."""

    BUSY = "busy"
    """Another process is writing the row's lease at this very moment."""
    SPENT = "spent"
    """This very event was delivered before and its intent is over; only `send again` makes another."""
    CAPPED = "capped"
    """The cap on failed orphans, counted as the intent was to be written down, leaves it to an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """Who acts, why and under which plan: the part that every entry of an apply shares."""

    actor: Actor
    plan_id: str | None = None
    reason: str | None = None

    def values(self) -> dict[str, Any]:
        return {
            "actor": self.actor.name,
            "actor_kind": self.actor.kind.value,
            "plan_id": self.plan_id,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What became of a row, with the bookkeeping that goes with it.

    Attributes:
        planned: may be None where there is an intent, whose entry tells what was planned.
        intent: None where it ended before a dispatch.
        check: the row's check to write; None where the dispatch wrote it, or nothing was read.
    """

    result: Result
    planned: PlannedRow | None = None
    intent: Intent | None = None
    check: CheckedRow | None = None
    attention: AttentionChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEffect:
    """The effect of an event whose intent was over already, without one. `by`: who sent it."""

    conclusion: Conclusion
    by: Authorship


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A journal entry as people read it; moments are UTC, database clock."""

    entry_id: int
    at: datetime
    step: Step
    intent_id: int | None
    ref: RowRef
    psp_id: str
    event: Event | None
    attempt: int | None
    outcome: Outcome | None
    refusal: Refusal | None
    actor: str
    actor_kind: ActorKind
    reason: str | None
    plan_id: str | None
    decision: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    psp: Mapping[str, Any] | None
    psp_digest: str | None
    detail: str | None

    @property
    def despite(self) -> Reason | None:
        """What an operator set aside, knowingly, by what was intended."""
        word = (self.decision or {}).get("despite")
        return Reason(word) if word in list(Reason) else None


def applied_values(
    intent: Intent, after: LocalRow | None, *, by: Authorship, now: datetime
) -> dict[str, Any]:
    """The `applied` entry of a dispatch, to be written in the transaction that changes the row."""
    return _about(intent, by, now) | {
        "step": Step.APPLIED.value,
        "after": row_record(after) if after else None,
    }


def delivered_values(
    intent: Intent, *, digest: str, detail: str, by: Authorship, now: datetime
) -> dict[str, Any]:
    """The `delivered` entry of an event that the shop's own handler acknowledged."""
    return _about(intent, by, now) | {
        "step": Step.DELIVERED.value,
        "psp_digest": digest,
        "detail": detail,
    }


def new_intent(row: PlannedRow, intent_id: int, attempt: int, holder: str, fence: int) -> Intent:
    if row.action is None:
        raise ValueError(f"{row.ref}: nothing to apply")
    return Intent(
        intent_id=intent_id,
        ref=row.ref,
        psp_id=row.finding.row.psp_id or "",
        event=row.action.event,
        attempt=attempt,
        holder=holder,
        fence=fence,
    )


def planned_values(row: PlannedRow, by: Authorship, now: datetime) -> dict[str, Any]:
    return by.values() | {
        "at": now,
        "kind": row.ref.kind.value,
        "row_id": row.ref.row_id,
        "psp_id": row.finding.row.psp_id or "",
        "event": row.action.event.value if row.action else None,
        "decision": decision_record(row.decision),
        "before": row_record(row.finding.row),
        "psp": psp_record(row.state) if row.state else None,
        "psp_digest": psp_digest(row.state) if row.state else None,
    }


def outcome_values(conclusion: Conclusion, by: Authorship, now: datetime) -> dict[str, Any]:
    result, intent = conclusion.result, conclusion.intent
    if intent is not None:
        about = _about(intent, by, now)
    elif conclusion.planned is not None:
        about = planned_values(conclusion.planned, by, now)
    else:
        raise ValueError("a conclusion is about an intent, or about a planned row")
    return about | {
        "step": Step.OUTCOME.value,
        "outcome": result.outcome.value,
        "refusal": result.refusal.value if result.refusal else None,
        "after": row_record(result.after) if result.after else None,
        "detail": result.detail,
    }


def _about(intent: Intent, by: Authorship, now: datetime) -> dict[str, Any]:
    """An entry about an intent: what the intended entry says already is not said again."""
    return by.values() | {
        "at": now,
        "intent_id": intent.intent_id,
        "kind": intent.ref.kind.value,
        "row_id": intent.ref.row_id,
        "psp_id": intent.psp_id,
        "event": intent.event.value,
        "attempt": intent.attempt,
    }


async def write_entries(
    connection: AsyncConnection, backend: Backend, entries: Sequence[Mapping[str, Any]]
) -> Sequence[Row[Any]]:
    """Append entries, as part of the caller's transaction; their ids, with what makes an intent one of its
    kind."""
    return (await _insertion(backend).run(connection, entries)).all() if entries else ()


@lru_cache(maxsize=16)
def _insertion(backend: Backend) -> SetStatement:
    j = journal.c
    appending = insertion(backend.given([c for c in j if c is not j.id]), journal)
    key = (j.id, j.kind, j.row_id, j.psp_id, j.event, j.attempt)
    return SetStatement(appending.statement.returning(*key), appending.given)


def entry(row: Row[Any]) -> Entry:
    return Entry(
        entry_id=row.id,
        at=row.at,
        step=Step(row.step),
        intent_id=row.intent_id,
        ref=RowRef(Kind(row.kind), row.row_id),
        psp_id=row.psp_id,
        event=Event(row.event) if row.event else None,
        attempt=row.attempt,
        outcome=Outcome(row.outcome) if row.outcome else None,
        refusal=Refusal(row.refusal) if row.refusal else None,
        actor=row.actor,
        actor_kind=ActorKind(row.actor_kind),
        reason=row.reason,
        plan_id=row.plan_id,
        decision=row.decision,
        before=row.before,
        after=row.after,
        psp=row.psp,
        psp_digest=row.psp_digest,
        detail=row.detail,
    )
