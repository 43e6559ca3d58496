"""Metrics: everything that a daemon measures, in one registry of its own.

Names follow Prometheus' conventions: seconds, `_total`, the prefix `reconcile_`. Labels come from closed
lists alone, a currency's code aside: no id, no name of a connector, no foreign text.
"""

from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from reconcile_tui.alerts.levels import Thresholds
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.psp.budget import PspBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.tellings import Telling
from reconcile_tui.metrics.alerts import AlertMetrics
from reconcile_tui.metrics.backlog import BacklogCollector
from reconcile_tui.metrics.health import HealthCollector
from reconcile_tui.metrics.posts import PostMetrics
from reconcile_tui.metrics.psp import BudgetCollector, MeasuredBudget, MeasuredReader, PspMetrics
from reconcile_tui.metrics.ticks import TickMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What a daemon is, and how it is set. `dispatch`: `database` or `http`."""

    version: str
    mode: Mode
    dispatch: str
    interval: timedelta
    thresholds: Thresholds


class Metrics:
    """All of them. It is a listener itself.

    Attributes:
        backlog: shows what was counted.
        health: shows a daemon's health.
        budget: shows the PSP's budget.
    """

    def __init__(self, build: Build, clock: Clock) -> None:
        # The time of a series' creation doubles the series, and says nothing that is not in `process_`.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package's only function without types
        self.registry = CollectorRegistry()
        self._clock = clock
        self.backlog = BacklogCollector()
        self.health = HealthCollector()
        self.budget = BudgetCollector()
        for collector in (self.backlog, self.health, self.budget):
            self.registry.register(collector)
        self.ticks = TickMetrics(self.registry, clock)
        self._posts = PostMetrics(self.registry)
        self.alerts = AlertMetrics(self.registry, build.thresholds)
        self._psp = PspMetrics(self.registry, clock)
        self._show(build)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def __call__(self, telling: Telling) -> None:
        self.ticks(telling)

    def measured_reader(self, reader: PspReader) -> PspReader:
        """The same reader, measured."""
        return MeasuredReader(reader, self._psp)

    def measured_budget(self, budget: PspBudget) -> PspBudget:
        """The same budget; what a read waits for it does not count as the PSP's."""
        return MeasuredBudget(budget, self._clock)

    def observe_post(self, status: int | None, seconds: float) -> None:
        """A POST to the shop's endpoint ended; `status` None: no answer was heard."""
        self._posts.observe_post(status, seconds)

    def _show(self, build: Build) -> None:
        info = Info("reconcile_daemon", "What this daemon is, and how it is set.", registry=self.registry)
        info.info({"version": build.version, "mode": build.mode, "dispatch": build.dispatch})
        interval = Gauge(
            "reconcile_interval_seconds",
            "From one tick to the next, by the settings.",
            registry=self.registry,
        )
        interval.set(build.interval.total_seconds())
