"""The news: what is told of rows that left a list, and of brakes, each thing once."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.desk.lists import Lists, Overview, Tab, Trace
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

    async def changed_rows(self, records: "Records", *, after: int) -> Sequence[RowRef]:
        """The rows that the journal's entries younger than this one are about, as far as they are few."""
        from reconcile_tui.core.store.journal_search import JournalFilter  # noqa: PLC0415 after the first paint

        found = await records.journal(JournalFilter(), limit=_ENTRIES)
        return list(dict.fromkeys(each.entry.ref for each in found if each.entry.entry_id > after))

    async def of_departed(self, lists: Lists, tab: Tab, departed: Departed) -> list[str]:
        """What to tell of rows that left a list: what became of them, and of their marks."""
        if not departed.refs:
            return []
        asked = departed.refs[:_MOST_ASKED]
        traces: list[Trace] = []
        for start in range(0, len(asked), _ASKED):
            traces += await lists.traces(asked[start : start + _ASKED])
        new = [trace for trace in traces if self._is_new(trace)]
        untold = len(departed.refs) - len(asked)
        if not new and not untold and not departed.marks_dropped:
            return []
        return departure_lines(new, where=tab.heading, marks_dropped=departed.marks_dropped, untold=untold)

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


def _what(pause: "Pause") -> str:
    return harmless(pause.connector, limit=60) if pause.connector else "everything"


def _name(actor: str) -> str:
    return harmless(actor, limit=40)
