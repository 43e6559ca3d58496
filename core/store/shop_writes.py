"""The only statements that change the shop's tables, each guarded by the state that was seen."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, func, update
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.statuses import Kind, OrderStatus, RefundStatus
from reconcile_tui.core.store.rows import keys_of
from reconcile_tui.core.store.shop import Shop, is_one_of
from reconcile_tui.core.transitions import Change


class GuardLost(Exception):
    """A row is not what the transition saw: nothing of the unit may stay."""


class ShopWrites:
    """Guarded changes of rows. Each method is part of a caller's transaction."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def make(self, connection: AsyncConnection, changes: Sequence[Change], *, now: datetime) -> None:
        """Make all of `changes`.

        Raises:
            GuardLost: a row's status or PSP id is another than `Change` says; the caller rolls back.
        """
        if "error_message" not in self._shop.refunds.c:
            changes = [replace(change, error_message=None) for change in changes]
        groups: dict[tuple[Any, ...], list[Change]] = defaultdict(list)
        for change in changes:
            alike = (
                change.before,
                change.after,
                change.adopted is not None,
                change.error_message is not None,
            )
            groups[alike].append(change)
        for group in groups.values():
            first = group[0]
            if first.ref.kind is Kind.ORDER:
                statement, id_type = self._order_statement(first, now), self._shop.mapping.orders.id_type
            else:
                statement, id_type = self._refund_statement(first, now), self._shop.mapping.refunds.id_type
            keys = keys_of([change.ref.row_id for change in group], id_type)
            rows = [_values(change, key) for change, key in zip(group, keys, strict=True)]
            result = await connection.execute(statement, rows)
            if result.rowcount != len(group):
                raise GuardLost(f"{result.rowcount} of {len(group)} rows were as they had been seen")

    def _order_statement(self, like: Change, now: datetime) -> Update:
        orders = self._shop.orders
        if not (isinstance(like.before, OrderStatus) and isinstance(like.after, OrderStatus)):
            raise TypeError(f"{like.ref}: an order gets an order's status")
        values: dict[str, Any] = {"status": orders.mapping.word_for(like.after)}
        if "updated_at" in orders.c:
            values["updated_at"] = now
        return (
            update(orders.table)
            .where(
                orders.c.id == bindparam("the_id"),
                is_one_of(orders.c.status, orders.mapping.words[like.before]),
                _same(orders.c.payment_id),
            )
            .values(values)
        )

    def _refund_statement(self, like: Change, now: datetime) -> Update:
        refunds = self._shop.refunds
        if not (isinstance(like.before, RefundStatus) and isinstance(like.after, RefundStatus)):
            raise TypeError(f"{like.ref}: a refund gets a refund's status")
        values: dict[str, Any] = {"status": refunds.mapping.word_for(like.after)}
        if like.adopted is not None:
            values["refund_id"] = bindparam("the_adopted")
        if like.error_message is not None:
            values["error_message"] = bindparam("the_error")
        if "updated_at" in refunds.c:
            values["updated_at"] = now
        return (
            update(refunds.table)
            .where(
                refunds.c.id == bindparam("the_id"),
                is_one_of(refunds.c.status, refunds.mapping.words[like.before]),
                _same(refunds.c.refund_id),
            )
            .values(values)
        )


def _values(change: Change, key: Any) -> dict[str, Any]:
    values = {"the_id": key, "the_psp_id": change.psp_id}
    if change.adopted is not None:
        values["the_adopted"] = change.adopted
    if change.error_message is not None:
        values["the_error"] = change.error_message
    return values


def _same(psp_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return func.coalesce(psp_id, "") == bindparam("the_psp_id")
