"""Records as lines and in full: whatever others wrote in them is harmless text."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.history import Record
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.policy import ActorKind
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.actions import Action, ActionKind
from reconcile_tui.core.store.journal_entries import Entry, Step
from reconcile_tui.core.store.journal_search import FoundEntry
from reconcile_tui.core.store.plans import AppliedPlan
from reconcile_tui.core.store.webhook_log import LoggedWebhook, Source
from reconcile_tui.core.transitions import Effect
from reconcile_tui.screens.history.details import details_of, heading_of
from reconcile_tui.screens.history.lines import Tone, line_of
from reconcile_tui.screens.receipt.batch_receipt import receipt_of
from reconcile_tui.screens.receipt.receipt_lines import receipt_text
from tests.builders import NOW
from tests.foreign import ANY
from tests.situations import a_run

_FOREIGN = ANY | st.just("\x1b]8;;x\x07[@click=app.quit]\u202e" + "x" * 10_000)
_documents = st.none() | st.dictionaries(_FOREIGN, _FOREIGN | st.integers() | st.none(), max_size=3)


def an_entry(text: str, record: dict[str, Any] | None, *, step: Step = Step.OUTCOME) -> FoundEntry:
    entry = Entry(
        entry_id=2,
        at=NOW,
        step=step,
        intent_id=1,
        ref=RowRef(Kind.ORDER, text),
        psp_id=text,
        event=Event.PAYMENT_SUCCEEDED,
        attempt=2,
        outcome=Outcome.FIXED if step is Step.OUTCOME else None,
        refusal=None,
        actor=text,
        actor_kind=ActorKind.OPERATOR,
        reason=text,
        plan_id=text,
        decision=record,
        before=record,
        after=record,
        psp=record,
        psp_digest=text,
        detail=text,
    )
    return FoundEntry(entry=entry, before=None)


def records_of(text: str, record: dict[str, Any] | None) -> list[Record]:
    return [
        an_entry(text, record),
        an_entry(text, record, step=Step.INTENDED),
        Action(at=NOW, kind=ActionKind.PAUSED, actor=text, reason=text, connector=text),
        a_run(actor=text or "x", error=text, holder=text),
        AppliedPlan(
            plan_id=text,
            actor=text,
            reason=text,
            began=NOW,
            ended=NOW,
            last_entry=2,
            outcomes={Outcome.FIXED: 1},
            open=1,
        ),
        LoggedWebhook(
            received_at=NOW,
            source=Source.PSP,
            event_id=text,
            event_type=text,
            kind=None,
            psp_id=text,
            ref=None,
            effect=Effect.NO_ROW,
            payload=record,
            digest=text,
        ),
    ]


@given(text=_FOREIGN, record=_documents)
def test_what_others_wrote_is_harmless(text: str, record: dict[str, Any] | None) -> None:
    siblings: list[Entry | FoundEntry] = [an_entry(text, record), an_entry(text, record).entry]
    for each in records_of(text, record):
        lines = (str(line_of(each)), heading_of(each), *details_of(each, siblings=siblings))

        assert all(line.isprintable() for line in lines)
        assert all(len(line) < 5_000 for line in lines)


def test_what_differs_is_marked_by_a_sign() -> None:
    entry = an_entry("o-1", {"status": "completed", "amount": 4200}, step=Step.APPLIED)
    found = FoundEntry(entry=entry.entry, before={"status": "pending", "amount": 4200})

    told = details_of(found)

    assert "≠ status                   pending → completed" in told
    assert "  amount                   4200" in told


def test_a_contradiction_has_one_sign_and_the_same_words_in_history_and_receipt() -> None:
    done = an_entry("o-1", None).entry
    pending, failed = {"status": "pending"}, {"status": "failed"}
    entry = replace(done, outcome=Outcome.OVERTAKEN, before=pending, after=failed, detail=None)
    words = "overtaken: the shop and the PSP contradict each other"

    line = line_of(FoundEntry(entry=entry, before=None))
    receipt = receipt_text(receipt_of([FoundEntry(entry=entry, before=None)]))

    assert (line.tone, words in line.what) == (Tone.BAD, True)
    assert f"✗ 1 · no amount · order {words}" in " ".join(receipt.split())
