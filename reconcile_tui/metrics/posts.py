"""POSTs to the shop's webhook endpoint (HTTP dispatch), as whoever sends them observes them."""

from typing import Final

from prometheus_client import CollectorRegistry, Histogram

_NONE: Final = "none"
_CLASSES: Final = ("2xx", "3xx", "4xx", "5xx", _NONE)
_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)


class PostMetrics:
    """Measures POSTs by the class of their status."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._duration = Histogram(
            "reconcile_webhook_post_duration_seconds",
            "How long the shop's endpoint took, by its answer's status; none: no answer was heard.",
            ["status"],
            buckets=_BUCKETS,
            registry=registry,
        )
        for each in _CLASSES:
            self._duration.labels(each)

    def observe_post(self, status: int | None, seconds: float) -> None:
        """A POST ended. `status` None: no answer was heard."""
        answered = f"{status // 100}xx" if status is not None else _NONE
        self._duration.labels(answered if answered in _CLASSES else _NONE).observe(seconds)
