"""docs/operations.md shows the metrics that there are, under names that Prometheus' conventions ask for."""

import re

from tests.docs.metrics import MEND, PAGE, as_markdown, between_markers, own_metrics, with_table


def test_the_page_shows_the_metrics_in_force() -> None:
    shown = between_markers(PAGE.read_text(encoding="utf-8"))
    assert shown == as_markdown(), f"docs/operations.md is stale. Mend: {MEND}"


def test_writing_the_table_twice_changes_nothing_more() -> None:
    once = with_table(PAGE.read_text(encoding="utf-8"))
    assert with_table(once) == once


def test_names_are_of_one_program_in_base_units() -> None:
    for metric in own_metrics():
        assert re.fullmatch(r"reconcile(_[a-z]+)+", metric.name), metric.name
        assert not re.search(r"milli|micro|_ms$|_minutes|_hours", metric.name), metric.name
        assert metric.documentation.endswith("."), metric.name
        if metric.type == "histogram":
            assert metric.name.endswith("_seconds"), metric.name
