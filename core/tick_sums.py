"""Tick sums: what the counts of a run say, as values and in a few words.

A run keeps its counts as words with dots (`outcome.fixed`, `breaker.orders.psp_down`), so that every
version can read those of another: words that this one does not know are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from reconcile_tui.core.clock_skew import ClockSkew, OtherClock, skew_words
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.psp.breaker import TripReason
from reconcile_tui.core.shop_answers import ShutReason
from reconcile_tui.core.tellings import WarningKind
from reconcile_tui.core.wording import shut_reason_words, trip_words

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class TickSums:
    """What one tick did, in rows.

    Attributes:
        decided: rows by the kind of their decision.
        outcomes: rows that were to be applied, by what became of them.
        tripped: the phases that the breaker ended.
        shut: the phases in which the shop's own handler got no more events.
        skipped: the phases that were not begun.
        times: what the tick knew of the shop's dates (`core.time_proof`).
        raised: rows whose outcome itself needs a person (a contradiction), by why.
        skew: the clock that was too far from this machine's.
        settled: intents of earlier processes, by what became of them.
    """

    decided: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    tripped: Mapping[PhaseName, TripReason] = field(default_factory=dict)
    shut: Mapping[PhaseName, ShutReason] = field(default_factory=dict)
    skipped: Mapping[PhaseName, WarningKind] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    raised: Mapping[str, int] = field(default_factory=dict)
    skew: ClockSkew | None = None
    settled: Mapping[Outcome, int] = field(default_factory=dict)

    @classmethod
    def of(cls, counts: Mapping[str, Any] | None) -> "TickSums":
        """The sums that a run's counts are."""
        decided: dict[str, int] = {}
        outcomes: dict[Outcome, int] = {}
        tripped: dict[PhaseName, TripReason] = {}
        shut: dict[PhaseName, ShutReason] = {}
        skipped: dict[PhaseName, WarningKind] = {}
        times: dict[str, int] = {}
        raised: dict[str, int] = {}
        skew: ClockSkew | None = None
        settled: dict[Outcome, int] = {}
        for key, count in (counts or {}).items():
            match key.split("."):
                case ["decision", kind]:
                    decided[kind] = int(count)
                case ["outcome", word] if word in list(Outcome):
                    outcomes[Outcome(word)] = int(count)
                case ["clocks", word] if word in list(OtherClock):
                    skew = ClockSkew(of=OtherClock(word), ahead=timedelta(milliseconds=int(count)))
                case ["raised", word]:
                    raised[word] = int(count)
                case ["settled", word] if word in list(Outcome):
                    settled[Outcome(word)] = int(count)
                case ["breaker", phase, word] if phase in list(PhaseName) and word in list(TripReason):
                    tripped[PhaseName(phase)] = TripReason(word)
                case ["shut", phase, word] if phase in list(PhaseName) and word in list(ShutReason):
                    shut[PhaseName(phase)] = ShutReason(word)
                case ["skipped", phase, word] if phase in list(PhaseName) and word in list(WarningKind):
                    skipped[PhaseName(phase)] = WarningKind(word)
                case ["times", kind, word]:
                    times[f"{kind}.{word}"] = int(count)
                case _:
                    pass
        return cls(
            decided=decided,
            outcomes=outcomes,
            tripped=tripped,
            shut=shut,
            skipped=skipped,
            times=times,
            raised=raised,
            skew=skew,
            settled=settled,
        )

    @property
    def not_applied(self) -> int:
        """Rows with something to apply that nobody tried to: observed, or the breaker's."""
        wanted = sum(self.decided.get(kind, 0) for kind in ("sync", "adopt", "fail_orphan"))
        return max(wanted - sum(self.outcomes.values()), 0)

    @property
    def unreadable(self) -> int:
        """Rows that the PSP could not be asked about."""
        return self.decided.get("unreadable", 0)

    @property
    def read_nothing(self) -> bool:
        """Whether there were rows to read, and not one read succeeded."""
        return 0 < self.unreadable == sum(self.decided.values())

    @property
    def undelivered(self) -> int:
        """Rows whose event could not be delivered."""
        return self.outcomes.get(Outcome.UNDELIVERED, 0)

    @property
    def clocks_differed(self) -> bool:
        """Whether orphans were left alone because no two clocks agreed."""
        return self.skew is not None or WarningKind.CLOCK_SKEW in self.skipped.values()


def did(sums: TickSums, *, observed: bool = False, ended: bool = True, failed: bool = False) -> str:
    """What a tick did: `19 fixed, 3 need a person, 4 left open`.

    Args:
        observed: it was to change nothing.
        ended: False while it is under way, or where its process died: empty where nothing is known.
        failed: an error ended it: that nothing is known of it does not say that nothing was due.
    """
    parts = ", ".join(_parts(sums, observed=observed))
    if not ended:
        return f"{parts} so far" if parts else ""
    if failed:
        return f"{parts}, then it failed" if parts else "nothing before it failed"
    return parts or "nothing was due"


def troubles(sums: TickSums) -> tuple[str, ...]:
    """What cut a tick short: `orders, refunds: the PSP refuses the key`."""
    elsewhere = (WarningKind.UNAUTHORISED, *([WarningKind.CLOCK_SKEW] if sums.skew else []))
    begun = {phase: kind for phase, kind in sums.skipped.items() if kind not in elsewhere}
    clocks = [f"orphans left alone: {skew_words(sums.skew)}"] if sums.skew else []
    return (
        *(f"{phases}: {trip_words(reason)}" for reason, phases in _phases_by(sums.tripped).items()),
        *(f"{phases}: {shut_reason_words(reason)}" for reason, phases in _phases_by(sums.shut).items()),
        *(f"{phases} not begun: {_skipped(kind)}" for kind, phases in _phases_by(begun).items()),
        *clocks,
    )


def _parts(sums: TickSums, *, observed: bool) -> Iterator[str]:
    for outcome in _OUTCOMES:
        if count := sums.outcomes.get(outcome, 0):
            yield f"{count} {_OUTCOMES[outcome]}"
    if sums.not_applied:
        yield f"{sums.not_applied} {'would be changed' if observed else 'not applied'}"
    for kind, (one, more) in _DECIDED.items():
        more_of_it = sum(sums.raised.values()) if kind == "attention" else 0
        if count := sums.decided.get(kind, 0) + more_of_it:
            yield f"{count} {one if count == 1 else more}"
    for outcome, count in sums.settled.items():
        yield f"{count} of an earlier run settled ({_OUTCOMES[outcome]})"


def _skipped(kind: WarningKind) -> str:
    return _SKIPPED.get(kind, kind.value.replace("_", " "))


def _phases_by(why: Mapping[PhaseName, Word]) -> dict[Word, str]:
    return {
        word: ", ".join(phase.value for phase in PhaseName if why.get(phase) is word)
        for word in dict.fromkeys(why.values())
    }


_OUTCOMES: Final[dict[Outcome, str]] = {
    Outcome.FIXED: "fixed",
    Outcome.OVERTAKEN: "overtaken",
    Outcome.ALREADY_RESOLVED: "resolved already",
    Outcome.SETTLING: "settling",
    Outcome.UNCHANGED: "without effect",
    Outcome.UNDELIVERED: "not delivered",
    Outcome.IN_DOUBT: "in doubt",
    Outcome.CHANGED: "changed meanwhile",
    Outcome.REFUSED: "refused",
    Outcome.UNREADABLE: "not readable again",
}

_DECIDED: Final[dict[str, tuple[str, str]]] = {
    "attention": ("needs a person", "need a person"),
    "still_pending": ("left open", "left open"),
    "unreadable": ("unreadable", "unreadable"),
    "already_resolved": ("checked again, unchanged", "checked again, unchanged"),
}

_SKIPPED: Final[dict[WarningKind, str]] = {
    WarningKind.CLOCK_SKEW: "the clocks differ too much",
    WarningKind.ROW_TIMES: "the time zone of the rows is not known",
    WarningKind.PSP_BLOCKED: "the PSP asked to be left alone",
    WarningKind.SHOP_REFUSES: "the shop refused the events before it",
}
