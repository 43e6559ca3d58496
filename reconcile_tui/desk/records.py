"""The records over the store."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reconcile_tui import __version__
from reconcile_tui.cli.row_ids import once_there, rows_with_id
from reconcile_tui.core.closings import Closing, closings
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.health import Limits
from reconcile_tui.core.history import FROM_THE_NEWEST, HistoryPage, Marks, Record, history
from reconcile_tui.core.history_filter import HistoryAsked
from reconcile_tui.core.incident import Incident, Span, incident
from reconcile_tui.core.moments import window
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.store.actions import Action, ActionFilter
from reconcile_tui.core.store.journal_entries import Entry
from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.store.webhook_log import LoggedWebhook, Source
from reconcile_tui.desk.documents import document_of
from reconcile_tui.incident_report import Letterhead, incident_markdown
from reconcile_tui.screens.breath import Breath
from reconcile_tui.screens.desk.lists import ListedRow
from reconcile_tui.screens.desk.place import Place

_PAGE: Final = 200
"""Entries that are read at once: what becomes of them keeps the event loop for a few milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRecords:
    """`Records` over one store."""

    store: Store
    policy: Policy
    place: Place
    limits: Limits

    async def of_row(self, ref: RowRef) -> tuple[Sequence[Entry], Sequence[Action]]:
        entries = await self.store.journal.history(ref)
        actions = await self.store.actions.newest(ActionFilter(refs=[ref]), limit=100)
        return tuple(reversed(entries)), tuple(reversed(actions))

    async def webhooks(self, ref: RowRef, psp_id: str) -> Sequence[LoggedWebhook]:
        log = self.store.webhook_log
        return tuple(reversed(await log.about([psp_id], kind=ref.kind, source=Source.PSP)))

    async def journal(
        self, which: JournalFilter, *, limit: int, before: int | None = None
    ) -> Sequence[FoundEntry]:
        return await self.store.journal_search.newest(which, limit=limit, before=before)

    async def runs(self, *, limit: int) -> Sequence[Run]:
        return await self.store.runs.latest(limit=limit)

    async def actions(self, *, limit: int) -> Sequence[Action]:
        return await self.store.actions.newest(ActionFilter(), limit=limit)

    async def history(self, asked: HistoryAsked, *, limit: int, after: Marks | None = None) -> HistoryPage:
        now = await self.store.database.now()
        since, until = window(asked.since, asked.until, now=now)
        which = JournalFilter(
            refs=await self._rows(asked.ids) if asked.ids else None,
            actor=asked.actor,
            since=since,
            until=until,
            outcomes=asked.outcomes,
            events=asked.events,
            plan_id=asked.plan_id,
        )
        marks = after or FROM_THE_NEWEST
        return await history(self.store, which, every_step=asked.every_step, limit=limit, after=marks)

    def closings(self, *, since: datetime) -> AsyncIterator[Sequence[Closing]]:
        return closings(self.store, self.policy, since=since)

    async def incident(self, span: Span) -> Incident:
        return await incident(self.store, self.policy, span, page=_PAGE)

    async def incident_markdown(self, span: Span) -> str:
        letterhead = Letterhead(title=None, where=self.place.name, written_by=f"reconcile-tui {__version__}")
        return incident_markdown(await self.incident(span), letterhead)

    async def documents(self, listed: Sequence[ListedRow | Record]) -> Sequence[Mapping[str, Any]]:
        now = await self.store.database.now()
        made: list[Mapping[str, Any]] = []
        breath = Breath()
        for each in listed:
            made.append(document_of(each, now=now, silent_after=self.limits.silent_after))
            if breath.is_due:
                await breath.taken()
        return made

    async def _rows(self, ids: Sequence[str]) -> list[RowRef]:
        """Every row that an id means. A row that is gone has its entries still, by its own id."""
        refs: list[RowRef] = []
        for asked in ids:
            refs += await rows_with_id(self.store, asked) or once_there(asked)
        return list(dict.fromkeys(refs))
