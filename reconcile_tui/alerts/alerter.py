"""The alerter: after each look at what is stuck, people are told what crossed its threshold, once.

What was told is kept in the database, so that a restart or another daemon's turn tells nobody again. A
message that did not arrive is sent again after the next look: at least once, never lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Protocol

from reconcile_tui.alerts.levels import Thresholds, levels
from reconcile_tui.alerts.message import AlertPlace, message
from reconcile_tui.chronicle import Log
from reconcile_tui.core.alerts import Alert, AlertName, Level, News, looked_at
from reconcile_tui.core.standing import Standing
from reconcile_tui.core.store.alerts import Alerts
from reconcile_tui.core.store.database import Database

CLAIM: Final = timedelta(seconds=60)
"""How long a process may take to tell people before another one does it: longer than any POST."""


class Messenger(Protocol):
    """Who takes a message to people."""

    async def post(self, text: str) -> str | None:
        """None: it arrived; else why not, in words."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a look came to.

    Attributes:
        lasting: the alerts that last.
        arrived: messages that arrived.
        failed: messages that did not.
    """

    lasting: frozenset[AlertName]
    arrived: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerter:
    """Tells people. Of several processes on one database one tells."""

    database: Database
    alerts: Alerts
    messenger: Messenger
    thresholds: Thresholds
    place: AlertPlace
    log: Log = field(repr=False)

    async def look(self, standing: Standing) -> Told:
        """Write down which alerts last, and tell what people have not been told.

        Raises:
            One of `core.store.database.DATABASE_TROUBLE`: the database cannot be used; the next look tells.
        """
        written = await self.alerts.all()
        lasting: set[AlertName] = set()
        posts: list[bool] = []
        for name, level in levels(standing, self.thresholds).items():
            alert = await self._written(written, name, level, standing)
            if alert is None:
                continue
            if alert.ended_at is None:
                lasting.add(name)
            if (news := alert.news) is not None and not alert.is_claimed(standing.at):
                posts += await self._tell(alert, news, level, standing)
        return Told(lasting=frozenset(lasting), arrived=posts.count(True), failed=posts.count(False))

    async def _written(
        self, written: Mapping[AlertName, Alert], name: AlertName, level: Level, standing: Standing
    ) -> Alert | None:
        """The alert as it stands after this look; None: there is none, or another process was faster."""
        before = written.get(name)
        after = looked_at(name, before, level, now=standing.at)
        return after if after == before or await self.alerts.swap(before, after) else None

    async def _tell(self, alert: Alert, news: News, level: Level, standing: Standing) -> list[bool]:
        """Whether the message arrived; empty where another process is telling people."""
        claimed = replace(alert, claimed_until=await self.database.now() + CLAIM)
        if not await self.alerts.swap(alert, claimed):
            return []
        failed = await self.messenger.post(message(alert, news, level, standing, self.place))
        if failed is None:
            await self.alerts.swap(claimed, claimed.told(await self.database.now()))
            self.log.info("reconcile.alert.told", alert=alert.name, news=news, count=level.count)
        else:
            await self.alerts.swap(claimed, replace(claimed, claimed_until=None))
            self.log.warning("reconcile.alert.not_told", alert=alert.name, news=news, why=failed)
        return [failed is None]
