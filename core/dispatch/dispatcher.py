"""What the core asks of a way of delivery: carry out intents, and say what became of each.

`database` and `http` are two of them. Delivered is not resolved: whoever calls reads the rows again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.findings import LocalRow
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.store.checks import CheckedRow
from reconcile_tui.core.store.journal_entries import Authorship, Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An intent to carry out.

    Attributes:
        check: the row's bookkeeping, written with the delivery where it is one transaction.
    """

    intent: Intent
    planned: PlannedRow
    check: CheckedRow | None = None


class Delivered(StrEnum):
    """What became of a delivery."""

    DONE = "done"
    ALREADY = "already"
    """The row was final before, and agrees."""
    CONTRADICTED = "contradicted"
    """The row was final before, and says otherwise."""
    CHANGED = "changed"
    """The row is open, and not as the plan saw it."""
    WITHHELD = "withheld"
    """What the plan could not know forbids it."""
    PAUSED = "paused"
    LEASE_LOST = "lease_lost"
    """The lease ran out, or another process took the row over: what was read is too old to act on."""
    FAILED = "failed"
    """Nothing was delivered."""
    IN_DOUBT = "in_doubt"
    """The answer was never heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """One delivery's end. `row` is the row as it was found; `detail` may hold foreign text."""

    delivered: Delivered
    row: LocalRow | None = None
    reason: Reason | None = None
    detail: str | None = None


class Dispatcher(Protocol):
    """A way of delivery."""

    @property
    def handles(self) -> frozenset[Event]:
        """The events it can deliver."""
        ...

    async def deliver(
        self, deliveries: Sequence[Delivery], *, by: Authorship, now: datetime
    ) -> list[DeliveryReport]:
        """Deliver each; the reports stand in the order of `deliveries`. `now`: UTC, database clock.

        One row's trouble is that row's report, never an exception.
        """
        ...
