"""What commands say is left: 0 means that nobody is needed, and each face tells the same of one row."""

import asyncio
import io
import json
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.cli.documents import OnceDocument, SyncDocument
from reconcile_tui.cli.execution import Command, perform
from reconcile_tui.cli.journal import JournalAsked, show_journal
from reconcile_tui.cli.listing import list_rows
from reconcile_tui.cli.once import once
from reconcile_tui.cli.options import Options
from reconcile_tui.cli.output import Output, console
from reconcile_tui.cli.showing import show_rows
from reconcile_tui.cli.status import show_status
from reconcile_tui.cli.stop import Stop
from reconcile_tui.cli.syncing import sync_rows
from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.demo import shop
from reconcile_tui.demo.psp.faults import Hang
from reconcile_tui.desk.lists import StoreLists
from tests.integration.cli.conftest import Ended, Stage
from tests.integration.cli.plan_files import apply, planned
from tests.situations import LIMITS
from tests.world import DAEMON

TICK = partial(once, phases=None, dry_run=False, drain=False)
FIND_OUT = "Find out which side is right; money or goods may have gone the wrong way."


@pytest.fixture(autouse=True)
def a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is broken, as in a pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)


async def test_every_face_counts_the_same_orders(stage: Stage) -> None:
    """Those that wait on their customer are a class apart: counted once, beside the others."""
    world = stage.world
    for number in range(4):
        await world.order(f"o-{number}", psp="processing", amount=1000)
    for number in range(3):
        await world.order(f"o-customer-{number}", psp="requires_payment_method", amount=500)
    await world.order("o-odd", psp="partially_captured", amount=70)
    await world.tick()

    listed = json.loads((await stage.perform(partial(list_rows, names=(), limit=50), as_json=True)).out)
    page = (await stage.perform(partial(list_rows, names=(), limit=50))).out
    status = json.loads((await stage.perform(show_status, as_json=True)).out)
    lists = StoreLists(
        store=world.store,
        policy=world.policy,
        budget=LocalBudget(rate=None, at_once=1, clock=world.clock),
        limits=LIMITS,
        clock=world.clock,
    )
    overview = await lists.overview()

    by_list = {each["name"]: (each["total_rows"], each["money_at_risk"]) for each in listed["sections"]}
    by_status = {each["name"]: (each["rows"], each["money"]) for each in status["classes"]}
    assert by_list == by_status
    assert {name: rows for name, (rows, _) in by_list.items()} == {
        tab.value: overview.tabs[tab].rows for tab in overview.tabs if tab.value in by_list
    }
    assert (by_list["orders"][0], by_list["customer"][0]) == (5, 3)
    assert listed["money_at_risk"] == status["money_at_risk"]
    [orders] = [each for each in listed["sections"] if each["name"] == "orders"]
    assert [row["id"] for row in orders["rows"]] == ["o-0", "o-1", "o-2", "o-3", "o-odd"]
    assert orders["waiting_on_customer"] == 3
    assert "5 rows · 40.70 EUR · 3 more wait on the customer" in page


async def all_due(stage: Stage) -> None:
    """The program goes by the true time: rather than it, the schedule is moved."""
    await run(stage, "UPDATE reconcile_checks SET next_due = '2000-01-01 00:00:00.000000'")


def sync(*ids: str) -> Command:
    return partial(sync_rows, ids=ids, yes=True, reason=None, dry_run=False)


async def run(stage: Stage, statement: str) -> None:
    """Somebody with a database shell."""

    async def unit(connection: AsyncConnection) -> None:
        await connection.execute(text(statement))

    await stage.world.store.database.write(unit)


async def both(stage: Stage, command: Command) -> tuple[Ended, dict[str, Any]]:
    """The page, and the document of another run."""
    page = await stage.perform(command)
    again = await stage.perform(command, as_json=True)
    return page, json.loads(again.out)


async def five_for_a_person_and_eighty_two_that_wait(stage: Stage) -> None:
    """All of them were checked a moment ago."""
    for number in range(5):
        await stage.world.order(f"o-odd-{number}", psp="conflicted")
    for number in range(82):
        await stage.world.order(f"o-{number}", psp="processing")
    await stage.world.order("o-customer", psp="requires_payment_method")
    await stage.world.tick(actor=DAEMON, drain=True)


async def test_0_is_not_said_while_rows_that_are_not_due_need_somebody(stage: Stage) -> None:
    await five_for_a_person_and_eighty_two_that_wait(stage)

    page, document = await both(stage, TICK)

    assert page.code == document["exit_code"] == 3
    assert "Nothing is due now" in page.out
    assert "5 rows need a person" in page.out
    assert "82 rows wait" in page.out
    assert "Next: reconcile-tui list attention says what each of them needs." in page.out
    left = document["left"]
    assert (left["need_a_person"], left["waiting"], left["waiting_on_customer"]) == (5, 82, 1)
    status = json.loads((await stage.perform(show_status, as_json=True)).out)
    assert left["money_at_risk"] == status["money_at_risk"]
    [listed] = [each for each in status["classes"] if each["name"] == "attention"]
    assert listed["rows"] - listed["acknowledged"] == left["need_a_person"]


async def test_3_while_rows_only_wait_and_0_once_only_customers_and_what_was_seen_are_left(
    stage: Stage,
) -> None:
    await stage.world.order("o-1", psp="processing")
    await stage.world.order("o-2", psp="requires_payment_method")
    await stage.world.tick()

    waiting = await stage.perform(TICK)

    assert waiting.code == 3
    assert "1 row waits" in waiting.out
    stage.world.book.payments.pop("pay_o-1")
    await all_due(stage)
    await stage.perform(TICK)
    [item] = await stage.world.store.attention.open_items(limit=2)
    await stage.world.store.attention.acknowledge(
        item, actor="alice", reason="asked the bank", now=stage.world.clock.now()
    )
    seen = await stage.perform(TICK)
    assert seen.code == 0
    assert "Nothing is due." in seen.out


async def a_refunds_phase_that_dies(stage: Stage) -> None:
    """A check of a refund that is gone is taken off the schedule, and the database refuses it."""
    await run(
        stage,
        "INSERT INTO reconcile_checks (kind, row_id, psp_id, reads, failures, opens, next_due, version)"
        " VALUES ('refund', 'r-gone', 'ref_gone', 1, 0, 0, '2000-01-01 00:00:00.000000', 1)",
    )
    await run(
        stage,
        "CREATE TRIGGER no_room BEFORE UPDATE ON reconcile_checks WHEN OLD.kind = 'refund'"
        " BEGIN SELECT RAISE(ABORT, 'no room left'); END",
    )


@pytest.mark.parametrize("as_json", [False, True])
async def test_what_was_done_is_printed_before_what_ended_the_check(stage: Stage, as_json: bool) -> None:
    for number in range(13):
        await stage.world.order(f"o-{number}", psp="succeeded")
    await a_refunds_phase_that_dies(stage)

    ended = await stage.perform(TICK, as_json=as_json)

    assert ended.code == 5
    assert "no room left" in ended.err
    [latest] = await stage.world.store.runs.latest()
    assert latest.counts == {"decision.sync": 13, "outcome.fixed": 13}
    if as_json:
        document = OnceDocument.model_validate(json.loads(ended.out))
        assert document.failure is not None
        assert (document.failure.phase, document.failure.not_begun) == ("refunds", ("orphans",))
        assert (document.exit_code, document.left) == (5, None)
        assert [group.rows for group in document.receipt.closed] == [13]
    else:
        assert "Done  13 rows" in ended.out
        assert "Failed  in the refunds phase" in ended.out
        assert "Not begun: orphans." in ended.out
        assert "Nothing is due" not in ended.out
        assert "Nothing to do." not in ended.out


async def somebody_fails_it_meanwhile(stage: Stage) -> None:
    """The shop ends the order otherwise, between the plan and its delivery."""
    await run(
        stage,
        "CREATE TRIGGER meanwhile AFTER INSERT ON reconcile_journal WHEN NEW.step = 'intended'"
        " BEGIN UPDATE orders SET status = 'failed' WHERE id = NEW.row_id; END",
    )


@pytest.mark.parametrize("face", ["sync", "apply", "once"])
@pytest.mark.parametrize("as_json", [False, True])
async def test_a_contradiction_met_at_delivery_is_told_as_one(stage: Stage, face: str, as_json: bool) -> None:
    await stage.world.order("o-1", psp="succeeded")
    commands: dict[str, Command] = {"sync": sync("o-1"), "once": TICK}
    if face == "apply":
        commands["apply"] = apply((await planned(stage, "o-1")).path)
    await somebody_fails_it_meanwhile(stage)

    ended = await stage.perform(commands[face], as_json=as_json)

    assert await stage.world.status("o-1") == "failed"
    assert ended.code == 3
    assert FIND_OUT in ended.err
    if as_json:
        document = json.loads(ended.out)
        assert [group["key"] for group in document["receipt"]["open"]] == ["attention.contradiction"]
        assert document["receipt"]["open"][0]["part"] == "needs_person"
        assert document["receipt"]["next_step"] == FIND_OUT
        rows = document["phases"][0]["rows"] if face == "once" else document["rows"]
        assert rows[0]["outcome"]["next_step"] == FIND_OUT
        assert rows[0]["outcome"]["attention"] == Reason.CONTRADICTION
    else:
        assert f"Next: {FIND_OUT}" in ended.out
        assert "Needs a person" in ended.out
        assert "!  1  the shop and the PSP contradict each other" in ended.out
        assert "new plan" not in ended.out
        [row] = [line for line in ended.out.splitlines() if " o-1 " in line and "changed" in line]
        assert row.startswith("!")


async def test_the_journal_and_a_row_s_history_tell_the_contradiction_too(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await somebody_fails_it_meanwhile(stage)
    await stage.perform(sync("o-1"))

    pages = [
        await stage.perform(partial(show_journal, asked=JournalAsked())),
        await stage.perform(partial(show_rows, asked="o-1", forced=False)),
    ]

    for page in pages:
        assert FIND_OUT in page.out


async def test_a_row_that_contradicts_a_plan_file_by_now_is_told_as_a_contradiction(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    file = await planned(stage, "o-1")
    await stage.world.change(shop.orders, "o-1", status="failed")

    ended = await stage.perform(apply(file.path))

    assert ended.code == 3
    assert f"Next: {FIND_OUT}" in ended.out


async def test_apply_ends_as_sync_does_where_a_plan_holds_attention_alone(stage: Stage) -> None:
    await stage.world.order("o-1", psp="conflicted")
    file = await planned(stage, "o-1")

    synced, applied = await stage.perform(sync("o-1")), await stage.perform(apply(file.path))

    assert synced.code == applied.code == 3
    for ended in (synced, applied):
        assert "the processor contradicts what was asked of it" in ended.out
        assert "Next: reconcile-tui list attention says what each of them needs." in ended.out


async def test_the_looks_of_a_watch_are_not_told_as_done(stage: Stage) -> None:
    for number in range(3):
        await stage.world.order(f"o-{number}", psp="failed")
    await stage.world.tick()
    await stage.world.order("o-new", psp="succeeded")
    await all_due(stage)

    page = await stage.perform(TICK)

    assert page.code == 0
    assert "Done  1 row\n" in page.out
    assert "Checked again, nothing changed  3 rows" in page.out
    [row] = [line for line in page.out.splitlines() if " o-1 " in line]
    assert not row.startswith("✓")
    assert "checked again" in row
    await all_due(stage)
    document = json.loads((await stage.perform(TICK, as_json=True)).out)
    assert document["receipt"]["closed"] == []
    assert [group["key"] for group in document["receipt"]["not_changed"]] == ["checked_again"]
    [latest, *_] = await stage.world.store.runs.latest()
    assert latest.counts == {"decision.already_resolved": 3}


@pytest.mark.parametrize(
    ("order", "code", "said"),
    [
        (
            {"status": "completed", "psp": "succeeded", "stuck_for": "2h"},
            0,
            "Not stuck: the order is completed (written 2 h ago). There is nothing to do.",
        ),
        (
            {"psp": "processing", "stuck_for": "3m"},
            3,
            "Not stuck yet: the order has been pending for 3 min.",
        ),
        (
            {"payment_id": None, "stuck_for": "2h"},
            3,
            "Not stuck: the order has been pending for 2 h without a payment id",
        ),
    ],
)
async def test_sync_of_a_row_that_is_not_stuck_says_in_which_state_it_is(
    stage: Stage, order: dict[str, Any], code: int, said: str
) -> None:
    await stage.world.order("o-1", **order)

    ended = await stage.perform(sync("o-1"))

    assert ended.code == code
    assert said in ended.out


async def test_sync_of_a_row_that_was_healed_says_since_when(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.world.tick()
    at = stage.world.clock.now()

    page, document = await both(stage, sync("o-1"))

    assert page.code == 0
    assert f"Not stuck: the order is completed (since {at:%Y-%m-%d %H:%M} UTC)." in page.out
    assert "Next: Nothing to do." in page.out
    receipt = SyncDocument.model_validate(document).receipt
    assert receipt is not None
    assert [group.key for group in receipt.not_changed] == ["not_stuck.order.completed"]


async def test_what_was_done_is_printed_by_a_check_that_is_told_to_end_at_once(stage: Stage) -> None:
    """A second signal, while the PSP keeps the refunds phase waiting."""
    world = stage.world
    await world.order("o-1", psp="succeeded")
    await world.paid_order("o-paid")
    await world.refund("r-1", of="o-paid", psp="succeeded")
    world.psp.faults.always("ref_r-1", Hang())
    out = io.StringIO()
    output = Output(out=console(out, width=200), err=console(io.StringIO()))
    command = perform(
        TICK,
        Options(),
        output=output,
        stop=Stop(output.tell),
        env=stage.settings(),
        cwd=stage.folder,
        log=io.StringIO(),
    )
    check = asyncio.create_task(command)
    async with asyncio.timeout(10):
        while not world.psp.traffic.about("ref_r-1"):  # noqa: ASYNC110 the PSP sets no event
            await asyncio.sleep(0.01)

    check.cancel()
    [ended] = await asyncio.gather(check, return_exceptions=True)

    assert isinstance(ended, asyncio.CancelledError)
    assert "Done  1 row\n" in out.getvalue()
    assert "Failed  in the refunds phase" in out.getvalue()
    assert "Interrupted." in out.getvalue()
    [run] = await world.store.runs.latest()
    assert run.counts == {"decision.sync": 1, "outcome.fixed": 1}


async def test_rows_whose_status_no_mapping_names_are_told_and_are_no_0(stage: Stage) -> None:
    for number in range(2):
        await stage.world.order(f"o-{number}", status="processing")
    told = "2 orders have the status “processing”, which the mapping does not name: nobody looks at them."

    page, document = await both(stage, TICK)

    assert page.code == document["exit_code"] == 3
    assert told in page.out
    assert [each["kind"] for each in document["receipt"]["warnings"]] == ["unmapped"]
    assert "ignored_words" in document["receipt"]["next_step"]
    status = json.loads((await stage.perform(show_status, as_json=True)).out)
    assert told in [each["words"] for each in status["concerns"]]
