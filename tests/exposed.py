"""Metrics as Prometheus reads them: from the text that is served."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

Series = Mapping[str, float]


def exposed(registry: CollectorRegistry) -> dict[str, float]:
    """Every series by its name with its labels in their order: `reconcile_x_total{class="orders"}`."""
    return series(generate_latest(registry).decode())


def series(text: str) -> dict[str, float]:
    """The same of a text."""
    return {
        _name(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _name(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    return f"{name}{{{inside}}}" if inside else name
