"""Time proof: whether the shop's dates are read in the right time zone (design rule 7).

A date without a zone is a guess, and an orphan's age is only as good as the date of its row: five hours off,
a refund is "old" in the second in which it is written. Facts about a table and dates of the PSP's to compare
with go in, a verdict comes out. Pure.

Offsets between zones are whole quarter hours, and the PSP's dates carry their zone: rows of which most
are the same number of quarter hours away from the PSP's are read in a wrong zone, and rows that lie within
minutes of them in the right one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.zones import UnknownZone, zone_named

QUARTER: Final = timedelta(minutes=15)
"""Every offset from UTC that is in use is a whole number of these."""
TOLERANCE: Final = timedelta(minutes=5)
"""How far a row's date may be from its payment's, beside an offset: the shop writes one, then asks for the
other. Less than half of a quarter hour, so that no date fits two offsets."""
LEAST_COMPARED: Final = 3
"""So many rows must agree; one or two may be a coincidence, or one person's doing."""
LATELY: Final = timedelta(days=7)
"""Older dates tell of a clock, or of a program, that may be another one by now."""
LARGEST_OFFSET: Final = timedelta(hours=26)
"""From UTC-12 to UTC+14. What is further ahead of the clock than this is a wrong date, not a wrong zone."""
MOST_COUNTED: Final = 200
"""The newest pending rows of a table that are looked at; so no more rows of the future are counted."""
LEAST_OBSERVED: Final = 4
"""So many looks, each with a newer row, tell how old the newest row of a table is at least."""

_SOMETIMES_UTC: Final = (
    "Africa/Casablanca",
    "America/Scoresbysund",
    "Antarctica/Troll",
    "Atlantic/Azores",
    "Europe/London",
)
"""A zone of each kind that is UTC for a part of the year: what proves UTC today proves nothing after the
clocks are changed in one of them."""


class DateKind(StrEnum):
    """What a column's dates say."""

    ZONED = "zoned"
    """Each is one moment: the column's type has a zone, or every recent text carries an offset."""
    NAIVE = "naive"
    """A date and a time of day, without a zone."""
    DAYS = "days"
    """No time of day. An orphan's age is counted from the day's end, so that only the zone matters; but no
    moment can be compared with another."""
    UNREADABLE = "unreadable"
    """No date at all, as far as was seen."""
    UNSEEN = "unseen"
    """A text, and the table has no row that would show one."""
    UNKNOWN = "unknown"
    """The database would not say in time."""


class Basis(StrEnum):
    """What the reading of a table's dates rests on."""

    ZONED = "zoned"
    SAID = "said"
    """The mapping says the zone."""
    PROVEN = "proven"
    """Nobody says the zone; the PSP's dates agree with UTC."""
    UNPROVEN = "unproven"
    WRONG = "wrong"
    """Something contradicts it."""
    UNSEEN = "unseen"
    """There is no row yet that would tell."""


class Doubt(StrEnum):
    """Why a table's dates are not trusted."""

    NO_ZONE = "no_zone"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    AHEAD = "ahead"
    """Rows lie in the future, by no more than zones can differ."""
    PSP = "psp"
    """The PSP's dates lie whole quarter hours away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of dates, by the shop's name."""

    name: str
    kind: DateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """What a table shows of its dates at one moment.

    Attributes:
        table: the shop's name.
        columns: those that an age is counted from: `created_at`, and the mapped `pending_since`.
        future: pending rows that are dated after the database's clock, by more than clocks may differ.
        leads: by how much, of those whose dates have no zone.
        newest: the newest date that is not in the future (UTC, as it is read); None where no row is pending.
    """

    table: str
    columns: tuple[Column, ...]
    future: int = 0
    leads: tuple[timedelta, ...] = ()
    newest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row's `created_at` as it is read, and the PSP's date of its payment or refund (both UTC)."""

    ref: RowRef
    here: datetime
    psp: datetime

    @property
    def difference(self) -> timedelta:
        """Negative where the row looks older than what the PSP made for it."""
        return self.here - self.psp


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The newest row of a table, when it was looked at (both UTC)."""

    at: datetime
    newest: datetime

    @property
    def age(self) -> timedelta:
        return self.at - self.newest


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTimes:
    """The verdict about a table's dates.

    Attributes:
        column: the shop's name of the column that it is about.
        doubt: why they are not trusted; None where they are.
        offset: how far the dates lie from where they should, where that is known: -5 h looks too old.
        zone: the zone that dates without one are read in.
        future: pending rows that are dated after the database's clock; nobody looks at them until then.
        compared: rows that agree with the verdict, where the PSP's dates led to it.
        server_zone: the zone of the database's sessions, where it is another one than UTC.
    """

    kind: Kind
    table: str
    column: str
    basis: Basis
    doubt: Doubt | None = None
    offset: timedelta | None = None
    zone: str = "UTC"
    future: int = 0
    compared: int = 0
    server_zone: str | None = None

    @property
    def minutes_off(self) -> int:
        """The offset in minutes; 0 where none is known."""
        return round(self.offset.total_seconds() / 60) if self.offset is not None else 0

    @property
    def is_doubted(self) -> bool:
        """Whether an age that is counted from these dates may be wrong."""
        return self.basis in (Basis.UNPROVEN, Basis.WRONG)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopTimes:
    """Both tables' verdicts; None where nobody looked.

    Attributes:
        trusted: somebody took the responsibility for dates that look wrong, or whose zone is not known.
    """

    orders: TableTimes | None = None
    refunds: TableTimes | None = None
    trusted: bool = False

    @property
    def tables(self) -> tuple[TableTimes, ...]:
        return tuple(each for each in (self.orders, self.refunds) if each is not None)

    @property
    def keeps_orphans(self) -> TableTimes | None:
        """Why no orphan may be judged by its age; None where it may.

        An orphan's age and window are its refund's dates. The orders' say something about them only where
        both are read in the same zone: what contradicts it there contradicts it here.
        """
        refunds = self.refunds
        if refunds is None or self.trusted or refunds.doubt is Doubt.UNREADABLE:
            return None
        if refunds.is_doubted:
            return refunds
        contradicted = self.orders is not None and self.orders.basis is Basis.WRONG
        return self.orders if contradicted and refunds.basis is not Basis.ZONED else None

    @property
    def keeps_orphan(self) -> TableTimes | None:
        """The same of one orphan whose date was read. It may be the first that the table shows: where there
        was none, or none that could be read, nothing is wrong with the table, and nothing known of it."""
        if (kept := self.keeps_orphans) is not None or self.refunds is None or self.trusted:
            return kept
        is_first = self.refunds.basis is Basis.UNSEEN or self.refunds.doubt is Doubt.UNREADABLE
        return self.refunds if is_first else None

    @property
    def counts(self) -> dict[str, int]:
        """What a run's counts keep of it: verdicts that the types and the mapping alone do not give."""
        kept: dict[str, int] = {}
        for each in self.tables:
            if each.basis is Basis.PROVEN:
                kept[f"times.{each.kind}.{Basis.PROVEN}"] = each.compared
            elif each.doubt is not None:
                kept[f"times.{each.kind}.{each.doubt}"] = each.minutes_off
            if each.future:
                kept[f"times.{each.kind}.future"] = each.future
        return kept

    def with_a_tick(self, told: Mapping[str, int]) -> "ShopTimes":
        """The same with what a tick knew: its process compared rows with the PSP's dates. What the tables
        themselves contradict stays so.

        Args:
            told: what the tick's counts kept, without the word before the first dot.
        """
        return replace(
            self,
            orders=self.orders and _with_a_tick(self.orders, told),
            refunds=self.refunds and _with_a_tick(self.refunds, told),
        )

    @property
    def future(self) -> int:
        """Pending rows of both tables that are dated in the future."""
        return sum(each.future for each in self.tables)


def _with_a_tick(times: TableTimes, told: Mapping[str, int]) -> TableTimes:
    proven, wrong = told.get(f"{times.kind}.{Basis.PROVEN}"), told.get(f"{times.kind}.{Doubt.PSP}")
    if wrong is not None and times.basis is not Basis.WRONG:
        offset = timedelta(minutes=wrong)
        return replace(times, basis=Basis.WRONG, doubt=Doubt.PSP, offset=offset)
    if proven is not None and times.doubt is Doubt.NO_ZONE:
        return replace(times, basis=Basis.PROVEN, doubt=None, offset=None, compared=proven)
    return times


def judged(
    kind: Kind,
    facts: TableFacts,
    *,
    zone: str | None,
    now: datetime,
    compared: Iterable[Comparison] = (),
    observed: Sequence[Observation] = (),
    server_zone: str | None = None,
) -> TableTimes:
    """What the dates of a table rest on.

    Args:
        zone: what the mapping says dates without a zone are written in; None: nothing.
        now: UTC, database clock.
        compared: rows whose object at the PSP was read, of this table alone.
        observed: looks at the newest row, oldest first.
        server_zone: the zone of the database's sessions, where it is another one than UTC.
    """
    column, basis, doubt = _by_type(facts, zone)

    def verdict(
        basis: Basis, doubt: Doubt | None = None, *, offset: timedelta | None = None, compared: int = 0
    ) -> TableTimes:
        return TableTimes(
            kind=kind,
            table=facts.table,
            column=column.name,
            basis=basis,
            doubt=doubt,
            offset=offset,
            zone=zone or "UTC",
            future=facts.future,
            compared=compared,
            server_zone=server_zone,
        )

    if column.kind in _NOT_COMPARED:
        return verdict(basis, doubt)
    reading = UTC if zone in (None, "UTC") else zone_named(zone)
    usable = _usable(compared, now=now, zone=reading)
    agreeing, contradicting = _by_the_psp(usable)
    is_late = kind is Kind.ORDER and contradicting is not None and _is_late(contradicting[0], observed)
    if contradicting is not None and not is_late:
        offset, rows = contradicting
        return verdict(Basis.WRONG, Doubt.PSP, offset=offset, compared=rows)
    if basis is Basis.ZONED:
        return verdict(basis)
    if near := [lead for lead in facts.leads if lead <= LARGEST_OFFSET]:
        return verdict(Basis.WRONG, Doubt.AHEAD, offset=_rounded_up(max(near)))
    if basis is not Basis.UNPROVEN:
        return verdict(basis)
    never_younger = _never_younger(observed)
    proving = _proving(agreeing, now)
    others_naive = any(each.kind is DateKind.NAIVE for each in facts.columns[1:])
    if proving >= LEAST_COMPARED and contradicting is None and never_younger is None and not others_naive:
        return verdict(Basis.PROVEN, compared=proving)
    return verdict(Basis.UNPROVEN, Doubt.NO_ZONE, offset=never_younger)


def _by_type(facts: TableFacts, zone: str | None) -> tuple[Column, Basis, Doubt | None]:
    """The column that is trusted least, and what its type, its texts and the mapping say of it."""
    order = list(_BY_KIND)
    seen = [each for each in facts.columns if each.kind is not DateKind.UNSEEN] or facts.columns
    column = min(seen, key=lambda each: order.index(each.kind))
    basis, doubt = _BY_KIND[column.kind]
    if zone is not None and column.kind in _READ_IN_THE_ZONE:
        return column, Basis.SAID, None
    return column, basis, doubt


_BY_KIND: Final[dict[DateKind, tuple[Basis, Doubt | None]]] = {
    DateKind.UNREADABLE: (Basis.UNPROVEN, Doubt.UNREADABLE),
    DateKind.UNKNOWN: (Basis.UNPROVEN, Doubt.UNKNOWN),
    DateKind.DAYS: (Basis.UNPROVEN, Doubt.NO_ZONE),
    DateKind.NAIVE: (Basis.UNPROVEN, Doubt.NO_ZONE),
    DateKind.UNSEEN: (Basis.UNSEEN, None),
    DateKind.ZONED: (Basis.ZONED, None),
}
"""The worst first."""

_READ_IN_THE_ZONE: Final = (DateKind.NAIVE, DateKind.DAYS, DateKind.UNSEEN, DateKind.UNKNOWN)
"""What the mapping's zone settles: dates of these kinds have an offset of their own, or are read in it."""

_NOT_COMPARED: Final = (DateKind.UNREADABLE, DateKind.DAYS, DateKind.UNKNOWN, DateKind.UNSEEN)
"""Dates of these kinds are no moments that others could be compared with."""


def _usable(compared: Iterable[Comparison], *, now: datetime, zone: tzinfo) -> list[Comparison]:
    """Those that tell something: recent, and of no hour that the zone has twice, or never."""
    return [
        each for each in compared if abs(now - each.psp) <= LATELY and not changes_clocks(each.here, zone)
    ]


def changes_clocks(moment: datetime, zone: tzinfo) -> bool:
    """Whether a moment is in an hour that the zone has twice, or never: its date may mean another one."""
    local = moment.astimezone(zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _by_the_psp(usable: Sequence[Comparison]) -> tuple[list[Comparison], tuple[timedelta, int] | None]:
    """The rows that agree with the PSP, and the offset that most of all have, with how many have it.

    Where two groups are of some size, somebody else writes some of the rows: then none agrees.
    """
    by_offset: Counter[int] = Counter()
    near: list[Comparison] = []
    for each in usable:
        quarters = round(each.difference / QUARTER)
        if abs(each.difference - quarters * QUARTER) > TOLERANCE:
            continue
        if quarters:
            by_offset[quarters] += 1
        else:
            near.append(each)
    [(quarters, rows)] = by_offset.most_common(1) or [(0, 0)]
    if rows >= LEAST_COMPARED and 2 * rows > len(usable):
        return [], (quarters * QUARTER, rows)
    mixed = rows > 1 or 2 * len(near) <= len(usable)
    return [] if mixed else near, None


def _is_late(offset: timedelta, observed: Sequence[Observation]) -> bool:
    """Whether an order was seen that is younger than it could be: then its payment begins that much later.

    A shop that begins each payment an hour after its order looks as if its dates were an hour off; but where
    they are, its newest order is never less than an hour old.
    """
    return offset < timedelta(0) and any(each.age < -offset - TOLERANCE for each in observed)


def _proving(agreeing: Sequence[Comparison], now: datetime) -> int:
    """How many rows prove UTC still: those written before clocks were changed somewhere prove nothing."""
    return sum(not was_utc_left(each.psp, now) for each in agreeing)


def was_utc_left(before: datetime, now: datetime) -> bool:
    """Whether clocks somewhere that showed UTC show another time by now."""
    zones = [zone for name in _SOMETIMES_UTC if (zone := _if_known(name)) is not None]
    return any(_is_utc(zone, before) and not _is_utc(zone, now) for zone in zones)


def _if_known(name: str) -> tzinfo | None:
    try:
        return zone_named(name)
    except UnknownZone:
        return None


def _is_utc(zone: tzinfo, moment: datetime) -> bool:
    return not moment.astimezone(zone).utcoffset()


def _never_younger(observed: Sequence[Observation]) -> timedelta | None:
    """By how much a table's newest row seems too old, look by look; None where it does not.

    Rows come often, for each look found a newer one; and yet the newest is never younger than some quarter
    hours.
    """
    if len({each.newest for each in observed}) < LEAST_OBSERVED:
        return None
    youngest = min(each.age for each in observed)
    quarters = youngest // QUARTER
    return -quarters * QUARTER if quarters > 0 and youngest - quarters * QUARTER <= TOLERANCE else None


def _rounded_up(lead: timedelta) -> timedelta:
    """The offset that a row in the future tells of, at least: it was written a while ago."""
    return -(-lead // QUARTER) * QUARTER
