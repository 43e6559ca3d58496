"""Traces: what became of a row that left, and no more than the journal proves."""

from dataclasses import replace

import pytest

from reconcile_tui.core.contradiction import contradicts
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.policy import ActorKind
from reconcile_tui.core.store.journal_entries import Entry, Step
from reconcile_tui.core.store.journal_search import FoundEntry
from reconcile_tui.core.store.row_leases import Held
from reconcile_tui.desk.traces import trace
from reconcile_tui.screens.desk.lists import ListedRow, Way
from reconcile_tui.screens.live.happenings import trace_words
from reconcile_tui.screens.receipt.batch_receipt import Section, receipt_of
from tests.builders import NOW, a_finding, an_order
from tests.world import ref

OVERTAKEN = Entry(
    entry_id=2,
    at=NOW,
    step=Step.OUTCOME,
    intent_id=1,
    ref=ref("o-1"),
    psp_id="pay_1",
    event=Event.PAYMENT_SUCCEEDED,
    attempt=1,
    outcome=Outcome.OVERTAKEN,
    refusal=None,
    actor="alice",
    actor_kind=ActorKind.OPERATOR,
    reason="why",
    plan_id="plan-1",
    decision=None,
    before=None,
    after={"status": "failed"},
    psp=None,
    psp_digest=None,
    detail="something else made the row final, otherwise",
)
HELD = Held(ref=ref("o-1"), actor="alice", holder="shop-1:2:x", expires_at=NOW)


def a_row(status: str) -> ListedRow:
    return ListedRow(a_finding(an_order("o-1", status=status)), None)


def test_who_is_not_on_record_is_not_made_up() -> None:
    told = trace_words(trace(ref("o-1"), None, a_row("completed")))

    assert "healed" not in told
    assert "no step on record closed it" in told


def test_a_row_that_is_final_while_its_event_is_under_way_says_so() -> None:
    assert trace(ref("o-1"), None, a_row("completed"), HELD).way is Way.UNDER_WAY


@pytest.mark.parametrize(
    ("outcome", "status", "way"),
    [
        (Outcome.FIXED, "completed", Way.FIXED),
        (Outcome.FIXED, "failed", Way.BY_ITSELF),
        (Outcome.ALREADY_RESOLVED, "completed", Way.RESOLVED),
        (Outcome.UNDELIVERED, "completed", Way.BY_ITSELF),
    ],
)
def test_an_outcome_tells_of_the_row_only_where_it_still_shows_it(
    outcome: Outcome, status: str, way: Way
) -> None:
    entry = replace(OVERTAKEN, outcome=outcome, after={"status": "completed"})

    assert trace(ref("o-1"), entry, a_row(status)).way is way


def test_what_was_overtaken_by_the_opposite_is_nowhere_called_healed() -> None:
    assert contradicts(OVERTAKEN)
    assert not contradicts(replace(OVERTAKEN, after={"status": "completed"}))
    assert trace(ref("o-1"), OVERTAKEN, a_row("failed")).way is Way.CONTRADICTED

    receipt = receipt_of([FoundEntry(entry=OVERTAKEN, before={"status": "pending"})])
    [row] = receipt.rows
    assert row.section is Section.LEFT
    assert receipt.next_step.startswith("Find out which side is right")
