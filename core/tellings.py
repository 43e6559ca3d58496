"""Tellings: what the reconciler says while it works, for any front that listens.

They are values; a listener is a plain function that must not block. The core prints and logs nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.outcomes import Result
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Actor, Mode
from reconcile_tui.core.psp.breaker import Tripped


class WarningKind(StrEnum):
    """What an operator should know, though no row is wrong."""

    CLOCK_SKEW = "clock_skew"
    """This machine's clock, or the PSP's, differs from the database's: the orphan phase does not run."""
    ROW_TIMES = "row_times"
    """The time zone of the shop's dates is not known, or looks wrong: the orphan phase does not run."""
    FUTURE_ROWS = "future_rows"
    """Rows are dated in the future: nobody looks at them until then."""
    PAUSED = "paused"
    PSP_BLOCKED = "psp_blocked"
    """The PSP asked to be left alone for longer than a slice waits."""
    CONNECTOR_FAILS = "connector_fails"
    """Reads fail behind one processor: its other rows were not begun, and those of others go on."""
    UNAUTHORISED = "unauthorised"
    """The PSP refused the key in an earlier phase of the tick: the others were not begun."""
    SHOP_REFUSES = "shop_refuses"
    """The shop's own handler refuses the events of a phase."""
    ORPHAN_CAP = "orphan_cap"
    UNSETTLED = "unsettled"
    """An intent that a dead process left could not be settled yet."""
    DATABASE = "database"
    UNRECORDED = "unrecorded"
    """The database takes nothing about a row: it is told here alone."""
    GONE = "row_gone"
    """The shop has a row no more that a person was to look at: its attention item is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickStarted:
    """`at`: UTC, database clock."""

    at: datetime
    actor: Actor
    mode: Mode
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted:
    """`rows`: how many are due and will be read."""

    phase: PhaseName
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRead:
    """A row's read ended, well or badly."""

    ref: RowRef


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDecided:
    """A row was decided. `at`: UTC, database clock."""

    planned: PlannedRow
    at: datetime
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowConcluded:
    """What became of a row that was to be applied. `at`: UTC, database clock."""

    planned: PlannedRow
    result: Result
    actor: Actor
    at: datetime
    plan_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSettled:
    """What became of an intent that an earlier process left. `age` is how long it lay."""

    ref: RowRef
    event: Event
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEnded:
    """A phase is over. `tripped`: its breaker opened, and nothing more of it was read."""

    phase: PhaseName
    tripped: Tripped | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something an operator should know. `detail` is in words; may hold foreign text."""

    kind: WarningKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TickEnded:
    """The tick is over after `took`. `counts`: how many rows came to what, as its run keeps them."""

    took: timedelta
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TickFailed:
    """An error ended the tick after `took`. `counts`: what it did until then, as its run keeps them."""

    took: timedelta
    counts: Mapping[str, int]
    error: BaseException


Telling = (
    TickStarted
    | PhaseStarted
    | RowRead
    | RowDecided
    | RowConcluded
    | RowSettled
    | PhaseEnded
    | Warned
    | TickEnded
    | TickFailed
)
Listener = Callable[[Telling], None]


def chained(*listeners: Listener) -> Listener:
    """A listener that tells several, in this order. One that breaks keeps nothing from those after it."""
    each = [unbroken(listener) for listener in listeners]

    def tell(telling: Telling) -> None:
        for listener in each:
            listener(telling)

    return tell


def unbroken(listener: Listener) -> Listener:
    """The same listener, whose own errors never reach whoever works: rows may be in flight.

    They go to the event loop's exception handler, as those of any callback do.
    """

    def tell(telling: Telling) -> None:
        try:
            listener(telling)
        except Exception as error:  # noqa: BLE001 a log that cannot be written must not stop a dispatch
            message = f"a listener broke at {type(telling).__name__}"
            asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error})

    return tell
