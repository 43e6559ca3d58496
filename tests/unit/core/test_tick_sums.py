"""Tick sums: what the counts of a run say, whichever version wrote them."""

import pytest

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.tellings import WarningKind
from reconcile_tui.core.tick_sums import TickSums, did, troubles


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, "nothing was due"),
        (None, "nothing was due"),
        ({"decision.sync": 3, "outcome.fixed": 2, "outcome.refused": 1}, "2 fixed, 1 refused"),
        ({"decision.sync": 2, "decision.adopt": 1}, "3 not applied"),
        ({"decision.attention": 1, "decision.still_pending": 4}, "1 needs a person, 4 left open"),
        ({"decision.attention": 2, "decision.unreadable": 1}, "2 need a person, 1 unreadable"),
        (
            {"decision.sync": 2, "outcome.fixed": 1, "outcome.changed": 1, "raised.contradiction": 1},
            "1 fixed, 1 changed meanwhile, 1 needs a person",
        ),
        ({"decision.already_resolved": 5}, "5 checked again, unchanged"),
        (
            {"outcome.fixed": 1, "settled.fixed": 2, "settled.changed": 1},
            "1 fixed, 2 of an earlier run settled (fixed), 1 of an earlier run settled (changed meanwhile)",
        ),
    ],
)
def test_what_a_tick_did_is_told_in_a_few_words(counts: dict[str, int] | None, said: str) -> None:
    assert did(TickSums.of(counts)) == said


@pytest.mark.parametrize(
    ("counts", "under_way", "failed"),
    [
        ({}, "", "nothing before it failed"),
        ({"outcome.fixed": 13}, "13 fixed so far", "13 fixed, then it failed"),
    ],
)
def test_what_a_tick_did_that_did_not_come_to_its_end(
    counts: dict[str, int], under_way: str, failed: str
) -> None:
    assert did(TickSums.of(counts), ended=False) == under_way
    assert did(TickSums.of(counts), failed=True) == failed


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"clocks.psp": -95_000}, "the PSP's clock is 95 s behind this machine's"),
        ({"clocks.database": 60_400}, "the database's clock is 60.4 s ahead of this machine's"),
        ({"clocks.psp": 40}, "the PSP's clock is 0.1 s ahead of this machine's"),
        ({"clocks.psp": 7_200_000}, "the PSP's clock is 2 h ahead of this machine's"),
    ],
)
def test_clocks_that_differ_are_told_by_whose_and_how_far_and_which_way(
    counts: dict[str, int], said: str
) -> None:
    sums = TickSums.of(counts | {"skipped.orphans.clock_skew": 1})

    assert troubles(sums) == (f"orphans left alone: {said}",)
    assert sums.clocks_differed


def test_what_was_only_observed_would_be_changed() -> None:
    assert did(TickSums.of({"decision.fail_orphan": 2}), observed=True) == "2 would be changed"


def test_what_cut_a_tick_short_is_told_by_phase_and_what_follows_from_it_is_not() -> None:
    counts = {
        "breaker.orders.unauthorised": 1,
        "breaker.refunds.unauthorised": 1,
        "skipped.refunds.unauthorised": 1,
        "skipped.orphans.clock_skew": 1,
    }

    assert troubles(TickSums.of(counts)) == (
        "orders, refunds: the PSP refuses the key",
        "orphans not begun: the clocks differ too much",
    )


def test_words_of_another_version_are_left_out() -> None:
    counts = {"outcome.fixed": 1, "outcome.teleported": 2, "breaker.invoices.psp_down": 1, "weather": 3}

    sums = TickSums.of(counts)

    assert sums.outcomes == {Outcome.FIXED: 1}
    assert troubles(sums) == ()


@pytest.mark.parametrize("kind", sorted(set(WarningKind) - {WarningKind.UNAUTHORISED}))
def test_every_reason_not_to_begin_has_words(kind: WarningKind) -> None:
    [said] = troubles(TickSums.of({f"skipped.orders.{kind}": 1}))

    assert said.startswith("orders not begun: ")
