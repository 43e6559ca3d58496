"""Health: what is wrong is found, the worst of it comes first, and each has its words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core import wording
from reconcile_tui.core.health import Concern, ConcernKind, Level, RunState, judged
from reconcile_tui.core.health_wording import (
    concern_step,
    concern_words,
    health_sentence,
    health_step,
    tick_trouble_words,
)
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.psp.breaker import Tripped, TripReason
from reconcile_tui.core.shop_answers import ShutReason
from reconcile_tui.core.slow_backlog import SlowBacklog
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.daemons import DaemonState
from reconcile_tui.core.store.status_words import UnmappedWord
from reconcile_tui.core.tick_trouble import TickTrouble, TroubleKind
from tests.builders import NOW, ago
from tests.situations import a_daemon, a_pause, a_run, a_situation, a_standing

SWEEPING = a_daemon(state=DaemonState.SWEEPING)
SLOW = SlowBacklog(due={PhaseName.ORDERS: 60}, batch=50, interval=timedelta(hours=1))
UNMAPPED = (UnmappedWord(kind=Kind.ORDER, word="processing", rows=1204),)
STANDBY = a_daemon("shop-2:815:abc", state=DaemonState.STANDBY)


def concerns(**what: Any) -> list[str]:
    return [each.kind.value for each in judged(a_situation(**what)).concerns]


def sentence(**what: Any) -> str:
    return health_sentence(judged(a_situation(**what)))


def test_a_daemon_that_waits_after_a_good_tick_is_healthy_and_nobody_needs_to_look() -> None:
    health = judged(a_situation(daemons=(a_daemon(), STANDBY)))

    assert health.level is Level.HEALTHY
    assert health_sentence(health) == (
        "The daemon swept 12 min ago, and the next tick is in 48 min. Nobody needs to look."
    )
    assert health_step(health) == "Nothing to do."


def test_rows_that_only_wait_make_nothing_unhealthy() -> None:
    assert concerns(standing=a_standing(orders=3, refunds=2, orphans=1, customer=200)) == []


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ({"daemons": ()}, "no_daemon"),
        ({"daemons": (a_daemon(heard="3h"),)}, "silent"),
        ({"daemons": (STANDBY,)}, "no_turn"),
        ({"daemons": (a_daemon(state=DaemonState.STOPPING),)}, "stopping"),
        ({"daemons": (a_daemon(overdue="25m"),)}, "overdue"),
        ({"daemons": (SWEEPING,), "runs": (a_run(began="5h", took=None, heard="3s"),)}, "endless"),
        ({"daemons": (a_daemon(last_error="the database was locked"),)}, "tick_failed"),
        ({"runs": (a_run(error="DBAPIError"),)}, "tick_failed"),
        ({"runs": (a_run(took=None, heard="10m"),)}, "tick_died"),
        ({"runs": (a_run(counts={"breaker.orders.psp_down": 1}),)}, "breaker"),
        ({"runs": (a_run(counts={"shut.orders.unauthorised": 1, "outcome.undelivered": 4}),)}, "shut"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_keeps_rows_from_being_swept_is_not_healthy(what: dict[str, Any], kind: str) -> None:
    health = judged(a_situation(**what))

    assert [each.kind.value for each in health.concerns] == [kind]
    assert health.level is Level.NOT_HEALTHY


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ({"standing": a_standing(attention=3, acknowledged=2)}, "attention"),
        ({"pauses": (a_pause("adyen"),)}, "connector_paused"),
        ({"standing": a_standing(orders=40, refunds=10)}, "backlog"),
        ({"standing": replace(a_standing(), slow=SLOW)}, "slow"),
        ({"standing": replace(a_standing(), unmapped=UNMAPPED)}, "unmapped"),
        ({"daemons": (a_daemon(mode=Mode.OBSERVE),), "standing": a_standing(orders=1)}, "observing"),
        ({"runs": (a_run(counts={"decision.unreadable": 2}),)}, "unreadable"),
        ({"runs": (a_run(counts={"outcome.undelivered": 4}),)}, "undelivered"),
        ({"runs": (a_run(counts={"skipped.orphans.clock_skew": 1}),)}, "clock_skew"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_the_daemon_leaves_to_a_person_is_to_be_looked_at(what: dict[str, Any], kind: str) -> None:
    health = judged(a_situation(**what))

    assert [each.kind.value for each in health.concerns] == [kind]
    assert health.level is Level.LOOK


def test_a_row_that_cannot_be_read_among_others_is_the_next_ticks_business() -> None:
    assert concerns(runs=(a_run(counts={"decision.unreadable": 2, "decision.still_pending": 1}),)) == []


def test_what_cut_a_tick_short_is_told_once_with_what_to_do() -> None:
    tripped = a_run(counts={"decision.unreadable": 1, "breaker.orders.unauthorised": 1})
    same = TickTrouble.of_breaker(PhaseName.ORDERS, Tripped(reason=TripReason.UNAUTHORISED, count=1, reads=1))
    other = TickTrouble(kind=TroubleKind.DATABASE, detail="The database is away.")

    assert concerns(daemons=(a_daemon(last_error=same),), runs=(tripped,)) == ["breaker"]
    assert concerns(daemons=(a_daemon(last_error=other),), runs=(tripped,)) == ["tick_failed", "breaker"]


@pytest.mark.parametrize(
    ("said", "counts", "kinds"),
    [
        (
            "orders: the PSP refuses the key (1 of 1 reads)",
            {"breaker.orders.unauthorised": 1},
            ["breaker"],
        ),
        (
            "refunds: the shop refuses the signature, as with a wrong secret (HTTP 401)",
            {"shut.refunds.unauthorised": 1},
            ["shut"],
        ),
        ("The database is away.", {"breaker.orders.psp_down": 1}, ["tick_failed", "breaker"]),
        ('{"kind": "of_tomorrow", "phase": "orders"}', {"outcome.fixed": 1}, ["tick_failed"]),
        ('["no", "object"]', {}, ["tick_failed"]),
    ],
)
def test_what_another_version_wrote_is_understood_whatever_words_this_one_uses(
    said: str, counts: dict[str, int], kinds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rolling upgrade: the daemon is of another version than who asks."""
    monkeypatch.setitem(wording._TRIPS, TripReason.UNAUTHORISED, "the key was turned down")
    monkeypatch.setitem(wording._SHUT, ShutReason.UNAUTHORISED, "the signature was turned down")

    assert concerns(daemons=(a_daemon(last_error=said),), runs=(a_run(counts=counts),)) == kinds


@given(
    st.builds(
        TickTrouble,
        kind=st.sampled_from(TroubleKind),
        phase=st.none() | st.sampled_from([*map(str, PhaseName), "of_tomorrow"]),
        reason=st.none() | st.text(),
        count=st.none() | st.integers(0),
        reads=st.none() | st.integers(0),
        status=st.none() | st.integers(100, 599),
        detail=st.none() | st.text(min_size=1),
    )
)
def test_a_trouble_is_read_back_as_it_was_written_and_has_words(trouble: TickTrouble) -> None:
    assert TickTrouble.decoded(trouble.encoded()) == trouble
    assert tick_trouble_words(trouble)


@given(st.text())
def test_any_text_in_its_place_is_understood_as_far_as_it_can_be(text: str) -> None:
    assert tick_trouble_words(TickTrouble.decoded(text)) is not None


def test_what_a_failed_tick_had_done_is_told_with_its_failure() -> None:
    run = a_run(error="OperationalError", counts={"decision.sync": 13, "outcome.fixed": 13})

    [concern] = judged(a_situation(runs=(run,))).concerns

    words = concern_words(concern, now=NOW)
    assert "13 fixed" in words
    assert "the database could not be used" in words


def test_what_everybody_has_seen_is_quiet() -> None:
    assert concerns(standing=a_standing(attention=3, acknowledged=3)) == []


def test_a_pause_of_everything_is_worse_than_what_needs_a_person_and_better_than_a_dead_daemon() -> None:
    paused = {"pauses": (a_pause(),), "standing": a_standing(attention=2)}

    assert judged(a_situation(**paused)).level is Level.PAUSED
    assert concerns(**paused) == ["paused", "attention"]
    assert concerns(daemons=(), **paused) == ["no_daemon", "paused", "attention"]


def test_a_silent_standby_beside_a_living_daemon_is_nothing_to_wake_anybody_for() -> None:
    situation = a_situation(daemons=(a_daemon(), a_daemon("shop-2:1:a", heard="3h")))

    assert judged(situation).concerns == ()
    assert [each.holder for each in situation.silent] == ["shop-2:1:a"]


def test_a_tick_that_a_person_ran_by_hand_says_nothing_of_the_daemon() -> None:
    by_hand = a_run(2, began="1m", holder="laptop:1:a", actor="alice", counts={"breaker.orders.psp_down": 1})

    assert concerns(runs=(by_hand, a_run())) == []
    assert concerns(daemons=(), runs=(by_hand,)) == ["no_daemon", "breaker"]


def test_only_a_daemon_that_lives_and_may_heals() -> None:
    def heals(**what: Any) -> bool:
        return judged(a_situation(**what)).daemon_heals

    assert heals()
    assert not heals(daemons=())
    assert not heals(daemons=(a_daemon(mode=Mode.OBSERVE),))
    assert not heals(pauses=(a_pause(),))
    assert not heals(runs=(a_run(error="DatabaseUnreachable"),))


def test_a_tick_under_way_is_told_as_such() -> None:
    situation = a_situation(daemons=(SWEEPING,), runs=(a_run(began="20s", took=None, heard="3s"),))

    assert situation.state_of(situation.runs[0]) is RunState.UNDER_WAY
    assert health_sentence(judged(situation)) == "A tick is under way. Nobody needs to look."


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"daemons": (a_daemon(heard="3h"),)}, "The daemon has been silent for 3 h"),
        ({"daemons": (a_daemon(overdue="25m"),)}, "overdue by 25 min"),
        ({"daemons": (a_daemon(last_error="The database was locked."),)}, "failed: The database was locked."),
        (
            {"runs": (a_run(counts={"breaker.orders.unauthorised": 1, "skipped.refunds.unauthorised": 1}),)},
            "The breaker ended the last tick: orders: the PSP refuses the key.",
        ),
        (
            {"pauses": (a_pause(until="2h"),)},
            "Everything is paused by bob, until 2026-11-20 14:00 UTC: “the release is under way”.",
        ),
        ({"standing": a_standing(attention=1)}, "1 row needs a person."),
        ({"standing": a_standing(orders=50)}, "50 rows are stuck"),
    ],
)
def test_the_sentence_tells_the_worst_with_its_facts(what: dict[str, Any], said: str) -> None:
    assert said in sentence(**what)


@pytest.mark.parametrize("kind", list(ConcernKind))
def test_every_concern_has_words_and_a_next_step(kind: ConcernKind) -> None:
    concern = Concern(
        kind=kind,
        rows=2,
        since=ago("3h"),
        detail="a detail",
        pause=a_pause("adyen"),
        slow=SLOW,
        unmapped=UNMAPPED,
    )

    for text in (concern_words(concern, now=NOW), concern_step(concern)):
        assert text
        assert text.endswith((".", "”."))
        assert "{" not in text


def test_words_of_whoever_failed_are_neither_templates_nor_escapes() -> None:
    concern = Concern(kind=ConcernKind.TICK_FAILED, detail="{rows} \x1b[2J {0}")

    assert concern_words(concern, now=NOW) == "The last tick failed: {rows} ␛[2J {0}."


def test_a_tick_that_a_second_signal_ended_is_told_in_words() -> None:
    said = sentence(runs=(a_run(error="CancelledError", counts={}),))

    assert said == "The last tick failed: it was stopped before its rows in flight had ended."


def test_the_limit_of_silence_is_the_last_moment_at_which_one_is_alive() -> None:
    situation = a_situation()

    assert not situation.is_silent(NOW - situation.limits.silent_after)
    assert situation.is_silent(NOW - situation.limits.silent_after - timedelta(milliseconds=1))
