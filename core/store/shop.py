"""The shop's tables as SQLAlchemy objects, built from the mapping, and its rows as local facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Final, TypeVar

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
    or_,
)
from sqlalchemy.types import TypeEngine

from reconcile_tui.core.findings import LocalOrder, LocalRefund, PaymentId, RefundId
from reconcile_tui.core.money import Money
from reconcile_tui.core.shop_values import (
    Malformed,
    Moment,
    Trouble,
    read_id,
    read_moment,
    read_money,
    read_text,
)
from reconcile_tui.core.statuses import OrderStatus, RefundStatus
from reconcile_tui.core.store.mapping import IdType, OrdersMapping, RefundsMapping, ShopMapping
from reconcile_tui.core.store.shop_times import (
    AsStored,
    IntegerOf,
    IsNoText,
    ShopMoment,
    ShopTime,
    TimeColumn,
    UuidOf,
)

T = TypeVar("T")

_ID_TYPES: dict[IdType, TypeEngine[Any]] = {
    IdType.TEXT: Text(),
    IdType.INTEGER: BigInteger().with_variant(Integer, "sqlite"),
    IdType.UUID: Uuid(as_uuid=False).with_variant(Text(), "sqlite"),
}

_ORDER_FACTS: Final = {
    "id": "id",
    "status": "status",
    "payment_id": "payment_id",
    "amount": "amount",
    "created_at": "created_at",
    "pending_since": "pending_since",
}
_REFUND_FACTS: Final = _ORDER_FACTS | {"order_id": "order_id", "refund_id": "psp_id"}
_NEEDED_BY_REFUNDS: Final = frozenset(("id", "payment_id", "amount", "currency"))


class OrdersTable:
    """The orders table; columns have the local names, whatever the shop calls them."""

    def __init__(self, mapping: OrdersMapping, metadata: MetaData, zone: tzinfo) -> None:
        self.mapping = mapping
        columns = [
            Column(mapping.id, _ID_TYPES[mapping.id_type], key="id", primary_key=True),
            Column(mapping.status, Text, key="status", nullable=False),
            Column(mapping.payment_id, Text, key="payment_id"),
            Column(mapping.amount, BigInteger, key="amount"),
            Column(mapping.created_at, ShopMoment(zone), key="created_at", nullable=False),
        ]
        columns += _optional(
            currency=(mapping.currency, String(3)),
            pending_since=(mapping.pending_since, ShopMoment(zone)),
            updated_at=(mapping.updated_at, ShopMoment(zone)),
        )
        self.table = Table(mapping.table, metadata, *columns, schema=mapping.schema)
        self.c = self.table.c
        self._zone = zone
        self.since = _since(self.table, zone, {})

    @property
    def facts(self) -> list[ColumnElement[Any]]:
        """What a `LocalOrder` needs, labelled `order_…`, each as it is stored."""
        return [*_stored(self.table, _ORDER_FACTS, "order"), self.currency.label("order_currency")]

    @property
    def currency(self) -> ColumnElement[Any]:
        """The currency as it is stored, or the one there is."""
        if "currency" in self.c:
            return AsStored(self.c.currency)
        return bindparam(None, self.mapping.fixed_currency, String)

    def learn(self, holds: Mapping[str, TimeColumn]) -> None:
        """Take in how the database holds the table's times, by the columns' own names."""
        self.since = _since(self.table, self._zone, holds)

    def id_of(self, row: Row[Any]) -> object:
        """The id of a selected row, as it is stored."""
        return row.order_id

    def has_status(self, *statuses: OrderStatus) -> ColumnElement[bool]:
        """Literal words, not parameters: only then does a partial index fit the query."""
        words = [word for status in statuses for word in self.mapping.words.get(status, ())]
        return _is_word(self.c.status, words)

    def local(self, row: Row[Any]) -> LocalOrder:
        """The local facts of a selected row; what cannot be read is missing and told."""
        troubles = _Troubles(self.table)
        row_id = troubles.row_id(row.order_id)
        payment_id = troubles.text("payment_id", row.order_payment_id)
        money = troubles.money(row.order_amount, row.order_currency)
        since = troubles.since(row, "order", self._zone)
        return LocalOrder(
            row_id=row_id,
            status=self.mapping.status_of(_word(row.order_status)),
            payment_id=PaymentId(payment_id) if payment_id else None,
            money=money,
            pending_since=since.earliest if since else None,
            malformed=troubles.found,
        )


class RefundsTable:
    """The refunds table; columns have the local names, whatever the shop calls them."""

    def __init__(
        self, mapping: RefundsMapping, orders: OrdersMapping, metadata: MetaData, zone: tzinfo
    ) -> None:
        self.mapping = mapping
        columns = [
            Column(mapping.id, _ID_TYPES[mapping.id_type], key="id", primary_key=True),
            Column(mapping.order_id, _ID_TYPES[orders.id_type], key="order_id"),
            Column(mapping.status, Text, key="status", nullable=False),
            Column(mapping.refund_id, Text, key="refund_id"),
            Column(mapping.amount, BigInteger, key="amount"),
            Column(mapping.created_at, ShopMoment(zone), key="created_at", nullable=False),
        ]
        columns += _optional(
            currency=(mapping.currency, String(3)),
            error_message=(mapping.error_message, Text),
            pending_since=(mapping.pending_since, ShopMoment(zone)),
            updated_at=(mapping.updated_at, ShopMoment(zone)),
        )
        self.table = Table(mapping.table, metadata, *columns, schema=mapping.schema)
        self.c = self.table.c
        self._orders_table = orders.table
        self._zone = zone
        self.since = _since(self.table, zone, {})

    @property
    def facts(self) -> list[ColumnElement[Any]]:
        """What a `LocalRefund` needs beside its order, labelled `refund_…`, each as it is stored."""
        labels = _stored(self.table, _REFUND_FACTS, "refund")
        return [*labels, self.currency.label("refund_currency")] if self.currency is not None else labels

    @property
    def currency(self) -> ColumnElement[Any] | None:
        """The currency as it is stored; None where a refund takes its order's."""
        return AsStored(self.c.currency) if "currency" in self.c else None

    def learn(self, holds: Mapping[str, TimeColumn]) -> None:
        """Take in how the database holds the table's times, by the columns' own names."""
        self.since = _since(self.table, self._zone, holds)

    def has_status(self, *statuses: RefundStatus) -> ColumnElement[bool]:
        """Literal words, not parameters: only then does a partial index fit the query."""
        return _is_word(self.c.status, [word for status in statuses for word in self.mapping.words[status]])

    def id_of(self, row: Row[Any]) -> object:
        """The id of a selected row, as it is stored."""
        return row.refund_id

    def local(self, row: Row[Any], order: LocalOrder | None) -> LocalRefund:
        """The local facts of a selected row with its order; its siblings are not counted yet.

        An orphan's age counts from the latest time that its row may have been written at: one that looks
        older than it is would be failed while the shop's own call is under way.
        """
        troubles = _Troubles(self.table)
        row_id = troubles.row_id(row.refund_id)
        refund_id = troubles.text("refund_id", row.refund_psp_id)
        troubles.text("order_id", row.refund_order_id)
        if self.mapping.currency is not None:
            money = troubles.money(row.refund_amount, row.refund_currency)
        else:
            money = troubles.money(row.refund_amount, order.money.currency if order and order.money else None)
        created = troubles.moment("created_at", row.refund_created_at, self._zone)
        since = troubles.since(row, "refund", self._zone)
        is_orphan = refund_id is None
        return LocalRefund(
            row_id=row_id,
            order=order,
            status=self.mapping.status_of(_word(row.refund_status)),
            refund_id=RefundId(refund_id) if refund_id else None,
            money=money,
            created_at=created.earliest if created else None,
            pending_since=(since.latest if is_orphan else since.earliest) if since else None,
            malformed=(*troubles.found, *self._of_order(order)),
        )

    def _of_order(self, order: LocalOrder | None) -> tuple[Malformed, ...]:
        """What a refund needs of its order and cannot have."""
        if order is None:
            return ()
        needed = (order_trouble for order_trouble in order.malformed if order_trouble.needed_by_refunds)
        return tuple(replace(it, column=f"{self._orders_table}.{it.column}") for it in needed)


@dataclass(frozen=True, slots=True)
class Shop:
    """Both tables."""

    mapping: ShopMapping
    orders: OrdersTable
    refunds: RefundsTable

    @classmethod
    def of(cls, mapping: ShopMapping) -> "Shop":
        metadata = MetaData()
        orders = OrdersTable(mapping.orders, metadata, mapping.zone)
        return cls(mapping, orders, RefundsTable(mapping.refunds, mapping.orders, metadata, mapping.zone))

    def learn(self, orders: Mapping[str, TimeColumn], refunds: Mapping[str, TimeColumn]) -> None:
        """Take in how the database holds both tables' times, by the columns' own names."""
        self.orders.learn(orders)
        self.refunds.learn(refunds)

    @property
    def metadata(self) -> MetaData:
        return self.orders.table.metadata


def as_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """An id as the tool's own tables keep it. No cast where none is needed: it would hide an index."""
    return column if isinstance(column.type, Text) else cast(column, Text)


def as_key(text_id: ColumnElement[str], column: ColumnElement[Any]) -> ColumnElement[Any]:
    """An id of the tool's own tables as `column` has it, so that the shop's primary key is used.

    NULL where it is none: the id of an earlier mapping, or of a row that had none.
    """
    match column.type:
        case Text():
            return text_id
        case Uuid():
            return UuidOf(text_id)
        case _:
            return IntegerOf(text_id)


def is_no_id(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a row has no id that can be read: none, an empty one, a blob, bytes that are no UTF-8."""
    return or_(column.is_(None), IsNoText(column))


def has_text(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Neither NULL nor empty."""
    return and_(column.is_not(None), column != bindparam(None, "", Text, literal_execute=True))


def _optional(**columns: tuple[str | None, Any]) -> list[Column[Any]]:
    return [Column(name, kind, key=key) for key, (name, kind) in columns.items() if name is not None]


def _since(table: Table, zone: tzinfo, holds: Mapping[str, TimeColumn]) -> ShopTime:
    columns = [table.c[key] for key in ("pending_since", "created_at") if key in table.c]
    return ShopTime([(column, holds.get(column.name, TimeColumn.TIME)) for column in columns], zone)


def _stored(table: Table, labels: Mapping[str, str], prefix: str) -> list[ColumnElement[Any]]:
    return [
        AsStored(table.c[key]).label(f"{prefix}_{label}") for key, label in labels.items() if key in table.c
    ]


def is_one_of(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[bool]:
    """The same with parameters, for statements that run many times over: those go by the primary key."""
    return or_(*(column == word for word in words))


def _is_word(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[bool]:
    if len(words) == 1:
        return column == bindparam(None, words[0], Text, literal_execute=True)
    return column.in_(bindparam(None, list(words), Text, expanding=True, literal_execute=True))


def _word(stored: object) -> str:
    """A status as a word; what is none is no status of ours."""
    word = read_text(stored)
    return "" if word is None or isinstance(word, Trouble) else word


class _Troubles:
    """Reads a row's values, and keeps what cannot be read with the column's name at the shop's."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._found: dict[str, Malformed] = {}

    @property
    def found(self) -> tuple[Malformed, ...]:
        return tuple(self._found.values())

    def row_id(self, stored: object) -> str:
        """The row's own id; what is none is told as it is stored, and names no row."""
        read = read_id(stored)
        if not isinstance(read, Trouble):
            return read
        self._note("id", read)
        return f"({stored!r})"

    def text(self, key: str, stored: object) -> str | None:
        return self._noted(key, read_text(stored))

    def moment(self, key: str, stored: object, zone: tzinfo) -> Moment | None:
        return self._noted(key, read_moment(stored, zone))

    def since(self, row: Row[Any], prefix: str, zone: tzinfo) -> Moment | None:
        """What the age counts from."""
        stored = getattr(row, f"{prefix}_pending_since", None)
        key = "pending_since" if stored is not None else "created_at"
        return self.moment(key, getattr(row, f"{prefix}_{key}"), zone)

    def money(self, amount: object, currency: object) -> Money | None:
        money, troubles = read_money(amount, currency)
        for key, trouble in troubles.items():
            self._note(key, trouble)
        return money

    def _noted(self, key: str, read: T | Trouble) -> T | None:
        if isinstance(read, Trouble):
            self._note(key, read)
            return None
        return read

    def _note(self, key: str, trouble: Trouble) -> None:
        column = self._table.c[key].name if key in self._table.c else key
        self._found[key] = Malformed(column, trouble, needed_by_refunds=key in _NEEDED_BY_REFUNDS)
