"""Row times: what one process knows of how the shop's dates are to be read, kept up to date as it works.

The tables are looked at when a tick, a plan or an apply begins. What the PSP says of rows that are read on
the way is kept, so that a process that runs for a while can prove what nobody said (`core.time_proof`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.findings import Finding, LocalOrder, LocalRefund, RowRef
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import OrphanEvidence, PaymentSeen, PspState, RefundSeen
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.store.time_facts import TimeFacts
from reconcile_tui.core.tick_sums import TickSums
from reconcile_tui.core.time_proof import (
    Basis,
    Comparison,
    Doubt,
    Observation,
    ShopTimes,
    TableFacts,
    TableTimes,
    judged,
    was_utc_left,
)

MOST_COMPARED: Final = 60
"""Rows of a table that are kept to compare; the latest at the PSP."""
MOST_OBSERVED: Final = 24
PROOF_LASTS: Final = timedelta(days=1)
"""How long others go by what a tick proved."""
MOST_TICKS: Final = 50


@dataclass(slots=True, kw_only=True)
class _Table:
    """What is known of one table."""

    kind: Kind
    compared: dict[RowRef, Comparison] = field(default_factory=dict)
    observed: list[Observation] = field(default_factory=list)

    def saw(self, comparison: Comparison) -> None:
        self.compared[comparison.ref] = comparison
        if len(self.compared) > MOST_COMPARED:
            del self.compared[min(self.compared, key=lambda ref: self.compared[ref].psp)]

    def looked(self, facts: TableFacts, now: datetime) -> None:
        if facts.newest is not None and (not self.observed or self.observed[-1].newest != facts.newest):
            self.observed = [*self.observed[1 - MOST_OBSERVED :], Observation(at=now, newest=facts.newest)]


class RowTimes:
    """How the dates of one shop are read, as far as this process knows."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy
        self._facts: TimeFacts | None = None
        self._on_record: Mapping[str, int] = {}
        self._orders = _Table(kind=Kind.ORDER)
        self._refunds = _Table(kind=Kind.REFUND)

    async def look(self, time: DatabaseTime) -> None:
        """Look at the tables.

        Raises:
            One of `core.store.database.DATABASE_TROUBLE`: the database is away, or a table is not there.
        """
        now = time.now()
        self._facts = await self._store.time_facts.facts(now=now, tolerance=self._policy.skew_limit)
        self._on_record = _proofs(await self._store.runs.latest(limit=MOST_TICKS), now)
        self._orders.looked(self._facts.orders, now)
        self._refunds.looked(self._facts.refunds, now)

    def saw(self, finding: Finding, state: PspState) -> None:
        """A row was read at the PSP."""
        match finding.row, state:
            case LocalOrder() as order, PaymentSeen() as payment:
                self._compare_order(order, payment)
            case LocalRefund() as refund, RefundSeen():
                self._compare(self._refunds, refund.ref, refund.created_at, state.created_at)
            case LocalRefund(order=LocalOrder() as order), OrphanEvidence(payment=payment):
                self._compare_order(order, payment)
            case _:
                pass

    def now(self, now: datetime) -> ShopTimes:
        """The verdicts at `now` (UTC, database clock), with what other processes proved lately."""
        return self.own(now).with_a_tick(self._on_record)

    def own(self, now: datetime) -> ShopTimes:
        """The same by what this process saw alone: what is put on record, so that no proof renews itself.
        Before the first look nothing is known."""
        if self._facts is None:
            return ShopTimes(refunds=self._unknown(), trusted=self._policy.trust_row_times)
        return ShopTimes(
            orders=self._judged(self._orders, self._facts.orders, now),
            refunds=self._judged(self._refunds, self._facts.refunds, now),
            trusted=self._policy.trust_row_times,
        )

    def _unknown(self) -> TableTimes:
        mapping = self._store.shop.mapping.refunds
        return TableTimes(
            kind=Kind.REFUND,
            table=mapping.table,
            column=mapping.created_at,
            basis=Basis.UNPROVEN,
            doubt=Doubt.UNKNOWN,
        )

    def _judged(self, table: _Table, facts: TableFacts, now: datetime) -> TableTimes:
        return judged(
            table.kind,
            facts,
            zone=self._store.shop.mapping.timezone,
            now=now,
            compared=table.compared.values(),
            observed=table.observed,
            server_zone=self._facts.server_zone if self._facts else None,
        )

    def _compare_order(self, order: LocalOrder, payment: PaymentSeen) -> None:
        """An order's row is as old as its payment, where its age counts from its `created_at`."""
        if self._store.shop.mapping.orders.pending_since is None and order.payment_id == payment.payment_id:
            self._compare(self._orders, order.ref, order.pending_since, payment.created_at)

    def _compare(self, table: _Table, ref: RowRef, here: datetime | None, psp: datetime | None) -> None:
        if here is not None and psp is not None:
            table.saw(Comparison(ref=ref, here=here, psp=psp))


def _proofs(ticks: Iterable[Run], now: datetime) -> dict[str, int]:
    """What the last ticks proved, the latest first; a table that a later one found wrong is not proven."""
    said: dict[Kind, dict[str, int]] = {}
    for run in ticks:
        if now - run.started_at > PROOF_LASTS or was_utc_left(run.started_at, now):
            break
        times = TickSums.of(run.counts).times
        for kind in Kind:
            proven, wrong = f"{kind}.{Basis.PROVEN}", {f"{kind}.{Doubt.PSP}", f"{kind}.{Doubt.AHEAD}"}
            if kind not in said and (proven in times or wrong & times.keys()):
                said[kind] = {proven: times[proven]} if proven in times else {}
    return {key: count for proofs in said.values() for key, count in proofs.items()}


async def row_times(store: Store, policy: Policy, *, now: datetime) -> ShopTimes:
    """How the dates are read, by the tables and by what ticks knew: for who reads nothing at the PSP.

    Args:
        now: UTC, database clock.
    """
    facts = await store.time_facts.facts(now=now, tolerance=policy.skew_limit)
    zone = store.shop.mapping.timezone

    def of(kind: Kind, table: TableFacts) -> TableTimes:
        return judged(kind, table, zone=zone, now=now, server_zone=facts.server_zone)

    ticks = await store.runs.latest(limit=MOST_TICKS)
    last = TickSums.of(next((run.counts for run in ticks if run.counts is not None), None)).times
    times = ShopTimes(
        orders=of(Kind.ORDER, facts.orders),
        refunds=of(Kind.REFUND, facts.refunds),
        trusted=policy.trust_row_times,
    )
    return times.with_a_tick({**_proofs(ticks, now), **last})
