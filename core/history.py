"""The history: everything that is on record, newest first, in pages that go on where the last one ended.

Two ways to read it: the chapters (a line a plan, a tick, an action, a webhook about nothing we know), or
every step of the journal with what people did beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import assert_never

from reconcile_tui.core.store.actions import Action, ActionFilter
from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
from reconcile_tui.core.store.plans import AppliedPlan
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.store.webhook_log import LoggedWebhook

Record = FoundEntry | AppliedPlan | Action | Run | LoggedWebhook
"""Something that is on record. The webhooks among them are those about a payment that no row has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Where a page ended: the id of the last record of each kind; None: none of it was told yet."""

    entry: int | None = None
    plan: int | None = None
    action: int | None = None
    run: int | None = None
    webhook: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Records, newest first. `after`: what to ask the next page with; None on the last."""

    records: tuple[Record, ...]
    after: Marks | None


FROM_THE_NEWEST = Marks()


def moment(record: Record) -> datetime:
    """When it happened (UTC, database clock); of a plan, when its last step did."""
    match record:
        case FoundEntry():
            return record.entry.at
        case AppliedPlan():
            return record.ended
        case Action():
            return record.at
        case Run():
            return record.started_at
        case LoggedWebhook():
            return record.received_at
        case _:
            assert_never(record)


def key(record: Record) -> tuple[str, str | int]:
    """Tells records apart; a plan keeps its key while it grows."""
    match record:
        case FoundEntry():
            return "entry", record.entry.entry_id
        case AppliedPlan():
            return "plan", record.plan_id
        case Action():
            return "action", record.action_id
        case Run():
            return "run", record.run_id
        case LoggedWebhook():
            return "webhook", record.webhook_id
        case _:
            assert_never(record)


async def history(
    store: Store,
    which: JournalFilter,
    *,
    every_step: bool,
    limit: int,
    after: Marks = FROM_THE_NEWEST,
) -> HistoryPage:
    """A page of what is on record.

    Args:
        which: a term about outcomes, events or a plan means nothing but journal entries; one about rows
            leaves ticks and webhooks out.
        every_step: every entry of the journal, instead of a line a plan and a line a tick.
    """
    of_people = ActionFilter(refs=which.refs, actor=which.actor, since=which.since, until=which.until)
    sources: list[Sequence[Record]] = []
    if every_step:
        sources.append(await store.journal_search.newest(which, limit=limit, before=after.entry))
    else:
        sources.append(await store.plans.newest(which, limit=limit, before=after.plan))
    if not (which.outcomes or which.events or which.plan_id):
        sources.append(await store.actions.newest(of_people, limit=limit, before=after.action))
        if not every_step and which.refs is None:
            sources.append(await _runs(store, which, limit=limit, before=after.run))
            if which.actor is None:
                sources.append(
                    await store.webhook_log.about_no_row(
                        limit=limit, since=which.since, until=which.until, before=after.webhook
                    )
                )
    newest = tuple(islice(merge(*sources, key=moment, reverse=True), limit))
    more = sum(map(len, sources)) > limit or any(len(source) == limit for source in sources)
    return HistoryPage(records=newest, after=_after(newest, after) if more and newest else None)


async def _runs(store: Store, which: JournalFilter, *, limit: int, before: int | None) -> list[Run]:
    """Ticks by whoever is meant. Few actors run them, so that a page may be short of them, never wrong."""
    runs = await store.runs.between(which.since, which.until, limit=limit, before=before)
    return [run for run in runs if which.actor in (None, run.actor)]


def _after(records: Sequence[Record], marks: Marks) -> Marks:
    for record in records:
        match record:
            case FoundEntry():
                marks = replace(marks, entry=record.entry.entry_id)
            case AppliedPlan():
                marks = replace(marks, plan=record.last_entry)
            case Action():
                marks = replace(marks, action=record.action_id)
            case Run():
                marks = replace(marks, run=record.run_id)
            case LoggedWebhook():
                marks = replace(marks, webhook=record.webhook_id)
            case _:
                assert_never(record)
    return marks
