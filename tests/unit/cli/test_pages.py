"""Pages for people: nothing is lost at 80 columns, and nothing from outside is read as markup."""

import io
from collections.abc import Iterable
from typing import Any

import pytest
from rich.console import RenderableType

from reconcile_tui.cli.described import finding_document, why
from reconcile_tui.cli.document_parts import GroupDocument, MoneyDocument, PlaceDocument
from reconcile_tui.cli.documents import (
    ListDocument,
    ListedDocument,
    SectionDocument,
    SettingDocument,
    SettingsDocument,
)
from reconcile_tui.cli.list_page import list_page
from reconcile_tui.cli.output import Output, console
from reconcile_tui.cli.page_parts import GroupsTable, ago, where
from reconcile_tui.cli.settings_shown import settings_page
from reconcile_tui.core.decisions import Attention, Reason, StillPending, Sync, Unreadable, WaitsFor
from reconcile_tui.core.decisions import Event as EventSent
from reconcile_tui.core.findings import Check
from reconcile_tui.core.look_wording import look_words
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp_states import ReadFailureKind
from tests.builders import NOW, a_failed_read, a_finding, a_payment_seen, an_order, span
from tests.builders import ago as before

DEMO = PlaceDocument(context="demo", production=False, database=None, psp=None, psp_unencrypted=False)


def printed(parts: Iterable[RenderableType], *, width: int) -> list[str]:
    stream = io.StringIO()
    Output(out=console(stream, width=width), err=console(io.StringIO())).write(parts)
    return stream.getvalue().splitlines()


def a_check(**facts: Any) -> Check:
    return Check(psp_id="pay_1", **facts)


def a_list(check: Check | None, *, row_id: str = "o-1") -> ListDocument:
    finding = finding_document(a_finding(an_order(row_id, stuck_for="2h14m"), check=check))
    section = SectionDocument(
        name="orders",
        rows=(ListedDocument(kind=finding.kind, id=finding.id, finding=finding, attention=None),),
        total_rows=1,
        acknowledged_rows=0,
        money_at_risk=(MoneyDocument(minor=4200, currency="EUR", text="42.00 EUR"),),
        oldest=before("2h14m"),
    )
    return ListDocument(place=DEMO, at=NOW, filter=None, sections=(section,), money_at_risk=(), exit_code=0)


LOOKED_AT = a_check(
    reads=3,
    last_read_at=before("12m"),
    next_due=NOW + span("40m"),
    psp_status="processing",
    psp_read_at=before("12m"),
    connector="worldpay",
    decision="still_pending",
    detail="processor",
)
FACTS = ("o-1", "2h14m", "pending", "42.00 EUR", "worldpay", "processing", "12m ago", "in 40m")


@pytest.mark.parametrize("width", [80, 120, 200])
def test_every_fact_of_a_stuck_row_is_there_at_any_width(width: int) -> None:
    lines = printed(list_page(a_list(LOOKED_AT)), width=width)

    text = " ".join(" ".join(lines).split())
    for fact in (*FACTS, "waits for the processor"):
        assert fact in text
    assert max(map(len, lines)) <= width


def test_an_order_that_waits_on_its_customer_is_marked() -> None:
    check = a_check(psp_status="requires_payment_method", decision="still_pending", detail="customer")

    text = " ".join(printed(list_page(a_list(check)), width=200))

    assert "waits on the customer: not at risk" in text


def test_a_row_that_nobody_looked_at_is_due() -> None:
    [line] = [line for line in printed(list_page(a_list(None)), width=200) if line.startswith("o-1")]

    assert "never looked at" in line
    assert line.endswith("due")


def test_text_from_outside_is_neither_markup_nor_an_escape() -> None:
    text = "\n".join(printed(list_page(a_list(None, row_id="[bold]o-1[/]\x1b[2J\n:smile:")), width=200))

    assert "[bold]o-1[/]␛[2J␊:smile:" in text


def test_production_is_unmistakable_and_plain_http_is_said() -> None:
    place = PlaceDocument(
        context="prod", production=True, database=None, psp="http://psp.internal", psp_unencrypted=True
    )

    [line] = printed([where(place)], width=200)

    assert "PRODUCTION" in line
    assert "prod" in line
    assert "plain http" in line
    assert "PRODUCTION" not in printed([where(DEMO)], width=200)[0]


def test_an_amount_is_never_broken_over_two_lines() -> None:
    texts = [f"{number},000.00 {code}" for number, code in enumerate(("EUR", "GBP", "JPY", "SEK", "USD"))]
    money = tuple(MoneyDocument(minor=1, currency=text[-3:], text=text) for text in texts)
    group = GroupDocument(
        key="attention.x", words="the amounts differ " * 3, rows=5, money=money, next_step=None
    )

    lines = printed([GroupsTable([group])], width=80)

    assert all(any(text in line for line in lines) for text in texts)


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (a_check(decision="sync", detail="payment.succeeded"), "sync: completed"),
        (a_check(decision="attention", detail="amount_mismatch"), "the amounts differ"),
        (a_check(decision="still_pending", detail="customer"), "waits for the customer"),
        (a_check(decision="unreadable", detail="timeout: no whole answer"), "no answer in time"),
        (a_check(decision="fail_orphan", detail="orphan.failed"), "the refund never reached the PSP"),
        (a_check(decision="sync", detail="undelivered: database is locked"), "undelivered"),
        (a_check(decision="already_resolved"), "already resolved"),
        (a_check(), ""),
    ],
)
def test_the_last_look_is_told_in_the_words_of_all_fronts(check: Check, words: str) -> None:
    assert look_words(check).startswith(words)


def test_why_is_the_tables_own_reason_where_the_table_decided() -> None:
    finding = a_finding(an_order())
    healed = PlannedRow(
        finding=finding, state=a_payment_seen(), decision=Sync(event=EventSent.PAYMENT_SUCCEEDED)
    )
    differs = PlannedRow(
        finding=finding, state=a_payment_seen(), decision=Attention(reason=Reason.AMOUNT_MISMATCH)
    )
    failed = PlannedRow(finding=finding, state=a_failed_read(ReadFailureKind.TIMEOUT), decision=Unreadable())
    young = PlannedRow(finding=finding, state=None, decision=StillPending(waits_for=WaitsFor.AGE))

    assert why(healed) == "The money was taken; the shop was not told."
    assert why(differs) == "The amounts differ."
    assert why(failed) == "No answer in time."
    assert why(young) == "Nothing to ask yet."


def test_the_name_of_a_setting_is_never_broken_over_two_lines() -> None:
    longest = SettingDocument(
        name="RECONCILE_DATABASE_STATEMENT_TIMEOUT",
        key="database_statement_timeout",
        value="postgresql://reconcile:***@db.internal.example.com/shop",
        origin="environment: RECONCILE_DATABASE_STATEMENT_TIMEOUT",
        allowed="",
        description="",
    )
    document = SettingsDocument(file=None, contexts=(), warnings=(), settings=(longest,), exit_code=0)

    assert any(longest.name in line for line in printed(settings_page(document), width=80))


def test_moments_are_told_from_now() -> None:
    assert ago(before("12m"), NOW) == "12m ago"
    assert ago(NOW + span("2h"), NOW) == "in 2h"
    assert ago(None, NOW) == ""
