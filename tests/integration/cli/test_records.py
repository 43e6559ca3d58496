"""`acknowledge`, `unacknowledge`, `journal` and `export`, as people and scripts use them."""

import json
from functools import partial
from typing import Any

import pytest

from reconcile_tui.cli.acknowledging import acknowledge, unacknowledge
from reconcile_tui.cli.choices import ListName
from reconcile_tui.cli.documents import ListDocument, SectionDocument
from reconcile_tui.cli.exporting import export
from reconcile_tui.cli.journal import JournalAsked, show_journal
from reconcile_tui.cli.listing import list_rows
from reconcile_tui.cli.once import once
from reconcile_tui.cli.pausing import pause
from reconcile_tui.cli.record_documents import (
    AcknowledgedDocument,
    AcknowledgeDocument,
    ExportDocument,
    JournalDocument,
)
from reconcile_tui.cli.showing import show_rows
from reconcile_tui.cli.status import show_status
from reconcile_tui.cli.syncing import sync_rows
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.moments import spoken
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.demo import shop
from tests.integration.cli.conftest import Ended, Stage
from tests.world import ref

TICK = partial(once, phases=None, dry_run=False, drain=False)
ACKNOWLEDGE = partial(acknowledge, reason="support is on it", until=None)
UNACKNOWLEDGE = partial(unacknowledge, reason=None)
EXPORT = partial(export, since=None, until=None, plan_id=None, title=None)
HEAL = partial(sync_rows, yes=True, reason="the outage", dry_run=False)


async def needs_a_person(stage: Stage, *row_ids: str) -> None:
    for row_id in row_ids:
        await stage.world.order(row_id, psp="partially_captured")
    await stage.perform(TICK)


async def acknowledged(
    stage: Stage, *ids: str, code: int = 0, **how: Any
) -> tuple[AcknowledgedDocument, ...]:
    run = await stage.perform(partial(ACKNOWLEDGE, ids=ids, **how), as_json=True)
    assert run.code == code, run.err
    return AcknowledgeDocument.model_validate(json.loads(run.out)).rows


async def attention(stage: Stage) -> SectionDocument:
    command = partial(list_rows, names=(ListName.ATTENTION,), limit=50)
    run = await stage.perform(command, as_json=True)
    [section] = ListDocument.model_validate(json.loads(run.out)).sections
    return section


async def journal(stage: Stage, *, code: int = 0, **asked: Any) -> JournalDocument:
    run = await stage.perform(partial(show_journal, asked=JournalAsked(**asked)), as_json=True)
    assert run.code == code, run.err
    return JournalDocument.model_validate(json.loads(run.out))


async def exported(stage: Stage, *, code: int = 0, **how: Any) -> ExportDocument:
    run = await stage.perform(partial(EXPORT, **how), as_json=True)
    assert run.code == code, run.err
    return ExportDocument.model_validate(json.loads(run.out))


def said(run: Ended) -> str:
    return " ".join(run.out.split())


async def test_what_is_acknowledged_is_listed_last_and_apart_and_counts_no_more(stage: Stage) -> None:
    await needs_a_person(stage, "o-1", "o-2")

    [row] = await acknowledged(stage, "pay_o-1", until=spoken("2h"))

    section = await attention(stage)
    assert (row.kind, row.id, row.came) == ("order", "o-1", "done")
    assert [each.id for each in section.rows] == ["o-2", "o-1"]
    assert (section.total_rows, section.acknowledged_rows) == (2, 1)
    page = await stage.perform(partial(list_rows, names=(ListName.ATTENTION,), limit=50))
    loud, _, quiet = page.out.partition("Acknowledged")
    assert "o-2" in loud
    assert "o-1" not in loud
    assert "acknowledged by alice" in quiet
    assert "support is on it" in quiet
    status = await stage.perform(show_status)
    assert "1 row needs a person." in said(status)


async def test_it_comes_back_when_the_facts_change(stage: Stage) -> None:
    await needs_a_person(stage, "o-1")
    await acknowledged(stage, "o-1")
    assert (await attention(stage)).acknowledged_rows == 1

    stage.world.book.payment_becomes("pay_o-1", "partially_captured_and_capturable")
    stage.world.book.payments["pay_o-1"].learns(stage.world.clock.now())
    await stage.perform(partial(sync_rows, ids=["o-1"], yes=True, reason=None, dry_run=False))

    section = await attention(stage)
    assert (section.total_rows, section.acknowledged_rows) == (1, 0)
    assert section.rows[0].attention is not None
    assert section.rows[0].attention.acknowledged_by is None


async def test_it_comes_back_when_the_date_has_passed_and_says_whose_it_was(stage: Stage) -> None:
    await needs_a_person(stage, "o-1")
    [item] = await stage.world.store.attention.open_items(limit=1)
    await stage.world.store.attention.acknowledge(
        item,
        actor="bob",
        reason="until noon",
        now=spoken("2h").gone(stage.world.clock.now()),
        until=spoken("1h").gone(stage.world.clock.now()),
    )

    section = await attention(stage)
    page = await stage.perform(partial(list_rows, names=(ListName.ATTENTION,), limit=50))

    assert section.acknowledged_rows == 0
    assert "the acknowledgement by bob ran out 1h" in said(page)


async def test_show_tells_who_has_seen_it(stage: Stage) -> None:
    await needs_a_person(stage, "o-1")
    await acknowledged(stage, "o-1")

    page = await stage.perform(partial(show_rows, asked="o-1", forced=False))

    assert "Acknowledged by alice" in said(page)
    assert "until its facts change: “support is on it”" in said(page)


async def test_taking_it_back_makes_it_loud_again_and_there_is_no_need_to_do_it_twice(stage: Stage) -> None:
    await needs_a_person(stage, "o-1")
    await acknowledged(stage, "o-1")

    first = await stage.perform(partial(UNACKNOWLEDGE, ids=["o-1"]))
    second = await stage.perform(partial(UNACKNOWLEDGE, ids=["o-1"]))

    assert (first.code, second.code) == (0, 0)
    assert "nobody has acknowledged it" in said(second)
    assert (await attention(stage)).acknowledged_rows == 0


async def test_a_row_that_needs_nobody_is_said_and_the_others_are_acknowledged(stage: Stage) -> None:
    await needs_a_person(stage, "o-1")
    await stage.world.order("o-2", psp="processing")

    rows = await acknowledged(stage, "o-1", "o-2", code=3)

    assert [(row.id, row.came) for row in rows] == [("o-1", "done"), ("o-2", "nothing_to_do")]


async def test_nothing_is_acknowledged_where_an_id_is_not_exact(stage: Stage) -> None:
    await needs_a_person(stage, "o-1")
    await stage.world.order("o-2", payment_id="pay_o-1")

    assert await acknowledged(stage, "o-1", "o-404", code=7) == ()
    assert await acknowledged(stage, "pay_o-1", code=2) == ()

    page = await stage.perform(partial(ACKNOWLEDGE, ids=["o-1", "o-404", "pay_o-1"]))
    assert (page.code, page.out) == (7, "")
    assert "No order and no refund has this id: o-404" in page.err
    assert "say which: order:o-1, order:o-2" in page.err
    assert (await attention(stage)).acknowledged_rows == 0


async def test_a_row_that_is_gone_and_needs_a_person_still_is_acknowledged_by_its_id(stage: Stage) -> None:
    await needs_a_person(stage, "o-1")
    await stage.world.change(shop.orders, "o-1", id="renamed", payment_id="pay_other")

    [row] = await acknowledged(stage, "o-1")

    assert (row.kind, row.id, row.came) == ("order", "o-1", "done")


async def test_a_viewer_acknowledges_nothing(stage: Stage) -> None:
    await needs_a_person(stage, "o-1")

    runs = [
        await stage.perform(partial(command, ids=["o-1"]), RECONCILE_ROLE="viewer")
        for command in (ACKNOWLEDGE, UNACKNOWLEDGE)
    ]

    assert [(run.code, run.out) for run in runs] == [(6, ""), (6, "")]
    assert "a viewer may look, not acknowledge" in runs[0].err


async def test_the_journal_is_told_in_the_order_in_which_it_happened(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.perform(partial(pause, reason="release", connector="adyen", until=None))
    await stage.perform(partial(HEAL, ids=["o-1"]))

    document = await journal(stage)
    page = await stage.perform(partial(show_journal, asked=JournalAsked()))

    assert [entry.step for entry in document.entries] == ["intended", "applied", "outcome"]
    assert {entry.reason for entry in document.entries} == {"the outage"}
    assert [entry.money.text for entry in document.entries if entry.money] == ["42.00 EUR"] * 3
    assert [action.words for action in document.actions] == ["paused adyen, without an end"]
    assert page.out.index("paused adyen") < page.out.index("payment.succeeded") < page.out.index("fixed: ")
    assert not document.more


async def test_the_newest_are_kept_and_it_is_said_that_there_are_older_ones(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.perform(partial(HEAL, ids=["o-1"]))
    await stage.perform(partial(pause, reason="release", connector=None, until=None))

    document = await journal(stage, limit=2)

    assert [entry.step for entry in document.entries] == ["outcome"]
    assert len(document.actions) == 1
    assert document.more


async def test_the_journal_is_filtered_and_everything_must_hold(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.world.order("o-2", psp="failed")
    await stage.perform(TICK, RECONCILE_OPERATOR="cron")
    await stage.perform(partial(pause, reason="release", connector=None, until=None))

    async def found(**asked: Any) -> tuple[set[str], int]:
        document = await journal(stage, **asked)
        return {entry.id for entry in document.entries}, len(document.actions)

    assert await found(ids=["pay_o-1"]) == ({"o-1"}, 0)
    assert await found(actor="cron") == ({"o-1", "o-2"}, 0)
    assert await found(actor="alice") == (set(), 1)
    assert await found(outcomes=[Outcome.FIXED]) == ({"o-1", "o-2"}, 0)
    assert await found(outcomes=[Outcome.REFUSED]) == (set(), 0)
    assert await found(events=[Event.PAYMENT_FAILED], ids=["o-1", "o-2"]) == ({"o-2"}, 0)
    assert await found(since=spoken("1h")) == ({"o-1", "o-2"}, 1)
    assert await found(until=spoken("1h")) == (set(), 0)
    [entry, *_] = (await journal(stage, ids=["o-1"])).entries
    assert entry.plan_id is not None
    assert await found(plan_id=entry.plan_id) == ({"o-1", "o-2"}, 0)


async def test_an_id_that_nothing_is_on_record_of_is_7_and_a_row_that_is_gone_is_not(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.perform(partial(HEAL, ids=["o-1"]))
    await stage.world.change(shop.orders, "o-1", id="renamed", payment_id="pay_other")

    gone = await journal(stage, ids=["o-1"])
    exact = await journal(stage, ids=["order:o-1"])
    both = await journal(stage, ids=["o-1", "o-404"], code=7)
    page = await stage.perform(partial(show_journal, asked=JournalAsked(ids=["o-404"])))

    assert len(gone.entries) == len(exact.entries) == len(both.entries) == 3
    assert both.unknown_ids == ("o-404",)
    assert (page.code, page.out) == (7, "")


async def test_a_time_that_ends_before_it_begins_is_refused(stage: Stage) -> None:
    asked = JournalAsked(since=spoken("1h"), until=spoken("2h"))

    run = await stage.perform(partial(show_journal, asked=asked))

    assert (run.code, run.out) == (2, "")
    assert "`since` that is before `until`" in run.err


async def test_an_incident_is_exported_with_who_did_what_and_why(stage: Stage) -> None:
    await needs_a_person(stage, "o-1")
    await stage.world.order("o-2", psp="succeeded", amount=70_000, currency="JPY")
    await stage.perform(partial(pause, reason="a <b>release</b>", connector="adyen", until=None))
    await stage.perform(partial(once, phases=[PhaseName.REFUNDS], dry_run=False, drain=False))
    await stage.perform(partial(HEAL, ids=["o-2"]))
    await acknowledged(stage, "o-1")

    document = await exported(stage, title="The outage")
    page = await stage.perform(partial(EXPORT, title="The outage"))

    assert [(group.key, group.rows) for group in document.groups] == [("fixed.payment.succeeded", 1)]
    assert [money.text for money in document.groups[0].money] == ["70,000 JPY"]
    assert [(deed.by, deed.reason) for deed in document.deeds] == [("alice", "the outage")]
    assert [action.action for action in document.actions] == ["paused", "acknowledged"]
    assert [item.id for item in document.open_items] == ["o-1"]
    assert (len(document.ticks), document.idle_ticks) == (1, 1)
    assert page.out.startswith("# The outage\n")
    assert "a \\<b\\>release\\</b\\>" in page.out
    assert "<b>" not in page.out


async def test_a_report_is_about_a_plan_or_about_the_last_day(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.world.order("o-2", psp="succeeded")
    await stage.perform(TICK)
    await stage.perform(partial(HEAL, ids=["o-1"]))
    await stage.world.order("o-3", psp="succeeded")
    await stage.perform(partial(HEAL, ids=["o-3"]))
    [healed] = (await journal(stage, ids=["o-3"], outcomes=[Outcome.FIXED])).entries

    by_plan = await exported(stage, plan_id=healed.plan_id)
    of_the_day = await exported(stage)
    unknown = await stage.perform(partial(EXPORT, plan_id="no-such-plan"))

    assert [group.rows for group in by_plan.groups] == [1]
    assert by_plan.since is None
    assert of_the_day.since is not None
    assert sum(group.rows for group in of_the_day.groups) == 3
    assert (unknown.code, unknown.out) == (7, "")
    assert "No entry of the journal has this plan: no-such-plan" in unknown.err


async def test_nothing_on_record_is_a_report_too(stage: Stage) -> None:
    page = await stage.perform(EXPORT)

    assert page.code == 0
    assert page.out.startswith("# Nothing is on record\n")


async def test_markdown_goes_to_stdout_line_by_line_and_nothing_else_does(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.perform(partial(HEAL, ids=["o-1"]))

    run = await stage.run("export", "--since", "1h", COLUMNS="60")

    assert run.code == 0
    assert run.out.startswith("# Incident of ")
    assert any(len(line) > 60 for line in run.out.splitlines())
    assert run.out.endswith("\n")
    assert not run.out.endswith("\n\n")


@pytest.mark.parametrize("command", ["acknowledge", "unacknowledge"])
async def test_the_commands_run_as_a_program(stage: Stage, command: str) -> None:
    await needs_a_person(stage, "o-1")

    run = await stage.run(command, "order:o-1", "--reason", "seen", "--json")

    [row] = json.loads(run.out)["rows"]
    assert (run.code, row["id"]) == (0, "o-1")
    [item] = await stage.world.store.attention.open_items(limit=1, refs=[ref("o-1")])
    assert item.is_acknowledged is (command == "acknowledge")
