"""What is stuck, and the money in it: gauges made of a `Standing` when somebody asks for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.money import Money
from reconcile_tui.core.standing import Standing
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.findings import Backlog
from reconcile_tui.metrics.gauges import gauge, gauge_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was counted. `pauses`: how many are in force."""

    standing: Standing
    pauses: int


class BacklogCollector(Collector):
    """Shows what was counted last. Who has no turn shows nothing, so that nothing is there twice.

    Attributes:
        count: None where there is nothing to show.
    """

    def __init__(self) -> None:
        self.count: Count | None = None

    def collect(self) -> Iterator[Metric]:
        """The gauges; none where there is nothing to show."""
        if self.count is None:
            return
        now = self.count.standing
        yield gauge_by(
            "class",
            "reconcile_backlog_rows",
            "Stuck rows. customer: orders that wait on the customer, no money at risk.",
            {name: backlog.rows for name, backlog in _classes(now).items()},
        )
        yield gauge_by(
            "class",
            "reconcile_backlog_oldest_age_seconds",
            "For how long the oldest stuck row has been pending; 0 where there is none.",
            {name: _age(backlog.oldest, now) for name, backlog in _classes(now).items()},
        )
        yield _money(now)
        yield gauge_by(
            "reason",
            "reconcile_attention_items",
            "Rows that a person must look at, acknowledged ones included.",
            {reason.value: now.attention.open.get(reason, 0) for reason in Reason},
        )
        yield gauge(
            "reconcile_attention_unacknowledged_items",
            "Rows that a person must look at and that nobody acknowledged.",
            now.attention.unacknowledged,
        )
        yield gauge(
            "reconcile_attention_oldest_age_seconds",
            "For how long the oldest unacknowledged attention item has been open; 0 where there is none.",
            _age(now.attention.oldest, now),
        )
        yield gauge(
            "reconcile_orphans_unchecked",
            "1 while orphan refunds are not checked: the time zone of their dates is not trusted.",
            int(now.times.keeps_orphans is not None),
        )
        yield gauge_by(
            "kind",
            "reconcile_future_rows",
            "Pending rows that are dated in the future: they are not checked until then.",
            {kind.value: _future(now, kind) for kind in Kind},
        )
        yield gauge(
            "reconcile_pauses",
            "Pauses in force: of everything, or of one connector each.",
            self.count.pauses,
        )
        yield gauge(
            "reconcile_backlog_counted_timestamp_seconds",
            "When all this was counted, by the database's clock.",
            now.at.timestamp(),
        )


def _future(now: Standing, kind: Kind) -> int:
    return sum(each.future for each in now.times.tables if each.kind is kind)


def _classes(now: Standing) -> dict[str, Backlog]:
    return {
        "orders": now.orders,
        "refunds": now.refunds,
        "orphans": now.orphans,
        "customer": now.customer,
    }


def _money(now: Standing) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "reconcile_money_at_risk_minor_units",
        "Money at risk in minor units, each row once: add up classes, never currencies. "
        "attention: of rows that are final.",
        labels=["class", "currency"],
    )
    for name, sums in _at_risk(now).items():
        for money in sums:
            family.add_metric([name, money.currency], money.minor)
    return family


def _at_risk(now: Standing) -> dict[str, tuple[Money, ...]]:
    return {
        "orders": now.orders.money,
        "refunds": now.refunds.money,
        "orphans": now.orphans.money,
        "attention": now.attention.money_of_final,
    }


def _age(since: datetime | None, now: Standing) -> float:
    return (now.at - since).total_seconds() if since is not None else 0.0
