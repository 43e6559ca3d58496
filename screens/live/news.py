"""The news: what is told of rows that left a list, and of brakes, each thing once."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.desk.lists import Lists, Overview, Tab, Trace, Way
from reconcile_tui.screens.live.happenings import departure_lines
from reconcile_tui.screens.triage.roster import Departed

if TYPE_CHECKING:
    from reconcile_tui.core.store.controls import Pause
    from reconcile_tui.screens.desk.records import Records

_ASKED: Final = 200
_MOST_ASKED: Final = 1000
_ENTRIES: Final = 1000
_REMEMBERED: Final = 10_000


class News:
    """What is new."""

    def __init__(self) -> None:
        self._told: OrderedDict[RowRef, Trace] = OrderedDict()
        self._left: dict[RowRef, set[Tab]] = {}
        self._marks = 0

    async def changed_rows(self, records: "Records", *, after: int) -> Sequence[RowRef]:
        """The rows that the journal's entries younger than this one are about, as far as they are few."""
        from reconcile_tui.core.store.journal_search import JournalFilter  # noqa: PLC0415 after the first paint

        found = await records.journal(JournalFilter(), limit=_ENTRIES)
        return list(dict.fromkeys(each.entry.ref for each in found if each.entry.entry_id > after))

    def depart(self, tab: Tab, departed: Departed) -> None:
        """These rows left a list; what became of them is told with all others of the round."""
        for ref in departed.refs:
            self._left.setdefault(ref, set()).add(tab)
        self._marks += departed.marks_dropped

    async def of_departed(self, lists: Lists) -> list[str]:
        """What to tell of the rows that left since it was told: what became of them, and of their marks."""
        left, self._left = self._left, {}
        marks, self._marks = self._marks, 0
        asked, traces = list(left)[:_MOST_ASKED], []
        for start in range(0, len(asked), _ASKED):
            traces += [
                _as_seen_from(left[trace.ref], trace)
                for trace in await lists.traces(asked[start : start + _ASKED])
            ]
        new = [trace for trace in traces if self._is_new(trace)]
        tabs = set().union(*left.values())
        where = tabs.pop().heading if len(tabs) == 1 else "the lists"
        return departure_lines(new, where=where, marks_dropped=marks, untold=len(left) - len(asked))

    def of_pauses(self, before: Overview | None, now: Overview) -> Iterator[str]:
        """What to tell of pauses that began or ended."""
        if before is None:
            return
        were = {pause.connector: pause for pause in before.health.situation.pauses}
        are = {pause.connector: pause for pause in now.health.situation.pauses}
        for connector, pause in are.items():
            if were.get(connector) != pause:
                yield f"{_name(pause.actor)} paused {_what(pause)}: “{harmless(pause.reason, limit=120)}”"
        for connector, pause in were.items():
            if connector not in are:
                yield f"{_name(pause.actor)}'s pause of {_what(pause)} is over"

    def _is_new(self, trace: Trace) -> bool:
        """Whether this was not told yet: a row may leave two lists."""
        if self._told.get(trace.ref) == trace:
            return False
        self._told[trace.ref] = trace
        self._told.move_to_end(trace.ref)
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return True


def _as_seen_from(tabs: set[Tab], trace: Trace) -> Trace:
    """What became of a row, for whoever saw it on these lists."""
    if tabs == {Tab.ATTENTION} and trace.way in (Way.BY_ITSELF, Way.STILL_OPEN, Way.NOT_STUCK, Way.CUSTOMER):
        return replace(trace, way=Way.NEEDS_NOBODY)
    return trace


def _what(pause: "Pause") -> str:
    return harmless(pause.connector, limit=60) if pause.connector else "everything"


def _name(actor: str) -> str:
    return harmless(actor, limit=40)
