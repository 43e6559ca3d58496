"""A daemon's metrics over a world: a listener, a reader that is measured, and what is served."""

from datetime import timedelta

from reconcile_tui.alerts.levels import Thresholds
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.metrics.metrics import Build, Metrics
from tests.exposed import exposed
from tests.world import DAEMON, World

BUILD = Build(
    version="1.2.3",
    mode=Mode.HEAL,
    dispatch="database",
    interval=timedelta(hours=1),
    thresholds=Thresholds(backlog=50, attention=10),
)


class Measured:
    """`now`: every series as it is served at this moment."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.metrics = Metrics(BUILD, world.clock)

    @property
    def now(self) -> dict[str, float]:
        return exposed(self.metrics.registry)

    async def tick(self) -> TickReport:
        """A tick that is measured."""
        budget = LocalBudget(rate=None, at_once=16, clock=self.world.clock)
        reader = self.metrics.measured_reader(self.world.reader(budget))
        told = len(self.world.told)
        report = await self.world.reconciler(psp=reader).run_once(DAEMON)
        for telling in self.world.told[told:]:
            self.metrics(telling)
        return report


def bare_metrics(clock: Clock) -> Metrics:
    """Metrics that nothing was told."""
    return Metrics(BUILD, clock)
