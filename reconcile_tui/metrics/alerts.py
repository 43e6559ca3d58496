"""Alerts as numbers: which last, from how many on, and whether people could be told."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from reconcile_tui.alerts.alerter import Told
from reconcile_tui.alerts.levels import Thresholds
from reconcile_tui.core.alerts import AlertName


class AlertMetrics:
    """What alerts come to."""

    def __init__(self, registry: CollectorRegistry, thresholds: Thresholds) -> None:
        threshold = Gauge(
            "reconcile_alert_threshold",
            "From how many on the alert begins, by the settings.",
            ["alert"],
            registry=registry,
        )
        self._active = Gauge(
            "reconcile_alert_active",
            "1 while the alert lasts. Looked at where RECONCILE_ALERT_URL is set, by who has the turn.",
            ["alert"],
            registry=registry,
        )
        self._posts = Counter(
            "reconcile_alert_posts_total",
            "Messages to RECONCILE_ALERT_URL: arrived or failed. What failed is sent again.",
            ["result"],
            registry=registry,
        )
        for name in AlertName:
            threshold.labels(name).set(thresholds.of(name))
            self._active.labels(name)
        for result in ("arrived", "failed"):
            self._posts.labels(result)

    def show(self, told: Told) -> None:
        """People were told, or not."""
        for name in AlertName:
            self._active.labels(name).set(name in told.lasting)
        self._posts.labels("arrived").inc(told.arrived)
        self._posts.labels("failed").inc(told.failed)

    def forget(self) -> None:
        """Another daemon looks now."""
        for name in AlertName:
            self._active.labels(name).set(0)
