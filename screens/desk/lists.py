"""The lists: which rows stand in each tab, and how everything stands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import Finding, RowRef
from reconcile_tui.core.money import Money

if TYPE_CHECKING:
    from reconcile_tui.core.health import Health
    from reconcile_tui.core.psp.local_budget import BudgetUse
    from reconcile_tui.core.store.attention import AttentionItem


class Tab(StrEnum):
    """The tabs of the first screen, in their order."""

    ORDERS = "orders"
    REFUNDS = "refunds"
    ORPHANS = "orphans"
    ATTENTION = "attention"
    CUSTOMER = "customer"
    HISTORY = "history"

    @property
    def heading(self) -> str:
        """Its name for people."""
        return _HEADINGS[self]

    @property
    def holds_rows(self) -> bool:
        """Whether it lists rows of the shop."""
        return self is not Tab.HISTORY


_HEADINGS = {
    Tab.ORDERS: "Stuck orders",
    Tab.REFUNDS: "Stuck refunds",
    Tab.ORPHANS: "Orphan refunds",
    Tab.ATTENTION: "Attention",
    Tab.CUSTOMER: "Waiting on customer",
    Tab.HISTORY: "History",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionMark:
    """Why a row needs a person. Moments are UTC, database clock.

    Attributes:
        acknowledged_by: None where nobody did, or where it ran out.
        acknowledged_until: None: until its facts change.
        item: what was seen; an acknowledgement holds to it.
    """

    reason: Reason
    since: datetime
    item: AttentionItem
    acknowledged_by: str | None = None
    acknowledged_reason: str | None = None
    acknowledged_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of a list: what the shop and earlier reads say of it. Nothing was asked of the PSP."""

    finding: Finding
    attention: AttentionMark | None = None

    @property
    def ref(self) -> RowRef:
        return self.finding.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPage:
    """A page of a list.

    Attributes:
        at: when it was read (UTC, database clock).
        after: what to ask the next page with; None on the last.
        gone: attention items of this page whose rows the shop's tables hold no more.
    """

    rows: tuple[ListedRow, ...]
    at: datetime
    after: object | None
    gone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TabFigures:
    """What stands on a tab. `loud`: rows that want a person now (attention items nobody acknowledged).

    Attributes:
        money: at risk, per currency, the one of the most rows first where that is known.
        oldest: since when the oldest hangs (UTC).
    """

    rows: int
    money: tuple[Money, ...] = ()
    oldest: datetime | None = None
    loud: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Somebody acts on a row just now.

    Attributes:
        actor: as the journal names them; None where the lease tells of no intent yet.
        holder: names the process.
        expires_at: when others may settle it (UTC, database clock).
    """

    ref: RowRef
    actor: str | None
    holder: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How everything stands at one moment.

    Attributes:
        at: UTC, database clock.
        read_at: the same moment by this machine's clock (UTC).
        acting: whose hands are on which rows, this process' included.
        newest_entry: the journal's newest id; what came after an earlier one is news.
    """

    at: datetime
    read_at: datetime
    tabs: Mapping[Tab, TabFigures]
    health: Health
    budget: BudgetUse
    acting: tuple[Acting, ...] = ()
    newest_entry: int = 0
    money_at_risk: tuple[Money, ...] = ()
    stuck: int = 0


class Way(StrEnum):
    """How a row left a list."""

    FIXED = "fixed"
    """Somebody of this tool made it final."""
    RESOLVED = "resolved"
    """Somebody of this tool came to it, and the real webhook, or somebody else, had been there first."""
    CONTRADICTED = "contradicted"
    """Somebody of this tool came to it, and something else made it final otherwise."""
    UNDER_WAY = "under_way"
    """It is final, and somebody of this tool acts on it still: what came of that is not on record yet."""
    BY_ITSELF = "by_itself"
    """It is final, and nothing on record closed it."""
    CUSTOMER = "customer"
    """It waits on the customer now."""
    STILL_OPEN = "still_open"
    """It is stuck, and stands in another list."""
    NOT_STUCK = "not_stuck"
    """It is open, and nothing to look at yet."""
    NEEDS_NOBODY = "needs_nobody"
    """It needed a person, and does no more."""
    GONE = "gone"
    """The shop has no such row any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What became of a row that left a list.

    Attributes:
        status: the row's status now, in the shop's or our own word (foreign text).
        at: when it was made final (UTC, database clock), where that is on record.
        actor: who did it, as the journal names them.
    """

    ref: RowRef
    way: Way
    status: str | None = None
    at: datetime | None = None
    actor: str | None = None


class Lists(Protocol):
    """What is stuck. Every method raises one of `core.store.database.DATABASE_TROUBLE` where the database
    cannot be used, and `core.store.schema.SchemaOutdated` where the tool's tables are not there."""

    async def overview(self) -> Overview:
        """Counts, money, health, pauses and who acts."""
        ...

    async def page(self, tab: Tab, *, limit: int, after: object | None = None) -> ListedPage:
        """A page of a tab, oldest first (attention: the loudest first).

        Raises:
            ValueError: the tab holds no rows.
        """
        ...

    async def rows(self, refs: Sequence[RowRef]) -> Sequence[ListedRow]:
        """These rows as they are now, whatever their class; those that do not exist are left out."""
        ...

    async def find(self, text: str) -> Sequence[RowRef]:
        """Every row that has this id, its own or the PSP's."""
        ...

    async def traces(self, refs: Sequence[RowRef]) -> Sequence[Trace]:
        """What became of rows that left their list."""
        ...

    def explain(self, trouble: Exception) -> tuple[str, str]:
        """What is wrong with the database, and what to do next, each a sentence; for the errors above."""
        ...

    def announcements(self) -> AsyncIterator[None]:
        """Each time this tool, in any process, wrote something. Ends where the database tells of nothing;
        a lost connection is opened again."""
        ...
