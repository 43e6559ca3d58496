"""Slow backlog: more rows are due than one check takes, and how long they need at that pace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconcile_tui.core.phases import PHASES, PhaseName
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowBacklog:
    """What is due at one moment, and the pace of the daemon.

    Attributes:
        due: rows by phase; phases without any are left out.
        batch: rows of a phase that one check takes.
        interval: from one check to the next.
    """

    due: Mapping[PhaseName, int]
    batch: int
    interval: timedelta

    @property
    def takes(self) -> timedelta:
        """How long it is until each of them was looked at once."""
        return max(-(-rows // self.batch) for rows in self.due.values()) * self.interval


async def slow_backlog(
    store: Store, policy: Policy, *, now: datetime, stuck: Mapping[PhaseName, int] | None = None
) -> SlowBacklog | None:
    """What is due, where one check does not take it, and the daemon does not drain it; else None.

    Args:
        now: UTC, database clock.
        stuck: how many rows are stuck, where that is known: no more are due, and few need no count.
    """
    if policy.drain:
        return None
    due = {
        phase.name: await store.findings.count_due(phase, now=now, policy=policy)
        for phase in PHASES
        if stuck is None or stuck[phase.name] > policy.batch_limit
    }
    if max(due.values(), default=0) <= policy.batch_limit:
        return None
    return SlowBacklog(
        due={name: rows for name, rows in due.items() if rows},
        batch=policy.batch_limit,
        interval=policy.interval,
    )
