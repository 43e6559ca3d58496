"""The brakes and the acknowledgements over the store."""

from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.core.policy import Actor, Role
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreBrakes:
    """`Brakes` over one store."""

    store: Store
    actor: Actor

    async def now(self) -> datetime:
        return await self.store.database.now()

    async def pause(self, *, reason: str, until: datetime | None, connector: str | None) -> Pause | None:
        self._require_operator()
        return await self.store.controls.pause(
            actor=self.actor.name, reason=reason, now=await self.now(), until=until, connector=connector
        )

    async def resume(self, pause: Pause, *, reason: str | None) -> Pause | None:
        self._require_operator()
        return await self.store.controls.resume(
            actor=self.actor.name,
            now=await self.now(),
            connector=pause.connector,
            reason=reason,
            as_seen=pause,
        )

    async def acknowledge(self, item: AttentionItem, *, reason: str, until: datetime | None) -> bool:
        self._require_operator()
        return await self.store.attention.acknowledge(
            item, actor=self.actor.name, reason=reason, now=await self.now(), until=until
        )

    async def unacknowledge(self, item: AttentionItem, *, reason: str | None) -> bool:
        self._require_operator()
        return await self.store.attention.unacknowledge(
            item, actor=self.actor.name, now=await self.now(), reason=reason
        )

    def _require_operator(self) -> None:
        if self.actor.role is Role.VIEWER:
            raise PermissionError("a viewer may look, and change nothing")
