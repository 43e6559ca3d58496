"""Attention: the rows a person must look at, why, since when, and who acknowledged them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    and_,
    case,
    cast,
    func,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.records import recorded_money
from reconcile_tui.core.shop_values import Trouble, read_currency
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.actions import Action, ActionKind, record_action
from reconcile_tui.core.store.backends import Backend
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.given_rows import SetStatement
from reconcile_tui.core.store.moments import UtcMoment
from reconcile_tui.core.store.tables import attention


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionChange:
    """What to write for a row.

    Attributes:
        reason: None closes its item.
        facts: what an acknowledgement is about.
        while_open: the row was open when this was seen; False: it is about a final row. Neither closes it.
    """

    ref: RowRef
    reason: Reason | None
    facts: Mapping[str, Any]
    while_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionItem:
    """An open item. Moments are UTC, database clock.

    Attributes:
        facts: what an acknowledgement is about.
        acknowledged_until: None: until its facts change.
        is_acknowledged: whether an acknowledgement was in force when the item was read; one that ran out
            is still told.
    """

    ref: RowRef
    reason: Reason
    since: datetime
    facts: Mapping[str, Any]
    acknowledged_by: str | None
    acknowledged_reason: str | None
    acknowledged_at: datetime | None
    acknowledged_until: datetime | None
    is_acknowledged: bool

    @property
    def money(self) -> Money | None:
        """The row's amount, as its facts have it."""
        return recorded_money(self.facts.get("row"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionTally:
    """How much a person must look at.

    Attributes:
        open: items by reason, acknowledged ones included.
        acknowledged: how many of them are acknowledged at this moment.
        money: per currency, as the items' facts have it.
        money_of_final: the part that is about final rows: no list of stuck rows holds those.
        oldest: UTC; of the items that nobody acknowledged.
        of_open_rows: how many are about open rows, which the lists of stuck rows hold too.
    """

    open: Mapping[Reason, int]
    acknowledged: int
    money: tuple[Money, ...]
    money_of_final: tuple[Money, ...]
    oldest: datetime | None
    of_open_rows: int = 0

    @property
    def unacknowledged(self) -> int:
        return sum(self.open.values()) - self.acknowledged


class AttentionList:
    """The open items."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_items(
        self, *, limit: int, refs: Sequence[RowRef] | None = None, reason: Reason | None = None
    ) -> list[AttentionItem]:
        """Open items: contradictions first, then the oldest; those that somebody acknowledged last.

        Args:
            refs: those of these rows alone.
            reason: those for this reason alone.
        """
        query = select(attention).where(attention.c.closed_at.is_(None))
        if reason is not None:
            query = query.where(attention.c.reason == reason.value)
        if refs is not None:
            keys = [(ref.kind.value, ref.row_id) for ref in refs]
            query = query.where(tuple_(attention.c.kind, attention.c.row_id).in_(keys))
        contradicts = case((attention.c.reason == Reason.CONTRADICTION.value, 0), else_=1)

        async def unit(connection: AsyncConnection) -> list[AttentionItem]:
            now = await self._database.clock.now(connection)
            acknowledged = case((_is_acknowledged(now), 1), else_=0)
            ordered = query.add_columns(acknowledged.label("is_acknowledged")).order_by(
                acknowledged, contradicts, attention.c.since, attention.c.row_id
            )
            return [_item(row) for row in await connection.execute(ordered.limit(limit))]

        return await self._database.read(unit)

    async def acknowledge(
        self,
        item: AttentionItem,
        *,
        actor: str,
        reason: str,
        now: datetime,
        until: datetime | None = None,
    ) -> bool:
        """Let an item be silent until then, or until its facts change.

        Returns:
            False where the item is over, or is not what was seen any more: nothing is written then.
        """
        values = {
            "acknowledged_by": actor,
            "acknowledged_reason": reason,
            "acknowledged_at": now,
            "acknowledged_until": until,
        }
        action = Action(
            at=now,
            kind=ActionKind.ACKNOWLEDGED,
            actor=actor,
            reason=reason,
            until=until,
            ref=item.ref,
            attention=item.reason,
        )
        return await self._change(_as_seen(item), values, action)

    async def unacknowledge(
        self, item: AttentionItem, *, actor: str, now: datetime, reason: str | None = None
    ) -> bool:
        """Take an acknowledgement back, so that the item is loud again.

        Returns:
            False where there is none any more: nothing is written then.
        """
        cleared = {column.name: None for column in attention.c if column.name.startswith("acknowledged_")}
        action = Action(
            at=now,
            kind=ActionKind.UNACKNOWLEDGED,
            actor=actor,
            reason=reason,
            ref=item.ref,
            attention=item.reason,
        )
        return await self._change(and_(_as_seen(item), _is_acknowledged(now)), cleared, action)

    async def _change(self, which: ColumnElement[bool], values: Mapping[str, Any], action: Action) -> bool:
        async def unit(connection: AsyncConnection) -> bool:
            changed = await connection.execute(update(attention).where(which).values(**values))
            if changed.rowcount == 0:
                return False
            await record_action(connection, action)
            return True

        return await self._database.write(unit)

    async def tally(self, *, now: datetime) -> AttentionTally:
        """How much is open at `now` (UTC, database clock)."""
        a, backend = attention.c, self._database.backend
        currency = backend.part_of(a.facts, "row", "currency")
        amount = cast(backend.part_of(a.facts, "row", "amount"), BigInteger)
        what = (
            a.reason.label("reason"),
            a.while_open.label("while_open"),
            case((_is_acknowledged(now), 1), else_=0).label("acknowledged"),
            currency.label("currency"),
        )
        query = select(*what, func.count().label("items"), func.sum(amount).label("minor"))
        query = query.add_columns(type_coerce(func.min(a.since), UtcMoment).label("oldest"))
        query = query.where(a.closed_at.is_(None)).group_by(*what)

        async def unit(connection: AsyncConnection) -> AttentionTally:
            groups = (await connection.execute(query)).all()
            open_ones: Counter[Reason] = Counter()
            for group in groups:
                open_ones[Reason(group.reason)] += group.items
            return AttentionTally(
                open=open_ones,
                acknowledged=sum(group.items for group in groups if group.acknowledged),
                money=per_currency(_money_in(groups)),
                money_of_final=per_currency(_money_in(group for group in groups if not group.while_open)),
                oldest=min((group.oldest for group in groups if not group.acknowledged), default=None),
                of_open_rows=sum(group.items for group in groups if group.while_open),
            )

        return await self._database.read(unit)


def _item(row: Row[Any]) -> AttentionItem:
    return AttentionItem(
        ref=RowRef(Kind(row.kind), row.row_id),
        reason=Reason(row.reason),
        since=row.since,
        facts=row.facts,
        acknowledged_by=row.acknowledged_by,
        acknowledged_reason=row.acknowledged_reason,
        acknowledged_at=row.acknowledged_at,
        acknowledged_until=row.acknowledged_until,
        is_acknowledged=bool(row.is_acknowledged),
    )


def _as_seen(item: AttentionItem) -> ColumnElement[bool]:
    """The item's row, as long as it is what was seen: open, for this reason, with these facts."""
    a = attention.c
    return and_(
        a.kind == item.ref.kind.value,
        a.row_id == item.ref.row_id,
        a.closed_at.is_(None),
        a.reason == item.reason.value,
        a.facts == dict(item.facts),
    )


def _is_acknowledged(now: datetime) -> ColumnElement[bool]:
    until = attention.c.acknowledged_until
    return and_(attention.c.acknowledged_by.is_not(None), or_(until.is_(None), until > now))


def _money_in(groups: Iterable[Row[Any]]) -> Iterator[Money]:
    """The money of groups of one currency each; rows without an amount have none."""
    for group in groups:
        code = read_currency(group.currency)
        if isinstance(code, str) and not isinstance(code, Trouble) and group.minor is not None:
            yield Money(int(group.minor), code)


async def hold_for(connection: AsyncConnection, ref: RowRef, reason: Reason) -> bool:
    """Lock a row's open item for the caller's transaction; False where there is none for this reason."""
    a = attention.c
    its_item = and_(
        a.kind == ref.kind.value, a.row_id == ref.row_id, a.closed_at.is_(None), a.reason == reason.value
    )
    held = await connection.execute(update(attention).where(its_item).values(reason=reason.value))
    return held.rowcount > 0


async def write_attention(
    connection: AsyncConnection, backend: Backend, changes: Sequence[AttentionChange], *, now: datetime
) -> None:
    """Raise and close items, as part of the caller's transaction.

    An item that is raised again with the same reason keeps its age; its acknowledgement stays only while
    its facts stay.
    """
    raised = [change for change in changes if change.reason is not None]
    if raised:
        values = {
            (change.ref.kind.value, change.ref.row_id): {
                "kind": change.ref.kind.value,
                "row_id": change.ref.row_id,
                "reason": change.reason.value,
                "facts": dict(change.facts),
                "while_open": change.while_open,
                "since": now,
            }
            for change in raised
            if change.reason is not None
        }
        await _raising(backend).run(connection, [values[key] for key in sorted(values)])
    closed = {(change.ref.kind.value, change.ref.row_id) for change in changes if change.reason is None}
    if closed:
        keys = [{"kind": kind, "row_id": row_id, "closed_at": now} for kind, row_id in sorted(closed)]
        await _closing(backend).run(connection, keys)


@lru_cache(maxsize=16)
def _raising(backend: Backend) -> SetStatement:
    names = ("kind", "row_id", "reason", "facts", "while_open", "since")
    given = backend.given([attention.c[name] for name in names])
    insert = backend.upsert(attention).from_select(names, given.selected())
    same = and_(attention.c.closed_at.is_(None), attention.c.reason == insert.excluded.reason)
    unmoved = and_(same, attention.c.facts == insert.excluded.facts)
    acknowledged = [c for c in attention.c if c.name.startswith("acknowledged_")]
    statement = insert.on_conflict_do_update(
        index_elements=["kind", "row_id"],
        set_={
            "reason": insert.excluded.reason,
            "facts": insert.excluded.facts,
            "while_open": insert.excluded.while_open,
            "closed_at": null(),
            "since": case((same, attention.c.since), else_=insert.excluded.since),
        }
        | {c.name: case((unmoved, c), else_=null()) for c in acknowledged},
    )
    return SetStatement(statement, given)


@lru_cache(maxsize=16)
def _closing(backend: Backend) -> SetStatement:
    given = backend.given([attention.c[name] for name in ("kind", "row_id", "closed_at")])
    its_open_item = and_(
        attention.c.kind == given.c.kind,
        attention.c.row_id == given.c.row_id,
        attention.c.closed_at.is_(None),
    )
    return SetStatement(update(attention).where(its_open_item).values(closed_at=given.c.closed_at), given)
