"""The shop's tables as SQLAlchemy objects, built from the mapping, and its rows as local facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    or_,
)
from sqlalchemy.types import TypeEngine

from reconcile_tui.core.findings import LocalOrder, LocalRefund, PaymentId, RefundId
from reconcile_tui.core.money import Money
from reconcile_tui.core.statuses import OrderStatus, RefundStatus
from reconcile_tui.core.store.mapping import IdType, OrdersMapping, RefundsMapping, ShopMapping
from reconcile_tui.core.store.moments import UtcMoment

_ID_TYPES: dict[IdType, TypeEngine[Any]] = {
    IdType.TEXT: Text(),
    IdType.INTEGER: BigInteger().with_variant(Integer, "sqlite"),
    IdType.UUID: Uuid(as_uuid=False).with_variant(Text(), "sqlite"),
}


class OrdersTable:
    """The orders table; columns have the local names, whatever the shop calls them."""

    def __init__(self, mapping: OrdersMapping, metadata: MetaData) -> None:
        self.mapping = mapping
        columns = [
            Column(mapping.id, _ID_TYPES[mapping.id_type], key="id", primary_key=True),
            Column(mapping.status, Text, key="status", nullable=False),
            Column(mapping.payment_id, Text, key="payment_id"),
            Column(mapping.amount, BigInteger, key="amount"),
            Column(mapping.created_at, UtcMoment, key="created_at", nullable=False),
        ]
        columns += _optional(
            currency=(mapping.currency, String(3)),
            pending_since=(mapping.pending_since, UtcMoment),
            updated_at=(mapping.updated_at, UtcMoment),
        )
        self.table = Table(mapping.table, metadata, *columns, schema=mapping.schema)
        self.c = self.table.c
        self.since = _since(self.table)

    @property
    def facts(self) -> list[ColumnElement[Any]]:
        """What a `LocalOrder` needs, labelled `order_…`."""
        c = self.c
        currency = c.currency if "currency" in c else bindparam(None, self.mapping.fixed_currency, String)
        return [
            c.id.label("order_id"),
            c.status.label("order_status"),
            c.payment_id.label("order_payment_id"),
            c.amount.label("order_amount"),
            currency.label("order_currency"),
            self.since.label("order_since"),
        ]

    def has_status(self, *statuses: OrderStatus) -> ColumnElement[bool]:
        """Literal words, not parameters: only then does a partial index fit the query."""
        words = [word for status in statuses for word in self.mapping.words.get(status, ())]
        return _is_word(self.c.status, words)

    def local(self, row: Row[Any]) -> LocalOrder:
        """The local facts of a selected row."""
        return LocalOrder(
            row_id=str(row.order_id),
            status=self.mapping.status_of(row.order_status),
            payment_id=PaymentId(row.order_payment_id) if row.order_payment_id else None,
            money=_money(row.order_amount, row.order_currency),
            pending_since=row.order_since,
        )


class RefundsTable:
    """The refunds table; columns have the local names, whatever the shop calls them."""

    def __init__(self, mapping: RefundsMapping, orders: OrdersMapping, metadata: MetaData) -> None:
        self.mapping = mapping
        columns = [
            Column(mapping.id, _ID_TYPES[mapping.id_type], key="id", primary_key=True),
            Column(mapping.order_id, _ID_TYPES[orders.id_type], key="order_id"),
            Column(mapping.status, Text, key="status", nullable=False),
            Column(mapping.refund_id, Text, key="refund_id"),
            Column(mapping.amount, BigInteger, key="amount"),
            Column(mapping.created_at, UtcMoment, key="created_at", nullable=False),
        ]
        columns += _optional(
            currency=(mapping.currency, String(3)),
            error_message=(mapping.error_message, Text),
            pending_since=(mapping.pending_since, UtcMoment),
            updated_at=(mapping.updated_at, UtcMoment),
        )
        self.table = Table(mapping.table, metadata, *columns, schema=mapping.schema)
        self.c = self.table.c
        self.since = _since(self.table)

    @property
    def facts(self) -> list[ColumnElement[Any]]:
        """What a `LocalRefund` needs beside its order, labelled `refund_…`."""
        c = self.c
        labels: list[ColumnElement[Any]] = [
            c.id.label("refund_id"),
            c.order_id.label("refund_order_id"),
            c.status.label("refund_status"),
            c.refund_id.label("refund_psp_id"),
            c.amount.label("refund_amount"),
            c.created_at.label("refund_created_at"),
            self.since.label("refund_since"),
        ]
        return [*labels, c.currency.label("refund_currency")] if "currency" in c else labels

    def has_status(self, *statuses: RefundStatus) -> ColumnElement[bool]:
        """Literal words, not parameters: only then does a partial index fit the query."""
        return _is_word(self.c.status, [word for status in statuses for word in self.mapping.words[status]])

    def local(self, row: Row[Any], order: LocalOrder | None) -> LocalRefund:
        """The local facts of a selected row with its order; its siblings are not counted yet."""
        if self.mapping.currency is not None:
            currency = row.refund_currency
        else:
            currency = order.money.currency if order and order.money else None
        return LocalRefund(
            row_id=str(row.refund_id),
            order=order,
            status=self.mapping.status_of(row.refund_status),
            refund_id=RefundId(row.refund_psp_id) if row.refund_psp_id else None,
            money=_money(row.refund_amount, currency),
            created_at=row.refund_created_at,
            pending_since=row.refund_since,
        )


@dataclass(frozen=True, slots=True)
class Shop:
    """Both tables."""

    mapping: ShopMapping
    orders: OrdersTable
    refunds: RefundsTable

    @classmethod
    def of(cls, mapping: ShopMapping) -> "Shop":
        metadata = MetaData()
        orders = OrdersTable(mapping.orders, metadata)
        return cls(mapping, orders, RefundsTable(mapping.refunds, mapping.orders, metadata))

    @property
    def metadata(self) -> MetaData:
        return self.orders.table.metadata


def as_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """An id as the tool's own tables keep it. No cast where none is needed: it would hide an index."""
    return column if isinstance(column.type, Text) else cast(column, Text)


def as_key(text_id: ColumnElement[str], column: ColumnElement[Any]) -> ColumnElement[Any]:
    """An id of the tool's own tables as `column` has it, so that the shop's primary key is used."""
    return text_id if isinstance(column.type, Text) else cast(text_id, column.type)


def has_text(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Neither NULL nor empty."""
    return and_(column.is_not(None), column != bindparam(None, "", Text, literal_execute=True))


def _optional(**columns: tuple[str | None, Any]) -> list[Column[Any]]:
    return [Column(name, kind, key=key) for key, (name, kind) in columns.items() if name is not None]


def _since(table: Table) -> ColumnElement[datetime]:
    created_at: ColumnElement[datetime] = table.c.created_at
    return func.coalesce(table.c.pending_since, created_at) if "pending_since" in table.c else created_at


def is_one_of(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[bool]:
    """The same with parameters, for statements that run many times over: those go by the primary key."""
    return or_(*(column == word for word in words))


def _is_word(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[bool]:
    if len(words) == 1:
        return column == bindparam(None, words[0], Text, literal_execute=True)
    return column.in_(bindparam(None, list(words), Text, expanding=True, literal_execute=True))


def _money(amount: int | None, currency: str | None) -> Money | None:
    if amount is None or currency is None or int(amount) != amount:
        return None
    try:
        return Money(int(amount), currency.strip().upper())
    except ValueError:
        return None
