"""`plan` and `apply`: a plan outlives its process, and only what is still as it was planned is applied."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from reconcile_tui.cli.documents import ApplyDocument
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.demo import shop
from reconcile_tui.demo.psp.faults import bad_gateway, server_error
from tests.builders import span
from tests.integration.cli.conftest import Stage, a_stage
from tests.integration.cli.plan_files import applied, apply, differences, outcomes, plan, planned


@pytest.fixture
async def any_stage(database_url: URL, tmp_path: Path) -> AsyncIterator[Stage]:
    """A shop on each of the two databases."""
    async with a_stage(database_url, tmp_path) as stage:
        yield stage


async def an_incident(stage: Stage) -> None:
    """Two orders, one still open at the PSP; a refund; an orphan that arrived, and one that did not."""
    world = stage.world
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="processing")
    await world.paid_order("o-3")
    await world.refund("r-1", of="o-3", psp="succeeded")
    await world.paid_order("o-4")
    await world.orphan("r-2", of="o-4")
    world.book.refund("ref_lost", payment="pay_o-4", status="pending", amount=4200, created=span("-10m"))
    await world.paid_order("o-5")
    await world.orphan("r-3", of="o-5")


async def test_a_plan_heals_through_a_file_on_both_databases(any_stage: Stage) -> None:
    stage, world = any_stage, any_stage.world
    await an_incident(stage)

    file = await planned(stage, reason="the outage")
    before = await world.rows()
    document = await applied(stage, file, yes=True)

    assert {row["status"] for row in before.values() if row["id"].startswith("r-")} == {"pending"}
    assert file.run.code == 3
    assert outcomes(document) == {"o-1": "fixed", "r-1": "fixed", "r-2": "fixed", "r-3": "fixed"}
    assert document.exit_code == 0
    after = {row_id: row["status"] for row_id, row in (await world.rows()).items()}
    assert after == {
        "o-1": "completed",
        "o-2": "pending",
        "o-3": "refunded",
        "o-4": "refund_pending",
        "o-5": "completed",
        "r-1": "succeeded",
        "r-2": "pending",
        "r-3": "failed",
    }
    assert (await world.row("r-2"))["hyperswitch_refund_id"] == "ref_lost"


async def test_what_the_psp_answers_of_a_file_is_applied_and_the_rest_is_left_and_not_gone(
    stage: Stage,
) -> None:
    healthy = [f"o-{number:02}" for number in range(6)]
    failing = [f"o-{number:02}" for number in range(6, 40)]
    for row_id in (*healthy, *failing):
        await stage.world.order(row_id, psp="succeeded")
    file = await planned(stage, *healthy, *failing)
    for row_id in failing:
        stage.world.psp.faults.always(f"pay_{row_id}", bad_gateway())

    document = await applied(stage, file, yes=True)

    assert {row_id for row_id, outcome in outcomes(document).items() if outcome == "fixed"} == set(healthy)
    assert {await stage.world.status(row_id) for row_id in failing} == {"pending"}
    assert "gone" not in {warning.kind for warning in document.receipt.warnings}
    assert document.exit_code == 4


async def test_the_journal_has_the_files_plan_and_reason_and_whoever_applied_it(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    file = await planned(stage, reason="the outage")
    run = await stage.perform(apply(file.path), as_json=True, RECONCILE_OPERATOR="bob")

    document = ApplyDocument.model_validate(json.loads(run.out))
    assert (document.made_by.name, document.actor.name) == ("alice", "bob")
    entries = await stage.world.history("o-1")
    assert {(entry.plan_id, entry.reason, entry.actor) for entry in entries} == {
        (file.document.plan.plan_id, "the outage", "bob")
    }


async def test_a_reason_of_its_own_takes_the_place_of_the_files(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    document = await applied(stage, await planned(stage, reason="the outage"), reason="the boss said so")

    assert document.reason == "the boss said so"
    assert {entry.reason for entry in await stage.world.history("o-1")} == {"the boss said so"}


async def test_what_changed_since_is_left_and_said_and_its_neighbours_are_healed(any_stage: Stage) -> None:
    stage, world = any_stage, any_stage.world
    for row_id in ("o-1", "o-2", "o-3", "o-4", "o-5"):
        await world.order(row_id, psp="succeeded")
    file = await planned(stage)

    world.book.payment_becomes("pay_o-2", "failed")
    world.book.payments["pay_o-2"].learns(world.clock.now())
    await world.change(shop.orders, "o-3", amount=4100)
    await world.change(shop.orders, "o-4", status="completed")
    await world.change(shop.orders, "o-5", status="cancelled")
    document = await applied(stage, file)

    assert outcomes(document) == {
        "o-1": "fixed",
        "o-2": "changed",
        "o-3": "changed",
        "o-4": "already_resolved",
        "o-5": "changed",
    }
    assert differences(document)["o-2"][0] == "PSP status: succeeded → failed"
    assert differences(document)["o-3"] == ["amount: 42.00 EUR → 41.00 EUR"]
    assert differences(document)["o-5"] == ["status: pending → cancelled"]
    assert document.exit_code == 3
    statuses = {row_id: row["status"] for row_id, row in (await world.rows()).items()}
    assert statuses == {
        "o-1": "completed",
        "o-2": "pending",
        "o-3": "pending",
        "o-4": "completed",
        "o-5": "cancelled",
    }
    [entry] = [entry for entry in await world.history("o-3") if entry.plan_id]
    assert (entry.step, entry.outcome, entry.plan_id) == (
        "outcome",
        "changed",
        file.document.plan.plan_id,
    )
    assert entry.detail == "amount: 42.00 EUR → 41.00 EUR"


async def test_an_orphan_with_another_candidate_is_left(stage: Stage) -> None:
    world = stage.world
    await world.paid_order("o-1")
    await world.orphan("r-1", of="o-1")
    await world.paid_order("o-2")
    await world.orphan("r-2", of="o-2")
    file = await planned(stage)

    world.book.refund("ref_late", payment="pay_o-1", status="pending", amount=900)
    document = await applied(stage, file)

    assert outcomes(document) == {"r-1": "changed", "r-2": "fixed"}
    assert differences(document) == {"r-1": ["PSP refunds: none → ref_late pay_o-1 pending 900 EUR"]}
    assert (await world.status("r-1"), await world.status("r-2")) == ("pending", "failed")


async def test_a_row_that_is_gone_is_said_and_the_rest_is_healed(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.world.order("o-2", psp="succeeded")
    file = await planned(stage)

    await stage.world.change(shop.orders, "o-2", id="o-9")
    document = await applied(stage, file)

    assert outcomes(document) == {"o-1": "fixed"}
    assert differences(document) == {"o-2": []}
    assert [warning.text for warning in document.receipt.warnings] == [
        "order o-2: the shop has no such row any more"
    ]
    assert document.exit_code == 3


async def test_a_row_that_cannot_be_read_now_stays_and_the_rest_is_healed(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.world.order("o-2", psp="succeeded")
    file = await planned(stage)

    stage.world.psp.faults.always("/payments/pay_o-2", server_error())
    document = await applied(stage, file)

    assert outcomes(document) == {"o-1": "fixed", "o-2": "unreadable"}
    assert await stage.world.status("o-2") == "pending"


async def test_the_same_file_twice_changes_nothing_more(any_stage: Stage) -> None:
    await an_incident(any_stage)
    file = await planned(any_stage)
    await applied(any_stage, file)
    before = await any_stage.world.rows()

    document = await applied(any_stage, file)

    assert set(outcomes(document).values()) == {"already_resolved"}
    assert document.exit_code == 0
    assert await any_stage.world.rows() == before
    for row_id in ("o-1", "r-1", "r-2", "r-3"):
        assert (await any_stage.world.steps(row_id)).count("applied") == 1


async def test_two_who_apply_the_same_file_at_once_apply_it_once(any_stage: Stage) -> None:
    await an_incident(any_stage)
    file = await planned(any_stage)

    await asyncio.gather(applied(any_stage, file), applied(any_stage, file))

    for row_id in ("o-1", "r-1", "r-2", "r-3"):
        assert (await any_stage.world.steps(row_id)).count("applied") == 1
    assert await any_stage.world.status("o-3") == "refunded"


async def test_what_was_delivered_without_effect_is_sent_again_only_on_request(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    file = await planned(stage)
    await applied(stage, file)
    await stage.world.change(shop.orders, "o-1", status="pending")

    spent = await applied(stage, file)
    again = await applied(stage, file, again=True)

    assert (outcomes(spent), outcomes(again)) == ({"o-1": "unchanged"}, {"o-1": "fixed"})


async def test_a_plan_takes_the_oldest_rows_that_its_filter_means_and_says_how_many_there_are(
    stage: Stage,
) -> None:
    for number, age in enumerate(("5h", "4h", "3h", "2h", "1h")):
        await stage.world.order(f"o-{number}", psp="succeeded", stuck_for=age, amount=1000 * (number + 1))
    await stage.world.paid_order("o-9")
    await stage.world.refund("r-9", of="o-9", psp="succeeded", stuck_for="6h")

    file = await planned(stage, only="class:order amount>=20 age>90m", limit=2)

    assert [row.finding.id for row in file.document.plan.rows] == ["o-1", "o-2"]
    selection = file.document.selection
    assert (selection.matched, selection.taken, selection.filter) == (
        3,
        2,
        "class:order amount>=20 age>1h30m",
    )
    assert "3 rows match; the oldest 2 were taken" in file.run.err
    assert file.run.code == 3


async def test_a_plan_has_as_many_rows_as_a_batch_and_looks_in_the_phases_it_is_told(stage: Stage) -> None:
    for number in range(4):
        await stage.world.order(f"o-{number}", psp="succeeded")
    await stage.world.paid_order("o-9")
    await stage.world.refund("r-9", of="o-9", psp="succeeded")

    run = await stage.perform(plan(), RECONCILE_BATCH_LIMIT="3")
    refunds = await planned(stage, phases=[PhaseName.REFUNDS])

    assert len(json.loads(run.out)["facts"]) == 3
    assert [row.id for row in refunds.document.facts] == ["r-9"]
    assert refunds.run.code == 0


async def test_rows_that_nobody_looked_at_are_said_where_the_filter_asks_for_what_is_not_known(
    stage: Stage,
) -> None:
    await stage.world.order("o-1", psp="succeeded")

    unread = await stage.perform(plan(only="connector:adyen"))
    other = await stage.perform(plan(only="currency:USD"))

    assert json.loads(unread.out)["selection"]["unread"] == 1
    assert "No stuck row matches." in unread.err
    assert "1 row more that nobody ever looked at" in unread.err
    assert "nobody ever looked at" not in other.err


async def test_a_plan_by_ids_takes_any_of_their_forms_and_refuses_what_no_row_has(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    file = await planned(stage, "o-1", "pay_o-1", "order:o-1")
    unknown = await stage.perform(plan("o-1", "o-7"))

    assert [row.id for row in file.document.facts] == ["o-1"]
    assert (unknown.code, unknown.out) == (7, "")


async def test_a_plan_of_nothing_is_a_file_that_applies_nothing(stage: Stage) -> None:
    file = await planned(stage, only="so-such")
    run = await stage.perform(apply(file.path))

    assert (file.run.code, run.code) == (0, 0)
    assert "There is nothing to apply." in run.out


async def test_a_plan_writes_no_row_and_delivers_nothing(stage: Stage) -> None:
    await an_incident(stage)
    before = await stage.world.rows()

    await planned(stage)

    assert await stage.world.rows() == before
    assert [await stage.world.history(row_id) for row_id in ("o-1", "r-1", "r-2", "r-3")] == [[]] * 4


async def test_where_the_key_is_refused_no_plan_is_written(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    run = await stage.perform(plan(), HYPERSWITCH_API_KEY="snd_somebody_elses_key")

    assert (run.code, run.out) == (4, "")
    assert "No plan was written: the PSP refuses the key" in run.err


async def test_where_the_key_is_refused_by_now_nothing_is_applied(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    file = await planned(stage)

    stage.world.psp.api_key = "snd_another_key_by_now"
    run = await stage.perform(apply(file.path), HYPERSWITCH_API_KEY=file.key.get_secret_value())

    assert run.code == 4
    assert await stage.world.status("o-1") == "pending"


async def test_the_file_holds_no_secret_no_customer_and_no_word_of_the_processors(stage: Stage) -> None:
    await stage.world.order("o-1", psp="failed", error_message="Card 4242424242424242 of Carla declined")
    await stage.world.order("o-2", psp="succeeded")
    await stage.world.paid_order("o-3")
    await stage.world.orphan("r-1", of="o-3")

    file = await planned(stage)
    text = file.path.read_text()

    body = stage.world.psp.webhook_of("pay_o-1").body.decode()
    private = ("4242", "Carla", "email", "billing", "client_secret", "cus_privata")
    assert [word for word in private if word not in body] == []
    assert [word for word in (*private, "carla", stage.world.psp.api_key) if word in text] == []
    assert "did not take 42.00 EUR (the PSP says failed" in text
