"""What is measured of the PSP: its own time, and how its reads end."""

import asyncio
from datetime import timedelta

from prometheus_client import CollectorRegistry

from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp.budget import PspBudget
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp_states import (
    NotFound,
    PaymentSeen,
    ReadFailed,
    ReadFailureKind,
    ReadHow,
    RefundList,
    RefundSeen,
)
from reconcile_tui.metrics.psp import MeasuredBudget, MeasuredReader, PspMetrics
from tests.builders import NOW, a_failed_read, a_payment_seen, not_found
from tests.clocks import SkippingClock
from tests.exposed import exposed

PAYMENT, REFUND = PaymentId("pay_1"), RefundId("ref_1")


class SlowReader:
    """A reader whose PSP takes two seconds, and that takes a place of a budget first."""

    def __init__(self, clock: SkippingClock, budget: PspBudget) -> None:
        self._clock = clock
        self._budget = budget
        self.closed = False

    async def payment(self, payment_id: PaymentId, *, how: ReadHow) -> PaymentSeen | NotFound | ReadFailed:
        async with self._budget.in_flight():
            await self._budget.take()
            await self._clock.sleep(2)
        return a_payment_seen()

    async def refund(self, refund_id: RefundId, *, how: ReadHow) -> RefundSeen | NotFound | ReadFailed:
        return not_found("refund", refund_id)

    async def refunds_of(self, payment_id: PaymentId) -> RefundList | ReadFailed:
        return a_failed_read(ReadFailureKind.RATE_LIMITED)

    async def aclose(self) -> None:
        self.closed = True


class Measured:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.clock = SkippingClock(NOW)
        metrics = PspMetrics(self.registry, self.clock)
        self.local = LocalBudget(rate=None, at_once=1, clock=self.clock)
        self.budget = MeasuredBudget(self.local, self.clock)
        self.slow = SlowReader(self.clock, self.budget)
        self.reader = MeasuredReader(self.slow, metrics)


async def test_a_reads_time_is_the_psps_and_what_it_waited_for_our_own_budget_is_apart() -> None:
    it = Measured()
    it.budget.penalise(NOW + timedelta(seconds=30))

    assert await it.reader.payment(PAYMENT, how=ReadHow.FORCED) == a_payment_seen()

    now = exposed(it.registry)
    read = 'reconcile_psp_read_duration_seconds_{}{{call="payment",how="forced"}}'
    assert (now[read.format("sum")], now[read.format("count")]) == (2, 1)
    assert now["reconcile_psp_budget_wait_seconds_sum"] == 30
    assert now['reconcile_psp_reads_total{answer="seen",call="payment"}'] == 1


async def test_reads_at_once_do_not_mix_up_what_they_waited() -> None:
    it = Measured()

    await asyncio.gather(*(it.reader.payment(PAYMENT, how=ReadHow.LAST_KNOWN) for _ in range(3)))

    now = exposed(it.registry)
    assert now['reconcile_psp_read_duration_seconds_sum{call="payment",how="last_known"}'] == 6
    assert now["reconcile_psp_budget_wait_seconds_sum"] > 0


async def test_how_a_read_ended_is_counted_and_a_failure_by_its_kind() -> None:
    it = Measured()

    await it.reader.refund(REFUND, how=ReadHow.FORCED)
    await it.reader.refunds_of(PAYMENT)

    now = exposed(it.registry)
    assert now['reconcile_psp_reads_total{answer="not_found",call="refund"}'] == 1
    assert now['reconcile_psp_reads_total{answer="failed",call="refund_list"}'] == 1
    assert now['reconcile_psp_read_errors_total{call="refund_list",kind="rate_limited"}'] == 1
    assert now['reconcile_psp_read_errors_total{call="refund_list",kind="timeout"}'] == 0


async def test_a_measured_budget_is_the_budget_itself() -> None:
    it = Measured()
    until = NOW + timedelta(minutes=1)
    it.budget.penalise(until)

    assert it.budget.blocked_until == until
    assert it.local.blocked_until == until
    async with it.budget.in_flight():
        assert it.local.use.in_flight == 1
    assert it.local.use.in_flight == 0


async def test_closing_the_measured_reader_closes_the_real_one() -> None:
    it = Measured()

    await it.reader.aclose()

    assert it.slow.closed
