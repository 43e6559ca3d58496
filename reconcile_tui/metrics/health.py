"""Health: how a daemon is, as gauges and as the answers to `/healthz` and `/readyz`.

The answers hold no text but the program's own: who asks need not show who they are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from reconcile_tui.core.store.daemons import DaemonState
from reconcile_tui.core.wording import spoken_age
from reconcile_tui.daemon.health import Health
from reconcile_tui.metrics.gauges import gauge, gauge_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether all is well, and what to say about it."""

    well: bool
    words: str


def liveness(health: Health, *, silent_for: timedelta | None, limit: timedelta) -> Verdict:
    """Whether the process is worth keeping.

    Args:
        silent_for: how long the tick under way has told nothing; None where none is.
        limit: a tick that tells nothing for longer hangs.
    """
    if silent_for is not None and silent_for > limit:
        return Verdict(well=False, words=f"the tick has told nothing for {spoken_age(silent_for)}")
    if not health.alive:
        return Verdict(well=False, words="the daemon does not run")
    return Verdict(well=True, words=f"alive: {health.state}")


def readiness(health: Health) -> Verdict:
    """Whether it does its part. Standing by is one: it takes over when the one that sweeps falls silent."""
    if not health.ready:
        return Verdict(well=False, words=f"not ready: {_why_not_ready(health)}")
    role = "sweeping: this daemon has the turn" if health.has_turn else "standby: another daemon has the turn"
    return Verdict(well=True, words=role)


def _why_not_ready(health: Health) -> str:
    if not health.alive:
        return "the daemon does not run"
    if health.state is DaemonState.STOPPING:
        return "stopping"
    return "the database does not answer, or its tables do not fit"


class HealthCollector(Collector):
    """Shows a daemon's health at the moment somebody asks.

    Attributes:
        ask: gives the health; None before there is a daemon.
    """

    def __init__(self) -> None:
        self.ask: Callable[[], Health] | None = None

    def collect(self) -> Iterator[Metric]:
        """The gauges; none before there is a daemon."""
        if self.ask is None:
            return
        now = self.ask()
        yield gauge(
            "reconcile_has_turn",
            "1 where this daemon is the one that sweeps. Over all daemons of a database it is 1.",
            float(now.has_turn),
        )
        yield gauge(
            "reconcile_ready",
            "1 where the database answers, the tool's own tables fit, and the daemon was not told to stop.",
            float(now.ready),
        )
        yield gauge_by(
            "state",
            "reconcile_daemon_state",
            "1 for what this daemon does at the moment.",
            {state.value: float(state is now.state) for state in DaemonState},
        )
        yield gauge(
            "reconcile_last_success_timestamp_seconds",
            "When a tick of this daemon last ended well, by the database's clock; 0 before the first one.",
            now.last_success_at.timestamp() if now.last_success_at else 0.0,
        )
