"""Selection: the stuck rows that a filter means, page by page. A backlog of any size costs bounded memory."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.core.filter import Filter
from reconcile_tui.core.findings import Finding, RowRef
from reconcile_tui.core.phases import Phase
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.store.findings import FindingsQuery

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Rows that were chosen, oldest first. `matched`: how many there are, whatever the limit."""

    refs: tuple[RowRef, ...]
    matched: int


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
    matched = 0
    for phase in phases:
        taken = 0
        async for finding in matching(findings, wanted, phase, now=now, policy=policy):
            matched += 1
            if taken < limit:
                oldest.append(finding)
                taken += 1
        oldest = sorted(oldest, key=lambda finding: (finding.row.pending_since, finding.ref))[:limit]
    return Selection(refs=tuple(finding.ref for finding in oldest), matched=matched)


async def matching(
    findings: FindingsQuery, wanted: Filter, phase: Phase, *, now: datetime, policy: Policy
) -> AsyncIterator[Finding]:
    """The stuck rows of a phase that `wanted` means, oldest first. `now`: UTC, database clock."""
    after = None
    while True:
        page = await findings.page(phase, now=now, policy=policy, limit=_PAGE, after=after)
        for finding in page.findings:
            if wanted.matches(finding):
                yield finding
        after = page.after
        if after is None:
            return
