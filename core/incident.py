"""An incident as its records tell it: what became of which rows, when, by whom, and what is left.

It is gathered from the journal, the actions and the runs, and rendered by whoever shows it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from reconcile_tui.core.incident_account import Account, Deed, Happening, Sum
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.standing import Standing, standing
from reconcile_tui.core.store.actions import Action, ActionFilter
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.store.journal_search import JournalFilter
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.store.store import Store

MOST_ENTRIES: Final = 100_000
"""Journal entries that an account is made of at most: more than a person can read about."""

_PAGE: Final = 1000
_MOST_ACTIONS: Final = 1000
_MOST_RUNS_READ: Final = 20_000
_MOST_RUNS: Final = 200
_MOST_ITEMS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What an account is about.

    Attributes:
        since, until: UTC; from `since` on, before `until`. None: as far as the records go.
        plan_id: only what was done under this plan; brakes and ticks of its time are told beside it.
    """

    since: datetime | None = None
    until: datetime | None = None
    plan_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """The account. Moments are UTC, database clock.

    Attributes:
        made_at: what is told of the present is of then.
        began, ended: the first and the last thing that is told; None where there is nothing.
        sums: each row once, by what it came to last.
        resolution: the stretch of time that a line of the timeline is about.
        runs: ticks that found something to do or went wrong, oldest first; `runs_left_out` older ones are
            not told, and `idle_runs` found nothing to do.
        open_items: what needs a person now, the loudest first; `items_left_out` more are not told.
        is_cut: there were more entries than MOST_ENTRIES; the later ones are not told.
    """

    span: Span
    made_at: datetime
    began: datetime | None
    ended: datetime | None
    sums: tuple[Sum, ...]
    resolution: timedelta
    timeline: tuple[Happening, ...]
    deeds: tuple[Deed, ...]
    actions: tuple[Action, ...]
    runs: tuple[Run, ...]
    idle_runs: int
    runs_left_out: int
    pauses: tuple[Pause, ...]
    open_items: tuple[AttentionItem, ...]
    items_left_out: int
    standing: Standing
    is_cut: bool


async def incident(store: Store, policy: Policy, span: Span, *, page: int = _PAGE) -> Incident:
    """Gather an account.

    Args:
        page: entries that are read at once; small ones let others on the same event loop work between.
    """
    account = Account()
    which = JournalFilter(since=span.since, until=span.until, plan_id=span.plan_id)
    async for entries in store.journal_search.through(which, page=page):
        for found in entries:
            account.add(found)
        if account.entries >= MOST_ENTRIES:
            break
    since, until = span.since, span.until
    if span.plan_id is not None:
        since = since or account.began
        until = until or (account.ended + timedelta(microseconds=1) if account.ended else None)
    nothing = span.plan_id is not None and account.began is None
    of_then = ActionFilter(since=since, until=until)
    actions = [] if nothing else await store.actions.newest(of_then, limit=_MOST_ACTIONS)
    every_run = [] if nothing else await store.runs.between(since, until, limit=_MOST_RUNS_READ)
    runs = [run for run in every_run if not _is_idle(run)]
    stands = await standing(store, policy)
    items = await store.attention.open_items(limit=_MOST_ITEMS)
    told = [
        *(each for each in (account.began, account.ended) if each is not None),
        *(action.at for action in actions),
    ] or [run.started_at for run in every_run]
    resolution, timeline = account.timeline()
    return Incident(
        span=span,
        made_at=stands.at,
        began=min(told, default=None),
        ended=max(told, default=None),
        sums=account.sums(),
        resolution=resolution,
        timeline=timeline,
        deeds=account.deeds(),
        actions=tuple(reversed(actions)),
        runs=tuple(reversed(runs[:_MOST_RUNS])),
        idle_runs=len(every_run) - len(runs),
        runs_left_out=max(len(runs) - _MOST_RUNS, 0),
        pauses=tuple(await store.controls.pauses(now=stands.at)),
        open_items=tuple(items),
        items_left_out=max(sum(stands.attention.open.values()) - len(items), 0),
        standing=stands,
        is_cut=account.entries >= MOST_ENTRIES,
    )


def _is_idle(run: Run) -> bool:
    """Whether a tick ended well and found nothing to do."""
    return run.finished_at is not None and run.error is None and not run.counts
