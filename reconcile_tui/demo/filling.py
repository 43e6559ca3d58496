"""Filling: the rows of an incident, written into a demo shop's empty tables."""

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database
from reconcile_tui.demo.incident import Incident
from reconcile_tui.demo.shop import orders, refunds


async def fill(database: Database, incident: Incident) -> None:
    """Write the shop's rows, all or none. The tables must be there, and empty (`shop.create_shop`).

    Raises:
        sqlalchemy.exc.IntegrityError: some of the rows are there already.
    """
    order_rows = [
        {
            "id": row.row_id,
            "status": row.status,
            "payment_id": row.payment_id,
            "amount": row.amount,
            "currency": row.currency,
            "customer_email": row.customer_email,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
        for row in incident.orders
    ]
    refund_rows = [
        {
            "id": row.row_id,
            "order_id": row.order_id,
            "status": row.status,
            "hyperswitch_refund_id": row.refund_id,
            "amount": row.amount,
            "reason": row.reason,
            "error_message": row.error_message,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
        for row in incident.refunds
    ]

    async def unit(connection: AsyncConnection) -> None:
        await connection.execute(insert(orders), order_rows)
        await connection.execute(insert(refunds), refund_rows)

    await database.write(unit)
