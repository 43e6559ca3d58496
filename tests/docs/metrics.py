"""The table of metrics in docs/operations.md, made from the registry itself.

`python -m tests.docs.metrics` prints it; `--write` puts it between the page's markers; `--exposition` prints
every series of an example, for promtool.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from prometheus_client import Metric, generate_latest

from reconcile_tui.alerts.levels import Thresholds
from reconcile_tui.core.clock import SystemClock
from reconcile_tui.core.money import Money
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.psp.local_budget import BudgetUse
from reconcile_tui.core.standing import Standing
from reconcile_tui.core.store.attention import AttentionTally
from reconcile_tui.core.store.daemons import DaemonState
from reconcile_tui.core.store.findings import Backlog
from reconcile_tui.daemon.health import Health
from reconcile_tui.metrics.backlog import Count
from reconcile_tui.metrics.metrics import Build, Metrics

PAGE: Final = Path(__file__).parents[2] / "docs" / "operations.md"
BEGIN: Final = "<!-- metrics:begin -->"
END: Final = "<!-- metrics:end -->"
MEND: Final = ".venv/bin/python -m tests.docs.metrics --write"

_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_MONEY = (Money(4200, "EUR"),)
_BACKLOG = Backlog(rows=1, money=_MONEY, oldest=_AT - timedelta(hours=1))


def example() -> Metrics:
    """Metrics with something to show in every one of them."""
    metrics = Metrics(
        Build(
            version="1",
            mode=Mode.HEAL,
            dispatch="database",
            interval=timedelta(hours=1),
            thresholds=Thresholds(backlog=50, attention=10),
        ),
        SystemClock(),
    )
    metrics.backlog.count = Count(
        standing=Standing(
            at=_AT,
            orders=_BACKLOG,
            customer=_BACKLOG,
            refunds=_BACKLOG,
            orphans=_BACKLOG,
            attention=AttentionTally(
                open=Counter(), acknowledged=0, money=_MONEY, money_of_final=_MONEY, oldest=_AT
            ),
        ),
        pauses=0,
    )
    metrics.health.ask = lambda: Health(
        alive=True,
        ready=True,
        has_turn=True,
        state=DaemonState.WAITING,
        last_success_at=_AT,
        last_error=None,
    )
    metrics.budget.ask = lambda: BudgetUse(
        sent_last_second=0, in_flight=0, at_once=16, rate=20.0, blocked_until=_AT
    )
    return metrics


def own_metrics() -> list[Metric]:
    """The families that are this program's own, by name."""
    families = example().registry.collect()
    return sorted((each for each in families if each.name.startswith("reconcile_")), key=lambda it: it.name)


def series_names(metric: Metric) -> set[str]:
    """The names that a query may use for a family."""
    return {sample.name for sample in metric.samples}


def as_markdown() -> str:
    """The table."""
    head = "| metric | type | labels | what it is |\n| --- | --- | --- | --- |"
    return "\n".join([head, *(_row(metric) for metric in own_metrics())])


def between_markers(page: str) -> str:
    """What stands between the markers.

    Raises:
        ValueError: a marker is missing.
    """
    return page[page.index(BEGIN) + len(BEGIN) : page.index(END)].strip("\n")


def with_table(page: str) -> str:
    """The page with the table of now."""
    begin, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    return f"{page[:begin]}\n\n{as_markdown()}\n\n{page[end:]}"


def _row(metric: Metric) -> str:
    kind = "gauge" if metric.type in ("info", "unknown") else metric.type
    labels = ", ".join(f"`{name}`" for name in _labels(metric)) or "none"
    return f"| `{_shown(metric)}` | {kind} | {labels} | {metric.documentation} |"


def _shown(metric: Metric) -> str:
    suffix = {"counter": "_total", "info": "_info"}.get(metric.type, "")
    return metric.name + suffix


def _labels(metric: Metric) -> Iterator[str]:
    names = (name for sample in metric.samples for name in sample.labels if name != "le")
    return iter(dict.fromkeys(names))


def main(arguments: list[str]) -> None:
    if "--write" in arguments:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    elif "--exposition" in arguments:
        sys.stdout.write(generate_latest(example().registry).decode())
    else:
        sys.stdout.write(as_markdown() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
