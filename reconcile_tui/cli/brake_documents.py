"""The documents of the brakes: pauses, and how the daemon is."""

from datetime import datetime
from typing import Literal

from reconcile_tui.cli.document_parts import ActorDocument, Document, MoneyDocument, PlaceDocument
from reconcile_tui.core.health import ConcernKind, Level, RunState
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.daemons import DaemonState
from reconcile_tui.core.tick_trouble import TroubleKind


class PauseInForceDocument(Document):
    """A pause: no dispatch happens, whoever asks for it."""

    connector: str | None
    """The processor whose rows are left alone; null: everything is."""
    by: str
    """Who paused."""
    reason: str
    since: datetime
    """UTC, database clock."""
    until: datetime | None
    """UTC; null: until somebody resumes."""


class PauseDocument(Document):
    """`pause`: the hand on the brake."""

    document: Literal["pause"] = "pause"
    place: PlaceDocument
    actor: ActorDocument
    pause: PauseInForceDocument
    replaced: PauseInForceDocument | None
    """The pause that this one replaces."""
    warnings: tuple[str, ...]
    """What to think of: no end, a connector that no look ever met."""
    exit_code: int


class ResumeDocument(Document):
    """`resume`: a pause is lifted, or the wait that the PSP asked for."""

    document: Literal["resume"] = "resume"
    place: PlaceDocument
    actor: ActorDocument
    at: datetime
    """UTC, database clock."""
    connector: str | None
    """Whose pause was to be lifted; null: that of everything, or with `psp` none."""
    psp: bool
    """Whether the wait that the PSP asked for was to be lifted (`--psp`), and no pause."""
    lifted: PauseInForceDocument | None
    """Null where there was none: that is no error."""
    blocked_until: datetime | None
    """UTC; until when the PSP had asked to be left alone. Null where it had not, or none was to be lifted."""
    still_paused: tuple[PauseInForceDocument, ...]
    """The pauses that are left."""
    exit_code: int


class ConcernDocument(Document):
    """Something that is wrong, or needs a person."""

    kind: ConcernKind
    level: Level
    words: str
    """The same for people."""
    next_step: str


class DaemonDocument(Document):
    """A daemon as it said of itself."""

    holder: str
    """Names the process: host, process id, and chance."""
    alive: bool
    """Whether it is heard of: for twice RECONCILE_SWEEP_LEASE at least once."""
    state: DaemonState
    """What it does; of one that is not alive, what it did last."""
    mode: Mode
    dispatch: str
    """How it delivers: `database` or `http`."""
    version: str
    interval_seconds: int
    started_at: datetime
    """UTC, database clock."""
    heartbeat_at: datetime
    """When it was last heard of, UTC."""
    next_tick_at: datetime | None
    """UTC; null where another one has the turn."""
    last_error: str | None
    """Why its last tick failed or was cut short, in words; null once one ended well."""
    last_error_kind: TroubleKind | None
    """The kind of it, for scripts."""


class RunDocument(Document):
    """A tick."""

    run_id: int
    state: RunState
    """`silent`: it never ended, and is not heard of any more."""
    started_at: datetime
    """UTC, database clock."""
    heartbeat_at: datetime
    """When it was last heard of, UTC."""
    finished_at: datetime | None
    """UTC; null where it did not end."""
    took_seconds: float | None
    by: str
    """Who ran it."""
    holder: str | None
    """The process; null for a tick of an earlier version."""
    mode: Mode
    counts: dict[str, int]
    """Rows by decision (`decision.…`) and outcome (`outcome.…`), those whose outcome itself needs a person by
    why (`raised.…`), and what an earlier process left, by what it
    came to (`settled.…`); phases that the breaker ended (`breaker.PHASE.WHY`), whose events the shop refused
    (`shut.PHASE.WHY`), or that were not begun (`skipped.PHASE.WHY`); a clock that was too far from the
    machine's, by how many milliseconds it was ahead (`clocks.WHOSE`). Of a tick that failed, or that is under
    way: what it did so far, slice by slice."""
    did: str
    """The same for people."""
    troubles: tuple[str, ...]
    """What cut it short, in words."""
    error: str | None
    """Why it failed."""


class ClassDocument(Document):
    """How much is stuck of one class."""

    name: Literal["orders", "refunds", "orphans", "customer", "attention"]
    """`customer` holds the orders that wait on their customer: no money at risk, and not in `orders`."""
    rows: int
    acknowledged: int
    """How many of them somebody acknowledged; in `attention` alone."""
    money: tuple[MoneyDocument, ...]
    oldest: datetime | None
    """UTC; of the attention items that nobody acknowledged."""


class StatusDocument(Document):
    """`status`: is it well, and what to do next."""

    document: Literal["status"] = "status"
    place: PlaceDocument
    at: datetime
    """UTC, database clock."""
    level: Level
    """`not_healthy`: exit code 9; `paused`: 6; `look`: 3; `healthy`: 0."""
    sentence: str
    """The worst of it, in one sentence."""
    next_step: str
    concerns: tuple[ConcernDocument, ...]
    """Everything that is wrong, the worst first."""
    daemons: tuple[DaemonDocument, ...]
    """The latest heard of first."""
    last_tick: RunDocument | None
    """The last one of a daemon; of anybody, where there is no daemon."""
    later_tick: RunDocument | None
    """A later one: somebody ran it with `--once`, or a daemon that ended in order since."""
    next_tick_at: datetime | None
    """UTC."""
    blocked_until: datetime | None
    """UTC; the PSP asked to be left alone until then."""
    pauses: tuple[PauseInForceDocument, ...]
    classes: tuple[ClassDocument, ...]
    money_at_risk: tuple[MoneyDocument, ...]
    """Per currency, each row once."""
    exit_code: int


class RunsDocument(Document):
    """`runs`: the latest ticks."""

    document: Literal["runs"] = "runs"
    place: PlaceDocument
    at: datetime
    """UTC, database clock."""
    runs: tuple[RunDocument, ...]
    """Newest first, at most `--limit`."""
    exit_code: int
