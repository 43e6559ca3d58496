"""The breakdown: each bar counts exactly the rows that its filter means."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.breakdown import Aspect, Bar, Breakdown
from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.filter import WORDS, Key
from reconcile_tui.core.filter_grammar import parse_filter
from reconcile_tui.core.findings import Check, Finding
from tests.builders import NOW, a_finding, a_refund, an_order, an_orphan
from tests.strategies import findings as bare_findings

_checks = st.builds(
    Check,
    psp_id=st.just("pay_1"),
    psp_status=st.sampled_from([None, "succeeded", "failed", "processing", "review", "new_word"]),
    connector=st.sampled_from([None, "adyen", "Adyen", "stripe", 'a "b", c', "[red]x"]),
    decision=st.sampled_from([None, *WORDS[Key.DECISION], "a_later_version"]),
    detail=st.sampled_from([None, *WORDS[Key.WHY], "timeout: no answer", *Event, "???"]),
)


@st.composite
def listed(draw: st.DrawFn) -> tuple[Finding, Reason | None]:
    bare = draw(bare_findings)
    finding = a_finding(bare.row, cls=bare.cls, check=draw(st.none() | _checks))
    return finding, draw(st.none() | st.sampled_from(Reason))


def bars_of(rows: Sequence[tuple[Finding, Reason | None]], aspect: Aspect, most: int = 8) -> tuple[Bar, ...]:
    breakdown = Breakdown(at=NOW)
    for finding, reason in rows:
        breakdown.add(finding, place=finding.ref.kind, reason=reason)
    return breakdown.bars(aspect, most=most)


@given(rows=st.lists(listed(), max_size=8), aspect=st.sampled_from(Aspect), most=st.integers(3, 9))
def test_a_bar_counts_what_its_filter_means(
    rows: list[tuple[Finding, Reason | None]], aspect: Aspect, most: int
) -> None:
    for bar in bars_of(rows, aspect, most):
        if bar.wanted is None:
            continue
        wanted = parse_filter(str(bar.wanted))
        meant = [f for f, reason in rows if wanted.matches(f, reasons=[reason] if reason else [])]
        assert bar.rows == len(meant)


@given(rows=st.lists(listed(), max_size=8), aspect=st.sampled_from(Aspect), most=st.integers(3, 9))
def test_every_row_is_in_a_bar(rows: list[tuple[Finding, Reason | None]], aspect: Aspect, most: int) -> None:
    bars = bars_of(rows, aspect, most)

    counted = sum(bar.rows for bar in bars)
    assert counted >= len(rows) if aspect is Aspect.WHY else counted == len(rows)
    assert len(bars) <= max(most, 6)


@pytest.mark.parametrize(
    ("finding", "label", "wanted"),
    [
        (
            a_finding(a_refund(), check=Check(psp_id="ref_1", psp_status="succeeded")),
            "refund_succeeded",
            "class:refund status:succeeded",
        ),
        (
            a_finding(an_order(), check=Check(psp_id="pay_1", psp_status="failed")),
            "payment_failed",
            "class:order status:failed",
        ),
        (
            a_finding(an_order(), check=Check(psp_id="pay_1", psp_status="processing")),
            "none yet: order processing",
            "class:order status:processing",
        ),
        (a_finding(an_order()), "not read yet (orders)", "class:order status:none"),
        (a_finding(an_orphan()), "none: orphans have no webhook", "class:orphan"),
    ],
)
def test_the_webhook_that_is_missing(finding: Finding, label: str, wanted: str) -> None:
    (bar,) = bars_of([(finding, None)], Aspect.EVENT)

    assert (bar.label, str(bar.wanted)) == (label, wanted)


@pytest.mark.parametrize(
    ("decision", "label"),
    [
        ("sync", "a sync would heal it"),
        ("adopt", "its refund was found"),
        ("fail_orphan", "the PSP never got it"),
    ],
)
def test_what_a_sync_would_heal_is_said_to_be(decision: str, label: str) -> None:
    row = a_finding(an_order(), check=Check(psp_id="pay_1", decision=decision))

    (bar,) = bars_of([(row, None)], Aspect.WHY)

    assert (bar.label, str(bar.wanted)) == (label, f"decision:{decision}")


def test_a_foreign_connector_is_harmless() -> None:
    row = a_finding(an_order(), check=Check(psp_id="pay_1", connector="\x1b]0;x\x07adyen"))

    (bar,) = bars_of([(row, None)], Aspect.CONNECTOR)

    assert bar.label == "␛]0;x␇adyen"


def test_moments_are_as_fine_as_the_bars_allow() -> None:
    rows = [(a_finding(an_order(f"o-{n}", stuck_for=f"{40 + 3 * n}m")), None) for n in range(12)]

    bars = bars_of(rows, Aspect.FIRST_SEEN, most=4)

    assert [(bar.label, bar.rows) for bar in bars] == [
        ("10:45 +15m", 5),
        ("11:00 +15m", 5),
        ("11:15 +15m", 2),
    ]
