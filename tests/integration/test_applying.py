"""Applying a plan: guarded, journaled, proved, refused where it must be."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.store.journal_entries import Authorship, Conclusion, Intent
from reconcile_tui.core.store.tables import metadata
from reconcile_tui.core.tellings import RowConcluded, Telling, WarningKind, chained
from reconcile_tui.core.transitions import Effect
from reconcile_tui.demo import shop
from reconcile_tui.demo.psp import PRIVATE_VALUES
from reconcile_tui.demo.psp.faults import server_error, too_many_requests
from tests.world import ALICE, DAEMON, VIEWER, World, decisions, outcomes, ref


async def test_a_viewer_applies_nothing(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    before = await world.rows()

    plan = replace(await world.plan("o-1"), actor=VIEWER)
    receipt = await world.reconciler().apply(plan)

    assert outcomes(receipt) == {"o-1": "refused"}
    assert receipt.rows[0].result.refusal == "role"
    assert await world.rows() == before


async def test_a_viewer_plans_nothing_but_a_dry_run(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    reconciler = world.reconciler()

    with pytest.raises(PermissionError):
        await reconciler.plan([ref("o-1")], VIEWER)
    with pytest.raises(PermissionError):
        await reconciler.run_once(VIEWER)
    refs, now = [ref("o-1")], world.clock.now()
    [finding] = await world.store.findings.findings(refs, now=now, policy=world.policy)
    assert finding.check is None

    assert (await reconciler.plan([ref("o-1")], VIEWER, dry_run=True)).plan.rows
    assert (await reconciler.run_once(VIEWER, dry_run=True)).slices


async def test_a_listener_that_breaks_stops_no_row_and_keeps_nothing_from_the_next(world: World) -> None:
    for number in range(60):
        await world.order(f"o-{number}", psp="succeeded")
    trouble: list[object] = []
    heard: list[Telling] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: trouble.append(context["exception"]))

    def breaks(_: Telling) -> None:
        raise OSError("no space left on the log's disk")

    reconciler = world.reconciler(listener=chained(breaks, heard.append))
    plan = await world.plan(*(f"o-{number}" for number in range(60)), reconciler=reconciler)
    receipt = await reconciler.apply(plan)

    assert set(outcomes(receipt).values()) == {"fixed"}
    assert sum(isinstance(telling, RowConcluded) for telling in heard) == 60
    assert trouble
    assert all(isinstance(error, OSError) for error in trouble)


async def test_a_pause_binds_the_daemon_and_operators_until_it_is_lifted(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.store.controls.pause(actor="bob", reason="release under way", now=world.clock.now())

    receipt = await world.sync("o-1")
    assert receipt.rows[0].result.refusal == "paused"
    assert receipt.rows[0].result.detail == "paused by bob: release under way"
    assert outcomes(await world.tick()) == {"o-1": "refused"}
    assert await world.status("o-1") == "pending"

    assert await world.store.controls.resume(actor="bob", now=world.clock.now()) is not None
    assert outcomes(await world.tick()) == {"o-1": "fixed"}


async def test_a_pause_of_one_connector_leaves_the_others_alone_and_ends_by_itself(world: World) -> None:
    await world.order("o-1", psp="succeeded", connector="adyen")
    await world.order("o-2", psp="succeeded", connector="stripe")
    await world.store.controls.pause(
        actor="bob",
        reason="adyen answers nonsense",
        now=world.clock.now(),
        connector="adyen",
        until=world.clock.now() + timedelta(minutes=90),
    )

    assert outcomes(await world.tick()) == {"o-1": "refused", "o-2": "fixed"}

    world.later("91m")
    assert outcomes(await world.tick()) == {"o-1": "fixed"}


async def test_a_plan_of_what_is_last_known_cannot_be_applied(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    reconciler = world.reconciler()
    plan = (await reconciler.plan([ref("o-1")], ALICE, dry_run=True)).plan
    assert plan.rows[0].state is not None

    receipt = await reconciler.apply(plan)

    assert outcomes(receipt) == {"o-1": "refused"}
    assert await world.status("o-1") == "pending"


async def test_an_old_plan_reads_the_psp_again_unforced_and_holds(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    asked = len(world.psp.traffic.seen)
    world.later("31s")

    assert outcomes(await world.reconciler().apply(plan)) == {"o-1": "fixed"}
    assert [request.forced for request in list(world.psp.traffic.seen)[asked:]] == [False]


async def test_a_fresh_plan_does_not_ask_the_psp_again(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    asked = len(world.psp.traffic.seen)

    await world.reconciler().apply(plan)

    assert len(world.psp.traffic.seen) == asked


async def test_an_old_plan_that_the_psp_no_longer_bears_out_is_not_applied(world: World) -> None:
    await world.order("o-1", psp="failed")
    plan = await world.plan("o-1")
    world.book.payment_becomes("pay_o-1", "succeeded")
    world.book.payments["pay_o-1"].learns(world.clock.now())
    world.later("31s")

    receipt = await world.reconciler().apply(plan)

    assert outcomes(receipt) == {"o-1": "changed"}
    assert await world.status("o-1") == "pending"


async def test_an_old_plan_whose_psp_cannot_be_read_is_left(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    world.later("31s")
    world.psp.faults.always("*", server_error(500))

    assert outcomes(await world.reconciler().apply(plan)) == {"o-1": "unreadable"}
    assert await world.status("o-1") == "pending"


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"amount": 4300}, "another amount"),
        ({"currency": "USD"}, "another currency"),
        ({"payment_id": "pay_other"}, "another payment"),
    ],
)
async def test_a_row_that_changed_since_the_plan_is_not_touched(
    world: World, facts: dict[str, object], what: str
) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    await world.change(shop.orders, "o-1", **facts)

    assert outcomes(await world.reconciler().apply(plan)) == {"o-1": "changed"}, what
    assert await world.status("o-1") == "pending"
    assert await world.steps("o-1") == ["intended", "changed"]


async def test_a_real_webhook_that_wins_between_plan_and_apply_is_already_resolved(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    assert await world.real_webhook("pay_o-1") is Effect.APPLIED

    assert outcomes(await world.reconciler().apply(plan)) == {"o-1": "already_resolved"}
    assert await world.steps("o-1") == ["intended", "already_resolved"]


async def test_two_processes_that_confirm_the_same_plan_fix_it_once(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    first, second = world.reconciler(), world.reconciler()
    plan_one = await world.plan("o-1", reconciler=first)
    plan_two = await world.plan("o-1", reconciler=second)

    one = await first.apply(plan_one)
    two = await second.apply(plan_two)

    assert (outcomes(one), outcomes(two)) == ({"o-1": "fixed"}, {"o-1": "already_resolved"})
    assert (await world.steps("o-1")).count("applied") == 1


async def test_a_row_that_another_process_acts_on_is_awaited_and_then_refused_as_busy(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    await _lease(world, plan.rows, holder="somebody-else")

    receipt = await world.reconciler().apply(plan)

    assert receipt.rows[0].result.refusal == "busy"
    assert await world.status("o-1") == "pending"


async def test_an_intent_of_a_dead_process_is_settled_by_the_next_tick(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    await _lease(world, plan.rows, holder="dead-process")
    world.later("61s")

    await world.tick()

    assert await world.status("o-1") == "completed"
    assert await world.steps("o-1") == ["intended", "resumed", "applied", "fixed"]
    assert {entry.attempt for entry in await world.history("o-1")} == {1}


async def test_an_intent_of_a_dead_process_that_no_longer_follows_ends_as_changed(world: World) -> None:
    await world.order("o-1", psp="failed")
    plan = await world.plan("o-1")
    await _lease(world, plan.rows, holder="dead-process")
    world.book.payment_becomes("pay_o-1", "succeeded")
    world.book.payments["pay_o-1"].learns(world.clock.now())
    world.later("61s")

    await world.tick()

    assert await world.status("o-1") == "completed"
    assert await world.steps("o-1") == ["intended", "changed", "intended", "applied", "fixed"]


async def test_an_event_that_did_not_last_is_loud_and_only_an_operator_sends_it_again(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.tick()
    await world.change(shop.orders, "o-1", status="pending")
    world.later("60m")

    assert outcomes(await world.tick()) == {"o-1": "unchanged"}
    assert await world.attention() == {"o-1": "no_effect"}
    assert await world.status("o-1") == "pending"

    assert outcomes(await world.sync("o-1", again=True)) == {"o-1": "fixed"}
    assert await world.status("o-1") == "completed"
    assert [entry.attempt for entry in await world.history("o-1") if entry.step == "applied"] == [1, 2]
    assert await world.attention() == {}


async def test_what_was_overtaken_and_never_delivered_is_delivered_should_the_row_open_again(
    world: World,
) -> None:
    await world.order(psp="succeeded")
    plan = await world.plan("o-1")
    by = Authorship(actor=plan.actor, plan_id=plan.plan_id)
    lost = "the connection was lost; nothing was written"
    answers = await world.store.journal.intend(
        plan.to_apply, by=by, holder="one", now=world.clock.now(), lease=world.policy.lease
    )
    await world.real_webhook("pay_o-1")
    [intent] = [answer for answer in answers.values() if isinstance(answer, Intent)]
    overtaken = Conclusion(result=Result(outcome=Outcome.OVERTAKEN, detail=lost), intent=intent)
    await world.store.journal.conclude([overtaken], by=by, now=world.clock.now())
    await world.change(shop.orders, "o-1", status="pending")

    world.later("13h")
    assert outcomes(await world.tick()) == {"o-1": "fixed"}
    assert await world.steps("o-1") == ["intended", "overtaken", "resumed", "applied", "fixed"]


async def test_the_journal_says_who_when_why_which_plan_and_what_decided(world: World) -> None:
    await world.order("o-1", psp="succeeded", connector="adyen")
    reconciler = world.reconciler()
    plan = (await reconciler.plan([ref("o-1")], ALICE, reason="customer called")).plan
    await reconciler.apply(plan)

    intended, applied, outcome = await world.history("o-1")

    assert {e.actor for e in (intended, applied, outcome)} == {"alice"}
    assert {e.actor_kind for e in (intended, applied, outcome)} == {"operator"}
    assert {e.plan_id for e in (intended, applied, outcome)} == {plan.plan_id}
    assert {e.reason for e in (intended, applied, outcome)} == {"customer called"}
    assert {e.at for e in (intended, applied, outcome)} == {world.clock.now()}
    assert intended.event == "payment.succeeded"
    assert intended.before is not None
    assert (intended.before["status"], intended.before["payment_id"]) == ("pending", "pay_o-1")
    assert intended.psp is not None
    assert (intended.psp["status"], intended.psp["amount"], intended.psp["how"]) == (
        "succeeded",
        4200,
        "forced",
    )
    assert intended.psp_digest is not None
    assert outcome.after is not None
    assert outcome.after["status"] == "completed"


async def test_the_psps_wish_to_be_left_alone_binds_every_process_on_the_database(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    world.psp.faults.script("pay_o-1", too_many_requests(600))

    assert decisions(await world.tick()) == {"o-1": "unreadable"}
    asked = len(world.psp.traffic.seen)

    report = await world.tick()

    assert {piece.skipped for piece in report.slices} == {WarningKind.PSP_BLOCKED}
    assert len(world.psp.traffic.seen) == asked, "another process asked while the PSP wanted peace"
    world.later("601s")
    assert outcomes(await world.tick()) == {"o-1": "fixed"}


async def test_nothing_private_reaches_the_tools_own_tables(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.paid_order("o-2")
    await world.refund("r-1", of="o-2", psp="failed", error_message="no")
    await world.order("o-3", psp="conflicted")
    await world.tick()
    await world.real_webhook("pay_o-1")

    async def dump(connection: AsyncConnection) -> str:
        found: list[str] = []
        for table in metadata.sorted_tables:
            found += [str(tuple(row)) for row in await connection.execute(select(table))]
        return "\n".join(found)

    kept = await world.store.database.read(dump)
    assert "pay_o-1" in kept
    assert [value for value in (*PRIVATE_VALUES, "carla.cliente@example.com") if value in kept] == []


async def _lease(world: World, rows: Sequence[PlannedRow], *, holder: str) -> None:
    """A process writes down what it is about to do, and dies."""
    await world.store.journal.intend(
        rows,
        by=Authorship(actor=DAEMON, plan_id="plan-of-the-dead"),
        holder=holder,
        now=world.clock.now(),
        lease=world.policy.lease,
    )


async def test_what_a_dead_process_meant_is_not_delivered_in_the_place_of_what_was_confirmed(
    world: World,
) -> None:
    await world.order("o-1", psp="succeeded")
    await _lease(world, (await world.plan("o-1")).rows, holder="dead")
    world.later("61s")
    world.book.payment_becomes("pay_o-1", "failed")
    world.book.payments["pay_o-1"].learns(world.clock.now())

    receipt = await world.reconciler().apply(await world.plan("o-1"))

    assert outcomes(receipt) == {"o-1": "fixed"}
    assert await world.status("o-1") == "failed"
    assert await world.steps("o-1") == ["intended", "changed", "intended", "applied", "fixed"]


async def test_what_a_dead_process_meant_is_delivered_once_where_the_same_was_confirmed(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    dead = await world.plan("o-1")
    await _lease(world, dead.rows, holder="dead")
    world.later("61s")

    receipt = await world.reconciler().apply(await world.plan("o-1"))

    assert outcomes(receipt) == {"o-1": "fixed"}
    assert await world.status("o-1") == "completed"
    assert await world.steps("o-1") == ["intended", "resumed", "applied", "fixed"]


async def test_what_was_taken_over_is_concluded_by_the_later_one_alone_even_in_one_process(
    world: World,
) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    journal, by, lease = world.store.journal, Authorship(actor=ALICE), world.policy.lease
    answers = await journal.intend(plan.rows, by=by, holder="we", now=world.clock.now(), lease=lease)
    before = answers[ref("o-1")]
    assert isinstance(before, Intent)
    world.later("61s")
    answers = await journal.intend(plan.rows, by=by, holder="we", now=world.clock.now(), lease=lease)
    taken = answers[ref("o-1")]
    assert isinstance(taken, Intent)
    assert (taken.intent_id, taken.fence) == (before.intent_id, before.fence + 1)

    busy = Result(outcome=Outcome.REFUSED, refusal=Refusal.BUSY)
    await journal.conclude([Conclusion(result=busy, intent=before)], by=by, now=world.clock.now())
    fixed = Result(outcome=Outcome.FIXED)
    await journal.conclude([Conclusion(result=fixed, intent=taken)], by=by, now=world.clock.now())

    assert await world.steps("o-1") == ["intended", "resumed", "fixed"]


async def test_what_a_pause_holds_is_not_asked_of_the_processor_and_is_told_once(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.paid_order("o-2")
    await world.refund("r-2", of="o-2", psp="succeeded")
    await world.store.controls.pause(actor="bob", reason="release", now=world.clock.now())

    assert outcomes(await world.tick()) == {"o-1": "refused", "r-2": "refused"}
    assert world.psp.traffic.forced == 0
    asked = world.psp.traffic.total
    for _ in range(3):
        world.later("60m")
        await world.tick()
    assert world.psp.traffic.total == asked
    assert await world.steps("o-1") == await world.steps("r-2") == ["refused"]

    world.later("60m")
    await world.store.controls.pause(actor="bob", reason="it takes longer", now=world.clock.now())
    await world.tick()
    assert await world.steps("o-1") == ["refused", "refused"]
    await world.store.controls.resume(actor="bob", now=world.clock.now())
    assert outcomes(await world.tick()) == {"o-1": "fixed", "r-2": "fixed"}


async def test_a_pause_of_one_processor_takes_no_slots_from_the_others(world: World) -> None:
    world.set(batch_limit=2)
    for number in range(4):
        await world.order(f"o-{number}", psp="succeeded", connector="adyen")
    now = world.clock.now()
    await world.store.controls.pause(actor="bob", reason="outage", now=now, connector="adyen")
    for _ in range(2):
        await world.tick()
    await world.order("o-new", psp="succeeded", connector="stripe", stuck_for="31m")

    assert outcomes(await world.tick()) == {"o-new": "fixed"}
    assert await world.steps("o-0") == ["refused"]
