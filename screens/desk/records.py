"""The records: what was done to a row, what was done at all, and the account of an incident."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from reconcile_tui.core.findings import RowRef

if TYPE_CHECKING:
    from reconcile_tui.core.incident import Incident, Span
    from reconcile_tui.core.store.actions import Action
    from reconcile_tui.core.store.journal_entries import Entry
    from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
    from reconcile_tui.core.store.runs import Run


class Records(Protocol):
    """What is on record. Errors as for `Lists`."""

    async def of_row(self, ref: RowRef) -> tuple[Sequence[Entry], Sequence[Action]]:
        """The journal of a row, oldest first, and what people did about it."""
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

    async def incident(self, span: Span) -> Incident:
        """The account of an incident."""
        ...

    async def incident_markdown(self, span: Span) -> str:
        """The same for the post-mortem."""
        ...
