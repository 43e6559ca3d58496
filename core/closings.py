"""Closings: the rows that the journal saw closed, each with the time in which it was stuck.

Read for the burn-down. A row that healed before anything of this program looked at it is not among them.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconcile_tui.core.burn_down import Stay
from reconcile_tui.core.findings import LocalRow, RowRef
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.phases import ORDERS, ORPHANS, REFUNDS
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.journal_entries import Entry, Step
from reconcile_tui.core.store.journal_search import JournalFilter
from reconcile_tui.core.store.store import Store

MOST_CLOSINGS: Final = 100_000
"""Journal entries that are read for them at most."""

_PAGE: Final = 200
_CLOSING: Final = tuple(outcome for outcome in Outcome if outcome.closes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A row that was closed, and how long it had been stuck."""

    ref: RowRef
    stay: Stay


async def closings(store: Store, policy: Policy, *, since: datetime) -> AsyncIterator[Sequence[Closing]]:
    """What was closed from `since` (UTC) on, oldest first, in small pages.

    A row that was closed more than once comes more than once; a row that is gone does not come at all.
    """
    read = 0
    which = JournalFilter(since=since, outcomes=_CLOSING)
    async for page in store.journal_search.through(which, page=_PAGE):
        entries = [found.entry for found in page if found.entry.step is Step.OUTCOME]
        rows = await store.findings.rows(list(dict.fromkeys(entry.ref for entry in entries)))
        closed = (_closing(entry, rows[entry.ref], policy) for entry in entries if entry.ref in rows)
        yield [closing for closing in closed if closing is not None]
        read += len(page)
        if read >= MOST_CLOSINGS:
            return


def _closing(entry: Entry, row: LocalRow, policy: Policy) -> Closing | None:
    if row.pending_since is None:
        return None
    phase = ORDERS if entry.ref.kind is Kind.ORDER else REFUNDS if entry.psp_id else ORPHANS
    return Closing(
        ref=entry.ref, stay=Stay(since=row.pending_since + phase.stuck_after(policy), until=entry.at)
    )
