"""The demo shop's own tables: what a small shop would have, and the shape the default mapping is of.

Its indexes are those that a shop should add for the reconciler: they make finding what is due an index
scan, whatever the size of the tables.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.moments import UtcMoment

metadata = MetaData()

orders = Table(
    "orders",
    metadata,
    Column("id", Text, primary_key=True, comment="the shop's order number"),
    Column(
        "status",
        Text,
        nullable=False,
        comment="pending, completed, failed, cancelled, refund_pending or refunded",
    ),
    Column("payment_id", Text, comment="Hyperswitch's payment_id; empty until a payment is begun"),
    Column("amount", BigInteger, comment="what the customer owes, in minor units"),
    Column("currency", String(3), comment="ISO 4217"),
    Column("customer_email", Text, comment="the reconciler never reads it"),
    Column("created_at", UtcMoment, nullable=False, comment="UTC"),
    Column("updated_at", UtcMoment, nullable=False, comment="UTC"),
    comment="one row a checkout",
)

refunds = Table(
    "refunds",
    metadata,
    Column("id", Text, primary_key=True, comment="the shop's own refund number, sent as metadata"),
    Column("order_id", Text, ForeignKey("orders.id"), nullable=False),
    Column("status", Text, nullable=False, comment="pending, succeeded or failed"),
    Column(
        "hyperswitch_refund_id",
        Text,
        comment="Hyperswitch's refund_id; empty until it answers: an orphan, if it stays so",
    ),
    Column("amount", BigInteger, comment="in minor units of the order's currency"),
    Column("reason", Text),
    Column("error_message", Text, comment="why it failed"),
    Column("created_at", UtcMoment, nullable=False, comment="UTC"),
    Column("updated_at", UtcMoment, nullable=False, comment="UTC"),
    comment="one row a refund",
)

Index("orders_payment_id", orders.c.payment_id)
Index("refunds_order_id", refunds.c.order_id)
Index("refunds_hyperswitch_refund_id", refunds.c.hyperswitch_refund_id)
for _table in (orders, refunds):
    _pending = text("status = 'pending'")
    Index(
        f"{_table.name}_pending",
        _table.c.created_at,
        _table.c.id,
        postgresql_where=_pending,
        sqlite_where=_pending,
    )


async def create_shop(database: Database) -> None:
    """Make the tables and indexes where they are missing."""

    async def unit(connection: AsyncConnection) -> None:
        await connection.run_sync(metadata.create_all)

    await database.write(unit)
