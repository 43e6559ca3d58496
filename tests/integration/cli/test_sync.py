"""`sync`: the plan is printed, a person says yes, exactly that plan is applied."""

import json
from datetime import timedelta
from functools import partial

from reconcile_tui.cli.documents import ShowDocument, SyncDocument
from reconcile_tui.cli.execution import Command
from reconcile_tui.cli.once import once
from reconcile_tui.cli.showing import show_rows
from reconcile_tui.cli.syncing import sync_rows
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.demo.psp.faults import bad_gateway
from tests.integration.cli.conftest import Stage
from tests.integration.cli.terminal import in_a_terminal


def sync(*ids: str, yes: bool = True, dry_run: bool = False) -> Command:
    return partial(sync_rows, ids=ids, yes=yes, reason=None, dry_run=dry_run)


async def test_a_yes_applies_the_plan_and_the_journal_says_who_and_why(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    code, screen = await in_a_terminal(stage, "y\n", "sync", "o-1", "--reason", "the outage")

    assert (code, await stage.world.status("o-1")) == (0, "completed")
    assert "Apply this to 1 row?" in screen
    entries = await stage.world.history("o-1")
    assert {(entry.actor, entry.reason) for entry in entries} == {("alice", "the outage")}
    assert "reconcile.order.fixed" not in screen


async def test_the_default_is_no(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    code, screen = await in_a_terminal(stage, "\n", "sync", "o-1")

    assert (code, await stage.world.status("o-1")) == (6, "pending")
    assert "Not confirmed" in screen
    assert await stage.world.history("o-1") == []


async def test_production_is_said_and_wants_the_whole_word(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    code, screen = await in_a_terminal(stage, "y\n", "sync", "o-1", RECONCILE_PRODUCTION="true")

    assert (code, await stage.world.status("o-1")) == (6, "pending")
    assert "PRODUCTION" in screen
    assert "[yes/N]" in screen


async def test_an_order_whose_money_went_back_is_applied_by_the_whole_word_alone(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    stage.world.book.refund("ref_support", payment="pay_o-1", amount=1000)

    code, screen = await in_a_terminal(stage, "y\n", "sync", "o-1")
    assert (code, await stage.world.status("o-1")) == (6, "pending")
    told = " ".join(screen.split())
    assert "pending → completed, ALTHOUGH paid, but the money was given back at the PSP" in told
    assert "1 of them ALTHOUGH the money was given back or is disputed?" in told
    assert "[yes/N]" in told

    code, _ = await in_a_terminal(stage, "yes\n", "sync", "o-1")
    assert (code, await stage.world.status("o-1")) == (0, "completed")


async def test_what_is_set_aside_knowingly_stands_in_the_document_and_its_facts_in_show(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    stage.world.book.refund("ref_support", payment="pay_o-1", amount=1000)
    stage.world.book.dispute("pay_o-1")

    run = await stage.perform(sync("o-1", dry_run=True), as_json=True)
    shown = await stage.perform(partial(show_rows, asked="o-1", forced=False), as_json=True)

    document = SyncDocument.model_validate(json.loads(run.out))
    assert document.plan is not None
    [row] = document.plan.rows
    assert (row.decision.event, row.decision.reason) == ("payment.succeeded", "given_back")
    assert row.psp is not None
    assert (row.psp.given_back, row.psp.disputed) == (1000, True)
    [match] = ShowDocument.model_validate(json.loads(shown.out)).matches
    differing = {side.name: side.psp for side in match.sides if side.differs}
    assert differing["given back"] == "10.00 EUR, succeeded, ref_support"
    assert differing["disputed"] == "42.00 EUR, dispute opened, dp_pay_o-1"


async def test_rows_are_found_by_any_of_their_ids_and_planned_once(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    run = await stage.perform(sync("o-1", "pay_o-1", "order:o-1"), as_json=True)

    document = SyncDocument.model_validate(json.loads(run.out))
    assert run.code == 0
    assert document.plan is not None
    assert [row.finding.id for row in document.plan.rows] == ["o-1"]
    assert [row.outcome.outcome for row in document.rows if row.outcome] == ["fixed"]
    assert document.plan.events == {"payment.succeeded": 1}


async def test_an_id_of_several_rows_must_be_made_exact(stage: Stage) -> None:
    await stage.world.order("17", psp="succeeded", payment_id="pay_17")
    await stage.world.order("o-2", psp="succeeded", payment_id="pay_o-2")
    await stage.world.refund("17", of="o-2", refund_id="ref_17", psp="succeeded")

    several = await stage.perform(sync("17"))
    exact = await stage.perform(sync("order:17"))

    assert (several.code, several.out) == (2, "")
    assert "order:17, refund:17" in several.err
    assert exact.code == 0


async def test_what_is_left_out_is_said_with_its_reason_and_the_exit_code_says_so(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.world.order("o-2", psp="partially_captured")

    run = await stage.perform(sync("o-1", "o-2"))

    assert run.code == 3
    assert "Left out" in run.out
    assert "Less than the amount was taken, for good." in run.out
    assert await stage.world.status("o-1") == "completed"


async def test_what_was_answered_in_full_is_applied_though_the_psp_ended_the_reading(stage: Stage) -> None:
    healthy = [f"o-{number:02}" for number in range(6)]
    failing = [f"o-{number:02}" for number in range(6, 40)]
    for row_id in (*healthy, *failing):
        await stage.world.order(row_id, psp="succeeded")
    for row_id in failing:
        stage.world.psp.faults.always(f"pay_{row_id}", bad_gateway())

    run = await stage.perform(sync(*healthy, *failing))

    assert [await stage.world.status(row_id) for row_id in healthy] == ["completed"] * 6
    assert {await stage.world.status(row_id) for row_id in failing} == {"pending"}
    assert run.code == 4
    assert "only what was answered in full was applied" in " ".join(run.out.split())


async def test_a_dry_run_needs_no_yes_asks_no_processor_and_writes_nothing(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    run = await stage.perform(sync("o-1", yes=False, dry_run=True))

    assert (run.code, await stage.world.status("o-1")) == (3, "pending")
    assert "pending → completed" in run.out
    assert stage.world.psp.traffic.forced == 0
    assert await stage.world.history("o-1") == []


async def test_an_order_older_than_the_daemon_may_touch_is_an_operators_to_apply(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded", stuck_for="192h")

    tick = await stage.perform(partial(once, phases=None, dry_run=False, drain=False))
    applied = await stage.perform(sync("o-1"))

    assert (tick.code, applied.code) == (3, 0)
    assert Step.APPLIED in {entry.step for entry in await stage.world.history("o-1")}


async def test_a_psp_that_asked_to_be_left_alone_is_read_once_a_person_says_so(stage: Stage) -> None:
    now = stage.world.clock.now()
    await stage.world.order("o-1", psp="succeeded")
    await stage.world.store.controls.block(until=now + timedelta(minutes=10), actor="daemon", now=now)

    code, screen = await in_a_terminal(stage, "n\n", "sync", "o-1")
    assert (code, len(stage.world.psp.traffic.seen)) == (6, 0)
    assert "The PSP asked to be left alone until" in screen

    assert (await stage.perform(sync("o-1"))).code == 0
    assert await stage.world.status("o-1") == "completed"
