"""The account of an incident: journal entries added up by what rows came to, by time, and by who did it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.policy import ActorKind
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.journal_entries import Entry, Step
from reconcile_tui.core.store.journal_search import FoundEntry

_MOST_LINES: Final = 80
_NAMED: Final = 3
_RESOLUTIONS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 6 * 60, 24 * 60, 7 * 24 * 60)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What rows came to. `outcome` None: an intent that nobody concluded yet."""

    outcome: Outcome | None
    refusal: Refusal | None
    event: Event | None
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Rows of one fate. `money` is per currency; rows without an amount count in `rows` alone."""

    fate: Fate
    rows: int
    money: tuple[Money, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What one actor did to rows within a stretch of time.

    Attributes:
        at: when the first of it happened (UTC).
        plan_id: None where the actor is no person: a tick has many.
        refs: the rows, where they are few.
    """

    at: datetime
    actor: str
    actor_kind: ActorKind
    plan_id: str | None
    sums: tuple[Sum, ...]
    refs: tuple[RowRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A plan that a person confirmed, why, and what came of it."""

    at: datetime
    actor: str
    plan_id: str
    reason: str | None
    sums: tuple[Sum, ...]


@dataclass(slots=True)
class _Tally:
    """Rows of one fate that are counted."""

    rows: int = 0
    money: dict[str, int] = field(default_factory=dict)

    def add(self, money: Money | None) -> None:
        self.rows += 1
        if money is not None:
            self.money[money.currency] = self.money.get(money.currency, 0) + money.minor


@dataclass(slots=True)
class _Stretch:
    """What one actor did within a stretch of time. `began`: when the first of it happened."""

    kind: ActorKind
    began: datetime
    fates: dict[Fate, _Tally] = field(default_factory=dict)
    refs: dict[RowRef, None] = field(default_factory=dict)

    def add(self, fate: Fate, ref: RowRef, money: Money | None) -> None:
        self.fates.setdefault(fate, _Tally()).add(money)
        if len(self.refs) <= _NAMED:
            self.refs[ref] = None


@dataclass(slots=True)
class _Begun:
    at: datetime
    actor: str
    reason: str | None


_Key = tuple[datetime, str, str | None]
"""The minute, the actor, and of a person the plan."""


class Account:
    """Adds entry after entry up, oldest first; what it holds grows with rows and minutes alone."""

    def __init__(self) -> None:
        self.entries = 0
        self.began: datetime | None = None
        self.ended: datetime | None = None
        self._last: dict[RowRef, tuple[Fate, Money | None, str | None]] = {}
        self._minutes: dict[_Key, _Stretch] = {}
        self._begun: dict[str, _Begun] = {}

    def add(self, found: FoundEntry) -> None:
        entry = found.entry
        self.entries += 1
        self.began = min(self.began or entry.at, entry.at)
        self.ended = max(self.ended or entry.at, entry.at)
        fate = _fate(entry)
        plan = entry.plan_id if entry.actor_kind is ActorKind.OPERATOR else None
        if plan is not None and plan not in self._begun:
            self._begun[plan] = _Begun(at=entry.at, actor=entry.actor, reason=entry.reason)
        before = self._last.get(entry.ref)
        if entry.step is Step.OUTCOME:
            key = (_floor(entry.at, _RESOLUTIONS[0]), entry.actor, plan)
            stretch = self._minutes.setdefault(key, _Stretch(kind=entry.actor_kind, began=entry.at))
            stretch.add(fate, entry.ref, found.money)
            self._last[entry.ref] = (fate, found.money, plan)
        elif before is None or entry.step is Step.INTENDED:
            self._last[entry.ref] = (fate, found.money, plan)

    def sums(self) -> tuple[Sum, ...]:
        """Each row once, by what it came to last."""
        return _sums(self._tallies(self._last.values()))

    def deeds(self) -> tuple[Deed, ...]:
        """The plans of people, in the order in which they were begun."""
        by_plan: dict[str, list[Sum]] = {plan: [] for plan in self._begun}
        for (_, _, plan), stretch in self._minutes.items():
            if plan is not None:
                by_plan[plan] += _sums(stretch.fates)
        return tuple(
            Deed(at=it.at, actor=it.actor, plan_id=plan, reason=it.reason, sums=_added(by_plan[plan]))
            for plan, it in self._begun.items()
        )

    def timeline(self) -> tuple[timedelta, tuple[Happening, ...]]:
        """Lines as fine as can be read, and how fine that is."""
        for resolution in _RESOLUTIONS:
            keys = {(_floor(at, resolution), actor, plan) for at, actor, plan in self._minutes}
            if len(keys) <= _MOST_LINES:
                break
        return resolution, tuple(self._lines(resolution))

    def _lines(self, resolution: timedelta) -> Iterator[Happening]:
        stretches: dict[_Key, list[_Stretch]] = {}
        for (at, actor, plan), stretch in self._minutes.items():
            stretches.setdefault((_floor(at, resolution), actor, plan), []).append(stretch)
        for (_, actor, plan), parts in sorted(stretches.items(), key=lambda each: each[1][0].began):
            refs = {ref: None for part in parts for ref in part.refs}
            yield Happening(
                at=parts[0].began,
                actor=actor,
                actor_kind=parts[0].kind,
                plan_id=plan,
                sums=_added([each for part in parts for each in _sums(part.fates)]),
                refs=tuple(refs) if len(refs) <= _NAMED else (),
            )

    @staticmethod
    def _tallies(rows: Iterable[tuple[Fate, Money | None, str | None]]) -> dict[Fate, _Tally]:
        tallies: dict[Fate, _Tally] = {}
        for fate, money, _ in rows:
            tallies.setdefault(fate, _Tally()).add(money)
        return tallies


def _fate(entry: Entry) -> Fate:
    return Fate(outcome=entry.outcome, refusal=entry.refusal, event=entry.event, kind=entry.ref.kind)


def _sums(tallies: dict[Fate, _Tally]) -> tuple[Sum, ...]:
    sums = (
        Sum(
            fate=fate,
            rows=tally.rows,
            money=per_currency(Money(minor, currency) for currency, minor in tally.money.items()),
        )
        for fate, tally in tallies.items()
    )
    return tuple(sorted(sums, key=_order))


def _added(sums: Sequence[Sum]) -> tuple[Sum, ...]:
    """Sums of the same fate put together."""
    by_fate: dict[Fate, list[Sum]] = {}
    for each in sums:
        by_fate.setdefault(each.fate, []).append(each)
    added = (
        Sum(
            fate=fate,
            rows=sum(part.rows for part in parts),
            money=per_currency(money for part in parts for money in part.money),
        )
        for fate, parts in by_fate.items()
    )
    return tuple(sorted(added, key=_order))


def _order(each: Sum) -> tuple[int, int, str]:
    """What was healed first, then what was over anyway, then what is left; the largest first."""
    outcome = each.fate.outcome
    rank = 0 if outcome is Outcome.FIXED else 1 if outcome is not None and outcome.closes else 2
    return (rank, -each.rows, f"{outcome} {each.fate.refusal} {each.fate.event} {each.fate.kind}")


def _floor(at: datetime, resolution: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return at - (at - epoch) % resolution
