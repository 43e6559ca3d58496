"""What happened, here and elsewhere: the latest lines, and the words for rows that left a list."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.desk.lists import Acting, Trace, Way

_KEPT: Final = 200
_NAMED: Final = 2
"""So many rows that left are told one by one; more are added up."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line. `at`: when it was told (UTC, this machine's clock); `words` are harmless."""

    at: datetime
    words: str


class Happenings:
    """The latest lines, the newest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: deque[Happening] = deque(maxlen=_KEPT)

    def __iter__(self) -> Iterator[Happening]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def latest(self) -> Happening | None:
        return self._lines[0] if self._lines else None

    def tell(self, words: str) -> None:
        """Keep a line. Foreign text in it becomes harmless."""
        self._lines.appendleft(Happening(self._clock.now(), harmless(words, limit=300)))


def departure_lines(
    traces: Sequence[Trace], *, where: str, marks_dropped: int = 0, untold: int = 0
) -> list[str]:
    """What to tell of rows that left a list.

    Args:
        where: which list.
        marks_dropped: how many of them were marked.
        untold: how many more left, of which nobody asked what became of them.
    """
    marks = _marks(marks_dropped)
    if len(traces) <= _NAMED and not untold:
        lines = [trace_words(trace) for trace in traces]
        return [*lines, marks] if marks else lines
    total = len(traces) + untold
    ways = Counter(_sum_words(trace) for trace in traces)
    parts = [words.format(count) for words, count in ways.most_common()]
    told = f": {', '.join(parts)}" if parts else ""
    lines = [f"{total:,} rows left {where}{told}"]
    return [*lines, marks] if marks else lines


def trace_words(trace: Trace) -> str:
    """What became of one row."""
    row, status, actor = str(trace.ref), trace.status or "final", _name(trace.actor)
    when = f" at {trace.at:%H:%M} UTC" if trace.at else ""
    match trace.way:
        case Way.FIXED:
            return f"{row} became {status} by {actor}{when}"
        case Way.RESOLVED:
            return f"{row} is {status}: its webhook, or somebody else, was there before {actor}{when}"
        case Way.CONTRADICTED:
            return f"! {row} is {status}, otherwise than {actor} sent{when}: it needs a person"
        case Way.UNDER_WAY:
            return f"{row} is {status}, and {actor} acts on it: what came of that is not on record yet"
        case Way.BY_ITSELF:
            return f"{row} is {status}: no step on record closed it; its webhook came, or somebody changed it"
        case Way.CUSTOMER:
            return f"{row} waits on the customer now"
        case Way.STILL_OPEN:
            return f"{row} left this list, and is still {status}"
        case Way.NOT_STUCK:
            return f"{row} is not stuck any more, and still {status}"
        case Way.NEEDS_NOBODY:
            return f"{row} needs nobody any more: it is {status}"
        case Way.GONE:
            return f"{row} is gone: the shop has no such row any more"
        case _:
            assert_never(trace.way)


def acting_words(acting: Iterable[Acting]) -> str:
    """Whose hands are on how many rows: `alice acts on 12 rows`; empty where nobody's are."""
    rows = Counter(_name(each.actor) if each.actor else _process(each.holder) for each in acting)
    return ", ".join(
        f"{who} acts on {count} row{'' if count == 1 else 's'}" for who, count in rows.most_common()
    )


def _sum_words(trace: Trace) -> str:
    """How rows like this one left, with room for their number."""
    actor = _name(trace.actor).replace("{", "{{").replace("}", "}}")
    match trace.way:
        case Way.FIXED:
            return f"{{}} fixed by {actor}"
        case Way.RESOLVED:
            return f"{{}} final before {actor} came"
        case Way.CONTRADICTED:
            return f"{{}} final otherwise than {actor} sent: they need a person"
        case Way.UNDER_WAY:
            return f"{{}} final while {actor} acts on them"
        case Way.BY_ITSELF:
            return "{} final by no step on record"
        case Way.CUSTOMER:
            return "{} wait on the customer"
        case Way.STILL_OPEN:
            return "{} still open in another list"
        case Way.NOT_STUCK:
            return "{} not stuck any more"
        case Way.NEEDS_NOBODY:
            return "{} that need nobody any more"
        case Way.GONE:
            return "{} gone from the shop"
        case _:
            assert_never(trace.way)


def _marks(dropped: int) -> str:
    if not dropped:
        return ""
    return "1 mark dropped: its row left" if dropped == 1 else f"{dropped:,} marks dropped: their rows left"


def _name(actor: str | None) -> str:
    return harmless(actor or "somebody", limit=40)


def _process(holder: str) -> str:
    """A process by its host and number, without what makes its name unique."""
    return f"somebody ({harmless(':'.join(holder.split(':')[:2]), limit=60)})"
