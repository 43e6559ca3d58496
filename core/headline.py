"""The headline: what broke, since when, how much money, is it growing. From rows alone; nothing is asked.

Rows that hung for days must not make "since" a lie: a cause tells of its recent dense stretch, by the minute,
and counts the others beside it.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from reconcile_tui.core.findings import Finding, FindingClass
from reconcile_tui.core.money import Money

MOST_CONNECTORS: Final = 500
"""Connectors that are told apart; a name more is a row of an unknown one."""

_BURST_ROWS: Final = 5
"""Fewer rows are a few that hang, and no outage."""
_WINDOW: Final = 30
"""Minutes over which the peak is measured."""
_THIN: Final = 4
"""A stretch ends where rows come at less than the peak's fourth."""
_ENDED_AFTER: Final = timedelta(minutes=15)
_NEWCOMERS: Final = timedelta(minutes=5)
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(minutes=5)
"""Over how long growth is measured."""
_LONG_AGO: Final = timedelta(days=2)
"""Older rows are told apart by the hour alone: days of them cost no time."""
_CLEAR_MAJORITY: Final = 0.6
_REAL_SHARE: Final = 0.25
"""Of the rows of the connector with the most: with fewer of its own one is not named beside it."""


class What(StrEnum):
    """What broke."""

    PAYMENTS = "payments"
    """Payments are final at the PSP, or were not read yet, and no webhook told."""
    REFUNDS = "refunds"
    ORPHANS = "orphans"
    """Refunds were asked for, and their ids never heard."""
    OPEN_PAYMENTS = "open_payments"
    """They are open at the PSP as well: no webhook is missing yet."""
    OPEN_REFUNDS = "open_refunds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Rows that hang for one cause.

    Attributes:
        connectors: the processors concerned, the one with the most rows first; empty: not known.
        since, until: the first and the last minute in which one of `rows` began to hang (UTC).
        money: of `rows`, per currency, the one of the most rows first.
        others: rows of the same kind that hang from another time, `oldest` among them.
        per_minute: how fast the rows, all of them, become more; None where that is not known.
        is_burst: enough of them at a time for an outage.
        has_ended: no more have come since.
    """

    what: What
    connectors: tuple[str, ...]
    since: datetime
    until: datetime
    oldest: datetime
    rows: int
    money: tuple[Money, ...]
    others: int = 0
    newcomers_per_minute: float = 0.0
    per_minute: float | None = None
    is_burst: bool = False
    has_ended: bool = False

    @property
    def all_rows(self) -> int:
        return self.rows + self.others


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What matters beside the rows: the database is away, the PSP is down, somebody paused everything.

    Attributes:
        words: a sentence, harmless.
        brief: the same in a word or two, for a line on which the rows are to have room, too; may be empty.
        is_all: nothing else can be said for sure.
        comes_first: it is why rows hang, or why nothing heals them.
    """

    words: str
    brief: str = ""
    is_all: bool = False
    comes_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The answer at one moment.

    Attributes:
        at: of the rows (UTC, database clock).
        read_at: the same moment by this machine's clock (UTC).
        stuck: rows that hang; `money`: at risk, per currency.
        attention: rows that want a person now.
    """

    at: datetime
    read_at: datetime
    causes: tuple[Cause, ...] = ()
    story: Story | None = None
    stuck: int = 0
    money: tuple[Money, ...] = ()
    attention: int = 0


@dataclass(slots=True)
class _Minutes:
    """Rows by the minute (since the epoch) in which they began to hang, and their money."""

    rows: Counter[int] = field(default_factory=Counter)
    money: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def add(self, minute: int, money: Money | None) -> None:
        self.rows[minute] += 1
        if money is not None:
            sums = self.money.setdefault(minute, {})
            rows, minor = sums.get(money.currency, (0, 0))
            sums[money.currency] = (rows + 1, minor + money.minor)

    def rows_within(self, first: int, last: int) -> int:
        """How many rows began to hang in these minutes."""
        return sum(rows for minute, rows in self.rows.items() if first <= minute <= last)


@dataclass(frozen=True, slots=True)
class _Together:
    """Groups of one cause, as one. Money is added up when it is asked for: of most nobody asks."""

    groups: Sequence[_Minutes]

    def by_minute(self) -> list[tuple[int, int]]:
        rows: Counter[int] = Counter()
        for group in self.groups:
            rows.update(group.rows)
        return sorted(rows.items())

    def sums(self, first: int, last: int) -> tuple[Money, ...]:
        """The money of these minutes, the currency of the most rows first."""
        sums: dict[str, tuple[int, int]] = {}
        for group in self.groups:
            for minute, some in group.money.items():
                if first <= minute <= last:
                    for currency, (rows, minor) in some.items():
                        had, had_minor = sums.get(currency, (0, 0))
                        sums[currency] = (had + rows, had_minor + minor)
        by_rows = sorted(sums.items(), key=lambda each: -each[1][0])
        return tuple(Money(minor, currency) for currency, (_, minor) in by_rows)


def cause_of_figures(
    what: What, *, rows: int, money: tuple[Money, ...], oldest: datetime, sample: Cause | None = None
) -> Cause:
    """A cause of which only the figures are known, and perhaps what its oldest rows are a `sample` of."""
    if sample is not None:
        return replace(sample, rows=rows, money=money, others=0, newcomers_per_minute=0.0, has_ended=False)
    return Cause(what=what, connectors=(), since=oldest, until=oldest, oldest=oldest, rows=rows, money=money)


class Gathering:
    """Gathers rows one by one, in constant time each, so that whoever has many can pause in between."""

    def __init__(self) -> None:
        self._by: dict[What, dict[str | None, _Minutes]] = {}

    def add(self, finding: Finding, *, connector: str | None = None) -> None:
        """A row; what is not stuck, or has no time, is left out. `connector`: as a fresh look knows it."""
        what, row, check = _what(finding), finding.row, finding.check
        if what is None or row.pending_since is None or finding.age is None:
            return
        name = connector or (check.connector if check is not None else None)
        groups = self._by.setdefault(what, {})
        if name not in groups and len(groups) >= MOST_CONNECTORS:
            name = None
        minute = int(row.pending_since.timestamp()) // 60
        if finding.age > _LONG_AGO:
            minute -= minute % 60
        groups.setdefault(name, _Minutes()).add(minute, row.money)

    @property
    def kinds(self) -> tuple[What, ...]:
        """What broke, as far as there are rows of it."""
        return tuple(self._by)

    def causes(self, what: What, *, now: datetime, stuck_after: timedelta) -> tuple[Cause, ...]:
        """The causes of one kind, in no order: see `by_weight`.

        Args:
            what: one of `kinds`.
            now: UTC, database clock.
            stuck_after: how old a row is when it becomes stuck: nothing younger is known.
        """
        return tuple(
            _cause(what, connectors, rows, now=now, stuck_after=stuck_after)
            for connectors, rows in _told_apart(self._by[what])
        )


def by_weight(cause: Cause) -> tuple[bool, int, int]:
    """A key to sort by: an outage before a few that hang, the one with the most rows first."""
    return not cause.is_burst, -cause.rows, -cause.all_rows


class Trend:
    """How many rows each cause had over the last minutes."""

    def __init__(self) -> None:
        self._seen: deque[tuple[datetime, Counter[What]]] = deque()

    def told(self, causes: Iterable[Cause], *, now: datetime) -> tuple[Cause, ...]:
        """The same causes with how fast they grow. `now`: UTC; later than in the calls before.

        Before enough was seen, what became stuck in the last minutes is told, where anything did.
        """
        causes = tuple(causes)
        rows: Counter[What] = Counter()
        for cause in causes:
            rows[cause.what] += cause.all_rows
        while self._seen and now - self._seen[0][0] > _LONGEST:
            self._seen.popleft()
        self._seen.append((now, rows))
        began, before = self._seen[0]
        minutes = (now - began) / timedelta(minutes=1)
        if now - began >= _SHORTEST:
            alone = Counter(cause.what for cause in causes)
            return tuple(
                replace(cause, per_minute=(rows[cause.what] - before[cause.what]) / minutes)
                if alone[cause.what] == 1
                else _with_newcomers(cause)
                for cause in causes
            )
        return tuple(_with_newcomers(cause) for cause in causes)


def _with_newcomers(cause: Cause) -> Cause:
    return replace(cause, per_minute=cause.newcomers_per_minute or None)


def _what(finding: Finding) -> What | None:
    is_open = finding.check is not None and finding.check.decision == "still_pending"
    match finding.cls:
        case FindingClass.STUCK_ORDER:
            return What.OPEN_PAYMENTS if is_open else What.PAYMENTS
        case FindingClass.STUCK_REFUND:
            return What.OPEN_REFUNDS if is_open else What.REFUNDS
        case FindingClass.ORPHAN_REFUND:
            return What.ORPHANS
        case _:
            return None


def _told_apart(groups: dict[str | None, _Minutes]) -> list[tuple[tuple[str, ...], _Together]]:
    """Which connectors are causes of their own.

    One that has most of the known rows of the recent stretch is: who has many older rows that hang tells
    nothing of an outage. Rows of unknown ones are taken for its own. Where none stands
    out it is not the connectors' fault: they are told together, those that share in it.
    """
    together = _Together(tuple(groups.values()))
    first, last, _ = _recent_stretch(together.by_minute())
    shares = Counter({name: minutes.rows_within(first, last) for name, minutes in groups.items()})
    unknown = shares.pop(None, 0)
    shares = +shares
    if not shares or shares.total() < unknown / 4:
        return [((), together)]
    leader, most = shares.most_common(1)[0]
    if leader is None or most / shares.total() < _CLEAR_MAJORITY:
        names = (
            name for name, rows in shares.most_common() if name is not None and rows >= most * _REAL_SHARE
        )
        return [(tuple(names), together)]
    own = _Together([groups[name] for name in (leader, None) if name in groups])
    others = (name for name in groups if name is not None and name != leader)
    return [((leader,), own), *(((name,), _Together((groups[name],))) for name in others)]


def _cause(
    what: What, connectors: tuple[str, ...], together: _Together, *, now: datetime, stuck_after: timedelta
) -> Cause:
    by_minute = together.by_minute()
    first, last, rows = _recent_stretch(by_minute)
    total = sum(count for _, count in by_minute)
    is_burst = rows >= _BURST_ROWS
    if not is_burst:
        first, last, rows = by_minute[0][0], by_minute[-1][0], total
    newest_known = now - stuck_after
    newcomers = sum(count for minute, count in by_minute if _moment(minute) >= newest_known - _NEWCOMERS)
    return Cause(
        what=what,
        connectors=connectors,
        since=_moment(first),
        until=_moment(last),
        oldest=_moment(by_minute[0][0]),
        rows=rows,
        money=together.sums(first, last),
        others=total - rows,
        newcomers_per_minute=newcomers / (_NEWCOMERS / timedelta(minutes=1)),
        is_burst=is_burst,
        has_ended=newest_known - _moment(last) > _ENDED_AFTER,
    )


_Stretch = tuple[int, int, int]
"""Its first minute, its last, and how many rows it has."""


def _recent_stretch(by_minute: Sequence[tuple[int, int]]) -> _Stretch:
    """The latest of the dense stretches: one that came after a denser one counts where it is no stray row."""
    best = _densest(by_minute)
    while True:
        later = [each for each in by_minute if each[0] > best[1]]
        if sum(rows for _, rows in later) < max(_BURST_ROWS, best[2] // 4):
            return best
        best = _densest(later)


def _densest(by_minute: Sequence[tuple[int, int]]) -> _Stretch:
    """Where rows stand most densely: the stretch with the most rows over what its length is worth."""
    worth = _peak(by_minute) / _THIN
    best = _Best(score=0.0, stretch=(by_minute[0][0], by_minute[0][0], by_minute[0][1]))
    score, first, rows, before = 0.0, by_minute[0][0], 0, by_minute[0][0]
    for minute, count in by_minute:
        score -= (minute - before) * worth
        if score <= 0:
            score, first, rows = 0.0, minute, 0
        score, rows, before = score + count, rows + count, minute
        if score > best.score:
            best = _Best(score=score, stretch=(first, minute, rows))
    return best.stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Best:
    score: float
    stretch: _Stretch


def _peak(by_minute: Sequence[tuple[int, int]]) -> float:
    """The most rows a minute over some minutes."""
    most = within = begin = 0
    for minute, rows in by_minute:
        within += rows
        while minute - by_minute[begin][0] >= _WINDOW:
            within -= by_minute[begin][1]
            begin += 1
        most = max(most, within)
    return most / _WINDOW


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
