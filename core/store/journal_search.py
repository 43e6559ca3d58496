"""Searching the journal: who did what to which rows, when, and what came of it.

An entry about an intent does not say again what its intended entry says: what a search finds carries the
row as the intent saw it. Pages go by the entries' ids, so that the journal may grow meanwhile.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.money import Money
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.records import recorded_money
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.journal_entries import Entry, Step, entry
from reconcile_tui.core.store.tables import journal

_intended = journal.alias("intended")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """Which entries are meant; everything that is given must hold.

    Attributes:
        refs: entries about one of these rows; None: about any.
        since, until: UTC; from `since` on, before `until`.
        outcomes, events: one of these; empty: any, and none.
    """

    refs: Collection[RowRef] | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    outcomes: Collection[Outcome] = ()
    events: Collection[Event] = ()
    plan_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """An entry with the row as it was before: as the entry itself, or its intent, saw it."""

    entry: Entry
    before: Mapping[str, Any] | None

    @property
    def money(self) -> Money | None:
        """The row's amount; None where it had none, or the entry does not say."""
        return recorded_money(self.before)


class JournalSearch:
    """What is on record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self, which: JournalFilter, *, limit: int, before: int | None = None
    ) -> list[FoundEntry]:
        """The newest entries, newest first.

        Args:
            before: only entries older than the one with this id.
        """
        query = narrowed(_found(), which).order_by(journal.c.id.desc()).limit(limit)
        return await self._entries(query if before is None else query.where(journal.c.id < before))

    async def oldest(self, which: JournalFilter, *, limit: int, after: int = 0) -> list[FoundEntry]:
        """The oldest entries, oldest first.

        Args:
            after: only entries younger than the one with this id.
        """
        query = narrowed(_found(), which).where(journal.c.id > after).order_by(journal.c.id).limit(limit)
        return await self._entries(query)

    async def latest_outcomes(
        self, refs: Sequence[RowRef], *, outcome: Outcome | None = None
    ) -> dict[RowRef, Entry]:
        """What became of these rows at last; rows that nobody ever concluded are left out.

        Args:
            outcome: look at entries of this outcome alone.
        """
        c = journal.c
        keys = [(ref.kind.value, ref.row_id) for ref in refs]
        ids = (
            select(func.max(c.id))
            .where(tuple_(c.kind, c.row_id).in_(keys), c.step == Step.OUTCOME.value)
            .group_by(c.kind, c.row_id)
        )
        if outcome is not None:
            ids = ids.where(c.outcome == outcome.value)

        async def unit(connection: AsyncConnection) -> dict[RowRef, Entry]:
            found = [entry(row) for row in await connection.execute(select(journal).where(c.id.in_(ids)))]
            return {each.ref: each for each in found}

        return await self._database.read(unit)

    async def in_vain(self, refs: Sequence[RowRef]) -> dict[RowRef, Entry]:
        """The last delivery to each of these rows whose last outcome is that it changed nothing."""
        c = journal.c
        latest = await self.latest_outcomes(refs)
        unchanged = [ref for ref, found in latest.items() if found.outcome is Outcome.UNCHANGED]
        keys = [(ref.kind.value, ref.row_id) for ref in unchanged]
        steps = (Step.DELIVERED.value, Step.APPLIED.value)
        ids = (
            select(func.max(c.id))
            .where(tuple_(c.kind, c.row_id).in_(keys), c.step.in_(steps))
            .group_by(c.kind, c.row_id)
        )

        async def unit(connection: AsyncConnection) -> dict[RowRef, Entry]:
            found = [entry(row) for row in await connection.execute(select(journal).where(c.id.in_(ids)))]
            return {each.ref: each for each in found}

        return await self._database.read(unit) if keys else {}

    async def count_since(self, moment: datetime, *, at_most: int) -> int:
        """How many entries there are since then (UTC, database clock), counted up to `at_most`."""
        some = select(journal.c.id).where(journal.c.at >= moment).limit(at_most).subquery()

        async def unit(connection: AsyncConnection) -> int:
            return int((await connection.execute(select(func.count()).select_from(some))).scalar_one())

        return await self._database.read(unit)

    async def through(self, which: JournalFilter, *, page: int) -> AsyncIterator[Sequence[FoundEntry]]:
        """Every entry, oldest first, in pages."""
        after = 0
        while found := await self.oldest(which, limit=page, after=after):
            yield found
            after = found[-1].entry.entry_id
            if len(found) < page:
                return

    async def _entries(self, query: Select[Any]) -> list[FoundEntry]:
        async def unit(connection: AsyncConnection) -> list[FoundEntry]:
            return [
                FoundEntry(
                    entry=entry(row), before=row.before if row.before is not None else row.intended_before
                )
                for row in await connection.execute(query)
            ]

        return await self._database.read(unit)


def _found() -> Select[Any]:
    """Entries beside what their intended entry says of the row."""
    joined = journal.outerjoin(_intended, _intended.c.id == journal.c.intent_id)
    return select(journal, _intended.c.before.label("intended_before")).select_from(joined)


def narrowed(query: Select[Any], which: JournalFilter) -> Select[Any]:
    """A query of the journal for the entries that are meant."""
    c = journal.c
    if which.refs is not None:
        rows = (and_(c.kind == ref.kind.value, c.row_id == ref.row_id) for ref in which.refs)
        query = query.where(or_(False, *rows))
    if which.actor is not None:
        query = query.where(c.actor == which.actor)
    if which.since is not None:
        query = query.where(c.at >= which.since)
    if which.until is not None:
        query = query.where(c.at < which.until)
    if which.outcomes:
        query = query.where(c.outcome.in_([outcome.value for outcome in which.outcomes]))
    if which.events:
        query = query.where(c.event.in_([event.value for event in which.events]))
    if which.plan_id is not None:
        query = query.where(c.plan_id == which.plan_id)
    return query
