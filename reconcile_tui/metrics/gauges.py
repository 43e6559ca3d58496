"""Gauges that are made when somebody asks for them, of values that others hold."""

from collections.abc import Mapping

from prometheus_client.core import GaugeMetricFamily


def gauge(name: str, documentation: str, value: float | None) -> GaugeMetricFamily:
    """A gauge without labels; None: it has no value."""
    return GaugeMetricFamily(name, documentation, value=value)


def gauge_by(label: str, name: str, documentation: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """A gauge with one label."""
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
