"""`list`: what is stuck, by phase, what needs a person, and what waits on the customer. No PSP is asked."""

from collections.abc import Sequence
from typing import assert_never

from reconcile_tui.bootstrap import opened_store
from reconcile_tui.cli.choices import ListName
from reconcile_tui.cli.described import (
    attention_document,
    finding_document,
    money_documents,
    waits_on_customer,
)
from reconcile_tui.cli.documents import ListDocument, ListedDocument, SectionDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.list_page import list_page
from reconcile_tui.core.filter import EVERYTHING, Filter
from reconcile_tui.core.filter_grammar import parse_filter
from reconcile_tui.core.findings import Finding, FindingClass, RowRef
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.phases import ORDERS, ORPHANS, REFUNDS, Phase
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.selection import stuck_rows
from reconcile_tui.core.standing import Standing, standing
from reconcile_tui.core.statuses import WAITS_ON_CUSTOMER
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.core.store.findings import Backlog
from reconcile_tui.core.store.store import Store
from reconcile_tui.exit_codes import ExitCode

_PAGE = 200
_MOST_ITEMS = 20_000
"""Attention items that are counted at most: each is for a person to look at."""

_PHASE_OF = {
    ListName.ORDERS: ORDERS,
    ListName.REFUNDS: REFUNDS,
    ListName.ORPHANS: ORPHANS,
    ListName.CUSTOMER: ORDERS,
}
_STUCK = (FindingClass.STUCK_ORDER, FindingClass.STUCK_REFUND, FindingClass.ORPHAN_REFUND)


async def list_rows(
    work: Work, *, names: Sequence[ListName], limit: int, filter_text: str | None = None
) -> int:
    """Print the lists; all of them where none is named."""
    only = parse_filter(filter_text or "")
    wanted = list(dict.fromkeys(names)) or list(ListName)
    policy = work.settings.policy()
    async with opened_store(work.settings) as store:
        with work.progress.shown("Looking for stuck rows"):
            now = await store.database.now()
            stands = await standing(store, policy, now=now)
            lists = Lists(store=store, policy=policy, stands=stands, limit=limit, only=only)
            found = [await lists.section(name) for name in wanted]
    everything = set(wanted) >= set(ListName)
    at_risk = (per_currency(lists.at_risk) if only else stands.money_at_risk) if everything else ()
    document = ListDocument(
        place=work.place,
        at=now,
        filter=str(only) if only else None,
        sections=tuple(found),
        money_at_risk=money_documents(at_risk),
        exit_code=ExitCode.OK,
    )
    work.output.show(document, list_page)
    return ExitCode.OK


class Lists:
    """Makes lists over one store at one moment. What they count is what `status` and the tabs count.

    Attributes:
        at_risk: the money of the filtered lists made so far, each row once.
    """

    def __init__(
        self, *, store: Store, policy: Policy, stands: Standing, limit: int, only: Filter = EVERYTHING
    ) -> None:
        self._store = store
        self._policy = policy
        self._stands = stands
        self._now = stands.at
        self._limit = limit
        self._only = only
        self.at_risk: list[Money] = []

    async def section(self, name: ListName) -> SectionDocument:
        """One list."""
        if name is ListName.ATTENTION:
            return await self._attention()
        if self._only:
            return await self._filtered(name, _PHASE_OF[name])
        backlog = self._backlog(name)
        return SectionDocument(
            name=name.value,
            rows=await self._rows(name),
            total_rows=backlog.rows,
            acknowledged_rows=0,
            waiting_on_customer=self._stands.customer.rows if name is ListName.ORDERS else 0,
            money_at_risk=money_documents(backlog.money),
            oldest=backlog.oldest,
        )

    def _backlog(self, name: ListName) -> Backlog:
        match name:
            case ListName.ORDERS:
                return self._stands.orders
            case ListName.REFUNDS:
                return self._stands.refunds
            case ListName.ORPHANS:
                return self._stands.orphans
            case ListName.CUSTOMER:
                return self._stands.customer
            case ListName.ATTENTION:
                raise ValueError("attention items are counted by their reasons")
            case _:
                assert_never(name)

    async def _filtered(self, name: ListName, phase: Phase) -> SectionDocument:
        """A list of those rows that the filter means: every stuck row is looked at, page by page."""
        of_customer = name is ListName.CUSTOMER
        rows: list[ListedDocument] = []
        money: tuple[Money, ...] = ()
        oldest = None
        total = waiting = 0
        async for finding in stuck_rows(
            self._store.findings,
            phase,
            now=self._now,
            policy=self._policy,
            last_known=WAITS_ON_CUSTOMER if of_customer else None,
        ):
            if not self._only.matches(finding):
                continue
            if waits_on_customer(finding) is not of_customer:
                waiting += 1
                continue
            total += 1
            oldest = oldest or finding.row.pending_since
            if total <= self._limit:
                rows.append(_row(finding))
            if finding.row.money is not None:
                money = per_currency((*money, finding.row.money))
        self.at_risk += () if of_customer else money
        return SectionDocument(
            name=name.value,
            rows=tuple(rows),
            total_rows=total,
            acknowledged_rows=0,
            waiting_on_customer=waiting,
            money_at_risk=money_documents(money),
            oldest=oldest,
        )

    async def _attention(self) -> SectionDocument:
        tally = self._stands.attention
        items = await self._store.attention.open_items(limit=_MOST_ITEMS)
        money: list[Money] = []
        shown: list[ListedDocument] = []
        meant: list[AttentionItem] = []
        for start in range(0, len(items), _PAGE):
            part = items[start : start + _PAGE]
            rows = await self._store.findings.findings(
                [item.ref for item in part], now=self._now, policy=self._policy
            )
            found = {row.ref: row for row in rows}
            part = [item for item in part if self._means(item, found.get(item.ref))]
            meant += part
            rows = [found[item.ref] for item in part if item.ref in found]
            amounts = [(row.cls, row.row.money) for row in rows if row.row.money is not None]
            money += [amount for _, amount in amounts]
            self.at_risk += [amount for cls, amount in amounts if cls not in _STUCK]
            shown += [_listed(item, found) for item in part[: max(self._limit - len(shown), 0)]]
        return SectionDocument(
            name="attention",
            rows=tuple(shown),
            total_rows=len(meant) if self._only else sum(tally.open.values()),
            acknowledged_rows=sum(item.is_acknowledged for item in meant)
            if self._only
            else tally.acknowledged,
            waiting_on_customer=0,
            money_at_risk=money_documents(per_currency(money) if self._only else tally.money),
            oldest=min((item.since for item in meant), default=None),
        )

    def _means(self, item: AttentionItem, finding: Finding | None) -> bool:
        """Whether the filter means an item; of a row that is gone nothing is known."""
        if finding is None:
            return not self._only
        return self._only.matches(finding, reasons=[item.reason])

    async def _rows(self, name: ListName) -> tuple[ListedDocument, ...]:
        rows: list[Finding] = []
        after = None
        while len(rows) < self._limit:
            page = await self._store.findings.page(
                _PHASE_OF[name],
                now=self._now,
                policy=self._policy,
                limit=min(_PAGE, self._limit - len(rows)),
                after=after,
                last_known=WAITS_ON_CUSTOMER if name is ListName.CUSTOMER else None,
                not_last_known=WAITS_ON_CUSTOMER if name is ListName.ORDERS else None,
            )
            rows += page.findings
            after = page.after
            if after is None:
                break
        return tuple(_row(finding) for finding in rows)


def _row(finding: Finding) -> ListedDocument:
    return ListedDocument(
        kind=finding.ref.kind, id=finding.ref.row_id, finding=finding_document(finding), attention=None
    )


def _listed(item: AttentionItem, found: dict[RowRef, Finding]) -> ListedDocument:
    finding = found.get(item.ref)
    return ListedDocument(
        kind=item.ref.kind,
        id=item.ref.row_id,
        finding=finding_document(finding) if finding else None,
        attention=attention_document(item),
    )
