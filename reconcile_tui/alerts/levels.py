"""Levels: what the standing means for each alert."""

from dataclasses import dataclass

from reconcile_tui.core.alerts import AlertName, Level
from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From how many on people are alerted.

    Attributes:
        backlog: stuck rows, those that wait on the customer aside.
        attention: attention items that nobody acknowledged.
    """

    backlog: int
    attention: int

    def of(self, name: AlertName) -> int:
        """The threshold of an alert. One orphan that is left is enough: all of them are."""
        match name:
            case AlertName.BACKLOG:
                return self.backlog
            case AlertName.ATTENTION:
                return self.attention
            case AlertName.ORPHAN_CAP | AlertName.ROW_TIMES:
                return 1


def levels(standing: Standing, thresholds: Thresholds) -> dict[AlertName, Level]:
    """Each alert's level at this moment."""
    counts = {
        AlertName.BACKLOG: standing.stuck,
        AlertName.ATTENTION: standing.attention.unacknowledged,
        AlertName.ORPHAN_CAP: standing.attention.open.get(Reason.ORPHAN_CAP, 0),
        AlertName.ROW_TIMES: int(standing.times.keeps_orphans is not None),
    }
    return {name: Level(count=count, begins_at=thresholds.of(name)) for name, count in counts.items()}
