"""Every member that people may read has its words, and they read as words."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.decisions import (
    Adopt,
    Attention,
    Decision,
    Event,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    WaitsFor,
)
from reconcile_tui.core.findings import RefundId
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.psp_states import ReadFailureKind
from reconcile_tui.core.wording import (
    age,
    event_words,
    label,
    next_step,
    outcome_words,
    read_failure_words,
    reason_words,
    refusal_words,
    spoken_age,
    waits_words,
)
from tests.strategies import ages, decisions

CLAUSES: list[tuple[Callable[..., str], type[StrEnum]]] = [
    (reason_words, Reason),
    (refusal_words, Refusal),
    (outcome_words, Outcome),
    (read_failure_words, ReadFailureKind),
    (event_words, Event),
    (waits_words, WaitsFor),
]


@pytest.mark.parametrize(
    ("words", "member"),
    [
        pytest.param(words, member, id=f"{kind.__name__}-{member}")
        for words, kind in CLAUSES
        for member in kind
    ],
)
def test_every_member_has_a_clause(words: Callable[..., str], member: StrEnum) -> None:
    clause = words(member)
    assert clause == clause.strip()
    assert clause
    assert "_" not in clause
    assert not clause.endswith(".")


@pytest.mark.parametrize("member", [*Reason, *Outcome, *Refusal], ids=repr)
def test_every_reason_outcome_and_refusal_has_a_next_step(member: Reason | Outcome | Refusal) -> None:
    step = next_step(member)
    assert step.endswith(".")
    assert step[0].isupper()


@pytest.mark.parametrize("kind", [Reason, Refusal, Outcome, ReadFailureKind, Event, WaitsFor])
def test_no_two_members_of_a_kind_read_the_same(kind: type[StrEnum]) -> None:
    [words] = [words for words, words_of in CLAUSES if words_of is kind]
    assert len({words(member) for member in kind}) == len(kind)


@given(decisions | st.sampled_from([*Outcome, *Refusal]))
def test_nothing_is_left_to_a_tick_or_a_daemon_where_none_heals(about: Decision | Outcome | Refusal) -> None:
    step = next_step(about, daemon_heals=False)
    for promise in ("next tick", "by itself", "next run", "let the daemon", "it is looked at again"):
        assert promise not in step


@given(decisions)
def test_every_decision_has_a_label_and_a_next_step(decision: Decision) -> None:
    assert 0 < len(label(decision)) <= 110
    assert next_step(decision).endswith(".")


@pytest.mark.parametrize(
    ("decision", "shown"),
    [
        (Sync(event=Event.PAYMENT_SUCCEEDED), "sync: completed"),
        (Sync(event=Event.REFUND_FAILED), "sync: failed"),
        (Adopt(refund_id=RefundId("ref_1\x1b[2J"), matched_by="id"), "adopt ref_1␛[2J"),
        (FailOrphan(listed=0), "fail the orphan"),
        (StillPending(waits_for=WaitsFor.CUSTOMER), "waits for the customer"),
        (Attention(reason=Reason.AMOUNT_MISMATCH), "attention: the amounts differ"),
    ],
)
def test_a_label_says_what_follows_in_a_few_words(decision: Decision, shown: str) -> None:
    assert label(decision) == shown


def test_a_refused_outcome_says_by_what() -> None:
    assert outcome_words(Outcome.REFUSED, Refusal.PAUSED) == "refused: applying is paused"
    assert outcome_words(Outcome.FIXED) == "fixed: the row now says what the PSP says"


@pytest.mark.parametrize(
    ("length", "short", "spoken"),
    [
        (timedelta(seconds=-5), "0s", "0 s"),
        (timedelta(seconds=40), "40s", "40 s"),
        (timedelta(seconds=59.9), "59s", "59 s"),
        (timedelta(minutes=45, seconds=59), "45m", "45 min"),
        (timedelta(hours=2), "2h", "2 h"),
        (timedelta(hours=2, minutes=14), "2h14m", "2 h 14 min"),
        (timedelta(days=1, minutes=59), "1d", "1 day"),
        (timedelta(days=3, hours=4), "3d4h", "3 days 4 h"),
        (timedelta(days=400), "400d", "400 days"),
    ],
)
def test_an_age_is_told_in_its_two_largest_units(length: timedelta, short: str, spoken: str) -> None:
    assert age(length) == short
    assert spoken_age(length) == spoken


@given(ages)
def test_any_age_is_short(length: timedelta) -> None:
    assert len(age(length)) <= 8
