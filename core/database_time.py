"""The database's time without asking it each time: read once, carried on by the monotonic clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseTime:
    """A reading of the database's clock.

    Attributes:
        read: what it said (UTC).
        read_at: this process' monotonic seconds then.
        here: this machine's wall clock then (UTC).
    """

    read: datetime
    read_at: float
    here: datetime
    clock: Clock

    @classmethod
    async def of(cls, database: Database, clock: Clock) -> "DatabaseTime":
        """Ask the database."""
        read = await database.now()
        return cls(read=read, read_at=clock.monotonic(), here=clock.now(), clock=clock)

    def now(self) -> datetime:
        """The database's clock now (UTC)."""
        return self.read + timedelta(seconds=self.clock.monotonic() - self.read_at)

    @property
    def skew(self) -> timedelta:
        """How far this machine's wall clock was from the database's."""
        return abs(self.read - self.here)
