"""Gathering what the incident screen shows: rows from the lists, closed ones from the journal.

Counted in slices of a few milliseconds, so that keys are answered meanwhile.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from reconcile_tui.core.breakdown import Aspect, Bar, Breakdown
from reconcile_tui.core.burn_down import BurnDown, Point, Stay, onset
from reconcile_tui.core.findings import Finding, FindingClass, RowRef
from reconcile_tui.core.incident import Incident, Span
from reconcile_tui.core.phases import PHASES
from reconcile_tui.screens.breath import Breath
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.lists import ListedRow, Tab
from reconcile_tui.screens.triage.roster import Roster

STUCK_IN: Final = (Tab.ORDERS, Tab.REFUNDS, Tab.ORPHANS)
"""The lists whose rows are the backlog: what waits on its customer is no money at risk."""

_STEPS: Final = 240
_PAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What is known of the incident.

    Attributes:
        at: when it was read (UTC, database clock).
        began: the onset of the present backlog, as far back as was looked.
        told: what was done in this time.
    """

    at: datetime
    window: timedelta
    points: tuple[Point, ...]
    began: datetime | None
    bars: dict[Aspect, tuple[Bar, ...]]
    told: Incident


async def gather(desk: Desk, rosters: Mapping[Tab, Roster], window: timedelta) -> Gathered:
    """Read and count. Raises what `Lists` does.

    Args:
        rosters: the lists as they were read already; what is filtered or was not read is read here.
    """
    limits = {phase.cls: phase.stuck_after(desk.place.policy) for phase in PHASES}
    at = (await desk.lists.page(STUCK_IN[0], limit=1)).at
    breakdown = Breakdown(at=at)
    burn_down = BurnDown(begin=at - window, now=at, steps=_STEPS)
    breath = Breath()
    stuck: set[RowRef] = set()
    for tab in STUCK_IN:
        async for rows in _rows(desk, rosters[tab]):
            for row in rows:
                if row.ref in stuck:
                    continue
                stuck.add(row.ref)
                reason = row.attention.reason if row.attention is not None else None
                breakdown.add(row.finding, place=tab.value, reason=reason)
                burn_down.add(_stay(row.finding, limits, at))
                if breath.is_due:
                    await breath.taken()
    async for closings in desk.records.closings(since=at - window):
        for closing in closings:
            if closing.ref not in stuck:
                stuck.add(closing.ref)
                burn_down.add(closing.stay)
                if breath.is_due:
                    await breath.taken()
    points = burn_down.points()
    return Gathered(
        at=at,
        window=window,
        points=points,
        began=onset(points),
        bars={aspect: breakdown.bars(aspect) for aspect in Aspect},
        told=await desk.records.incident(Span(since=at - window)),
    )


def _stay(finding: Finding, limits: Mapping[FindingClass, timedelta], at: datetime) -> Stay:
    """A stuck row's stay. A clock that ran on meanwhile does not take it off the plot."""
    if finding.row.pending_since is None:
        return Stay(since=at)
    since = finding.row.pending_since + limits.get(finding.cls, timedelta())
    return Stay(since=min(since, at))


async def _rows(desk: Desk, roster: Roster) -> AsyncIterator[Sequence[ListedRow]]:
    if roster.was_read and not roster.wanted:
        seen = list(roster.visible)
        for begin in range(0, len(seen), _PAGE):
            rows = (roster.row(ref) for ref in seen[begin : begin + _PAGE])
            yield [roster.as_known(row) for row in rows if row is not None]
        return
    after: object | None = None
    while True:
        page = await desk.lists.page(roster.tab, limit=_PAGE, after=after)
        yield [roster.as_known(row) for row in page.rows]
        after = page.after
        if after is None:
            return
