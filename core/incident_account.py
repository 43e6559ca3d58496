"""The account of an incident: journal entries added up by what rows came to, by time, and by who did it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from reconcile_tui.core.contradiction import contradicts
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
    """What rows came to. `outcome` None: an intent that nobody concluded yet.

    Attributes:
        contradicts: the row is final, and otherwise than its event: a person must look.
    """

    outcome: Outcome | None
    refusal: Refusal | None
    event: Event | None
    kind: Kind
    contradicts: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nobody is needed any more."""
        return self.outcome is not None and self.outcome.closes and not self.contradicts


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


_Rows = dict[RowRef, Money | None]
"""Rows of one fate, each once."""


@dataclass(slots=True)
class _Stretch:
    """What one actor did within a stretch of time. `began`: when the first of it happened."""

    kind: ActorKind
    began: datetime
    fates: dict[Fate, _Rows] = field(default_factory=dict)


@dataclass(slots=True)
class _Begun:
    """A plan of a person. `last`: what each of its rows came to last under it."""

    at: datetime
    actor: str
    reason: str | None
    last: dict[RowRef, tuple[Fate, Money | None]] = field(default_factory=dict)


_Key = tuple[datetime, str, str | None]
"""The minute, the actor, and of a person the plan."""


class Account:
    """Adds entry after entry up, oldest first. What it holds grows with rows, and with the minutes in which
    something became of them."""

    def __init__(self) -> None:
        self.entries = 0
        self.began: datetime | None = None
        self.ended: datetime | None = None
        self._last: dict[RowRef, tuple[Fate, Money | None]] = {}
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
        if entry.step is Step.OUTCOME:
            key = (_floor(entry.at, _RESOLUTIONS[0]), entry.actor, plan)
            stretch = self._minutes.setdefault(key, _Stretch(kind=entry.actor_kind, began=entry.at))
            stretch.fates.setdefault(fate, {})[entry.ref] = found.money
            _came_to(self._last, entry.ref, fate, found.money)
            if plan is not None:
                _came_to(self._begun[plan].last, entry.ref, fate, found.money)
        elif entry.ref not in self._last or entry.step is Step.INTENDED:
            self._last[entry.ref] = (fate, found.money)

    def sums(self) -> tuple[Sum, ...]:
        """Each row once, by what it came to last."""
        return _sums(_by_fate(self._last))

    def deeds(self) -> tuple[Deed, ...]:
        """The plans of people, in the order in which they were begun; each row once, as in `sums`."""
        return tuple(
            Deed(at=it.at, actor=it.actor, plan_id=plan, reason=it.reason, sums=_sums(_by_fate(it.last)))
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
            fates: dict[Fate, _Rows] = {}
            for part in parts:
                for fate, rows in part.fates.items():
                    fates.setdefault(fate, {}).update(rows)
            refs = {ref: None for rows in fates.values() for ref in rows}
            yield Happening(
                at=parts[0].began,
                actor=actor,
                actor_kind=parts[0].kind,
                plan_id=plan,
                sums=_sums(fates),
                refs=tuple(refs) if len(refs) <= _NAMED else (),
            )


def _came_to(
    last: dict[RowRef, tuple[Fate, Money | None]], ref: RowRef, fate: Fate, money: Money | None
) -> None:
    """Keep what a row came to. That it is resolved already says nothing of who resolved it before."""
    before = last[ref][0] if ref in last else None
    if fate.outcome is Outcome.ALREADY_RESOLVED and before is not None and before.is_over:
        return
    last[ref] = (fate, money)


def _by_fate(last: Mapping[RowRef, tuple[Fate, Money | None]]) -> dict[Fate, _Rows]:
    fates: dict[Fate, _Rows] = {}
    for ref, (fate, money) in last.items():
        fates.setdefault(fate, {})[ref] = money
    return fates


def _fate(entry: Entry) -> Fate:
    return Fate(
        outcome=entry.outcome,
        refusal=entry.refusal,
        event=entry.event,
        kind=entry.ref.kind,
        contradicts=contradicts(entry),
    )


def _sums(fates: Mapping[Fate, _Rows]) -> tuple[Sum, ...]:
    sums = (
        Sum(
            fate=fate,
            rows=len(rows),
            money=per_currency(money for money in rows.values() if money is not None),
        )
        for fate, rows in fates.items()
    )
    return tuple(sorted(sums, key=_order))


def _order(each: Sum) -> tuple[int, int, str]:
    """What was healed first, then what was over anyway, then what is left; the largest first."""
    outcome = each.fate.outcome
    rank = 0 if outcome is Outcome.FIXED else 1 if each.fate.is_over else 2
    return (rank, -each.rows, f"{outcome} {each.fate.refusal} {each.fate.event} {each.fate.kind}")


def _floor(at: datetime, resolution: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return at - (at - epoch) % resolution
