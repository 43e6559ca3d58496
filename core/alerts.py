"""Alerts: that too much hangs is told once when it begins, and once when it is over.

Pure: how much hangs and the alert as it is written down go in, the alert as it is to be written comes out.
An alert ends well below where it begins, so that a level that wavers does not tell anybody twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class AlertName(StrEnum):
    """What people are alerted to."""

    BACKLOG = "backlog"
    """Stuck rows, those that wait on the customer aside."""
    ATTENTION = "attention"
    """Attention items that nobody acknowledged."""
    ORPHAN_CAP = "orphan_cap"
    """Orphans that no daemon may fail, because there were too many of them in one interval."""
    ROW_TIMES = "row_times"
    """Orphans that nobody checks, because the time zone of their dates is not known, or looks wrong."""


class News(StrEnum):
    """What people have not been told yet."""

    BEGAN = "began"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much there is, and from which count on it is an alert."""

    count: int
    begins_at: int

    @property
    def begins(self) -> bool:
        return self.count >= self.begins_at

    @property
    def ends(self) -> bool:
        """Whether it is at three quarters of the threshold, or below."""
        return 4 * self.count <= 3 * self.begins_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert as it is written down. Moments are UTC, database clock.

    Attributes:
        told_at: when people were told that it began; None: not yet.
        ended_at: None while it lasts. Once people were told that it ended, it is forgotten.
        peak: the highest count so far.
        claimed_until: until then a process is telling people, and nobody else writes it.
    """

    name: AlertName
    since: datetime
    peak: int
    told_at: datetime | None = None
    ended_at: datetime | None = None
    claimed_until: datetime | None = None

    @property
    def news(self) -> News | None:
        """What to tell. One that ended before anybody was told it began is told once, as over."""
        if self.ended_at is not None:
            return News.ENDED
        return News.BEGAN if self.told_at is None else None

    def is_claimed(self, now: datetime) -> bool:
        """Whether somebody is telling people at `now`."""
        return self.claimed_until is not None and self.claimed_until > now

    def told(self, now: datetime) -> "Alert | None":
        """The alert once its news were told; None: it is to be forgotten."""
        if self.ended_at is not None:
            return None
        return replace(self, told_at=now, claimed_until=None)


def looked_at(name: AlertName, alert: Alert | None, level: Level, *, now: datetime) -> Alert | None:
    """The alert as it is to be written after a look at `level`; None: there is none.

    Args:
        alert: as it is written down; None where there is none.
        now: UTC, database clock.
    """
    if alert is None:
        return Alert(name=name, since=now, peak=level.count) if level.begins else None
    if alert.is_claimed(now):
        return alert
    peak = max(alert.peak, level.count)
    if alert.ended_at is None:
        return replace(alert, peak=peak, ended_at=now if level.ends else None)
    return replace(alert, peak=peak, ended_at=None) if level.begins else alert
