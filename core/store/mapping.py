"""The mapping: which of the shop's tables, columns and words mean what. Every query is built from it.

The default is the demo shop's. The shop's tables are never migrated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from enum import StrEnum

from reconcile_tui.core.amounts import AmountIs
from reconcile_tui.core.statuses import OrderStatus, RefundStatus, UnknownStatus
from reconcile_tui.core.zones import UnknownZone, zone_named


class IdType(StrEnum):
    """How a table spells its primary key."""

    TEXT = "text"
    INTEGER = "integer"
    UUID = "uuid"


class OrphansBy(StrEnum):
    """How an orphan may be settled where events are POSTed to the shop's own handler."""

    PERSON = "person"
    """Not at all: it is attention."""
    UPDATE = "update"
    """By the tool's own guarded UPDATEs: its id is written, or it is failed and its order rolled back. The
    database's user then needs UPDATE on both tables."""
    EVENT = "event"
    """It is failed by a `refund_failed` that names the shop's own refund id; one to adopt is attention."""


class MappingInvalid(ValueError):
    """The mapping cannot be worked with; the message names the part."""


def _own_words(statuses: type[OrderStatus] | type[RefundStatus]) -> dict[str, tuple[str, ...]]:
    return {status.value: (status.value,) for status in statuses}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersMapping:
    """The orders table.

    Attributes:
        amount: a column of integer minor units.
        currency: a column of ISO 4217 codes; None where the shop has one currency, `fixed_currency`.
        pending_since: what the age counts from; `created_at` where None.
        updated_at: set to the time of a change where given.
        words: per local status the shop's words; the first is the one that is written. A shop
            without a word for `cancelled` leaves it out: a cancelled payment then makes it `failed`.
        ignored_words: the shop's words for rows that are nobody's business here (a draft): no warning.
    """

    table: str = "orders"
    schema: str | None = None
    id: str = "id"
    id_type: IdType = IdType.TEXT
    status: str = "status"
    payment_id: str = "payment_id"
    amount: str = "amount"
    amount_is: AmountIs = AmountIs.AMOUNT
    currency: str | None = "currency"
    fixed_currency: str | None = None
    created_at: str = "created_at"
    pending_since: str | None = None
    updated_at: str | None = "updated_at"
    words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _own_words(OrderStatus))
    ignored_words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_words(
            "orders",
            self.words,
            OrderStatus,
            optional={OrderStatus.CANCELLED},
            ignored=self.ignored_words,
        )
        if (self.currency is None) == (self.fixed_currency is None):
            raise MappingInvalid("orders: name a currency column, or a fixed_currency, and not both")

    def status_of(self, word: str) -> OrderStatus | UnknownStatus:
        """The local status of the shop's word."""
        for status, words in self.words.items():
            if word in words:
                return OrderStatus(status)
        return UnknownStatus(word)

    def word_for(self, status: OrderStatus) -> str:
        """The word to write; `failed` stands in where the shop has none for `cancelled`."""
        words = self.words.get(status) or self.words[OrderStatus.FAILED]
        return words[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundsMapping:
    """The refunds table.

    Attributes:
        refund_id: the column of the PSP's id; empty or NULL on an orphan.
        currency: None where a refund takes its order's.
        own_id_keys: metadata keys under which the shop sends its own refund row id to the PSP.
        orphans: with HTTP dispatch, how an orphan may be settled.
        ignored_words: as those of orders.
    """

    table: str = "refunds"
    schema: str | None = None
    id: str = "id"
    id_type: IdType = IdType.TEXT
    order_id: str = "order_id"
    status: str = "status"
    refund_id: str = "hyperswitch_refund_id"
    amount: str = "amount"
    currency: str | None = None
    error_message: str | None = "error_message"
    created_at: str = "created_at"
    pending_since: str | None = None
    updated_at: str | None = "updated_at"
    own_id_keys: frozenset[str] = frozenset({"shop_refund_id"})
    orphans: OrphansBy = OrphansBy.PERSON
    words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _own_words(RefundStatus))
    ignored_words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_words("refunds", self.words, RefundStatus, optional=set(), ignored=self.ignored_words)

    def status_of(self, word: str) -> RefundStatus | UnknownStatus:
        """The local status of the shop's word."""
        for status, words in self.words.items():
            if word in words:
                return RefundStatus(status)
        return UnknownStatus(word)

    def word_for(self, status: RefundStatus) -> str:
        """The word to write."""
        return self.words[status][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopMapping:
    """Both tables of the shop.

    Attributes:
        timezone: the IANA name of the zone in which columns without one are written; None: nobody said so,
            and orphans are looked at only where something proves it (`core.time_proof`).
    """

    orders: OrdersMapping = field(default_factory=OrdersMapping)
    refunds: RefundsMapping = field(default_factory=RefundsMapping)
    timezone: str | None = None

    def __post_init__(self) -> None:
        try:
            self.zone  # noqa: B018 asked for its error alone
        except UnknownZone as error:
            raise MappingInvalid(f"timezone: {self.timezone!r} is {error}") from None

    @property
    def zone(self) -> tzinfo:
        """The zone to read a time without one in: UTC where nobody said another."""
        return UTC if self.timezone in (None, "UTC") else zone_named(self.timezone)


def _check_words(
    table: str,
    words: Mapping[str, tuple[str, ...]],
    statuses: type[OrderStatus] | type[RefundStatus],
    *,
    optional: set[OrderStatus],
    ignored: tuple[str, ...],
) -> None:
    known = {status.value for status in statuses}
    for status in words:
        if status not in known:
            raise MappingInvalid(f"{table}.words: {status!r} is no local status; known: {', '.join(known)}")
    for status in known - {status.value for status in optional}:
        if not words.get(status):
            raise MappingInvalid(f"{table}.words: {status!r} has no word")
    spoken = [word for group in words.values() for word in group]
    doubled = {word for word in spoken if spoken.count(word) > 1}
    if doubled:
        raise MappingInvalid(f"{table}.words: {', '.join(sorted(doubled))} means two statuses")
    both = sorted(set(ignored) & set(spoken))
    if both:
        raise MappingInvalid(f"{table}.ignored_words: {', '.join(both)} has a meaning in {table}.words")


DEMO_SHOP = ShopMapping(timezone="UTC")
