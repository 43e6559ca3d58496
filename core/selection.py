"""Selection: the stuck rows that a filter means, page by page. A backlog of any size costs bounded memory."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.core.filter import Filter
from reconcile_tui.core.findings import NO_TIME, Finding, RowRef
from reconcile_tui.core.phases import Phase
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.store.findings import FindingsQuery

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Rows that were chosen, oldest first.

    Attributes:
        matched: how many there are, whatever the limit.
        unread: others that were never read: nothing is known of their connector, status or reason.
    """

    refs: tuple[RowRef, ...]
    matched: int
    unread: int


async def select_rows(
    findings: FindingsQuery,
    wanted: Filter,
    *,
    phases: Sequence[Phase],
    now: datetime,
    policy: Policy,
    limit: int,
) -> Selection:
    """The oldest `limit` stuck rows of these phases that `wanted` means. `now`: UTC, database clock."""
    oldest: list[Finding] = []
    matched = unread = 0
    for phase in phases:
        taken = 0
        async for finding in stuck_rows(findings, phase, now=now, policy=policy):
            if not wanted.matches(finding):
                unread += finding.check is None
                continue
            matched += 1
            if taken < limit:
                oldest.append(finding)
                taken += 1
        oldest = sorted(oldest, key=lambda finding: (finding.row.pending_since or NO_TIME, finding.ref))[
            :limit
        ]
    return Selection(refs=tuple(finding.ref for finding in oldest), matched=matched, unread=unread)


async def stuck_rows(
    findings: FindingsQuery,
    phase: Phase,
    *,
    now: datetime,
    policy: Policy,
    last_known: Collection[str] | None = None,
) -> AsyncIterator[Finding]:
    """Every stuck row of a phase, oldest first; `now` and `last_known` as for `FindingsQuery.page`."""
    after = None
    while True:
        page = await findings.page(
            phase, now=now, policy=policy, limit=_PAGE, after=after, last_known=last_known
        )
        for finding in page.findings:
            yield finding
        after = page.after
        if after is None:
            return
