"""The breakdown: stuck rows counted by what they have in common, each count with the filter that means it.

Nothing was asked of the PSP for it: what is counted is the shop's rows and what earlier reads left.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from reconcile_tui.core.decision_table import look_up
from reconcile_tui.core.decisions import Reason, StillPending, Sync, WaitsFor
from reconcile_tui.core.filter import (
    NEVER_READ,
    PSP_STATUSES,
    UNKNOWN,
    WORDS,
    AgeCompared,
    Comparison,
    Filter,
    Is,
    Key,
    Term,
)
from reconcile_tui.core.findings import Finding, FindingClass
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.psp_states import ReadFailureKind
from reconcile_tui.core.statuses import Kind, OrderStatus, RefundStatus, payment_status, refund_status
from reconcile_tui.core.wording import (
    age,
    event_words,
    outcome_words,
    read_failure_words,
    reason_words,
    waits_words,
)


class Aspect(StrEnum):
    """What rows have in common."""

    CONNECTOR = "connector"
    WHY = "why"
    """Why they are left: an error, a reason, whom they wait for. A row may have two."""
    EVENT = "event"
    """The webhook that never came, by the PSP's last known status."""
    FIRST_SEEN = "first_seen"
    """When they began to be open."""
    AGE = "age"

    @property
    def heading(self) -> str:
        """Its name for people."""
        return _HEADINGS[self]


_HEADINGS: Final[dict[Aspect, str]] = {
    Aspect.CONNECTOR: "By connector",
    Aspect.WHY: "By error, or why it is left",
    Aspect.EVENT: "By the webhook that is missing",
    Aspect.FIRST_SEEN: "By when it began (UTC)",
    Aspect.AGE: "By age",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Rows that have something in common.

    Attributes:
        label: harmless text.
        places: how many of them stand in which list.
        wanted: means exactly these rows in their lists; None where no filter can say it.
    """

    label: str
    places: Mapping[str, int]
    wanted: Filter | None

    @property
    def rows(self) -> int:
        return sum(self.places.values())


@dataclass(frozen=True, slots=True)
class _Group:
    """What a bar is made of while it is counted."""

    label: str
    wanted: Filter | None
    places: dict[str, int] = field(default_factory=dict)

    def count(self, place: str) -> None:
        self.places[place] = self.places.get(place, 0) + 1


class Breakdown:
    """Adds rows up, one by one, each at the same small cost. `at`: when they were read (UTC)."""

    def __init__(self, *, at: datetime) -> None:
        self._read_at = at
        self._at = at.replace(microsecond=0) + timedelta(seconds=bool(at.microsecond))
        self._groups: dict[Aspect, dict[object, _Group]] = {
            aspect: {} for aspect in (Aspect.CONNECTOR, Aspect.WHY, Aspect.EVENT)
        }
        self._minutes: dict[datetime, dict[str, int]] = {}
        self._ages: dict[int, dict[str, int]] = {}
        self.rows = 0

    def add(self, finding: Finding, *, place: str, reason: Reason | None = None) -> None:
        """Count a row.

        Args:
            place: the list in which it stands.
            reason: why its open attention item wants a person.
        """
        self.rows += 1
        connector, status = _connector(finding), _status(finding)
        same = connector.casefold() if connector is not None else None
        self._group(Aspect.CONNECTOR, same, lambda: _connector_group(connector)).count(place)
        for why in _whys(finding, reason):
            self._group(Aspect.WHY, why, partial(_why_group, why)).count(place)
        self._group(Aspect.EVENT, status, lambda: _status_group(status)).count(place)
        since = finding.row.pending_since
        if since is None:
            return
        minute = since.replace(second=0, microsecond=0)
        _add(self._minutes.setdefault(minute, {}), place, 1)
        old = self._read_at - since
        band = next((n for n, (_, below) in enumerate(_BANDS) if old < below), len(_BANDS))
        _add(self._ages.setdefault(band, {}), place, 1)

    def bars(self, aspect: Aspect, *, most: int = 8) -> tuple[Bar, ...]:
        """Groups of rows, the largest first, moments and ages in their own order. What is more than `most`
        is one last bar without a filter."""
        match aspect:
            case Aspect.AGE:
                return tuple(_age_bar(band, self._ages[band]) for band in sorted(self._ages))
            case Aspect.FIRST_SEEN:
                return self._moments(most)
            case Aspect.CONNECTOR | Aspect.WHY | Aspect.EVENT:
                bars = [
                    Bar(label=group.label, places=group.places, wanted=self._wanted(aspect, key, group))
                    for key, group in self._groups[aspect].items()
                ]
                bars.sort(key=lambda bar: (-bar.rows, bar.label))
                return tuple(bars) if len(bars) <= most else (*bars[: most - 1], _rest(bars[most - 1 :]))

    def _group(self, aspect: Aspect, key: object, begin: Callable[[], _Group]) -> _Group:
        groups = self._groups[aspect]
        if key not in groups:
            groups[key] = begin()
        return groups[key]

    def _wanted(self, aspect: Aspect, key: object, group: _Group) -> Filter | None:
        """Rows without a connector are all but those that have one: a term about it would mean none."""
        if aspect is not Aspect.CONNECTOR or key is not None:
            return group.wanted
        known = tuple(str(each) for each in self._groups[aspect] if each is not None)
        return _only(Term(test=Is(key=Key.CONNECTOR, values=known), negated=True)) if known else Filter()

    def _moments(self, most: int) -> tuple[Bar, ...]:
        """As fine as can be: a few old rows at the far end are one bar, and make the others no coarser."""
        for resolution in _RESOLUTIONS:
            places = self._begun(resolution)
            if len(places) <= most:
                return tuple(self._moment_bar(at, resolution, places[at]) for at in sorted(places))
            recent = sorted(places)[-(most - 1) :]
            covered = sum(sum(places[at].values()) for at in recent)
            if covered >= _MOST_OF * self.rows or resolution == _RESOLUTIONS[-1]:
                older = self._older(places, recent[0])
                return (older, *(self._moment_bar(at, resolution, places[at]) for at in recent))
        return ()

    def _begun(self, resolution: timedelta) -> dict[datetime, dict[str, int]]:
        """Rows by the stretch of time in which they began to be open."""
        places: dict[datetime, dict[str, int]] = {}
        for minute, counts in self._minutes.items():
            for place, rows in counts.items():
                _add(places.setdefault(_floor(minute, resolution), {}), place, rows)
        return places

    def _older(self, places: Mapping[datetime, Mapping[str, int]], begin: datetime) -> Bar:
        """What began before `begin`."""
        before: dict[str, int] = {}
        for begun, counts in places.items():
            if begun < begin:
                for place, rows in counts.items():
                    _add(before, place, rows)
        wanted = _only(_than(Comparison.MORE, self._at - begin))
        return Bar(label=f"before {begin:%m-%d %H:%M}", places=before, wanted=wanted)

    def _moment_bar(self, begun: datetime, resolution: timedelta, places: Mapping[str, int]) -> Bar:
        today = begun.date() == self._at.date()
        day = "" if today else f"{begun:%m-%d} "
        ended = begun + resolution
        wanted = [_than(Comparison.AT_MOST, max(self._at - begun, timedelta()))]
        if ended <= self._at:
            wanted.append(_than(Comparison.MORE, self._at - ended))
        label = f"{day}{begun:%H:%M}" if resolution < timedelta(days=1) else f"{begun:%Y-%m-%d}"
        span = "" if resolution == _RESOLUTIONS[0] else f" +{age(resolution)}"
        return Bar(label=f"{label}{span}", places=places, wanted=_only(*wanted))


def _connector(finding: Finding) -> str | None:
    return finding.check.connector or None if finding.check else None


def _connector_group(connector: str | None) -> _Group:
    if connector is None:
        return _Group("not known yet", None)
    return _Group(harmless(connector, limit=40), _only(_is(Key.CONNECTOR, connector)))


def _whys(finding: Finding, reason: Reason | None) -> tuple[tuple[Key, str] | None, ...]:
    """The keys and words that say why a row is left, as the filter knows them; None: nothing was decided."""
    check = finding.check
    found: list[tuple[Key, str] | None] = [(Key.WHY, reason.value)] if reason is not None else []
    if check is not None and (word := (check.detail or "").partition(":")[0]) in WORDS[Key.WHY]:
        found.append((Key.WHY, word))
    if check is None or check.decision not in _DECISIONS:
        found.append(None)
    elif check.decision in _ACTIONS or not found:
        found.append((Key.DECISION, check.decision))
    return tuple(dict.fromkeys(found))


def _why_group(why: tuple[Key, str] | None) -> _Group:
    if why is None:
        return _Group(
            "not decided yet", _only(Term(test=Is(key=Key.DECISION, values=_DECISIONS), negated=True))
        )
    key, word = why
    if key is Key.WHY:
        return _Group(_why_words(word), _only(_is(key, word)))
    if word in _ACTIONS:
        return _Group(_ACTIONS[word], _only(_is(key, word)))
    return _Group(harmless(word.replace("_", " "), limit=60), None)


_ACTIONS: Final = {
    "sync": "a sync would heal it",
    "adopt": "its refund was found",
    "fail_orphan": "the PSP never got it",
}
_DECISIONS: Final = tuple(WORDS[Key.DECISION])


def _why_words(word: str) -> str:
    if word in list(Reason):
        return reason_words(Reason(word))
    if word in list(ReadFailureKind):
        return read_failure_words(ReadFailureKind(word))
    if word in list(WaitsFor):
        return waits_words(WaitsFor(word))
    return outcome_words(Outcome(word)) if word in list(Outcome) else harmless(word, limit=60)


_Status = tuple[Kind, FindingClass, str | None]
"""A row's table, its class, and the PSP's status of it; None: of an orphan, which has none of its own."""


def _status(finding: Finding) -> _Status:
    if finding.cls is FindingClass.ORPHAN_REFUND:
        return finding.ref.kind, finding.cls, None
    status = finding.check.psp_status if finding.check else None
    word = NEVER_READ if status is None else status if status in PSP_STATUSES else UNKNOWN
    return finding.ref.kind, finding.cls, word


_OF_ONE_KIND: Final = (FindingClass.STUCK_ORDER, FindingClass.STUCK_REFUND, FindingClass.ORPHAN_REFUND)


def _status_group(status: _Status) -> _Group:
    kind, cls, word = status
    of_class = [_is(Key.CLASS, WORDS[Key.CLASS][cls.value])]
    if cls not in _OF_ONE_KIND:
        of_class.append(_is(Key.KIND, kind))
    if word is None:
        return _Group("none: orphans have no webhook", _only(*of_class))
    wanted = _only(*of_class, _is(Key.STATUS, word))
    if word == NEVER_READ:
        return _Group(f"not read yet ({kind}s)", wanted)
    return _Group(_event_label(kind, word), wanted)


def _event_label(kind: Kind, word: str) -> str:
    """The webhook that a row of this status waits for, were it still open in the shop."""
    pair = (
        look_up(kind, OrderStatus.PENDING, payment_status(word))
        if kind is Kind.ORDER
        else look_up(kind, RefundStatus.PENDING, refund_status(word))
    )
    match pair.answer:
        case Sync(event=event):
            return f"{event.webhook_type or event_words(event)}"
        case StillPending():
            return f"none yet: {kind} {word.replace('_', ' ')}"
        case _:
            return f"none: {kind} {word.replace('_', ' ')}"


_MOST_OF: Final = 0.75
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_BANDS: Final = (
    ("under 1 h", _HOUR),
    ("1 h to 2 h", 2 * _HOUR),
    ("2 h to 6 h", 6 * _HOUR),
    ("6 h to 1 day", _DAY),
    ("1 to 7 days", 7 * _DAY),
)
_RESOLUTIONS: Final = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15)),
    *(_HOUR, 6 * _HOUR, _DAY, 7 * _DAY),
)


def _age_bar(band: int, places: Mapping[str, int]) -> Bar:
    terms = []
    if band:
        terms.append(_than(Comparison.AT_LEAST, _BANDS[band - 1][1]))
    if band < len(_BANDS):
        terms.append(_than(Comparison.LESS, _BANDS[band][1]))
    label = _BANDS[band][0] if band < len(_BANDS) else "over 7 days"
    return Bar(label=label, places=places, wanted=_only(*terms))


def _rest(bars: Iterable[Bar]) -> Bar:
    places: dict[str, int] = {}
    kinds = 0
    for bar in bars:
        kinds += 1
        for place, rows in bar.places.items():
            _add(places, place, rows)
    return Bar(label=f"{kinds} others", places=places, wanted=None)


def _add(counts: dict[str, int], place: str, rows: int) -> None:
    counts[place] = counts.get(place, 0) + rows


def _is(key: Key, word: str) -> Term:
    return Term(test=Is(key=key, values=(word,)))


def _than(comparison: Comparison, than: timedelta) -> Term:
    return Term(test=AgeCompared(comparison=comparison, than=than))


def _only(*terms: Term) -> Filter:
    return Filter(terms=terms)


def _floor(at: datetime, resolution: timedelta) -> datetime:
    begin = datetime.min.replace(tzinfo=at.tzinfo)
    return at - (at - begin) % resolution
