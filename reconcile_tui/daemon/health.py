"""What a daemon is doing: written by its parts, read by its heartbeat and by whoever asks for its health."""

from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.core.store.daemons import DaemonState
from reconcile_tui.core.tick_trouble import TickTrouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a daemon is at the moment.

    Attributes:
        alive: it runs. A database or PSP that is away does not end that.
        ready: it was not told to stop, the database answered when it was last asked, and the tool's own
            tables fit. Who stands by is ready too.
        has_turn: it is the one that sweeps.
        last_success_at: when a tick of its own last ended well (UTC, database clock); None if none did.
        last_error: why its last tick failed; None once one ended well.
    """

    alive: bool
    ready: bool
    has_turn: bool
    state: DaemonState
    last_success_at: datetime | None
    last_error: TickTrouble | None


@dataclass(slots=True, kw_only=True)
class Situation:
    """What the parts of a daemon know of each other.

    Attributes:
        next_tick: monotonic seconds; None where it has no turn.
        tables_fit: the tool's own tables were seen to be there, at this version.
    """

    state: DaemonState = DaemonState.STANDBY
    next_tick: float | None = None
    last_success_at: datetime | None = None
    last_error: TickTrouble | None = None
    database_answers: bool = False
    tables_fit: bool = False
