"""The brakes and the acknowledgements: what a person does beside healing rows."""

from datetime import datetime, timedelta
from typing import Protocol

from reconcile_tui.core.findings import RowRef


class Brakes(Protocol):
    """What binds every process on this database. Errors as for `Lists`; a viewer's call raises
    `PermissionError`."""

    async def pause(self, *, reason: str, lasts: timedelta | None, connector: str | None) -> str:
        """Stop every dispatch, or those of one connector; says in words what holds now. `lasts` None: until
        somebody resumes."""
        ...

    async def resume(self, *, reason: str | None, connector: str | None) -> str:
        """Lift a pause; says in words what holds now."""
        ...

    async def acknowledge(
        self, ref: RowRef, *, reason: str, lasts: timedelta | None, seen_at: datetime
    ) -> str:
        """Let a row's attention item be silent for so long, or until its facts change; says what came of it:
        where the item is over, or is not what was seen at `seen_at` any more, nothing is written."""
        ...

    async def unacknowledge(self, ref: RowRef, *, reason: str | None) -> str:
        """Make it loud again."""
        ...
