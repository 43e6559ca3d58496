"""Findings in the database: what is due, in fair lanes, and pages of everything that is stuck.

Lanes (design rule 8): rows never attempted, by age; attempted ones, by when they are due, below the cap
and at it; rows too old for the daemon. Each is a bounded query over a partial index.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from reconcile_tui.core.clock import earlier
from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import Finding, FindingClass, LocalRow, RowRef, classify, is_watched
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.orphan_cap import OrphansLeft
from reconcile_tui.core.outcomes import Refusal
from reconcile_tui.core.phases import ORPHANS, Phase
from reconcile_tui.core.policy import ActorKind, Policy
from reconcile_tui.core.schedule import Lanes, failures_at_cap, opens_at_cap
from reconcile_tui.core.shop_values import Trouble, is_unicode, read_currency, read_moment
from reconcile_tui.core.statuses import WAITS_ON_CUSTOMER, Kind, OrderStatus, RefundStatus
from reconcile_tui.core.store.checks import check_of
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.store.database import Database, Unit
from reconcile_tui.core.store.moments import UtcMoment
from reconcile_tui.core.store.row_leases import is_leased
from reconcile_tui.core.store.rows import ShopRows
from reconcile_tui.core.store.shop import OrdersTable, RefundsTable, Shop, as_key, as_text, has_text, is_no_id
from reconcile_tui.core.store.shop_times import AsStored, ShopTime, Stored, WholeMinor
from reconcile_tui.core.store.tables import attention, checks, journal

R = TypeVar("R")

_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PageKey:
    """Where a page ended, as the shop's columns hold it; None: they hold none."""

    since: object
    row_id: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Findings oldest first. `after`: what to ask the next page with; None on the last."""

    findings: tuple[Finding, ...]
    after: PageKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much is stuck in a phase.

    Attributes:
        money: per currency, ordered by code; rows without an amount count in `rows` alone.
        oldest: since when the oldest is stuck (UTC).
        commonest: the currencies, the one of the most rows first: an order that compares no amounts.
    """

    rows: int
    money: tuple[Money, ...]
    oldest: datetime | None
    commonest: tuple[str, ...] = ()


class FindingsQuery:
    """What is stuck, and what is due."""

    def __init__(self, database: Database, shop: Shop) -> None:
        self._database = database
        self._shop = shop
        self._rows = ShopRows(shop)
        self._learned = False

    async def due(
        self,
        phase: Phase,
        *,
        now: datetime,
        policy: Policy,
        limit: int,
        tried_before: datetime | None = None,
        pauses: Sequence[Pause] = (),
        in_hand: Collection[RowRef] = (),
    ) -> Lanes[Finding]:
        """At most `limit` rows a lane that are due at `now` (UTC, database clock), and that nobody acts on.

        Args:
            in_hand: leave out these: the caller has them, and nothing of theirs is recorded yet.
            tried_before: leave out rows read at or after this moment: a drain tries each row once.
            pauses: leave out the rows that one of these holds, and that a daemon told as refused since it
                began.
        """

        async def unit(connection: AsyncConnection) -> Lanes[Finding]:
            await self._learn(connection)
            found = set(in_hand)
            ours = {ref.row_id for ref in in_hand}

            row_id = as_text(self._table(phase).c.id)
            held = [_is_held(pause, phase.kind, row_id) for pause in pauses]
            free = and_(~is_leased(phase.kind, row_id, now=now), *(~each for each in held))

            async def lane(query: Select[Any], room: int = limit) -> list[Finding]:
                # Each statement sees its own moment: a row that others work on may turn up in two lanes.
                selected = await connection.execute(query.where(free).limit(room + len(ours)))
                new = [row for row in selected if str(self._table(phase).id_of(row)) not in ours]
                rows = await self._as_findings(connection, phase, new, now, policy)
                rows = [row for row in rows if row.ref not in found and row.cls is not FindingClass.RECENT]
                rows = rows[:room]
                found.update(row.ref for row in rows)
                return rows

            at_cap = or_(
                checks.c.opens >= opens_at_cap(policy),
                checks.c.failures >= failures_at_cap(policy),
                checks.c.delivery_failures >= failures_at_cap(policy),
            )
            age_limit = earlier(now, policy.auto_max_age)
            since = self._since(phase)
            young, old = since.is_from(age_limit), since.is_before(age_limit)
            unclear = since.is_unclear(now)
            stuck = self._is_old(phase, now, policy)
            never = self._never(phase)
            again = self._again(phase, now, tried_before)
            # A few places are kept for rows that no order of time or of earlier looks would bring up.
            few = max(limit // 8, 1)
            nameless = await self._untold_without_id(connection, phase, now, policy, limit + len(ours))
            nameless = [row for row in nameless if row.ref not in found]
            odd = [*nameless[:few], *await lane(never.where(unclear), few)]
            odd += await lane(self._asked_of_another(phase, now, policy), few)
            of_age = or_(and_(young, stuck), unclear)
            customer = func.coalesce(checks.c.psp_status.in_(WAITS_ON_CUSTOMER), false())
            return Lanes(
                never_attempted=[*odd, *await lane(never.where(young, stuck))],
                below_cap=await lane(again.where(of_age, ~customer, ~at_cap)),
                watched=await lane(self._watched(phase, now, tried_before)),
                at_cap=await lane(again.where(of_age, ~customer, at_cap)),
                customer=await lane(again.where(of_age, customer)),
                too_old=(await lane(never.where(old)) + await lane(again.where(old)))[:limit]
                + nameless[few:],
            )

        return await self._read(unit)

    async def page(
        self,
        phase: Phase,
        *,
        now: datetime,
        policy: Policy,
        limit: int,
        after: PageKey | None = None,
        last_known: Collection[str] | None = None,
        not_last_known: Collection[str] | None = None,
    ) -> Page:
        """Stuck rows of a phase, due or not, oldest first, keyset-paged; last those that have no time.

        Args:
            last_known: only rows whose last known PSP status is one of these words.
            not_last_known: no rows whose last known PSP status is one of these words.
        """

        async def unit(connection: AsyncConnection) -> Page:
            await self._learn(connection)
            since, row_id = self._since(phase).raw, self._table(phase).c.id
            query = self._base(phase).where(self._stuck(phase, now, policy))
            if last_known is not None:
                query = query.where(self._is_last_known(phase, last_known))
            if not_last_known is not None:
                query = query.where(~self._is_last_known(phase, not_last_known))
            query = query.add_columns(AsStored(since).label("at"), AsStored(row_id).label("at_id"))
            timed, timeless = query.where(since.is_not(None)), query.where(since.is_(None))
            if after is not None:
                beyond = _beyond(row_id, after.row_id)
                if after.since is None:
                    timed, timeless = timed.where(false()), timeless.where(beyond)
                else:
                    its_time = _as_selected(after.since, Stored())
                    timed = timed.where(since >= its_time, or_(since > its_time, beyond))
            by_id = row_id.nulls_first()
            selected = list(await connection.execute(timed.order_by(since, by_id).limit(limit)))
            if len(selected) < limit:
                rest = timeless.order_by(by_id).limit(limit - len(selected))
                selected += await connection.execute(rest)
            findings = await self._as_findings(connection, phase, selected, now, policy)
            last = selected[-1] if len(selected) == limit else None
            return Page(
                findings=tuple(found for found in findings if found.cls is not FindingClass.RECENT),
                after=PageKey(last.at, last.at_id) if last is not None else None,
            )

        return await self._read(unit)

    async def backlog(
        self,
        phase: Phase,
        *,
        now: datetime,
        policy: Policy,
        last_known: Collection[str] | None = None,
        not_last_known: Collection[str] | None = None,
    ) -> Backlog:
        """How many rows of a phase are stuck, and the money in them; `last_known` as for `page`.

        Args:
            not_last_known: no rows whose last known PSP status is one of these words.
        """

        async def unit(connection: AsyncConnection) -> Backlog:
            await self._learn(connection)
            table, since = self._table(phase), self._since(phase)
            currency = self._currency(phase)
            minor = WholeMinor(table.c.amount)
            timed = case((since.is_told(now), since.raw))
            query = (
                select(
                    currency.label("currency"),
                    func.count().label("rows"),
                    # SQLite refuses a sum that its integers do not hold, so the millions are added apart.
                    func.sum(minor / _MILLION).label("millions"),
                    func.sum(minor % _MILLION).label("rest"),
                    AsStored(func.min(timed)).label("oldest"),
                )
                .select_from(self._joined(phase))
                .where(self._stuck(phase, now, policy))
                .group_by(currency)
            )
            if last_known is not None:
                query = query.where(self._is_last_known(phase, last_known))
            if not_last_known is not None:
                query = query.where(~self._is_last_known(phase, not_last_known))
            groups = [self._group(row) for row in await connection.execute(query)]
            by_rows = sorted(groups, key=lambda group: (-group.rows, group.currency or ""))
            return Backlog(
                rows=sum(group.rows for group in groups),
                money=per_currency(
                    Money(group.minor, group.currency)
                    for group in groups
                    if group.currency is not None and group.minor is not None
                ),
                oldest=min((group.oldest for group in groups if group.oldest is not None), default=None),
                commonest=tuple(
                    dict.fromkeys(group.currency for group in by_rows if group.currency is not None)
                ),
            )

        return await self._read(unit)

    async def count_due(self, phase: Phase, *, now: datetime, policy: Policy) -> int:
        """How many stuck rows of a phase a check would look at by now, were there room for all."""

        async def unit(connection: AsyncConnection) -> int:
            await self._learn(connection)
            never, again = self._never(phase), self._again(phase, now, None)
            stuck = or_(self._is_old(phase, now, policy), self._since(phase).is_unclear(now))
            rows = 0
            for query in (never, again):
                counted = query.where(stuck).order_by(None).with_only_columns(func.count())
                rows += int((await connection.execute(counted)).scalar_one())
            return rows

        return await self._read(unit)

    async def orphans_to_look_at(
        self, *, now: datetime, policy: Policy, but: Sequence[RowRef]
    ) -> OrphansLeft:
        """The orphans beside `but` that are due, and may be ones to fail. What the cap or their age leaves to
        an operator does not count."""

        async def unit(connection: AsyncConnection) -> OrphansLeft:
            await self._learn(connection)
            young = self._since(ORPHANS).is_from(now - policy.auto_max_age)
            others = ~as_text(self._table(ORPHANS).c.id).in_([ref.row_id for ref in but])
            free = and_(young, self._is_old(ORPHANS, now, policy), others, checks.c.capped_at.is_(None))
            again = self._again(ORPHANS, now, None)

            async def count(query: Select[Any]) -> int:
                counted = query.where(free).order_by(None).with_only_columns(func.count())
                return int((await connection.execute(counted)).scalar_one())

            return OrphansLeft(
                unread=await count(self._never(ORPHANS))
                + await count(again.where(checks.c.decision == "unreadable")),
                to_fail=await count(again.where(checks.c.decision == "fail_orphan")),
            )

        return await self._read(unit)

    async def findings(self, refs: Sequence[RowRef], *, now: datetime, policy: Policy) -> list[Finding]:
        """These rows, whatever their class; those that do not exist are left out."""

        async def unit(connection: AsyncConnection) -> list[Finding]:
            rows = await self._rows.load(connection, refs)
            query = select(checks).where(
                tuple_(checks.c.kind, checks.c.row_id).in_([(r.kind, r.row_id) for r in refs])
            )
            seen = {RowRef(Kind(row.kind), row.row_id): row for row in await connection.execute(query)}
            items = select(attention.c.kind, attention.c.row_id).where(
                attention.c.closed_at.is_(None),
                tuple_(attention.c.kind, attention.c.row_id).in_([(r.kind, r.row_id) for r in refs]),
            )
            held = {RowRef(Kind(kind), row_id) for kind, row_id in await connection.execute(items)}
            return [
                _finding(rows[ref], seen.get(ref), now, policy, needs_person=ref in held)
                for ref in refs
                if ref in rows
            ]

        return await self._database.read(unit)

    async def rows(self, refs: Sequence[RowRef]) -> dict[RowRef, LocalRow]:
        """These rows as they are now."""
        return await self._database.read(lambda connection: self._rows.load(connection, refs))

    async def shared_psp_ids(self, rows: Sequence[LocalRow]) -> set[str]:
        """Those PSP ids of `rows` that more than one row holds: one truth cannot settle two rows."""
        return await self._database.read(lambda connection: self._rows.shared(connection, rows))

    async def look_up(self, text_id: str) -> list[RowRef]:
        """Every row that has this id, its own or the PSP's."""
        return await self._database.read(lambda connection: self._rows.by_any_id(connection, text_id))

    async def close_stale(self, phase: Phase, *, now: datetime) -> list[RowRef]:
        """Take rows that are not open any more off the schedule, but for those that a person must look at:
        each of these stays due until a look agrees with it (design rule 12).

        Returns:
            The rows whose attention items were closed because the shop has them no more.
        """
        table = self._table(phase)
        still_open = exists().where(
            table.c.id == as_key(checks.c.row_id, table.c.id), self._open(phase), self._same_psp_id(phase)
        )
        psp_id = checks.c.psp_id != "" if phase.has_psp_id else checks.c.psp_id == ""
        needs_person = _open_item(checks.c.kind, checks.c.row_id)
        over = (
            update(checks)
            .where(checks.c.kind == phase.kind, psp_id, checks.c.next_due <= now)
            .where(or_(checks.c.watch_until.is_(None), checks.c.next_due > checks.c.watch_until), ~still_open)
            .where(~needs_person)
            .values(next_due=None, watch_until=None)
        )
        open_items = and_(attention.c.kind == phase.kind, attention.c.closed_at.is_(None))
        is_the_row = table.c.id == as_key(attention.c.row_id, table.c.id)
        # What stands for an id that could not be read names no row: it is over once no such row is left.
        stands_for_none = and_(
            attention.c.reason == Reason.MALFORMED_ROW.value,
            attention.c.row_id.startswith("(", autoescape=True),
            exists().where(self._is_pending(phase), is_no_id(table.c.id)),
        )
        gone = (
            update(attention)
            .where(open_items, ~exists().where(is_the_row), ~stands_for_none)
            .values(closed_at=now)
        )
        made_final = and_(
            open_items, attention.c.while_open, ~exists().where(is_the_row, self._is_pending(phase))
        )

        def scheduled(which: ColumnElement[bool]) -> ColumnElement[bool]:
            its_rows = checks.c.row_id.in_(select(attention.c.row_id).where(which))
            return and_(checks.c.kind == phase.kind, its_rows)

        final_now = (
            update(checks)
            .where(scheduled(made_final), or_(checks.c.next_due.is_(None), checks.c.next_due > now))
            .values(next_due=now)
        )
        never_due = (
            update(checks).where(scheduled(open_items), checks.c.next_due.is_(None)).values(next_due=now)
        )
        known = and_(checks.c.kind == attention.c.kind, checks.c.row_id == attention.c.row_id)
        never_checked = select(
            attention.c.kind,
            attention.c.row_id,
            *(literal(value) for value in ("", 0, 0, 0, 1)),
            literal(now, UtcMoment),
        ).where(open_items, ~exists().where(known))
        columns = ["kind", "row_id", "psp_id", "reads", "failures", "opens", "version", "next_due"]
        insert = self._database.backend.upsert(checks).on_conflict_do_nothing(
            index_elements=["kind", "row_id"]
        )
        checked = insert.from_select(columns, never_checked)

        async def unit(connection: AsyncConnection) -> list[RowRef]:
            closed = await connection.execute(gone.returning(attention.c.row_id, attention.c.reason))
            refs = [RowRef(phase.kind, row_id) for row_id, reason in closed if reason != Reason.MALFORMED_ROW]
            await connection.execute(final_now)
            await connection.execute(never_due)
            await connection.execute(checked)
            await connection.execute(update(attention).where(made_final).values(while_open=False))
            await connection.execute(over)
            return refs

        return await self._database.write(unit, repeatable=True)

    async def _read(self, unit: Unit[R]) -> R:
        """Read; where the database refuses, its columns may have changed: they are asked for anew."""
        try:
            return await self._database.read(unit)
        except DBAPIError:
            self._learned = False
            raise

    async def _learn(self, connection: AsyncConnection) -> None:
        """Find out, once, how the shop's tables hold their times."""
        if self._learned:
            return
        orders, refunds = self._shop.mapping.orders, self._shop.mapping.refunds
        ask = self._database.backend.time_columns
        self._shop.learn(
            await ask(connection, orders.table, orders.schema),
            await ask(connection, refunds.table, refunds.schema),
        )
        self._learned = True

    def _group(self, row: Row[Any]) -> "_Group":
        """One currency's part of a backlog; codes that differ in case or blanks come apart."""
        code = read_currency(row.currency)
        oldest = read_moment(row.oldest, self._shop.mapping.zone)
        return _Group(
            currency=None if isinstance(code, Trouble) else code,
            rows=row.rows,
            minor=None if row.millions is None else int(row.millions) * _MILLION + int(row.rest),
            oldest=None if isinstance(oldest, Trouble) else oldest.earliest,
        )

    def _currency(self, phase: Phase) -> ColumnElement[Any]:
        orders, refunds = self._shop.orders, self._shop.refunds
        own = refunds.currency if phase.kind is Kind.REFUND else None
        return orders.currency if own is None else own

    async def _findings(
        self, connection: AsyncConnection, phase: Phase, query: Select[Any], now: datetime, policy: Policy
    ) -> list[Finding]:
        selected = (await connection.execute(query)).all()
        return await self._as_findings(connection, phase, selected, now, policy)

    async def _as_findings(
        self,
        connection: AsyncConnection,
        phase: Phase,
        selected: Sequence[Row[Any]],
        now: datetime,
        policy: Policy,
    ) -> list[Finding]:
        if phase.kind is Kind.ORDER:
            orders = (_finding(self._shop.orders.local(row), row, now, policy) for row in selected)
            return _each_once(orders)
        alone = [self._shop.refunds.local(row, None) for row in selected]
        rows = await self._rows.load(connection, [row.ref for row in alone])
        # A row whose own id cannot be read is found by no look-up: it is told by what was selected.
        return _each_once(
            _finding(rows.get(found.ref, found), row, now, policy)
            for found, row in zip(alone, selected, strict=True)
            if found.ref in rows or found.malformed
        )

    def _table(self, phase: Phase) -> OrdersTable | RefundsTable:
        return self._shop.orders if phase.kind is Kind.ORDER else self._shop.refunds

    def _since(self, phase: Phase) -> ShopTime:
        return self._table(phase).since

    def _psp_id(self, phase: Phase) -> ColumnElement[Any]:
        c = self._table(phase).c
        return c.payment_id if phase.kind is Kind.ORDER else c.refund_id

    def _is_pending(self, phase: Phase) -> ColumnElement[bool]:
        if phase.kind is Kind.ORDER:
            return self._shop.orders.has_status(OrderStatus.PENDING)
        return self._shop.refunds.has_status(RefundStatus.PENDING)

    def _open(self, phase: Phase) -> ColumnElement[bool]:
        there = has_text(self._psp_id(phase))
        return and_(
            self._is_pending(phase),
            there if phase.has_psp_id else func.coalesce(self._psp_id(phase), "") == "",
        )

    def _stuck(self, phase: Phase, now: datetime, policy: Policy) -> ColumnElement[bool]:
        since = self._since(phase)
        return and_(self._open(phase), or_(self._is_old(phase, now, policy), since.is_unclear(now)))

    def _is_old(self, phase: Phase, now: datetime, policy: Policy) -> ColumnElement[bool]:
        return self._since(phase).is_before(earlier(now, phase.stuck_after(policy)))

    def _same_psp_id(self, phase: Phase) -> ColumnElement[bool]:
        return checks.c.psp_id == func.coalesce(self._psp_id(phase), "")

    def _is_last_known(self, phase: Phase, words: Collection[str]) -> ColumnElement[bool]:
        known = checks.alias("known")
        ours = and_(known.c.kind == phase.kind, known.c.row_id == as_text(self._table(phase).c.id))
        same = known.c.psp_id == func.coalesce(self._psp_id(phase), "")
        return exists().where(ours, same, known.c.psp_status.in_(words))

    def _joined(self, phase: Phase) -> Any:
        orders, refunds = self._shop.orders, self._shop.refunds
        if phase.kind is Kind.ORDER:
            return orders.table
        return refunds.table.outerjoin(orders.table, orders.c.id == refunds.c.order_id)

    def _base(self, phase: Phase) -> Select[Any]:
        """The rows of a phase with what earlier reads left, from the shop's side."""
        table = self._table(phase)
        ours = and_(checks.c.kind == phase.kind, checks.c.row_id == as_text(table.c.id))
        needs_person = _open_item(phase.kind, as_text(table.c.id)).label("needs_person")
        joined = table.table.outerjoin(checks, ours)
        return select(*table.facts, *checks.c, needs_person).select_from(joined)

    def _never(self, phase: Phase) -> Select[Any]:
        """Open rows that no read is on record of, of any PSP id. A row whose check was closed and that is
        open again is as new: nothing else would find it. One without an id is new for ever: see
        `_untold_without_id`."""
        since, row_id = self._since(phase).raw, self._table(phase).c.id
        closed = checks.c.next_due.is_(None)
        return self._base(phase).where(self._open(phase), closed, ~is_no_id(row_id)).order_by(since, row_id)

    async def _untold_without_id(
        self, connection: AsyncConnection, phase: Phase, now: datetime, policy: Policy, room: int
    ) -> list[Finding]:
        """Stuck rows that have no id of their own that can be read, but for those that are told already:
        no look on record keeps them from coming up again, and each would take a healthy row's place."""
        stands_for_none = and_(attention.c.kind == phase.kind, attention.c.row_id.startswith("("))
        items = select(attention.c.row_id).where(attention.c.closed_at.is_(None), stands_for_none)
        told = set((await connection.execute(items)).scalars())
        since, row_id = self._since(phase).raw, self._table(phase).c.id
        query = self._base(phase).where(self._stuck(phase, now, policy), is_no_id(row_id))
        # Those that have none at all are told as one.
        nulls = query.where(row_id.is_(None)).limit(1)
        others = query.where(row_id.is_not(None)).order_by(since, row_id).limit(room + len(told))
        found = [
            finding
            for part in (nulls, others)
            for finding in await self._findings(connection, phase, part, now, policy)
            if finding.ref.row_id not in told and finding.cls is not FindingClass.RECENT
        ]
        return found[:room]

    def _asked_of_another(self, phase: Phase, now: datetime, policy: Policy) -> Select[Any]:
        """Stuck rows that were looked at under another PSP id, and those that are due with one that cannot be
        read: the one that waited for longest first."""
        asked = and_(checks.c.next_due.is_not(None), ~self._same_psp_id(phase))
        if phase.has_psp_id:
            asked = and_(asked, or_(~is_no_id(self._psp_id(phase)), checks.c.next_due <= now))
        query = self._base(phase).where(self._stuck(phase, now, policy), asked)
        return query.order_by(checks.c.last_read_at, checks.c.row_id)

    def _again(self, phase: Phase, now: datetime, tried_before: datetime | None) -> Select[Any]:
        asked = and_(self._open(phase), self._same_psp_id(phase))
        return self._attempted(phase, now, tried_before).where(asked)

    def _watched(self, phase: Phase, now: datetime, tried_before: datetime | None) -> Select[Any]:
        """Rows that are not open, and are looked at again: watched ones, and those that need a person."""
        is_watched = or_(
            checks.c.next_due <= checks.c.watch_until, _open_item(checks.c.kind, checks.c.row_id)
        )
        query = self._attempted(phase, now, tried_before).where(is_watched, ~self._open(phase))
        if phase.kind is Kind.ORDER:
            return query
        psp_id = func.coalesce(self._psp_id(phase), "")
        return query.where(psp_id != "" if phase.has_psp_id else psp_id == "")

    def _attempted(self, phase: Phase, now: datetime, tried_before: datetime | None) -> Select[Any]:
        table = self._table(phase)
        joined = checks.join(table.table, table.c.id == as_key(checks.c.row_id, table.c.id))
        needs_person = _open_item(checks.c.kind, checks.c.row_id).label("needs_person")
        query = select(*table.facts, *checks.c, needs_person).select_from(joined)
        query = query.where(checks.c.kind == phase.kind, checks.c.next_due <= now)
        if tried_before is not None:
            never_read = checks.c.last_read_at.is_(None)
            query = query.where(or_(never_read, checks.c.last_read_at < tried_before))
        return query.order_by(checks.c.next_due, checks.c.row_id)


def _each_once(findings: Iterable[Finding]) -> list[Finding]:
    """Rows without an id of their own have the same reference: one stands for all."""
    return list({finding.ref: finding for finding in findings}.values())


def _beyond(column: ColumnElement[Any], value: object) -> ColumnElement[bool]:
    """Whether a row comes after one that holds `value`, in the order of `column` with NULL first."""
    return column.is_not(None) if value is None else column > _as_selected(value, column.type)


def _as_selected(value: object, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    """A value that was selected, to compare with. Text that is no UTF-8 cannot be sent as text."""
    if isinstance(value, str) and not is_unicode(value):
        return cast(bindparam(None, value.encode("utf-8", "surrogateescape"), LargeBinary), Text)
    return type_coerce(value, type_)


def _open_item(kind: Any, row_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a row has an open attention item."""
    a = attention.alias("item")
    return exists().where(a.c.kind == kind, a.c.row_id == row_id, a.c.closed_at.is_(None))


def _is_held(pause: Pause, kind: Kind, row_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a pause holds a row, and a daemon told so since the pause began. One whose connector is not
    known may be the paused one's."""
    told = exists().where(
        journal.c.kind == kind,
        journal.c.row_id == row_id,
        journal.c.refusal == Refusal.PAUSED,
        journal.c.actor_kind == ActorKind.DAEMON,
        journal.c.at >= pause.set_at,
    )
    if pause.connector is None:
        return told
    return and_(func.coalesce(checks.c.connector, pause.connector) == pause.connector, told)


def _finding(
    row: LocalRow, checked: Any, now: datetime, policy: Policy, *, needs_person: bool | None = None
) -> Finding:
    """A row with what earlier looks left. `needs_person`: where `checked` does not say so itself."""
    needs_person = bool(checked.needs_person) if needs_person is None else needs_person
    check = check_of(checked, row.psp_id) if checked is not None and checked.row_id is not None else None
    watched = needs_person or (check is not None and is_watched(check))
    return Finding(
        row=row,
        cls=classify(row, now=now, policy=policy, watched=watched),
        age=None if row.pending_since is None else max(now - row.pending_since, now - now),
        check=check,
        check_version=checked.version if checked is not None and checked.version is not None else 0,
        failed_by_us=checked is not None and bool(checked.failed_by_us),
        is_capped=checked is not None and checked.capped_at is not None,
        needs_person=needs_person,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    currency: str | None
    rows: int
    minor: int | None
    oldest: datetime | None
