"""Standing: how much is stuck right now, by class, and the money at risk; no PSP is asked.

Status, metrics, alerts and screens tell the same figures because they all come from here.
"""

from dataclasses import dataclass, field
from datetime import datetime

from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.phases import ORDERS, ORPHANS, REFUNDS, PhaseName
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.row_times import row_times
from reconcile_tui.core.slow_backlog import SlowBacklog, slow_backlog
from reconcile_tui.core.statuses import WAITS_ON_CUSTOMER
from reconcile_tui.core.store.attention import AttentionTally
from reconcile_tui.core.store.findings import Backlog
from reconcile_tui.core.store.status_words import UnmappedWord
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.time_proof import ShopTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The backlog at one moment.

    Attributes:
        at: UTC, database clock.
        orders: stuck orders, without those that wait on the customer.
        customer: stuck orders that wait on the customer: no money at risk.
        times: whether the shop's dates may be trusted, by the tables and the last tick.
        slow: more is due than the daemon's next check takes; None where it takes all.
        unmapped: words of the status columns that the mapping does not name.
    """

    at: datetime
    orders: Backlog
    customer: Backlog
    refunds: Backlog
    orphans: Backlog
    attention: AttentionTally
    times: ShopTimes = field(default_factory=ShopTimes)
    slow: SlowBacklog | None = None
    unmapped: tuple[UnmappedWord, ...] = ()

    @property
    def stuck(self) -> int:
        """Rows that hang and do not wait on the customer."""
        return self.orders.rows + self.refunds.rows + self.orphans.rows

    @property
    def waiting(self) -> int:
        """Stuck rows that a later check takes up: neither a person nor the customer is asked for."""
        return max(self.stuck - self.attention.of_open_rows, 0)

    @property
    def needs_somebody(self) -> bool:
        """Whether a row is left that needs a person or a later check, or that nobody looks at. What waits on
        the customer, or was acknowledged, does not."""
        return bool(self.attention.unacknowledged or self.waiting or self.unmapped)

    @property
    def oldest(self) -> datetime | None:
        """Since when the oldest of them hangs (UTC); None where nothing does."""
        each = (self.orders.oldest, self.refunds.oldest, self.orphans.oldest)
        return min((since for since in each if since is not None), default=None)

    @property
    def money_at_risk(self) -> tuple[Money, ...]:
        """Per currency, each row once: an attention item about an open row is in its list already."""
        listed = (*self.orders.money, *self.refunds.money, *self.orphans.money)
        return per_currency((*listed, *self.attention.money_of_final))


async def standing(store: Store, policy: Policy, *, now: datetime | None = None) -> Standing:
    """The backlog at `now` (UTC, database clock); at this moment where it is not given."""
    now = now or await store.database.now()
    orders = await store.findings.backlog(ORDERS, now=now, policy=policy, not_last_known=WAITS_ON_CUSTOMER)
    customer = await store.findings.backlog(ORDERS, now=now, policy=policy, last_known=WAITS_ON_CUSTOMER)
    refunds = await store.findings.backlog(REFUNDS, now=now, policy=policy)
    orphans = await store.findings.backlog(ORPHANS, now=now, policy=policy)
    stuck = {
        PhaseName.ORDERS: orders.rows + customer.rows,
        PhaseName.REFUNDS: refunds.rows,
        PhaseName.ORPHANS: orphans.rows,
    }
    return Standing(
        at=now,
        orders=orders,
        customer=customer,
        refunds=refunds,
        orphans=orphans,
        attention=await store.attention.tally(now=now),
        times=await row_times(store, policy, now=now),
        slow=await slow_backlog(store, policy, now=now, stuck=stuck),
        unmapped=await store.status_words.unmapped(now=now),
    )
