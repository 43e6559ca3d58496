"""The batches: owned tasks, one that writes and is never cancelled, and an end in words for every error."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from reconcile_tui.core.apply import Concluded, Receipt
from reconcile_tui.core.decisions import Event, Sync
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import Plan, PlannedRow
from reconcile_tui.core.planning import Planning
from reconcile_tui.core.psp.breaker import Tripped, TripReason
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.database import CommitInDoubt
from reconcile_tui.screens.batch.batch import MOST_ROWS, Batch, Purpose, Stage, Undertaking
from reconcile_tui.screens.batch.batches import READS_END_WITHIN, Batches, NotConfirmed
from reconcile_tui.screens.desk.work import OnConcluded, OnRead
from reconcile_tui.screens.receipt.batch_receipt import Section, receipt_of_batch
from reconcile_tui.screens.receipt.receipt_lines import receipt_text
from tests.builders import NOW, a_finding, a_payment_seen, an_order
from tests.clocks import SkippingClock
from tests.world import ALICE

FIXED = Result(outcome=Outcome.FIXED)


@dataclass(kw_only=True)
class ScriptedWork:
    """Plans at once; applies one row after another while `go_on` lets it, then breaks where it should."""

    psp_is_silent: bool = False
    breaks_planning: Exception | None = None
    breaks_before_it_begins: Exception | None = None
    breaks_after: int | None = None
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    applied: list[RowRef] = field(default_factory=list)

    async def plan(
        self,
        refs: Sequence[RowRef],
        *,
        on_read: OnRead,
        should_stop: Callable[[], bool],
        dry_run: bool = False,
    ) -> Planning:
        rows: list[PlannedRow] = []
        if self.psp_is_silent:
            await asyncio.Event().wait()
        for ref in refs:
            await asyncio.sleep(0)
            if should_stop():
                break
            rows.append(a_planned(ref.row_id))
            on_read(rows[-1])
        if self.breaks_planning is not None:
            raise self.breaks_planning
        plan = Plan(plan_id="plan-1", made_at=NOW, actor=ALICE, rows=tuple(rows))
        return Planning(plan=plan, tripped=None, not_begun=len(refs) - len(rows))

    def through_block(self) -> "ScriptedWork":
        return self

    async def apply(
        self,
        plan: Plan,
        *,
        reason: str,
        on_begin: Callable[[], None],
        on_concluded: OnConcluded,
        should_stop: Callable[[], bool],
        again: bool = False,
    ) -> Receipt:
        if self.breaks_before_it_begins is not None:
            raise self.breaks_before_it_begins
        on_begin()
        concluded: list[Concluded] = []
        for number, row in enumerate(plan.to_apply):
            if self.breaks_after == number:
                raise ExceptionGroup("of a task group", [CommitInDoubt("the connection was lost")])
            await self.go_on.wait()
            self.applied.append(row.ref)
            on_concluded(row, FIXED)
            concluded.append(Concluded(planned=row, result=FIXED))
        return Receipt(plan=plan, rows=tuple(concluded))

    async def due(self) -> Sequence[RowRef]:
        return ()


def a_planned(row_id: str) -> PlannedRow:
    return PlannedRow(
        finding=a_finding(an_order(row_id)),
        state=a_payment_seen(),
        decision=Sync(event=Event.PAYMENT_SUCCEEDED),
    )


def refs(count: int) -> tuple[RowRef, ...]:
    return tuple(RowRef(Kind.ORDER, f"o-{number}") for number in range(count))


def made(told: list[Batch] | None = None) -> Batches:
    heard = told if told is not None else []
    return Batches(clock=SkippingClock(NOW), on_change=heard.append)


async def planned(batches: Batches, work: ScriptedWork, count: int = 3) -> tuple[Batch, Plan]:
    """A batch whose plan is whole."""
    batch = batches.begin(Undertaking.of(Purpose.SYNC, refs(count)), work)
    await batches.ended()
    assert batch.plan is not None
    return batch, batch.plan


async def broken_off(*, after: int) -> Batch:
    """A batch of three rows whose work broke off after so many of them."""
    work = ScriptedWork(breaks_after=after)
    work.go_on.set()
    batches = made()
    batch, plan = await planned(batches, work)
    batches.confirm(batch, plan, work, reason="why")
    await batches.ended()
    return batch


async def test_what_is_known_when_it_breaks_off_is_kept_and_the_rest_is_in_doubt() -> None:
    batch = await broken_off(after=2)

    receipt = receipt_of_batch(batch)
    assert batch.stage is Stage.ENDED
    assert receipt.trouble == "It broke off: the database: the connection was lost."
    assert [row.outcome for row in receipt.rows] == [Outcome.FIXED, Outcome.FIXED, None]
    assert len(receipt.of(Section.LEFT)) == 1
    assert batch.left_to_retry() == refs(3)[2:]


async def test_what_broke_off_before_anything_began_leaves_no_row_in_doubt() -> None:
    batches = made()
    work = ScriptedWork(breaks_before_it_begins=CommitInDoubt("the connection was lost"))
    batch, plan = await planned(batches, work)

    batches.confirm(batch, plan, work, reason="why")
    await batches.ended()

    text = receipt_text(receipt_of_batch(batch))
    assert "! Nothing was begun: the database: the connection was lost." in text
    assert "! 3 · 126.00 EUR · not begun: nothing of this plan was done to them" in text
    assert "not known" not in text
    assert batch.left_to_retry() == refs(3)


@pytest.mark.parametrize("daemon_heals", [True, False])
async def test_a_receipt_leaves_something_to_the_next_tick_only_where_a_daemon_heals(
    daemon_heals: bool,
) -> None:
    batch = await broken_off(after=1)

    receipt = receipt_of_batch(batch, daemon_heals=daemon_heals)

    [left] = receipt.groups(Section.LEFT)
    assert ("the next tick" in receipt_text(receipt)) is daemon_heals
    assert (left.step == "Nothing to do: the next tick settles it.") is daemon_heals
    assert ("retry it" in (left.step or "").lower()) is not daemon_heals


async def test_a_plan_that_cannot_be_made_ends_in_words() -> None:
    batches = made()
    work = ScriptedWork(breaks_planning=CommitInDoubt("gone"))
    batch = batches.begin(Undertaking.of(Purpose.SYNC, refs(1)), work)

    await batches.ended()

    assert batch.trouble == "No plan was made: the database: gone. Nothing was applied."
    assert batch.is_over
    assert batches.latest is None


async def test_one_batch_writes_at_a_time() -> None:
    work, batches = ScriptedWork(), made()
    first, its_plan = await planned(batches, work)
    second, other_plan = await planned(batches, work, 2)
    batches.confirm(first, its_plan, work, reason="why")

    with pytest.raises(NotConfirmed, match="Another batch is under way"):
        batches.confirm(second, other_plan, work, reason="why")

    work.go_on.set()
    await batches.ended()
    batches.confirm(second, other_plan, work, reason="why")
    await batches.ended()
    assert batches.latest is second


async def test_only_the_very_plan_that_was_shown_is_applied() -> None:
    work, batches = ScriptedWork(), made()
    batch, _ = await planned(batches, work)
    _, another = await planned(batches, work)

    with pytest.raises(NotConfirmed, match="not the plan that was shown"):
        batches.confirm(batch, another, work, reason="why")
    assert work.applied == []


async def test_a_batch_is_applied_once() -> None:
    work, batches = ScriptedWork(), made()
    work.go_on.set()
    batch, plan = await planned(batches, work)
    batches.confirm(batch, plan, work, reason="why")

    with pytest.raises(NotConfirmed):
        batches.confirm(batch, plan, work, reason="why")
    await batches.ended()
    with pytest.raises(NotConfirmed):
        batches.confirm(batch, plan, work, reason="why")
    assert work.applied == list(refs(3))


async def test_a_dropped_or_dry_plan_cannot_be_confirmed() -> None:
    work, batches = ScriptedWork(), made()
    batch, plan = await planned(batches, work)
    batches.drop(batch)
    dry = batches.begin(Undertaking.of(Purpose.DRY_RUN, refs(1)), work)
    await batches.ended()
    assert dry.plan is not None

    for each, its_plan in ((batch, plan), (dry, dry.plan)):
        with pytest.raises(NotConfirmed):
            batches.confirm(each, its_plan, work, reason="why")


async def test_nothing_begins_once_the_program_ends() -> None:
    work, batches = ScriptedWork(), made()
    batch, plan = await planned(batches, work)

    batches.stop()

    with pytest.raises(NotConfirmed, match="The program is ending"):
        batches.confirm(batch, plan, work, reason="why")


async def test_a_psp_that_does_not_answer_holds_no_end_up() -> None:
    work, batches = ScriptedWork(psp_is_silent=True), made()
    batch = batches.begin(Undertaking.of(Purpose.SYNC, refs(1)), work)
    await asyncio.sleep(0)

    batches.stop()
    async with asyncio.timeout(READS_END_WITHIN + 5):
        await batches.ended()

    assert batch.plan is None
    assert not batches.at_work


async def test_whoever_waits_for_the_end_may_be_cancelled_and_the_batch_is_not() -> None:
    work, batches = ScriptedWork(), made()
    batch, plan = await planned(batches, work)
    batches.confirm(batch, plan, work, reason="why")
    waiting = asyncio.create_task(batches.ended())
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    work.go_on.set()
    await batches.ended()

    assert len(batch.results) == 3


async def test_many_changes_are_told_once() -> None:
    told: list[Batch] = []
    work, batches = ScriptedWork(), made(told)
    work.go_on.set()
    batch, plan = await planned(batches, work, 200)
    told.clear()

    batches.confirm(batch, plan, work, reason="why")
    await batches.ended()
    await asyncio.sleep(0)

    assert 1 <= len(told) <= 3


def test_more_rows_than_one_batch_takes_are_counted_and_left() -> None:
    undertaking = Undertaking.of(Purpose.SYNC, refs(MOST_ROWS + 5))

    assert (len(undertaking.refs), undertaking.beyond) == (MOST_ROWS, 5)


def test_rows_that_were_named_twice_are_in_it_once() -> None:
    assert Undertaking.of(Purpose.SYNC, refs(2) + refs(2)).refs == refs(2)


async def test_a_plan_whose_reads_were_abnormal_is_not_begun_whoever_asks() -> None:
    work, batches = ScriptedWork(), made()
    batch, plan = await planned(batches, work)
    assert batch.planning is not None
    refused = Tripped(reason=TripReason.UNAUTHORISED, count=1, reads=10)
    batch.planning = replace(batch.planning, tripped=refused)

    with pytest.raises(NotConfirmed, match="abnormal"):
        batches.confirm(batch, plan, work, reason="why")
    assert batches.latest is None


async def test_a_receipt_never_says_nothing_to_do_while_rows_that_were_meant_were_not_looked_at() -> None:
    work, batches = ScriptedWork(), made()
    work.go_on.set()
    undertaking = Undertaking(purpose=Purpose.SYNC, refs=refs(3), beyond=500)
    batch = batches.begin(undertaking, work)
    await batches.ended()
    assert batch.plan is not None
    batches.confirm(batch, batch.plan, work, reason="why")
    await batches.ended()

    receipt = receipt_of_batch(batch)
    assert receipt.next_step == "Rows that were meant were not looked at: see to them next."
    assert "= 500 · not looked at: more than one batch takes" in receipt_text(receipt)
