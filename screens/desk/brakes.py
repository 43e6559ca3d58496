"""The brakes and the acknowledgements: what a person does beside healing rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reconcile_tui.core.store.attention import AttentionItem
    from reconcile_tui.core.store.controls import Pause


class Brakes(Protocol):
    """What binds every process on this database. Errors as for `Lists`; a viewer's call raises
    `PermissionError`, and nothing is written."""

    async def now(self) -> datetime:
        """The database's clock (UTC): what an end is counted from."""
        ...

    async def pause(self, *, reason: str, until: datetime | None, connector: str | None) -> Pause | None:
        """Stop every dispatch of every process, or those of one connector.

        Args:
            until: UTC, database clock; None: until somebody resumes.

        Returns:
            The pause that this one replaces.
        """
        ...

    async def resume(self, pause: Pause, *, reason: str | None) -> Pause | None:
        """Lift a pause, where it still is the one that was seen.

        Returns:
            That pause; None: it is over, or another stands in its place, and nothing is put on record.
        """
        ...

    async def acknowledge(self, item: AttentionItem, *, reason: str, until: datetime | None) -> bool:
        """Let an attention item be silent until then, or until its facts change.

        Returns:
            False where the item is over, or is not what was seen any more: nothing is written then.
        """
        ...

    async def unacknowledge(self, item: AttentionItem, *, reason: str | None) -> bool:
        """Make it loud again.

        Returns:
            False where there is no acknowledgement any more: nothing is written then.
        """
        ...
