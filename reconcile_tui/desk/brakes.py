"""The brakes and the acknowledgements over the store."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.policy import Actor, Role
from reconcile_tui.core.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreBrakes:
    """`Brakes` over one store."""

    store: Store
    actor: Actor

    async def pause(self, *, reason: str, lasts: timedelta | None, connector: str | None) -> str:
        self._require_operator()
        now = await self.store.database.now()
        until = now + lasts if lasts is not None else None
        await self.store.controls.pause(
            actor=self.actor.name, reason=reason, now=now, until=until, connector=connector
        )
        return f"Paused {connector or 'everything'}."

    async def resume(self, *, reason: str | None, connector: str | None) -> str:
        self._require_operator()
        now = await self.store.database.now()
        lifted = await self.store.controls.resume(
            actor=self.actor.name, now=now, connector=connector, reason=reason
        )
        return "Resumed." if lifted else "Nothing was paused."

    async def acknowledge(
        self, ref: RowRef, *, reason: str, lasts: timedelta | None, seen_at: datetime
    ) -> str:
        self._require_operator()
        items = await self.store.attention.open_items(limit=1, refs=[ref])
        if not items:
            return f"Nothing was written: {ref} is not on the attention list any more."
        now = await self.store.database.now()
        until = now + lasts if lasts is not None else None
        done = await self.store.attention.acknowledge(
            items[0], actor=self.actor.name, reason=reason, now=now, until=until
        )
        return f"Acknowledged {ref}." if done else f"Nothing was written: {ref} changed meanwhile."

    async def unacknowledge(self, ref: RowRef, *, reason: str | None) -> str:
        self._require_operator()
        items = await self.store.attention.open_items(limit=1, refs=[ref])
        now = await self.store.database.now()
        done = bool(items) and await self.store.attention.unacknowledge(
            items[0], actor=self.actor.name, now=now, reason=reason
        )
        return f"{ref} is loud again." if done else f"Nothing was written: {ref} is not acknowledged."

    def _require_operator(self) -> None:
        if self.actor.role is Role.VIEWER:
            raise PermissionError("a viewer may look, and change nothing")
