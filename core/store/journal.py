"""The journal: the append-only record of every step of every dispatch, and the leases beside it.

`intended` is committed before anything is delivered, together with a short lease on the row. An intent
is open as long as its lease row stands: whoever concludes it deletes the lease and writes the outcome in
one transaction, so that an outcome is never written twice, and what a dead process left is easy to find.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.orphan_cap import fails_an_orphan
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Actor, ActorKind
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store import row_leases
from reconcile_tui.core.store.attention import hold_for, write_attention
from reconcile_tui.core.store.checks import mark_capped, write_checks
from reconcile_tui.core.store.database import CommitInDoubt, Database
from reconcile_tui.core.store.journal_entries import (
    Authorship,
    Conclusion,
    Entry,
    Intent,
    LateEffect,
    NotIntended,
    OpenIntent,
    Step,
    delivered_values,
    entry,
    new_intent,
    outcome_values,
    planned_values,
    write_entries,
)
from reconcile_tui.core.store.orphan_cap import OrphanCapQuery
from reconcile_tui.core.store.tables import journal, leases

Intended = Intent | OpenIntent | NotIntended | row_leases.Held
"""The answer for a row that is to be delivered: its intent; what somebody left in it; why it gets none; or
who has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanLimit:
    """How many orphans daemons may fail within `interval`."""

    most: int
    interval: timedelta


class Journal:
    """Entries and leases.

    Args:
        orphan_cap: counts what is taken of the cap; only who writes no intents goes without.
    """

    def __init__(self, database: Database, orphan_cap: OrphanCapQuery | None = None) -> None:
        self._database = database
        self._orphan_cap = orphan_cap

    async def intend(
        self,
        rows: Sequence[PlannedRow],
        *,
        by: Authorship,
        holder: str,
        now: datetime,
        lease: timedelta,
        again: bool = False,
        orphan_limit: OrphanLimit | None = None,
    ) -> dict[RowRef, Intended]:
        """Write down what is about to be delivered, and lease the rows; one transaction for all.

        What somebody left whose lease ran out is taken with the lease. The same event is resumed under its
        attempt; an intent for another event ends as `changed`; of one that was delivered already, the row
        says what became of it: such a row gets no intent now, and its answer is what was left, as ours.

        A commit in doubt is settled by the leases: they are there as they were written, or nothing was.

        Args:
            rows: rows with an action.
            now: UTC, database clock.
            again: make the next attempt of an event that was delivered before (operators alone).
            orphan_limit: binds those of the rows that would fail an orphan; None: a person confirmed them.
        """
        written: dict[RowRef, Intended] = {}

        async def unit(connection: AsyncConnection) -> dict[RowRef, Intended]:
            refs = [row.ref for row in rows]
            backend = self._database.backend
            taken = await row_leases.take(
                connection, backend, refs, holder=holder, now=now, expires_at=now + lease
            )
            left = await self._left_in(connection, taken, holder)
            over = {ref: it for ref, it in left.items() if it.was_applied or it.was_delivered}
            leased = [row for row in rows if row.ref in taken and row.ref not in over]
            capped = await self._capped(connection, leased, orphan_limit)
            leased = [row for row in leased if row.ref not in capped]
            past = await self._past(connection, leased)
            new = {
                row.ref: past[key].attempt + 1 if (key := _key(row)) in past else 1
                for row in leased
                if _key(row) not in past or (past[_key(row)].spent and again)
            }
            resumed = {past[_key(row)].intent_id for row in leased if row.ref not in new}
            await self._supersede(
                connection,
                [
                    it
                    for it in left.values()
                    if it.intent.intent_id not in resumed and it.intent.ref not in over
                ],
                by=by,
                now=now,
            )
            latest = past | await self._write_intents(
                connection, [row for row in leased if row.ref in new], new, by=by, now=now
            )
            answers: dict[RowRef, Intended] = {row.ref: NotIntended.BUSY for row in rows}
            busy = [ref for ref in refs if ref not in taken]
            answers |= await row_leases.held_by_others(connection, busy, now=now)
            answers |= over
            resuming: list[dict[str, Any]] = []
            for row in leased:
                before = latest[_key(row)]
                if row.ref not in new and before.spent:
                    answers[row.ref] = NotIntended.SPENT
                    continue
                fence = taken[row.ref].fence
                answers[row.ref] = new_intent(row, before.intent_id, before.attempt, holder, fence)
                if row.ref not in new:
                    resuming.append(_resumed_values(row, before, by=by, now=now))
            await write_entries(connection, backend, resuming)
            await row_leases.name_intents(
                connection, backend, [a for a in answers.values() if isinstance(a, Intent)]
            )
            answers |= dict.fromkeys(capped, NotIntended.CAPPED)
            unused = [
                ref for ref, answer in answers.items() if answer in (NotIntended.SPENT, NotIntended.CAPPED)
            ]
            await row_leases.release(connection, unused, holder=holder)
            written.clear()
            written.update(answers)
            return answers

        try:
            return await self._database.write(unit)
        except CommitInDoubt:
            ours = [
                answer.intent if isinstance(answer, OpenIntent) else answer
                for answer in written.values()
                if isinstance(answer, Intent | OpenIntent)
            ]
            if await self._stand(ours, expires_at=now + lease):
                return written
            return await self._database.write(unit)

    async def conclude(
        self,
        conclusions: Sequence[Conclusion],
        *,
        by: Authorship,
        now: datetime,
        ran_out: datetime | None = None,
    ) -> set[int]:
        """Write outcomes and give the leases back; one transaction for all.

        Returns:
            The intents that this ended.

        An outcome that ends its intent is written only by whoever still holds the row's lease, so that a
        commit in doubt may be run again. One that does not end it keeps the lease, to be settled when it
        has run out.

        Args:
            now: UTC, database clock.
            ran_out: the intents are what others left: ended only where their leases ran out before this
                moment (UTC, database clock) and nobody took them since.
        """

        async def unit(connection: AsyncConnection) -> set[int]:
            concluded = [c for c in conclusions if c.intent is not None and c.result.outcome.ends_intent]
            if ran_out is not None:
                concluded = await self._not_delivered_since(connection, concluded, ran_out)
            ended = [c.intent for c in concluded if c.intent is not None]
            held = await row_leases.give_back(connection, self._database.backend, ended, ran_out=ran_out)
            kept = [
                c
                for c in conclusions
                if c.intent is None or not c.result.outcome.ends_intent or c.intent.intent_id in held
            ]
            if kept:
                await write_entries(
                    connection, self._database.backend, [outcome_values(c, by, now) for c in kept]
                )
            await write_checks(connection, self._database.backend, [c.check for c in kept if c.check])
            changes = [c.attention for c in kept if c.attention]
            await write_attention(connection, self._database.backend, changes, now=now)
            return held

        once = all(c.intent is not None and c.result.outcome.ends_intent for c in conclusions)
        return await self._database.write(unit, repeatable=once)

    async def _not_delivered_since(
        self, connection: AsyncConnection, conclusions: Sequence[Conclusion], ran_out: datetime
    ) -> list[Conclusion]:
        """Those of what others left that may be concluded so: nobody delivers them at this moment, or did
        since they were looked at. Locked to the end of the transaction."""
        intents = [c.intent for c in conclusions if c.intent is not None]
        expired = leases.c.expires_at <= ran_out
        idle = await row_leases.held(connection, intents, expire=expired, lock=True)
        applied = await self._applied(connection, idle) if idle else set()
        return [
            c
            for c in conclusions
            if c.intent is not None
            and c.intent.intent_id in idle
            and (c.result.outcome in _DELIVERED or c.intent.intent_id not in applied)
        ]

    async def effects_came(self, late: Sequence[LateEffect], *, now: datetime) -> set[RowRef]:
        """Write down effects that came after their intents were over; of which rows that was.

        Each is written once, whoever looks: by the first who holds the row's open attention item.

        Args:
            now: UTC, database clock.
        """

        async def unit(connection: AsyncConnection) -> set[RowRef]:
            came: set[RowRef] = set()
            for each in late:
                intent = each.conclusion.intent
                if intent is None or not await hold_for(connection, intent.ref, Reason.NO_EFFECT):
                    continue
                if await _has_effect(connection, intent.intent_id):
                    continue
                came.add(intent.ref)
                await connection.execute(insert(journal), outcome_values(each.conclusion, each.by, now))
                checks = [each.conclusion.check] if each.conclusion.check else []
                await write_checks(connection, self._database.backend, checks)
            return came

        return await self._database.write(unit, repeatable=True) if late else set()

    async def delivered(
        self,
        intent: Intent,
        *,
        digest: str,
        detail: str,
        by: Authorship,
        now: datetime,
        lease: timedelta,
    ) -> None:
        """Write down that the shop acknowledged an event; its row stays leased while the effect is awaited.

        Args:
            digest: SHA-256 of what was sent.
            now: UTC, database clock.
            lease: from now on.
        """
        ours = and_(
            leases.c.intent_id == intent.intent_id,
            leases.c.holder == intent.holder,
            leases.c.fence == intent.fence,
        )

        async def unit(connection: AsyncConnection) -> None:
            entry = delivered_values(intent, digest=digest, detail=detail, by=by, now=now)
            await connection.execute(insert(journal), entry)
            await connection.execute(leases.update().where(ours).values(expires_at=now + lease))

        await self._database.write(unit)

    async def applied(self, intents: Sequence[Intent]) -> set[int]:
        """Which of these intents have their `applied` entry: how a commit in doubt is settled.

        Whoever delivers has the leases locked until the commit is over, so one that is still under way is
        awaited here.

        Raises:
            sqlalchemy.exc.DBAPIError: it was under way for too long; nothing is known yet.
        """

        async def unit(connection: AsyncConnection) -> set[int]:
            await self._await_commits(connection, intents)
            return await self._applied(connection, {intent.intent_id for intent in intents})

        return await self._database.read(unit)

    async def abandoned(
        self,
        *,
        now: datetime,
        limit: int,
        refs: Sequence[RowRef] | None = None,
        after: OpenIntent | None = None,
    ) -> list[OpenIntent]:
        """Intents whose lease ran out before anybody concluded them, in the order in which they were written.
        Args:
            now: UTC, database clock.
            refs: those of these rows alone, where given.
            after: the last one of the page before.
        """
        query = (
            _left(leases.c.holder, leases.c.fence)
            .join(leases, leases.c.intent_id == journal.c.id)
            .where(leases.c.expires_at <= now)
            .order_by(journal.c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(journal.c.id > after.intent.intent_id)
        if refs is not None:
            query = query.where(leases.c.name.in_([row_leases.lease_name(ref) for ref in refs]))

        async def unit(connection: AsyncConnection) -> list[OpenIntent]:
            return [_open_intent(row, row.holder, row.fence) for row in await connection.execute(query)]

        return await self._database.read(unit)

    async def _left_in(
        self, connection: AsyncConnection, taken: Mapping[RowRef, row_leases.Taken], holder: str
    ) -> dict[RowRef, OpenIntent]:
        """What former holders left in leases that were just taken, as ours."""
        fences = {lease.intent_id: lease.fence for lease in taken.values() if lease.intent_id is not None}
        if not fences:
            return {}
        query = _left().where(journal.c.id.in_(list(fences)))
        found = [_open_intent(row, holder, fences[row.id]) for row in await connection.execute(query)]
        return {it.intent.ref: it for it in found}

    async def _supersede(
        self, connection: AsyncConnection, left: Sequence[OpenIntent], *, by: Authorship, now: datetime
    ) -> None:
        """End intents that another thing follows than."""
        result = Result(outcome=Outcome.CHANGED, detail="decided afresh, another thing follows now")
        entries = [outcome_values(Conclusion(result=result, intent=it.intent), by, now) for it in left]
        await write_entries(connection, self._database.backend, entries)

    async def held(
        self, connection: AsyncConnection, intents: Sequence[Intent], *, now: datetime
    ) -> set[int]:
        """The intents whose lease is still ours at `now`, locked: who was frozen for long notices here.

        Args:
            now: UTC, read from the database in this very transaction: a process that stood still has a
                wrong idea of it.
        """
        return await row_leases.held(connection, intents, expire=leases.c.expires_at > now, lock=True)

    async def leases_end(self, *, now: datetime) -> datetime | None:
        """When the first row lease in force at `now` runs out (UTC, database clock); None where none is."""
        query = select(func.min(leases.c.expires_at)).where(
            leases.c.name.startswith(row_leases.ROW), leases.c.expires_at > now
        )

        async def unit(connection: AsyncConnection) -> datetime | None:
            ends: datetime | None = await connection.scalar(query)
            return ends

        return await self._database.read(unit)

    async def history(self, ref: RowRef, *, limit: int = 100) -> list[Entry]:
        """The latest entries of a row, newest first."""
        query = select(journal).where(journal.c.kind == ref.kind, journal.c.row_id == ref.row_id)
        return await self._entries(query.order_by(journal.c.id.desc()).limit(limit))

    async def _entries(self, query: Any) -> list[Entry]:
        async def unit(connection: AsyncConnection) -> list[Entry]:
            return [entry(row) for row in await connection.execute(query)]

        return await self._database.read(unit)

    async def _stand(self, intents: Sequence[Intent], *, expires_at: datetime) -> bool:
        """Whether these leases are there as they were written, to the moment they end."""

        async def unit(connection: AsyncConnection) -> bool:
            await self._await_commits(connection, intents)
            found = await row_leases.held(connection, intents, expire=leases.c.expires_at == expires_at)
            return found == {intent.intent_id for intent in intents}

        return bool(intents) and await self._database.read(unit)

    async def _applied(self, connection: AsyncConnection, ids: Collection[int]) -> set[int]:
        query = select(journal.c.intent_id).where(
            journal.c.intent_id.in_(ids), journal.c.step == Step.APPLIED
        )
        return set((await connection.execute(query)).scalars())

    async def _await_commits(self, connection: AsyncConnection, intents: Sequence[Intent]) -> None:
        now = await self._database.clock.now(connection)
        refs = [intent.ref for intent in intents]
        await row_leases.await_commits(connection, self._database.backend, refs, now=now)

    async def _capped(
        self, connection: AsyncConnection, rows: Sequence[PlannedRow], limit: OrphanLimit | None
    ) -> set[RowRef]:
        """Which of `rows` the cap on failed orphans withholds after all, marked as such: what other processes
        wrote down since the plan was made counts."""
        failing = {row.ref.row_id: row.ref for row in rows if fails_an_orphan(row)}
        if limit is None or not failing:
            return set()
        if self._orphan_cap is None:
            raise ValueError("nothing counts the orphans that were failed")
        there = await self._database.clock.now(connection)
        await self._orphan_cap.locked(connection, now=there)
        use = await self._orphan_cap.use_in(connection, now=there, interval=limit.interval)
        over = use.is_over(failing, limit=limit.most)
        capped = {ref for row_id, ref in failing.items() if over or row_id in use.withheld}
        await mark_capped(connection, capped, now=there)
        return capped

    async def _past(self, connection: AsyncConnection, rows: Sequence[PlannedRow]) -> dict["_Key", "_Past"]:
        """The latest attempt of each row's event, and whether it is spent."""
        latest = await self._latest(connection, rows)
        if not latest:
            return {}
        ends = select(journal.c.intent_id, journal.c.step, journal.c.outcome).where(
            journal.c.intent_id.in_([past.intent_id for past in latest.values()])
        )
        spent = {
            intent_id
            for intent_id, step, outcome in await connection.execute(ends)
            if step in (Step.APPLIED, Step.DELIVERED) or outcome in _SPENT
        }
        return {key: replace(past, spent=past.intent_id in spent) for key, past in latest.items()}

    async def _latest(self, connection: AsyncConnection, rows: Sequence[PlannedRow]) -> dict["_Key", "_Past"]:
        """The latest attempt of each row's event; whether it is spent is not looked up."""
        columns = (journal.c.kind, journal.c.row_id, journal.c.psp_id, journal.c.event)
        keys = {_key(row) for row in rows}
        latest: dict[_Key, _Past] = {}
        for kind in {row.ref.kind for row in rows}:
            ids = [row.ref.row_id for row in rows if row.ref.kind is kind]
            query = (
                select(journal.c.id, journal.c.attempt, *columns)
                .where(journal.c.kind == kind, journal.c.row_id.in_(ids), journal.c.step == Step.INTENDED)
                .order_by(journal.c.attempt)
            )
            for row in await connection.execute(query):
                key = (row.kind, row.row_id, row.psp_id, row.event)
                if key in keys:
                    latest[key] = _Past(intent_id=row.id, attempt=row.attempt, spent=False)
        return latest

    async def _write_intents(
        self,
        connection: AsyncConnection,
        rows: Sequence[PlannedRow],
        attempts: Mapping[RowRef, int],
        *,
        by: Authorship,
        now: datetime,
    ) -> dict["_Key", "_Past"]:
        intended = {"step": Step.INTENDED.value}
        values = [planned_values(row, by, now) | intended | {"attempt": attempts[row.ref]} for row in rows]
        written = await write_entries(connection, self._database.backend, values)
        return {
            (entry.kind, entry.row_id, entry.psp_id, entry.event): _Past(
                intent_id=entry.id, attempt=entry.attempt, spent=False
            )
            for entry in written
        }


def _resumed_values(row: PlannedRow, past: "_Past", *, by: Authorship, now: datetime) -> dict[str, Any]:
    resumed = {"step": Step.RESUMED.value, "intent_id": past.intent_id, "attempt": past.attempt}
    return planned_values(row, by, now) | resumed


def _left(*more: ColumnElement[Any]) -> Select[Any]:
    """Intended entries with how far their dispatch came."""
    later = journal.alias("later")

    def has(what: ColumnElement[bool], label: str) -> ColumnElement[bool]:
        return exists().where(later.c.intent_id == journal.c.id, what).label(label)

    return select(
        journal,
        *more,
        has(later.c.step == Step.APPLIED, "was_applied"),
        has(later.c.step == Step.DELIVERED, "was_delivered"),
        has(later.c.outcome == Outcome.IN_DOUBT, "was_sent"),
    )


def _open_intent(row: Row[Any], holder: str, fence: int) -> OpenIntent:
    return OpenIntent(
        intent=Intent(
            intent_id=row.id,
            ref=RowRef(Kind(row.kind), row.row_id),
            psp_id=row.psp_id,
            event=Event(row.event),
            attempt=row.attempt,
            holder=holder,
            fence=fence,
        ),
        actor=Actor(name=row.actor, kind=ActorKind(row.actor_kind)),
        plan_id=row.plan_id,
        was_applied=row.was_applied,
        was_delivered=row.was_delivered,
        was_sent=row.was_sent,
    )


_DELIVERED = (Outcome.FIXED, Outcome.UNCHANGED, Outcome.OVERTAKEN, Outcome.ALREADY_RESOLVED)
"""The outcomes of an event that was delivered, or whose effect is there."""
_SPENT = (Outcome.FIXED, Outcome.UNCHANGED)
"""The outcomes that say by themselves that an event was delivered. One that was overtaken may never have
been: its other entries say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    intent_id: int
    attempt: int
    spent: bool


_Key = tuple[str, str, str, str]


async def _has_effect(connection: AsyncConnection, intent_id: int) -> bool:
    """Whether an effect of this intent is written down."""
    is_there = and_(journal.c.intent_id == intent_id, journal.c.outcome == Outcome.FIXED.value)
    return bool(await connection.scalar(select(exists().where(is_there))))


def _key(row: PlannedRow) -> _Key:
    if row.action is None:
        raise ValueError(f"{row.ref}: nothing to apply")
    return (row.ref.kind.value, row.ref.row_id, row.finding.row.psp_id or "", row.action.event.value)
