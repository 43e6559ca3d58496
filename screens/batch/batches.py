"""The batches of one application. Leaving a screen ends none of them, and nothing in flight is cancelled.

A batch's work is a task that is owned here; stopping means that no new row begins. Only reads are ever
cut off, where the program ends and the PSP does not answer: nothing came of them yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.outcomes import Result
from reconcile_tui.core.plan import Plan, PlannedRow, without_bodies
from reconcile_tui.screens.batch.batch import Batch, EndedRow, Purpose, Stage, Undertaking

if TYPE_CHECKING:
    from reconcile_tui.screens.desk.work import Work

READS_END_WITHIN: Final = 0.5
"""Seconds that reads in flight have when the program ends: what is answered by then is still written down."""


class NotConfirmed(Exception):
    """A plan was not begun. `words`: why, as a sentence."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Batches:
    """What is planned and what is applied.

    Args:
        on_change: told of each batch that changed, soon after; many changes are told once.
        on_planned: told of each batch once, when its plan is whole.
        around: entered while something is read or applied.

    Attributes:
        latest: the batch that was confirmed last, under way or over.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        on_change: Callable[[Batch], None],
        on_planned: Callable[[Batch], None] = lambda _: None,
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.latest: Batch | None = None
        self._on_planned = on_planned
        self._clock = clock
        self._on_change = on_change
        self._around = around
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading: set[asyncio.Task[None]] = set()
        self._untold: dict[int, Batch] = {}
        self._stopped = False

    @property
    def writing(self) -> Batch | None:
        """The batch that is being applied."""
        batch = self.latest
        return batch if batch is not None and batch.stage is Stage.APPLYING else None

    @property
    def at_work(self) -> bool:
        """Whether anything is read or applied still."""
        return bool(self._tasks)

    def begin(self, undertaking: Undertaking, work: Work) -> Batch:
        """Read and decide the rows of an undertaking, so that a person can agree to it."""
        batch = Batch(undertaking=undertaking, began=self._clock.monotonic())
        reading = self._start(self._read(batch, work), name="plan")
        self._reading.add(reading)
        reading.add_done_callback(self._reading.discard)
        return batch

    def stop_reading(self, batch: Batch) -> None:
        """Begin no new read: the plan is made of what was read."""
        if batch.stage is Stage.READING:
            batch.stopping = True
            self._changed(batch)

    def drop(self, batch: Batch) -> None:
        """Nobody agrees to it. Reads in flight end by themselves."""
        if batch.stage in (Stage.READING, Stage.ASKING):
            batch.stopping = True
            batch.stage = Stage.DROPPED
            self._changed(batch)

    def confirm(self, batch: Batch, plan: Plan, work: Work, *, reason: str) -> None:
        """Apply a plan that a person saw and agreed to.

        Args:
            plan: what they saw; it must be the batch's own.

        Raises:
            NotConfirmed: nothing was begun, and why.
        """
        if batch.undertaking.is_dry_run:
            raise NotConfirmed("A dry run cannot be applied: the processors were not asked.")
        if batch.stage is not Stage.ASKING or batch.plan is not plan:
            raise NotConfirmed("This is not the plan that was shown.")
        if self._stopped:
            raise NotConfirmed("The program is ending: nothing new begins.")
        if self.writing is not None:
            raise NotConfirmed("Another batch is under way: confirm this one when it has ended.")
        if batch.barred_by is not None:
            raise NotConfirmed("Nothing is applied: the PSP's answers to this plan were abnormal.")
        if not plan.to_apply:
            raise NotConfirmed("There is nothing to apply.")
        batch.stage, batch.stopping, batch.reason = Stage.APPLYING, False, reason
        batch.began = self._clock.monotonic()
        self.latest = batch
        self._start(self._apply(batch, plan, work, reason=reason), name="apply")
        self._changed(batch)

    def stop_applying(self, batch: Batch) -> None:
        """Begin no new row; those in flight end."""
        if batch.stage is Stage.APPLYING:
            batch.stopping = True
            self._changed(batch)

    def stop(self) -> None:
        """The program is to end: nothing new begins, neither a read nor a row, and no read holds that up."""
        if not self._stopped and self._reading:
            asyncio.get_running_loop().call_later(READS_END_WITHIN, self._cut_reads)
        self._stopped = True
        if self.latest is not None:
            self.stop_applying(self.latest)

    async def ended(self) -> None:
        """Wait until nothing is in flight any more. Nothing is cancelled by cancelling who waits."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _cut_reads(self) -> None:
        for reading in self._reading:
            reading.cancel()

    async def _read(self, batch: Batch, work: Work) -> None:
        def on_read(row: PlannedRow) -> None:
            batch.answers[row.ref] = row
            self._changed(batch)

        try:
            planning = await work.plan(
                batch.refs,
                on_read=on_read,
                should_stop=lambda: batch.stopping or self._stopped,
                dry_run=batch.undertaking.is_dry_run,
            )
        except Exception as error:  # noqa: BLE001 whatever it is ends the batch, in words
            self._end(batch, f"No plan was made: {trouble_words(error)}. Nothing was applied.")
            return
        batch.planning, batch.planned_at = planning, self._clock.now()
        batch.answers.clear()
        if batch.stage is Stage.READING:
            batch.stage, batch.stopping = Stage.ASKING, False
        self._changed(batch)
        self._on_planned(batch)

    async def _apply(self, batch: Batch, plan: Plan, work: Work, *, reason: str) -> None:
        def on_concluded(row: PlannedRow, result: Result) -> None:
            batch.results[row.ref] = EndedRow(planned=row, result=result)
            self._changed(batch)

        def on_begin() -> None:
            batch.begun = True

        try:
            receipt = await work.apply(
                plan,
                reason=reason,
                on_begin=on_begin,
                on_concluded=on_concluded,
                should_stop=lambda: batch.stopping or self._stopped,
                again=batch.undertaking.purpose is Purpose.SEND_AGAIN,
            )
        except Exception as error:  # noqa: BLE001 whatever it is ends the batch, in words
            how = "It broke off" if batch.begun else "Nothing was begun"
            self._end(batch, f"{how}: {trouble_words(error)}.")
            return
        batch.shut = receipt.shut
        for row in receipt.rows:
            batch.results[row.planned.ref] = EndedRow(planned=row.planned, result=row.result)
        self._end(batch, None)
        _forget_bodies(batch)

    def _end(self, batch: Batch, trouble: str | None) -> None:
        batch.trouble = trouble
        batch.ended_at = self._clock.now()
        if batch.stage is not Stage.DROPPED:
            batch.stage = Stage.ENDED
        self._changed(batch)

    async def _alone(self, work: Coroutine[Any, Any, None]) -> None:
        with self._around():
            await work

    def _start(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self._alone(work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _changed(self, batch: Batch) -> None:
        """Tell of it soon: what the core tells must not wait for what is painted."""
        if not self._untold:
            asyncio.get_running_loop().call_soon(self._tell)
        self._untold[id(batch)] = batch

    def _tell(self) -> None:
        told, self._untold = self._untold, {}
        for batch in told.values():
            self._on_change(batch)


def _forget_bodies(batch: Batch) -> None:
    """The PSP's full objects live as long as they may be sent."""
    if batch.planning is not None:
        plan = batch.planning.plan
        slim = replace(plan, rows=tuple(without_bodies(row) for row in plan.rows))
        batch.planning = replace(batch.planning, plan=slim)
    for ref, row in batch.results.items():
        batch.results[ref] = replace(row, planned=without_bodies(row.planned))


def trouble_words(error: BaseException) -> str:
    """Why work broke off, in words; the first of several."""
    from reconcile_tui.core.store.database import DATABASE_TROUBLE  # noqa: PLC0415 not for the first paint
    from reconcile_tui.core.store.database import trouble_words as words_of  # noqa: PLC0415
    from reconcile_tui.core.store.schema import SchemaOutdated  # noqa: PLC0415

    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case PermissionError():
            return harmless(str(error), limit=200)
        case SchemaOutdated():
            return "the tool's own tables are not as this version needs them (reconcile-tui init-db)"
        case _ if isinstance(error, DATABASE_TROUBLE):
            return f"the database: {harmless(words_of(error))}"
        case _:
            return f"an error of this program ({type(error).__name__})"
