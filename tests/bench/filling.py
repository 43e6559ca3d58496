"""Filling: millions of orders and refunds, made inside the database, of which 10,000 orders hang.

Half of those have checks: a quarter is due again (some of them at the cap), a quarter is due later.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Integer,
    Select,
    Text,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    text,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.moments import UtcMoment
from reconcile_tui.core.store.tables import checks
from reconcile_tui.demo.shop import orders, refunds

PENDING = 10_000
SPAN = timedelta(days=10)
"""How far back the orders go. The pending ones are spread evenly: three in ten are over a week old."""

_YOUNGEST = timedelta(hours=1)
_PENDING_REFUND_EVERY = 50
_ORPHAN_EVERY = 500


async def fill(database: Database, rows: int) -> None:
    """Fill empty tables with `rows` orders, a twentieth as many refunds, and checks; then analyse them.

    Raises:
        ValueError: fewer rows than are to be pending.
    """
    if rows < 2 * PENDING:
        raise ValueError(f"{rows} orders are too few for {PENDING} pending ones")
    on_sqlite = database.backend.name == "sqlite"

    async def unit(connection: AsyncConnection) -> None:
        await connection.execute(_orders(rows, on_sqlite=on_sqlite))
        await connection.execute(_refunds())
        await connection.execute(_checks(datetime.now(UTC)))

    await database.write(unit)
    await database.write(_analyse)


async def _analyse(connection: AsyncConnection) -> None:
    await connection.execute(text("ANALYZE"))


def _orders(rows: int, *, on_sqlite: bool) -> Insert:
    """`rows` orders, the oldest first."""
    n = _numbers(rows, on_sqlite=on_sqlite)
    number = func.printf("%08d", n) if on_sqlite else func.lpad(cast(n, Text), 8, "0")
    since = _moment(rows, n, on_sqlite=on_sqlite)
    status = case(
        ((n * PENDING) % rows < PENDING, "pending"),
        (n % 20 == 7, "refund_pending"),
        (n % 9 == 0, "failed"),
        else_="completed",
    )
    values: dict[str, ColumnElement[Any]] = {
        "id": literal("o-") + number,
        "status": status,
        "payment_id": literal("pay_") + number,
        "amount": 500 + n % 20_000,
        "currency": case((n % 3 == 0, "EUR"), (n % 3 == 1, "USD"), else_="GBP"),
        "customer_email": literal("customer-") + number + "@example.com",
        "created_at": since,
        "updated_at": since,
    }
    return insert(orders).from_select(list(values), select(*values.values()))


def _refunds() -> Insert:
    """A refund of each order that has one; some hang, and some of those were never sent."""
    c = orders.c
    number = func.substr(c.id, 3)
    place = func.row_number().over(order_by=c.id)
    status = case((place % _PENDING_REFUND_EVERY == 0, "pending"), else_="succeeded")
    values: dict[str, ColumnElement[Any]] = {
        "id": literal("r-") + number,
        "order_id": c.id,
        "status": status,
        "hyperswitch_refund_id": case((place % _ORPHAN_EVERY == 0, ""), else_=literal("ref_") + number),
        "amount": c.amount,
        "created_at": c.created_at,
        "updated_at": c.created_at,
    }
    return insert(refunds).from_select(
        list(values), select(*values.values()).where(c.status == "refund_pending")
    )


def _checks(now: datetime) -> Insert:
    """A check of every second pending order."""
    place = func.row_number().over(order_by=orders.c.id).label("place")
    hanging = select(orders.c.id, orders.c.payment_id, place).where(orders.c.status == "pending").subquery()
    past, later = (literal(now + timedelta(minutes=m), UtcMoment) for m in (-30, 300))
    values: dict[str, ColumnElement[Any]] = {
        "kind": literal("order"),
        "row_id": hanging.c.id,
        "psp_id": hanging.c.payment_id,
        "reads": literal(1),
        "failures": literal(0),
        "opens": hanging.c.place % 8,
        "version": literal(1),
        "last_read_at": literal(now - timedelta(minutes=90), UtcMoment),
        "next_due": case((hanging.c.place % 4 == 0, past), else_=later),
        "decision": literal("still_pending"),
        "watch_until": null(),
    }
    chosen: Select[Any] = select(*values.values()).where(hanging.c.place % 2 == 0)
    return insert(checks).from_select(list(values), chosen)


def _numbers(rows: int, *, on_sqlite: bool) -> ColumnElement[int]:
    """1 to `rows`, a row each."""
    if on_sqlite:
        counted = select(literal(1).label("n")).cte("numbers", recursive=True)
        counted = counted.union_all(select(counted.c.n + 1).where(counted.c.n < rows))
        return counted.c.n
    return type_coerce(func.generate_series(1, rows, type_=BigInteger).column_valued("n"), BigInteger)


def _moment(rows: int, n: ColumnElement[int], *, on_sqlite: bool) -> ColumnElement[Any]:
    """When the n-th order was made: evenly over the span, the last one `_YOUNGEST` ago."""
    step = (SPAN - _YOUNGEST).total_seconds() / rows
    age = (rows - n) * step + _YOUNGEST.total_seconds()
    if on_sqlite:
        shift = literal("-") + cast(cast(age, Integer), Text) + " seconds"
        return func.strftime("%Y-%m-%d %H:%M:%f000", "now", shift)
    return func.now() - func.make_interval(0, 0, 0, 0, 0, 0, age)
