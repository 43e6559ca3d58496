"""The lists over the store."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import Finding, RowRef
from reconcile_tui.core.health import Limits, health
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.phases import ORDERS, ORPHANS, REFUNDS, Phase
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.statuses import WAITS_ON_CUSTOMER
from reconcile_tui.core.store.announcements import announcements
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.core.store.findings import Backlog, PageKey
from reconcile_tui.core.store.journal_entries import Entry
from reconcile_tui.core.store.journal_search import JournalFilter
from reconcile_tui.core.store.row_leases import Held, in_force
from reconcile_tui.core.store.schema import require_schema
from reconcile_tui.core.store.store import Store
from reconcile_tui.desk.traces import trace
from reconcile_tui.errors import explain_error
from reconcile_tui.screens.desk.lists import (
    Acting,
    AttentionMark,
    ListedPage,
    ListedRow,
    Overview,
    Tab,
    TabFigures,
    Trace,
)

_MOST_ACTING: Final = 500
_MOST_ATTENTION: Final = 10_000
_MOST_COUNTED: Final = 1000
_LATELY: Final = timedelta(hours=24)
_Items = Sequence[AttentionItem]
_PHASES: Final = {
    Tab.ORDERS: ORDERS,
    Tab.CUSTOMER: ORDERS,
    Tab.REFUNDS: REFUNDS,
    Tab.ORPHANS: ORPHANS,
}


@dataclass(slots=True, kw_only=True)
class StoreLists:
    """`Lists` over one store.

    Attributes:
        limits: what is too long, and too much, for the health.
        heed_block: learns whether a person lifted what the PSP asked this process for.
    """

    store: Store
    policy: Policy
    budget: LocalBudget
    limits: Limits
    clock: Clock
    heed_block: Callable[[], Awaitable[object]] | None = None
    _schema_is_there: bool = field(default=False, init=False)

    async def overview(self) -> Overview:
        await self._require_schema()
        store = self.store
        if self.heed_block is not None and self.budget.blocked_until is not None:
            await self.heed_block()
        how = await health(store, self.policy, self.limits)
        stands = how.situation.standing
        held = await self._held(stands.at)
        newest = await store.journal_search.newest(JournalFilter(), limit=1)
        lately = await store.journal_search.count_since(stands.at - _LATELY, at_most=_MOST_COUNTED)
        tally = stands.attention
        return Overview(
            at=stands.at,
            read_at=self.clock.now(),
            tabs={
                Tab.ORDERS: _figures(stands.orders),
                Tab.REFUNDS: _figures(stands.refunds),
                Tab.ORPHANS: _figures(stands.orphans),
                Tab.ATTENTION: TabFigures(
                    rows=sum(tally.open.values()),
                    money=tally.money,
                    oldest=tally.oldest,
                    loud=tally.unacknowledged,
                ),
                Tab.CUSTOMER: _figures(stands.customer),
                Tab.HISTORY: TabFigures(rows=lately),
            },
            health=how,
            budget=self.budget.use,
            acting=tuple(
                Acting(ref=each.ref, actor=each.actor, holder=each.holder, expires_at=each.expires_at)
                for each in held
            ),
            newest_entry=newest[0].entry.entry_id if newest else 0,
            money_at_risk=stands.money_at_risk,
            stuck=stands.stuck,
        )

    async def page(self, tab: Tab, *, limit: int, after: object | None = None) -> ListedPage:
        await self._require_schema()
        now = await self.store.database.now()
        if tab is Tab.ATTENTION:
            return await self._attention_page(now, limit=limit, waiting=cast("_Items | None", after))
        page = await self.store.findings.page(
            _phase(tab),
            now=now,
            policy=self.policy,
            limit=limit,
            after=cast("PageKey | None", after),
            last_known=WAITS_ON_CUSTOMER if tab is Tab.CUSTOMER else None,
            not_last_known=WAITS_ON_CUSTOMER if tab is Tab.ORDERS else None,
        )
        return ListedPage(rows=await self._marked(page.findings), at=now, after=page.after)

    async def rows(self, refs: Sequence[RowRef]) -> Sequence[ListedRow]:
        now = await self.store.database.now()
        return await self._marked(await self.store.findings.findings(refs, now=now, policy=self.policy))

    async def find(self, text: str) -> Sequence[RowRef]:
        return await self.store.findings.look_up(text)

    async def traces(self, refs: Sequence[RowRef]) -> Sequence[Trace]:
        outcomes = await self._what_came_of(refs)
        rows = {row.ref: row for row in await self.rows(refs)}
        held = {each.ref: each for each in await self._held(await self.store.database.now())}
        return [trace(ref, outcomes.get(ref), rows.get(ref), held.get(ref)) for ref in refs]

    async def _what_came_of(self, refs: Sequence[RowRef]) -> dict[RowRef, Entry]:
        """What the journal says of these rows at last. Who came too late is not who healed it."""
        latest = self.store.journal_search.latest_outcomes
        outcomes = await latest(refs)
        late = [ref for ref, found in outcomes.items() if found.outcome is Outcome.ALREADY_RESOLVED]
        return outcomes | await latest(late, outcome=Outcome.FIXED) if late else outcomes

    def explain(self, trouble: Exception) -> tuple[str, str]:
        told = explain_error(trouble)
        return told.what, told.next_step

    async def announcements(self) -> AsyncIterator[None]:
        async with aclosing(announcements(self.store.database)) as heard:
            async for _ in heard:
                yield

    async def _require_schema(self) -> None:
        if not self._schema_is_there:
            await require_schema(self.store.database)
            self._schema_is_there = True

    async def _held(self, now: datetime) -> list[Held]:
        async def unit(connection: AsyncConnection) -> list[Held]:
            return await in_force(connection, now=now, limit=_MOST_ACTING)

        return await self.store.database.read(unit)

    async def _attention_page(self, now: datetime, *, limit: int, waiting: _Items | None) -> ListedPage:
        """Items in the order that they had when the first page was asked for."""
        items = await self.store.attention.open_items(limit=_MOST_ATTENTION) if waiting is None else waiting
        of_page, rest = items[:limit], items[limit:]
        findings = await self.store.findings.findings(
            [item.ref for item in of_page], now=now, policy=self.policy
        )
        by_ref = {finding.ref: finding for finding in findings}
        rows = tuple(ListedRow(by_ref[item.ref], _mark(item)) for item in of_page if item.ref in by_ref)
        return ListedPage(rows=rows, at=now, after=rest or None, gone=len(of_page) - len(rows))

    async def _marked(self, findings: Sequence[Finding]) -> tuple[ListedRow, ...]:
        refs = [finding.ref for finding in findings]
        items = await self.store.attention.open_items(limit=len(refs), refs=refs) if refs else []
        marks = {item.ref: _mark(item) for item in items}
        return tuple(ListedRow(finding, marks.get(finding.ref)) for finding in findings)


def _phase(tab: Tab) -> Phase:
    if tab not in _PHASES:
        raise ValueError(f"{tab} holds no rows")
    return _PHASES[tab]


def _figures(backlog: Backlog) -> TabFigures:
    place = {code: number for number, code in enumerate(backlog.commonest)}
    money = sorted(backlog.money, key=lambda each: place.get(each.currency, len(place)))
    return TabFigures(rows=backlog.rows, money=tuple(money), oldest=backlog.oldest)


def _mark(item: AttentionItem) -> AttentionMark:
    by = item.acknowledged_by if item.is_acknowledged else None
    return AttentionMark(
        reason=item.reason,
        since=item.since,
        item=item,
        acknowledged_by=by,
        acknowledged_reason=item.acknowledged_reason if by else None,
        acknowledged_until=item.acknowledged_until if by else None,
    )
