"""What the core asks of a way of delivery: carry out intents, and say what became of each.

`database` and `http` are two of them. Delivered is not resolved: whoever calls reads the rows again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.findings import LocalRow
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.store.checks import CheckedRow
from reconcile_tui.core.store.journal_entries import Authorship, Intent

NEVER_SENT = "never reached the payment provider: written down, but not sent"
"""What an orphan that was failed says of itself."""


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
    ACKNOWLEDGED = "acknowledged"
    """The shop's own handler said yes: whether it did anything shows in the row."""
    UNHEARD = "unheard"
    """It was sent to the shop's own handler, and no answer was heard."""
    REJECTED = "rejected"
    """The shop's own handler said no, or failed over it; it may have done it all the same."""
    ALREADY = "already"
    """The row was final before, and agrees."""
    CONTRADICTED = "contradicted"
    """The row was final before, and says otherwise."""
    CHANGED = "changed"
    """The row is open, and not as the plan saw it."""
    WITHHELD = "withheld"
    """What the plan could not know forbids it."""
    PAUSED = "paused"
    STOPPED = "stopped"
    """Somebody said stop before it was sent."""
    SHUT = "shut"
    """The shop refuses the events of this phase, so this one was not sent."""
    LEASE_LOST = "lease_lost"
    """The lease ran out, or another process took the row over: what was read is too old to act on."""
    LOCKED = "locked"
    """Somebody else holds the row locked, or one that its event needs: nothing was awaited."""
    FAILED = "failed"
    """Nothing was delivered."""
    IN_DOUBT = "in_doubt"
    """The answer was never heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """One delivery's end.

    Attributes:
        row: as it was found.
        status: the HTTP status that the shop's own handler answered; None where none was heard.
        detail: may hold foreign text.
    """

    delivered: Delivered
    row: LocalRow | None = None
    reason: Reason | None = None
    detail: str | None = None
    status: int | None = None


class Dispatcher(Protocol):
    """A way of delivery."""

    @property
    def handles(self) -> frozenset[Event]:
        """The events it can deliver."""
        ...

    @property
    def remote(self) -> frozenset[Event]:
        """Those of them that go to a handler of the shop's own: it also gets the real webhook, and the
        effect shows in the row sooner or later."""
        ...

    async def deliver(
        self, deliveries: Sequence[Delivery], *, by: Authorship, time: DatabaseTime, door: Door
    ) -> list[DeliveryReport]:
        """Deliver each; the reports stand in the order of `deliveries`.

        One row's trouble is that row's report, never an exception.
        """
        ...
