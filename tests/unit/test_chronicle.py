"""The log tells the story: one line an action, `reconcile` in its event, orphans that fail as errors."""

from datetime import timedelta
from typing import Any

import pytest

from reconcile_tui.chronicle import Chronicle
from reconcile_tui.core.decisions import (
    Attention,
    Decision,
    Event,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    WaitsFor,
)
from reconcile_tui.core.findings import LocalRow
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Actor, ActorKind, Mode
from reconcile_tui.core.psp.breaker import Tripped, TripReason
from reconcile_tui.core.tellings import (
    PhaseEnded,
    PhaseStarted,
    RowConcluded,
    RowDecided,
    RowRead,
    Telling,
    TickEnded,
    TickFailed,
    TickStarted,
    Warned,
    WarningKind,
)
from tests.builders import NOW, a_finding, a_payment_seen, an_order, an_orphan

COUNTS = {"decision.sync": 13, "decision.attention": 1, "outcome.fixed": 13}
ALICE = Actor(name="alice", kind=ActorKind.OPERATOR)


class Book:
    """A logger that keeps its lines: level, event, fields."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def debug(self, event: str, **fields: Any) -> None:
        self.lines.append(("debug", event, fields))

    def info(self, event: str, **fields: Any) -> None:
        self.lines.append(("info", event, fields))

    def warning(self, event: str, **fields: Any) -> None:
        self.lines.append(("warning", event, fields))

    def error(self, event: str, **fields: Any) -> None:
        self.lines.append(("error", event, fields))

    def seen(self) -> list[tuple[str, str, dict[str, Any]]]:
        """What is read at the usual level."""
        return [line for line in self.lines if line[0] != "debug"]


def planned(row: LocalRow, decision: Decision) -> PlannedRow:
    return PlannedRow(finding=a_finding(row), state=a_payment_seen(), decision=decision)


SYNC = planned(an_order("o-1", stuck_for="2h14m"), Sync(event=Event.PAYMENT_SUCCEEDED))
FIXED = Result(outcome=Outcome.FIXED, after=an_order("o-1", status="completed"))


def started(*, dry_run: bool = False, mode: Mode = Mode.HEAL) -> TickStarted:
    return TickStarted(at=NOW, actor=ALICE, mode=mode, dry_run=dry_run)


def concluded(row: PlannedRow, result: Result) -> RowConcluded:
    return RowConcluded(planned=row, result=result, actor=ALICE, at=NOW, plan_id="plan-1")


def told(*tellings: Any) -> Book:
    book = Book()
    chronicle = Chronicle(book)
    for telling in tellings:
        chronicle(telling)
    return book


def decided(row: PlannedRow) -> RowDecided:
    return RowDecided(planned=row, at=NOW, dry_run=False)


def test_a_healed_row_is_one_line_that_says_which_how_long_what_and_by_whom() -> None:
    [_, (level, event, fields)] = told(started(), decided(SYNC), concluded(SYNC, FIXED)).seen()

    assert (level, event) == ("info", "reconcile.order.fixed")
    assert fields["id"] == "o-1"
    assert fields["status"] == "pending"
    assert fields["status_after"] == "completed"
    assert fields["stuck_for"] == "2h14m"
    assert fields["planned_event"] == "payment.succeeded"
    assert fields["by"] == "alice"
    assert fields["plan"] == "plan-1"


def test_an_orphan_that_is_failed_is_an_error() -> None:
    orphan = planned(an_orphan("r-1"), FailOrphan(listed=0))

    [(level, event, fields)] = told(concluded(orphan, Result(outcome=Outcome.FIXED))).seen()

    assert (level, event, fields["id"]) == ("error", "reconcile.orphan.failed", "r-1")


def test_a_row_that_stays_says_why_when_it_is_decided() -> None:
    waits = planned(an_order(), StillPending(waits_for=WaitsFor.PROCESSOR))
    person = planned(an_order(), Attention(reason=Reason.AMOUNT_MISMATCH))

    first, second = told(decided(waits), decided(person)).seen()

    assert (first[0], first[1], first[2]["why"]) == (
        "info",
        "reconcile.order.left",
        "waits for the processor",
    )
    assert (second[0], second[1]) == ("warning", "reconcile.order.needs_attention")
    assert second[2]["why"] == "the amounts differ"


def test_what_was_refused_is_a_warning_with_the_reason() -> None:
    refused = Result(outcome=Outcome.REFUSED, refusal=Refusal.PAUSED, detail="paused by bob")

    [(level, event, fields)] = told(concluded(SYNC, refused)).seen()

    assert (level, event) == ("warning", "reconcile.order.refused")
    assert "paused" in fields["outcome"]


def test_a_dry_run_says_what_it_would_do() -> None:
    lines = told(started(dry_run=True), decided(SYNC)).seen()

    assert lines[-1][1] == "reconcile.order.would_change"


def test_a_phase_that_the_breaker_ended_accounts_for_each_row_it_left() -> None:
    tripped = Tripped(reason=TripReason.PSP_DOWN, count=6, reads=10)

    lines = told(started(), decided(SYNC), PhaseEnded(phase=PhaseName.ORDERS, tripped=tripped)).seen()

    assert [line[1] for line in lines[1:]] == ["reconcile.breaker.open", "reconcile.order.left"]
    assert "6 of 10 reads" in lines[-1][2]["why"]


@pytest.mark.parametrize(
    ("telling", "level", "name", "words"),
    [
        (
            TickEnded(took=timedelta(seconds=1), counts=COUNTS),
            "info",
            "reconcile.tick.ended",
            "13 fixed, 1 needs a person",
        ),
        (
            TickFailed(took=timedelta(seconds=1), counts=COUNTS, error=RuntimeError("a secret")),
            "error",
            "reconcile.tick.failed",
            "13 fixed, 1 needs a person, then it failed",
        ),
    ],
)
def test_the_end_of_a_tick_carries_its_counts(telling: Telling, level: str, name: str, words: str) -> None:
    [(_, _, fields)] = [line for line in told(started(), telling).lines if line[:2] == (level, name)]

    assert fields["did"] == words
    assert (fields["outcome_fixed"], fields["decision_attention"]) == (13, 1)
    assert "a secret" not in str(fields)


def test_every_event_can_be_found_by_grep() -> None:
    lines = told(
        started(),
        PhaseStarted(phase=PhaseName.ORDERS, rows=1),
        RowRead(ref=SYNC.ref),
        decided(SYNC),
        concluded(SYNC, FIXED),
        PhaseEnded(phase=PhaseName.ORDERS, tripped=None),
        Warned(kind=WarningKind.CLOCK_SKEW, detail="clocks differ by 90 s"),
        TickEnded(took=timedelta(seconds=1)),
        TickFailed(took=timedelta(seconds=1), counts={}, error=RuntimeError("no")),
    ).lines

    assert len(lines) == 8
    assert all(event.startswith("reconcile.") for _, event, _ in lines)
