"""Rows of the shop: read by reference, by any of their ids, or under lock for a change."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import (
    LocalOrder,
    LocalRefund,
    LocalRow,
    PaymentId,
    RefundId,
    RowRef,
    siblings_of,
)
from reconcile_tui.core.psp_states import PaymentSeen, RefundSeen, own_ids
from reconcile_tui.core.shop_values import Trouble, is_unicode, read_id
from reconcile_tui.core.statuses import Kind, RefundStatus
from reconcile_tui.core.store.mapping import IdType
from reconcile_tui.core.store.shop import Shop
from reconcile_tui.core.store.shop_times import AsStored
from reconcile_tui.core.transitions import ShopState


class RowLock(Enum):
    """How rows are locked while they are read. None keeps the shop from writing rows that point at them
    (`FOR NO KEY UPDATE`). SQLite has no row locks: whoever writes there has the whole database."""

    NONE = auto()
    SKIP = auto()
    """Rows that somebody else holds are passed over, and named."""
    WAIT = auto()
    """Rows that somebody else holds are awaited, up to the database's lock time-out."""


def _locking(query: Select[Any], lock: RowLock) -> Select[Any]:
    if lock is RowLock.NONE:
        return query
    return query.with_for_update(key_share=True, skip_locked=lock is RowLock.SKIP)


class ShopRows:
    """Queries over both tables by key. Each method is part of a caller's transaction."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def load(self, connection: AsyncConnection, refs: Iterable[RowRef]) -> dict[RowRef, LocalRow]:
        """The rows that exist, refunds with their siblings counted."""
        refs = list(refs)
        state = await self.state(connection, refs)
        found = ((ref, state.row(ref)) for ref in refs)
        return {ref: row for ref, row in found if row is not None}

    async def state(
        self, connection: AsyncConnection, refs: Iterable[RowRef], *, lock: RowLock = RowLock.NONE
    ) -> ShopState:
        """The rows with everything that an event on one of them may touch: a refund's order and siblings.

        `lock`: until the end of the transaction; the orders first, then the refunds, each by id.
        """
        refs = list(refs)
        order_ids = {ref.row_id for ref in refs if ref.kind is Kind.ORDER}
        refund_ids = sorted({ref.row_id for ref in refs if ref.kind is Kind.REFUND})
        of_refunds = await self._orders_of(connection, refund_ids)
        wanted = sorted(order_ids | of_refunds)
        orders = await self.orders(connection, wanted, lock=lock)
        refunds: dict[str, LocalRefund] = {}
        if refund_ids:
            refunds = await self._refunds(connection, orders, of_refunds, refund_ids, lock=lock)
        if lock is not RowLock.SKIP:
            return ShopState(orders=orders, refunds=refunds)
        locked = await self._locked_orders(connection, set(wanted) - orders.keys())
        held = {ref.row_id for ref in locked}
        locked |= await self._locked_refunds(connection, of_refunds, refund_ids, set(refunds), held)
        return ShopState(
            orders=orders,
            refunds={i: refund for i, refund in refunds.items() if refund.ref not in locked},
            locked=frozenset(locked),
        )

    async def _locked_orders(self, connection: AsyncConnection, missing: Iterable[str]) -> set[RowRef]:
        """Those of the orders that no lock was had for that are there: somebody else holds them."""
        keys = self._order_keys(sorted(missing))
        if not keys:
            return set()
        c = self._shop.orders.c
        there = (await connection.execute(select(AsStored(c.id)).where(c.id.in_(keys)))).scalars()
        return {RowRef(Kind.ORDER, row_id) for row_id in _ids(there)}

    async def _locked_refunds(
        self,
        connection: AsyncConnection,
        order_ids: Iterable[str],
        ids: Sequence[str],
        ours: Collection[str],
        held_orders: Collection[str],
    ) -> set[RowRef]:
        """The refunds of every family of which somebody else holds the order, or a refund."""
        if not ids:
            return set()
        c = self._shop.refunds.c
        wanted = c.id.in_(self._refund_keys(ids)) | c.order_id.in_(self._order_keys(order_ids))
        query = select(AsStored(c.id).label("id"), AsStored(c.order_id).label("order_id")).where(wanted)
        families: dict[object, set[str]] = defaultdict(set)
        for row in await connection.execute(query):
            if not isinstance(row_id := read_id(row.id), Trouble):
                families[row_id if row.order_id is None else (str(row.order_id),)].add(row_id)
        return {
            RowRef(Kind.REFUND, row_id)
            for name, family in families.items()
            if not family <= set(ours) or (isinstance(name, tuple) and name[0] in held_orders)
            for row_id in family
        }

    async def orders(
        self, connection: AsyncConnection, ids: Sequence[str], *, lock: RowLock = RowLock.NONE
    ) -> dict[str, LocalOrder]:
        """Orders by id, locked in the order of their ids where asked."""
        keys = self._order_keys(ids)
        if not keys:
            return {}
        table = self._shop.orders
        query = select(*table.facts).where(table.c.id.in_(keys)).order_by(table.c.id)
        found = [table.local(row) for row in await connection.execute(_locking(query, lock))]
        return {order.row_id: order for order in found}

    async def _refunds(
        self,
        connection: AsyncConnection,
        orders: dict[str, LocalOrder],
        order_ids: Iterable[str],
        ids: Sequence[str],
        *,
        lock: RowLock,
    ) -> dict[str, LocalRefund]:
        """The refunds named by `ids`, and every other one of their orders."""
        table = self._shop.refunds
        wanted = table.c.id.in_(self._refund_keys(ids)) | table.c.order_id.in_(self._order_keys(order_ids))
        query = select(*table.facts).where(wanted).order_by(table.c.id)
        rows = (await connection.execute(_locking(query, lock))).all()
        refunds = [table.local(row, orders.get(str(row.refund_order_id))) for row in rows]
        by_order: dict[str, list[LocalRefund]] = defaultdict(list)
        for refund in refunds:
            if refund.order is not None:
                by_order[refund.order.row_id].append(refund)
        return {
            refund.row_id: replace(
                refund, siblings=siblings_of(refund, by_order[refund.order.row_id] if refund.order else ())
            )
            for refund in refunds
        }

    async def by_any_id(self, connection: AsyncConnection, text_id: str) -> list[RowRef]:
        """Rows that have `text_id` as their own id, or as their payment or refund id."""
        if "\0" in text_id or not is_unicode(text_id):
            return []
        orders, refunds = self._shop.orders, self._shop.refunds
        order_keys = self._order_keys([text_id])
        refund_keys = self._refund_keys([text_id])
        order_query = select(AsStored(orders.c.id)).where(
            (orders.c.payment_id == text_id) | orders.c.id.in_(order_keys)
            if order_keys
            else orders.c.payment_id == text_id
        )
        refund_query = select(AsStored(refunds.c.id)).where(
            (refunds.c.refund_id == text_id) | refunds.c.id.in_(refund_keys)
            if refund_keys
            else refunds.c.refund_id == text_id
        )
        found: list[RowRef] = []
        for kind, query in ((Kind.ORDER, order_query), (Kind.REFUND, refund_query)):
            ids = _ids((await connection.execute(query)).scalars())
            found += (RowRef(kind, row_id) for row_id in ids)
        return found

    async def by_payment(self, connection: AsyncConnection, payment_ids: Iterable[PaymentId]) -> list[RowRef]:
        """Orders with one of these payment ids."""
        c = self._shop.orders.c
        rows = await connection.execute(select(AsStored(c.id)).where(c.payment_id.in_(list(payment_ids))))
        return [RowRef(Kind.ORDER, row_id) for row_id in _ids(rows.scalars())]

    async def shared(self, connection: AsyncConnection, rows: Iterable[LocalRow]) -> set[str]:
        """Those PSP ids of `rows` that more than one row of their table holds."""
        ids: dict[Kind, set[str]] = {Kind.ORDER: set(), Kind.REFUND: set()}
        for row in rows:
            if row.psp_id is not None:
                ids[row.ref.kind].add(row.psp_id)
        columns = {Kind.ORDER: self._shop.orders.c.payment_id, Kind.REFUND: self._shop.refunds.c.refund_id}
        found: set[str] = set()
        for kind, column in columns.items():
            if ids[kind]:
                query = select(AsStored(column)).where(column.in_(list(ids[kind]))).group_by(column)
                found.update(_ids((await connection.execute(query.having(func.count() > 1))).scalars()))
        return found

    async def claims(
        self, connection: AsyncConnection, refund_ids: Iterable[RefundId]
    ) -> dict[RefundId, list[str]]:
        """Which refund rows hold these PSP refund ids."""
        c = self._shop.refunds.c
        rows = await connection.execute(
            select(AsStored(c.refund_id), AsStored(c.id)).where(c.refund_id.in_(list(refund_ids)))
        )
        claimed: dict[RefundId, list[str]] = defaultdict(list)
        for refund_id, row_id in rows:
            claimed[RefundId(str(refund_id))].append(str(row_id))
        return dict(claimed)

    async def known_refunds(
        self, connection: AsyncConnection, orders: Iterable[tuple[LocalOrder, PaymentSeen]]
    ) -> dict[str, frozenset[RefundId]]:
        """Which refunds of an order's payment its own refund rows claim, by the order's id.

        A row claims the one refund whose id it holds; without an id, the one that names it (a shop may send
        its own id, and hear of none). A row that failed here claims nothing: it says that no money went back.
        Nor does one that tells of another amount: the rest went back unknown to the shop.
        """
        asked = [(order, payment.live_refunds) for order, payment in orders if payment.live_refunds]
        if not asked:
            return {}
        c = self._shop.refunds.c
        own = {
            refund.refund_id: {refund.refund_id, *own_ids(refund, self._shop.mapping.refunds.own_id_keys)}
            for _, refunds in asked
            for refund in refunds
        }
        keys = self._refund_keys({name for names in own.values() for name in names})
        is_named = or_(c.refund_id.in_(list(own)), c.id.in_(keys)) if keys else c.refund_id.in_(list(own))
        query = select(*self._shop.refunds.facts).where(
            c.order_id.in_(self._order_keys([order.row_id for order, _ in asked])),
            is_named,
            ~self._shop.refunds.has_status(RefundStatus.FAILED),
        )
        found = (await connection.execute(query)).all()
        return {
            order.row_id: _claimed(
                refunds,
                own,
                [self._shop.refunds.local(row, order) for row in found if _is_of(row, order)],
            )
            for order, refunds in asked
        }

    async def with_claims(
        self, connection: AsyncConnection, order: LocalOrder, payment: PaymentSeen
    ) -> PaymentSeen:
        """An order's payment with which of its refunds the order's refund rows claim at this moment."""
        known = await self.known_refunds(connection, [(order, payment)])
        return replace(payment, claimed=known.get(order.row_id, frozenset()))

    async def existing_refunds(self, connection: AsyncConnection, ids: Iterable[str]) -> set[str]:
        """Which of these are ids of refund rows."""
        keys = self._refund_keys(ids)
        if not keys:
            return set()
        c = self._shop.refunds.c
        return set(_ids((await connection.execute(select(AsStored(c.id)).where(c.id.in_(keys)))).scalars()))

    async def _orders_of(self, connection: AsyncConnection, refund_ids: Sequence[str]) -> set[str]:
        keys = self._refund_keys(refund_ids)
        if not keys:
            return set()
        c = self._shop.refunds.c
        query: Select[Any] = select(AsStored(c.order_id)).where(c.id.in_(keys), c.order_id.is_not(None))
        return set(_ids((await connection.execute(query)).scalars()))

    def _order_keys(self, ids: Iterable[str]) -> list[Any]:
        return keys_of(ids, self._shop.mapping.orders.id_type)

    def _refund_keys(self, ids: Iterable[str]) -> list[Any]:
        return keys_of(ids, self._shop.mapping.refunds.id_type)


def _is_of(row: Row[Any], order: LocalOrder) -> bool:
    return read_id(row.refund_order_id) == order.row_id


def _claimed(
    refunds: Sequence[RefundSeen], own: Mapping[RefundId, set[str]], rows: Sequence[LocalRefund]
) -> frozenset[RefundId]:
    """Which of `refunds` are claimed by `rows` (an order's own). One row is one refund: of two that name the
    same row, nobody can say which is its own."""
    held = {row.refund_id: row for row in rows if row.refund_id is not None}
    orphans = {row.row_id: row for row in rows if row.refund_id is None}
    naming = {refund.refund_id: own[refund.refund_id] & orphans.keys() for refund in refunds}
    named = Counter(row_id for names in naming.values() for row_id in names)

    def claims(row: LocalRefund | None, refund: RefundSeen) -> bool:
        return row is not None and (
            row.money is None or (row.money.minor, row.money.currency) == (refund.amount, refund.currency)
        )

    return frozenset(
        refund.refund_id
        for refund in refunds
        if claims(held.get(refund.refund_id), refund)
        or any(named[row_id] == 1 and claims(orphans[row_id], refund) for row_id in naming[refund.refund_id])
    )


def keys_of(ids: Iterable[str], id_type: IdType) -> list[Any]:
    """Ids as the column has them; a text that cannot be one matches no row."""
    match id_type:
        case IdType.TEXT:
            return [i for i in ids if is_unicode(i)]
        case IdType.INTEGER:
            return [int(i) for i in ids if _WHOLE.fullmatch(i) and abs(int(i)) < _INT64]
        case IdType.UUID:
            return [i for i in ids if _UUID.fullmatch(i)]


_WHOLE = re.compile(r"-?[0-9]{1,19}")
_INT64 = 2**63


def _ids(stored: Iterable[object]) -> list[str]:
    """Ids as text; what is none names no row."""
    return [row_id for value in stored if not isinstance(row_id := read_id(value), Trouble)]


_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
"""Hyphens anywhere else are no UUID to PostgreSQL, whose error ends the query."""
