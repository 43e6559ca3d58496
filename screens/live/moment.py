"""A moment by both clocks of this machine, so that neither a step of the one nor a sleep hides an age."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from reconcile_tui.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was.

    Attributes:
        wall: UTC, this machine's clock.
        monotonic: seconds; they stand still while the machine sleeps.
    """

    wall: datetime
    monotonic: float

    @classmethod
    def of(cls, clock: Clock) -> Self:
        """Now."""
        return cls(clock.now(), clock.monotonic())

    def age(self, clock: Clock) -> timedelta:
        """How long ago it was: the longer of what the two clocks say."""
        return max(timedelta(seconds=clock.monotonic() - self.monotonic), clock.now() - self.wall)
