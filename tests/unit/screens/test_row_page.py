"""The page about one row: what is known is told with its age, what is not is said to be being read."""

from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console
from rich.style import Style

from reconcile_tui.core.amounts import AmountIs
from reconcile_tui.core.decide import decide, decide_without_reading
from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import Check, Finding
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import ActorKind, Policy
from reconcile_tui.core.psp_states import PspState, ReadHow
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.core.store.webhook_log import LoggedWebhook, Source
from reconcile_tui.core.transitions import Effect
from reconcile_tui.screens.desk.lists import Acting, AttentionMark, ListedRow
from reconcile_tui.screens.live.live import Looked
from reconcile_tui.screens.triage.row_panel.blocks import Block, Columns, Paragraph, Said, Sides, Tone
from reconcile_tui.screens.triage.row_panel.known import History, Known
from reconcile_tui.screens.triage.row_panel.page import how_old, page
from reconcile_tui.screens.triage.row_panel.painting import painted
from tests.builders import (
    NOW,
    a_failed_read,
    a_finding,
    a_payment_seen,
    a_refund_seen,
    ago,
    an_order,
    an_orphan,
    span,
    the_evidence,
)

AN_ORDER = a_finding(an_order(stuck_for="2h"))


def known(finding: Finding = AN_ORDER, state: PspState | None = None, **facts: Any) -> Known:
    """What is known of a row; without `state` it was not looked at yet."""
    looked = None
    if state is not None:
        decision = decide_without_reading(finding) or decide(
            finding,
            state,
            Policy(),
            actor_kind=ActorKind.OPERATOR,
            now=NOW,
            amount_is=AmountIs.AMOUNT,
            own_id_keys=frozenset({"row"}),
        )
        looked = Looked(planned=PlannedRow(finding=finding, state=state, decision=decision), at=NOW)
    attention = facts.pop("attention", None)
    usual: dict[str, Any] = {"now": NOW, "looked": looked}
    return Known(listed=ListedRow(finding, attention), **(usual | facts))


def a_mark(reason: Reason, **facts: Any) -> AttentionMark:
    """A mark on an item that has been open for three hours."""
    item = AttentionItem(
        ref=AN_ORDER.ref,
        reason=reason,
        since=ago("3h"),
        facts={},
        acknowledged_by=None,
        acknowledged_reason=None,
        acknowledged_at=None,
        acknowledged_until=None,
        is_acknowledged=False,
    )
    return AttentionMark(reason=reason, since=item.since, item=item, **facts)


def told(what: Known) -> str:
    return "\n".join(_text(block) for block in page(what))


def _text(block: Block) -> str:
    match block:
        case Paragraph():
            return "".join(said.text for said in block.said)
        case Sides():
            lines = (f"{f.name}|{f.local}|{f.psp}|{'≠' if f.differs else ''}" for f in block.facts)
            return "\n".join((block.psp.text, *lines))
        case Columns():
            return "\n".join(" ".join(said.text for said in row) for row in block.rows)


def test_a_row_that_was_never_read_says_so_and_shows_its_own_side() -> None:
    text = told(known())
    assert "The PSP was never asked about it; reading…" in text
    assert "status|pending|None|" in text
    assert "A sync would send  not known before the PSP is read" in text


def test_before_the_first_look_the_last_read_is_told_as_such() -> None:
    check = Check(
        psp_id="pay_1",
        last_read_at=ago("12m"),
        psp_read_at=ago("12m"),
        psp_status="processing",
        decision="still_pending",
        detail="processor",
    )
    text = told(known(a_finding(an_order(), check=check)))
    assert "Last read 12 min ago: waits for the processor, the PSP said processing; reading…" in text
    assert "status|pending|processing (11:48)|" in text


def test_a_look_is_told_in_one_sentence_with_what_a_sync_would_send() -> None:
    text = told(known(state=a_payment_seen()))
    assert "Adyen took 42.00 EUR" in text
    assert "● PSP read 0 s ago, forced" in text
    assert "status|pending|succeeded|≠" in text
    assert "A sync would send  payment.succeeded: pending → completed" in text


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"daemon_heals": False}, "Read the plan and confirm it: no daemon heals just now."),
        ({}, "Read the plan and confirm it, or let the daemon do it."),
        ({"attention": Reason.TOO_OLD}, "Read the plan and confirm it."),
        ({"may_write": False, "daemon_heals": False}, "Ask an operator to sync it."),
        ({"may_write": False}, "Let the daemon do it, or ask an operator."),
    ],
)
def test_the_next_step_is_one_that_the_reader_can_take(facts: dict[str, Any], step: str) -> None:
    if "attention" in facts:
        facts = facts | {"attention": a_mark(facts["attention"])}
    assert f"Next  {step}\n" in told(known(state=a_payment_seen(), **facts))


@pytest.mark.parametrize(
    ("event_type", "effect", "why"),
    [
        ("payment_succeeded", Effect.NO_ROW, "a webhook came and was not applied"),
        ("payment_processing", Effect.NO_ROW, "the webhook never arrived"),
        ("payment_processing", Effect.NOT_FINAL, "the webhook never arrived"),
    ],
)
def test_a_webhook_that_came_is_not_called_lost(event_type: str, effect: Effect, why: str) -> None:
    came = LoggedWebhook(
        received_at=ago("1h"),
        source=Source.PSP,
        event_id="evt_1",
        event_type=event_type,
        kind=AN_ORDER.ref.kind,
        psp_id="pay_1",
        ref=None,
        effect=effect,
        payload=None,
        digest="",
    )
    text = told(known(state=a_payment_seen(), history=History(ref=AN_ORDER.ref, webhooks=(came,))))
    assert why in text
    assert f"PSP webhook  {event_type} arrived: " in text


def test_a_look_that_forced_nothing_leaves_open_what_a_sync_would_send() -> None:
    last_known = told(known(state=a_payment_seen("processing", how=ReadHow.LAST_KNOWN)))
    assert (
        "A sync would send  not known: nothing as last known, and only a forced read can tell" in last_known
    )

    assert "A sync would send  nothing\n" in told(known(state=a_payment_seen("processing")))


def test_what_the_database_wrote_down_is_as_old_as_its_own_clock_says() -> None:
    check = Check(psp_id="pay_1", last_read_at=ago("12m"), decision="still_pending", detail="processor")
    row = a_finding(an_order(), check=check)
    assert "Last read 12 min ago" in told(known(row, now=NOW - span("5m"), ahead=span("5m")))


def test_what_was_last_known_on_another_day_says_which() -> None:
    check = Check(psp_id="pay_1", psp_status="succeeded", psp_read_at=ago("3d"))
    assert "status|pending|succeeded (11-17 12:00)|" in told(known(a_finding(an_order(), check=check)))


@pytest.mark.parametrize(
    ("later", "words"), [("60s", "● PSP read 1 min ago"), ("61s", "▲ PSP read 1 min ago")]
)
def test_a_figure_turns_stale_visibly(later: str, words: str) -> None:
    it = known(state=a_payment_seen(), now=NOW + span(later))
    assert how_old(it).text.startswith(words)
    assert ("stale" in how_old(it).text) == (later == "61s")


def test_an_unreadable_psp_says_why_and_shows_what_was_last_known() -> None:
    check = Check(psp_id="pay_1", psp_status="succeeded", psp_read_at=ago("12m"))
    text = told(known(a_finding(an_order(), check=check), a_failed_read(detail="connection reset")))
    assert "✗ PSP not readable" in text
    assert "no answer in time: connection reset" in text
    assert "status|pending|succeeded (11:48)|" in text


def test_a_row_that_changed_since_the_look_is_not_told_by_it() -> None:
    before = known(state=a_payment_seen())
    it = known(a_finding(an_order(status="completed"), watched=True), looked=before.looked)
    assert it.sentence is None
    assert "The row changed since the PSP was looked at" in told(it)


def test_what_was_delivered_in_vain_is_told_as_such() -> None:
    mark = a_mark(Reason.NO_EFFECT)
    text = told(known(state=a_payment_seen(), attention=mark))
    assert "never arrived" not in text
    assert "! Needs a person for 3 h" in text
    assert "Nobody has acknowledged it." in text


def test_an_acknowledgement_is_told_with_its_end_and_its_reason() -> None:
    mark = a_mark(
        Reason.AMOUNT_MISMATCH,
        acknowledged_by="bob",
        acknowledged_reason="asked the PSP",
        acknowledged_until=NOW + timedelta(hours=2),
    )
    text = told(known(state=a_payment_seen(amount=4100), attention=mark))
    assert "Acknowledged by bob until 2026-11-20 14:00 UTC: “asked the PSP”" in text


def test_an_orphan_is_told_with_its_payments_refunds_and_the_verdict() -> None:
    other = a_refund_seen("failed", refund_id="ref_2", amount=100)
    text = told(known(a_finding(an_orphan()), the_evidence(a_refund_seen(), other, claimed=["ref_2"])))
    assert "Exactly one fits: ref_1" in text
    assert "ref_1 = 42.00 EUR this row's succeeded 11:50:00" in text
    assert "ref_2 ≠ 1.00 EUR another row's failed 11:50:00" in text
    assert "orphan.adopted: ref_1 becomes its id at the PSP" in text


def test_whose_hands_are_on_the_row_is_told() -> None:
    acting = Acting(ref=AN_ORDER.ref, actor="alice", holder="shop-1:4711", expires_at=NOW + span("60s"))
    assert "◆ alice acts on it just now, until 12:01:00 UTC at the latest." in told(known(acting=acting))


def test_a_history_that_cannot_be_read_says_so() -> None:
    assert "History  reading…" in told(known())
    assert "could not be read" in told(known(history_failed=True))


@pytest.mark.parametrize("width", [30, 44, 120])
def test_a_listed_refund_is_cut_at_no_width(width: int) -> None:
    cells = ("ref_0123456789", "≠ 1,210.00 EUR", "another row's", "succeeded", "2026-11-20 11:40")
    block = Columns(rows=(tuple(map(Said, cells)),))
    strips = painted([block], width=width, styles=dict.fromkeys(Tone, Style()), console=Console())
    assert all(strip.cell_length <= width for strip in strips)
    assert all(any(cell in strip.text for strip in strips) for cell in cells)
