"""What ticks come to: a listener that counts what the reconciler tells.

Every series is there from the start, at 0: the first time that something happens would else go unseen.
"""

from datetime import timedelta
from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import Finding
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp.breaker import Tripped, TripReason
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.tellings import (
    PhaseEnded,
    RowConcluded,
    RowDecided,
    RowSettled,
    Telling,
    TickEnded,
    TickFailed,
    TickStarted,
    Warned,
    WarningKind,
)

DECISIONS: Final = (
    "sync",
    "adopt",
    "fail_orphan",
    "still_pending",
    "attention",
    "unreadable",
    "already_resolved",
)
_TICK_BUCKETS: Final = (0.1, 0.5, 1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)


class TickMetrics:
    """A listener. A row counts in the class that it has for a sweep: orders, refunds or orphans."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._clock = clock
        self._last_told: float | None = None
        self._started = Gauge(
            "reconcile_tick_started_timestamp_seconds",
            "When the last tick began, by the database's clock.",
            registry=registry,
        )
        self._duration = Histogram(
            "reconcile_tick_duration_seconds",
            "How long the ticks took that came to their end.",
            buckets=_TICK_BUCKETS,
            registry=registry,
        )
        self._failures = Counter(
            "reconcile_tick_failures_total",
            "Ticks that ended by an error: the database, as a rule.",
            registry=registry,
        )
        self._decisions = Counter(
            "reconcile_decisions_total",
            "Rows that were decided.",
            ["class", "decision"],
            registry=registry,
        )
        self._outcomes = Counter(
            "reconcile_outcomes_total",
            "What became of rows that were to be applied.",
            ["class", "outcome"],
            registry=registry,
        )
        self._refusals = Counter(
            "reconcile_refusals_total",
            "Why rows were refused; each is an outcome `refused` too.",
            ["refusal"],
            registry=registry,
        )
        self._settled = Counter(
            "reconcile_settled_total",
            "What became of intents that an earlier process left.",
            ["outcome"],
            registry=registry,
        )
        self._trips = Counter(
            "reconcile_breaker_trips_total",
            "Phases that the breaker ended: nothing more of them was read.",
            ["phase", "reason"],
            registry=registry,
        )
        self._open = Gauge(
            "reconcile_breaker_open",
            "1 where the breaker ended the phase when it last ran.",
            ["phase"],
            registry=registry,
        )
        self._warnings = Counter(
            "reconcile_warnings_total",
            "What an operator should know though no row is wrong.",
            ["kind"],
            registry=registry,
        )
        self._begin_at_nought()

    def __call__(self, telling: Telling) -> None:
        self._last_told = self._clock.monotonic()
        match telling:
            case TickStarted(at=at):
                self._started.set(at.timestamp())
            case RowDecided(planned=planned, dry_run=False):
                self._decisions.labels(_class(planned.finding), planned.decision.kind).inc()
            case RowConcluded(planned=planned, result=result):
                self._concluded(planned, result)
            case RowSettled(result=result):
                self._settled.labels(result.outcome).inc()
            case PhaseEnded(phase=phase, tripped=tripped):
                self._phase_ended(phase, tripped)
            case Warned(kind=kind):
                self._warnings.labels(kind).inc()
            case TickEnded(took=took):
                self._last_told = None
                self._duration.observe(took.total_seconds())
            case TickFailed():
                self._last_told = None
            case _:
                pass

    def failed(self) -> None:
        """A tick ended by an error."""
        self._last_told = None
        self._failures.inc()

    def forget_breakers(self) -> None:
        """Another daemon sweeps now: which phases are open is no longer ours to say."""
        for phase in PhaseName:
            self._open.labels(phase).set(0)

    @property
    def silent_for(self) -> timedelta | None:
        """How long the tick under way has told nothing; None where none is."""
        if self._last_told is None:
            return None
        return timedelta(seconds=self._clock.monotonic() - self._last_told)

    def _concluded(self, planned: PlannedRow, result: Result) -> None:
        self._outcomes.labels(_class(planned.finding), result.outcome).inc()
        if result.refusal is not None:
            self._refusals.labels(result.refusal).inc()

    def _phase_ended(self, phase: PhaseName, tripped: Tripped | None) -> None:
        self._open.labels(phase).set(tripped is not None)
        if tripped is not None:
            self._trips.labels(phase, tripped.reason).inc()

    def _begin_at_nought(self) -> None:
        for phase in PhaseName:
            self._open.labels(phase)
        for labels in product(PhaseName, DECISIONS):
            self._decisions.labels(*labels)
        for labels in product(PhaseName, Outcome):
            self._outcomes.labels(*labels)
        for labels in product(PhaseName, TripReason):
            self._trips.labels(*labels)
        for refusal in Refusal:
            self._refusals.labels(refusal)
        for outcome in Outcome:
            self._settled.labels(outcome)
        for kind in WarningKind:
            self._warnings.labels(kind)


def _class(finding: Finding) -> PhaseName:
    if finding.is_orphan_row:
        return PhaseName.ORPHANS
    return PhaseName.ORDERS if finding.ref.kind is Kind.ORDER else PhaseName.REFUNDS
