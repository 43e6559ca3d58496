"""Looked: what a look at the PSP came to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp_states import ReadFailed

STALE_AFTER: Final = timedelta(seconds=60)
"""A PSP figure that is older is marked, wherever it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A look at a row. `at`: when (UTC, this machine's clock).

    Attributes:
        good: the last one before that was answered, where this one was not.
    """

    planned: PlannedRow
    at: datetime
    good: Self | None = None

    @property
    def failure(self) -> ReadFailed | None:
        """Why the PSP could not be read; None where it answered, or needed not be asked."""
        return self.planned.state if isinstance(self.planned.state, ReadFailed) else None
