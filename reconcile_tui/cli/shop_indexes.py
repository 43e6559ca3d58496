"""The indexes recommended for the shop's own tables, as SQL for its database. They are never created here.

With the partial ones, finding what is due is an index scan over pending rows, whatever the size of the
tables. They must say what the queries say, so they are built from the same mapping.
"""

from typing import Any

from sqlalchemy import Dialect, Index
from sqlalchemy.schema import CreateIndex

from reconcile_tui.core.statuses import OrderStatus, RefundStatus
from reconcile_tui.core.store.shop import OrdersTable, RefundsTable, Shop


def shop_indexes(shop: Shop, dialect: Dialect) -> tuple[str, ...]:
    """One `CREATE INDEX` each, without a semicolon. On PostgreSQL they are made beside running writes."""
    orders, refunds = shop.orders, shop.refunds
    indexes = (
        _pending(orders, orders.has_status(OrderStatus.PENDING)),
        _by(orders, orders.c.payment_id),
        _pending(refunds, refunds.has_status(RefundStatus.PENDING)),
        _by(refunds, refunds.c.order_id),
        _by(refunds, refunds.c.refund_id),
    )
    return tuple(
        " ".join(str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect)).split())
        for index in indexes
    )


def _pending(table: OrdersTable | RefundsTable, is_pending: Any) -> Index:
    return _index(
        table, "pending", table.since.raw, table.c.id, postgresql_where=is_pending, sqlite_where=is_pending
    )


def _by(table: OrdersTable | RefundsTable, column: Any) -> Index:
    return _index(table, column.name, column)


def _index(table: OrdersTable | RefundsTable, what: str, *columns: Any, **options: Any) -> Index:
    name = f"{table.table.name}_{what}"
    return Index(name, *columns, postgresql_concurrently=True, **options)
