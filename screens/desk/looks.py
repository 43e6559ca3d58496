"""The looks: what the PSP last knew of a row. Unforced, so that browsing sets nothing off (design rule 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp.breaker import Tripped


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was looked at. `planned.state` is without the PSP's full object.

    Attributes:
        at: when it was decided (UTC, this machine's clock).
        tripped: why the look ended early: the PSP is down, refuses the key, or knows too little.
    """

    rows: tuple[PlannedRow, ...]
    at: datetime
    tripped: Tripped | None = None


class Looks(Protocol):
    """Reads for the eye alone: nothing is written, nothing can be applied."""

    async def look(self, refs: Sequence[RowRef]) -> Look:
        """Read these rows as last known and decide them, as a dry run does."""
        ...
