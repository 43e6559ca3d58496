"""What belongs to a record: the steps of its dispatch, the entries of its tick or its plan."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from reconcile_tui.core.history import Record
from reconcile_tui.core.store.journal_entries import Entry
from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
from reconcile_tui.core.store.runs import Run
from reconcile_tui.screens.desk.records import Records

MOST_ENTRIES: Final = 50_000
"""Entries of a plan, or of a tick, that are told at most."""

_PAGE: Final = 200


async def siblings_of(records: Records, record: Record) -> Sequence[Entry | FoundEntry]:
    """The steps of an entry's dispatch, or the entries of a tick, oldest first."""
    match record:
        case FoundEntry():
            entries, _ = await records.of_row(record.entry.ref)
            intent = record.entry.intent_id or record.entry.entry_id
            return [each for each in entries if intent in (each.intent_id, each.entry_id)]
        case Run():
            until = (record.finished_at or record.heartbeat_at) + timedelta(microseconds=1)
            of_tick = JournalFilter(actor=record.actor, since=record.started_at, until=until)
            return await entries_of(records, of_tick)
        case _:
            return ()


async def entries_of(records: Records, which: JournalFilter) -> Sequence[FoundEntry]:
    """These entries, oldest first; the newest of them where there are very many."""
    found: list[FoundEntry] = []
    before: int | None = None
    while len(found) < MOST_ENTRIES:
        page = await records.journal(which, limit=_PAGE, before=before)
        found += page
        if len(page) < _PAGE:
            break
        before = page[-1].entry.entry_id
    return found[::-1]
