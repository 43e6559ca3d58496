"""The records over the store."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconcile_tui import __version__
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.incident import Incident, Span, incident
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.store.actions import Action, ActionFilter
from reconcile_tui.core.store.journal_entries import Entry
from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.store.store import Store
from reconcile_tui.incident_report import Letterhead, incident_markdown
from reconcile_tui.screens.desk.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRecords:
    """`Records` over one store."""

    store: Store
    policy: Policy
    place: Place

    async def of_row(self, ref: RowRef) -> tuple[Sequence[Entry], Sequence[Action]]:
        entries = await self.store.journal.history(ref)
        actions = await self.store.actions.newest(ActionFilter(refs=[ref]), limit=100)
        return tuple(reversed(entries)), tuple(reversed(actions))

    async def journal(
        self, which: JournalFilter, *, limit: int, before: int | None = None
    ) -> Sequence[FoundEntry]:
        return await self.store.journal_search.newest(which, limit=limit, before=before)

    async def runs(self, *, limit: int) -> Sequence[Run]:
        return await self.store.runs.latest(limit=limit)

    async def actions(self, *, limit: int) -> Sequence[Action]:
        return await self.store.actions.newest(ActionFilter(), limit=limit)

    async def incident(self, span: Span) -> Incident:
        return await incident(self.store, self.policy, span)

    async def incident_markdown(self, span: Span) -> str:
        letterhead = Letterhead(title=None, where=self.place.name, written_by=f"reconcile-tui {__version__}")
        return incident_markdown(await self.incident(span), letterhead)
