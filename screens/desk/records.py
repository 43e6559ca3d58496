"""The records: what was done to a row, what was done at all, and the account of an incident."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.desk.lists import ListedRow

if TYPE_CHECKING:
    from reconcile_tui.core.closings import Closing
    from reconcile_tui.core.history import HistoryPage, Marks, Record
    from reconcile_tui.core.history_filter import HistoryAsked
    from reconcile_tui.core.incident import Incident, Span
    from reconcile_tui.core.store.actions import Action
    from reconcile_tui.core.store.journal_entries import Entry
    from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
    from reconcile_tui.core.store.runs import Run
    from reconcile_tui.core.store.webhook_log import LoggedWebhook


class Records(Protocol):
    """What is on record. Errors as for `Lists`."""

    async def of_row(self, ref: RowRef) -> tuple[Sequence[Entry], Sequence[Action]]:
        """The journal of a row, oldest first, and what people did about it."""
        ...

    async def webhooks(self, ref: RowRef, psp_id: str) -> Sequence[LoggedWebhook]:
        """The PSP's own webhooks about a row that went through the tool's handlers, oldest first."""
        ...

    async def journal(
        self, which: JournalFilter, *, limit: int, before: int | None = None
    ) -> Sequence[FoundEntry]:
        """The newest entries, newest first; `before`: older than the entry with this id."""
        ...

    async def runs(self, *, limit: int) -> Sequence[Run]:
        """The latest ticks, newest first."""
        ...

    async def actions(self, *, limit: int) -> Sequence[Action]:
        """What people did beside dispatches, newest first."""
        ...

    async def history(self, asked: HistoryAsked, *, limit: int, after: Marks | None = None) -> HistoryPage:
        """What is on record, newest first. `after`: where the page before it ended; None: the newest.

        Raises:
            reconcile_tui.core.moments.MomentRefused: nothing is between the two moments.
        """
        ...

    def closings(self, *, since: datetime) -> AsyncIterator[Sequence[Closing]]:
        """Rows that were closed from `since` (UTC) on, with the time in which they were stuck."""
        ...

    async def incident(self, span: Span) -> Incident:
        """The account of an incident."""
        ...

    async def incident_markdown(self, span: Span) -> str:
        """The same for the post-mortem."""
        ...

    async def documents(self, listed: Sequence[ListedRow | Record]) -> Sequence[Mapping[str, Any]]:
        """What is listed, as the JSON values that the command line prints: the same keys."""
        ...
