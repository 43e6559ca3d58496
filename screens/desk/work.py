"""The work: plans, and carrying them out. The core's own path, with somebody watching row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.outcomes import Result
from reconcile_tui.core.plan import Plan, PlannedRow

if TYPE_CHECKING:
    from reconcile_tui.core.apply import Receipt
    from reconcile_tui.core.planning import Planning

OnRead = Callable[[PlannedRow], None]
"""Told of each answer as it comes, with what would follow from it alone; must not block."""
OnConcluded = Callable[[PlannedRow, Result], None]
"""Told of each row that ended; must not block."""


class Work(Protocol):
    """What changes rows. Errors as for `Lists`."""

    async def plan(
        self,
        refs: Sequence[RowRef],
        *,
        on_read: OnRead,
        should_stop: Callable[[], bool],
        dry_run: bool = False,
    ) -> Planning:
        """Read these rows, forced, and decide them. With `dry_run` as last known: cannot be applied then."""
        ...

    def through_block(self) -> Work:
        """The same, for a person who was told that the PSP asked to be left alone, and reads all the same."""
        ...

    async def apply(
        self,
        plan: Plan,
        *,
        reason: str,
        on_begin: Callable[[], None],
        on_concluded: OnConcluded,
        should_stop: Callable[[], bool],
        again: bool = False,
    ) -> Receipt:
        """Carry out a plan that was confirmed. A viewer's is refused by the core.

        Args:
            on_begin: told before the first row is begun; where it was not, none was.
        """
        ...

    async def due(self) -> Sequence[RowRef]:
        """The rows that a tick would look at now, every phase, in its order."""
        ...
