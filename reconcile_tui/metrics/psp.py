"""How the PSP answers: a reader and a budget that stand before the real ones and measure.

What a read waits for this process' own budget is not the PSP's doing, and is measured by itself.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp.budget import PspBudget
from reconcile_tui.core.psp.local_budget import BudgetUse
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import (
    NotFound,
    PaymentSeen,
    ReadFailed,
    ReadFailureKind,
    ReadHow,
    RefundList,
    RefundSeen,
)
from reconcile_tui.metrics.gauges import gauge

_Seen = TypeVar("_Seen")
_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0)


class Call(StrEnum):
    """What was read."""

    PAYMENT = "payment"
    REFUND = "refund"
    REFUND_LIST = "refund_list"


class Answer(StrEnum):
    """How a read ended."""

    SEEN = "seen"
    NOT_FOUND = "not_found"
    FAILED = "failed"


_HOW: Final = {ReadHow.FORCED: "forced", ReadHow.LAST_KNOWN: "last_known"}
_READS: Final = (
    (Call.PAYMENT, ReadHow.FORCED),
    (Call.PAYMENT, ReadHow.LAST_KNOWN),
    (Call.REFUND, ReadHow.FORCED),
    (Call.REFUND, ReadHow.LAST_KNOWN),
    (Call.REFUND_LIST, ReadHow.LAST_KNOWN),
)


@dataclass(slots=True)
class _Waits:
    """What one read has waited for the budget, in seconds."""

    seconds: float = 0.0


_waits: ContextVar[_Waits | None] = ContextVar("waits", default=None)


class PspMetrics:
    """Measures reads, and what they wait for."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._clock = clock
        self._duration = Histogram(
            "reconcile_psp_read_duration_seconds",
            "How long a read took, its further attempts included, waits for our own budget not.",
            ["call", "how"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._waited = Histogram(
            "reconcile_psp_budget_wait_seconds",
            "How long a read waited for this process' own rate and concurrency limit.",
            buckets=_BUCKETS,
            registry=registry,
        )
        self._reads = Counter(
            "reconcile_psp_reads_total",
            "Reads by how they ended.",
            ["call", "answer"],
            registry=registry,
        )
        self._errors = Counter(
            "reconcile_psp_read_errors_total",
            "Reads that failed, by why.",
            ["call", "kind"],
            registry=registry,
        )
        for call, how in _READS:
            self._duration.labels(call, _HOW[how])
        for labels in product(Call, Answer):
            self._reads.labels(*labels)
        for errors in product(Call, ReadFailureKind):
            self._errors.labels(*errors)

    async def measured(self, read: Awaitable[_Seen], call: Call, how: ReadHow) -> _Seen:
        """What `read` comes to."""
        waits = _Waits()
        token = _waits.set(waits)
        began = self._clock.monotonic()
        try:
            seen = await read
        finally:
            _waits.reset(token)
        took = self._clock.monotonic() - began
        self._waited.observe(waits.seconds)
        self._duration.labels(call, _HOW[how]).observe(max(took - waits.seconds, 0.0))
        match seen:
            case ReadFailed(kind=kind):
                self._reads.labels(call, Answer.FAILED).inc()
                self._errors.labels(call, kind).inc()
            case NotFound():
                self._reads.labels(call, Answer.NOT_FOUND).inc()
            case _:
                self._reads.labels(call, Answer.SEEN).inc()
        return seen


class MeasuredReader:
    """A `PspReader` that measures another one."""

    def __init__(self, reader: PspReader, metrics: PspMetrics) -> None:
        self._reader = reader
        self._metrics = metrics

    async def payment(self, payment_id: PaymentId, *, how: ReadHow) -> PaymentSeen | NotFound | ReadFailed:
        """As `PspReader.payment`."""
        return await self._metrics.measured(self._reader.payment(payment_id, how=how), Call.PAYMENT, how)

    async def refund(self, refund_id: RefundId, *, how: ReadHow) -> RefundSeen | NotFound | ReadFailed:
        """As `PspReader.refund`."""
        return await self._metrics.measured(self._reader.refund(refund_id, how=how), Call.REFUND, how)

    async def refunds_of(self, payment_id: PaymentId) -> RefundList | ReadFailed:
        """As `PspReader.refunds_of`."""
        return await self._metrics.measured(
            self._reader.refunds_of(payment_id), Call.REFUND_LIST, ReadHow.LAST_KNOWN
        )

    async def aclose(self) -> None:
        """As `PspReader.aclose`."""
        await self._reader.aclose()


class MeasuredBudget:
    """A `PspBudget` that tells the read under way what it waited for another one."""

    def __init__(self, budget: PspBudget, clock: Clock) -> None:
        self._budget = budget
        self._clock = clock

    async def take(self, n: int = 1) -> None:
        """As `PspBudget.take`."""
        began = self._clock.monotonic()
        try:
            await self._budget.take(n)
        finally:
            self._waited(began)

    @asynccontextmanager
    async def in_flight(self) -> AsyncIterator[None]:
        """As `PspBudget.in_flight`."""
        async with AsyncExitStack() as place:
            began = self._clock.monotonic()
            try:
                await place.enter_async_context(self._budget.in_flight())
            finally:
                self._waited(began)
            yield

    def penalise(self, until: datetime) -> None:
        """As `PspBudget.penalise`."""
        self._budget.penalise(until)

    def lift(self) -> None:
        """As `PspBudget.lift`."""
        self._budget.lift()

    @property
    def blocked_until(self) -> datetime | None:
        """As `PspBudget.blocked_until`."""
        return self._budget.blocked_until

    def _waited(self, began: float) -> None:
        if (waits := _waits.get()) is not None:
            waits.seconds += self._clock.monotonic() - began


class BudgetCollector(Collector):
    """Shows a budget at the moment somebody asks.

    Attributes:
        ask: gives what is in use; None before there is a budget.
    """

    def __init__(self) -> None:
        self.ask: Callable[[], BudgetUse] | None = None

    def collect(self) -> Iterator[Metric]:
        """The gauges; none before there is a budget."""
        if self.ask is None:
            return
        now = self.ask()
        yield gauge(
            "reconcile_psp_requests_in_flight",
            "Requests to the PSP that are under way.",
            now.in_flight,
        )
        yield gauge(
            "reconcile_psp_requests_in_flight_limit",
            "How many requests may be under way at once.",
            now.at_once,
        )
        yield gauge(
            "reconcile_psp_requests_last_second",
            "Requests that were sent in the last second.",
            now.sent_last_second,
        )
        yield gauge(
            "reconcile_psp_requests_per_second_limit",
            "How many requests may be sent in a second.",
            now.rate,
        )
        yield gauge(
            "reconcile_psp_blocked_until_timestamp_seconds",
            "Until when the PSP asked to be left alone; 0 if it never did.",
            now.blocked_until.timestamp() if now.blocked_until else 0.0,
        )
