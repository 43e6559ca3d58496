"""The lookout: counts what is stuck after each tick and every minute, shows it and tells people.

Only the daemon that has the turn looks. Whatever goes wrong here is logged, and ends nothing.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from reconcile_tui.alerts.alerter import Alerter
from reconcile_tui.chronicle import Log
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.core.standing import standing
from reconcile_tui.core.store.database import DATABASE_TROUBLE
from reconcile_tui.core.store.store import Store
from reconcile_tui.error_text import ErrorText
from reconcile_tui.metrics.backlog import Count
from reconcile_tui.metrics.metrics import Metrics

EVERY: Final = timedelta(minutes=1)


class Lookout:
    """Looks, one look at a time.

    Args:
        has_turn: whether this daemon is the one that sweeps.
        metrics: shows what was counted, if anything does.
        alerter: tells people, if anybody is to be told.
        explain: an error in words.
    """

    def __init__(
        self,
        *,
        store: Store,
        policy: Policy,
        clock: Clock,
        has_turn: Callable[[], bool],
        metrics: Metrics | None,
        alerter: Alerter | None,
        explain: Callable[[BaseException], ErrorText],
        log: Log,
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._has_turn = has_turn
        self._metrics = metrics
        self._alerter = alerter
        self._explain = explain
        self._log = log
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Look every minute, for ever."""
        while True:
            await self._clock.sleep(EVERY.total_seconds())
            await self.look()

    async def after_tick(self, came: TickReport | Exception) -> None:
        """A tick ended, well or not."""
        if self._metrics is not None and isinstance(came, Exception):
            self._metrics.ticks.failed()
        await self.look()

    async def look(self) -> None:
        """Count, show and tell; who has no turn shows nothing."""
        async with self._one_at_a_time:
            try:
                await self._look()
            except DATABASE_TROUBLE as error:
                self._log.warning("reconcile.lookout.failed", **self._explain(error).fields())
                self._log.debug("reconcile.error", exc_info=error)
            except Exception as error:  # noqa: BLE001 a look that fails must not end the daemon
                self._log.error("reconcile.lookout.failed", **self._explain(error).fields())
                self._log.debug("reconcile.error", exc_info=error)

    async def _look(self) -> None:
        if not self._has_turn():
            self._show_nothing()
            return
        now = await standing(self._store, self._policy)
        pauses = await self._store.controls.pauses(now=now.at)
        if self._metrics is not None:
            self._metrics.backlog.count = Count(standing=now, pauses=len(pauses))
        if self._alerter is not None:
            told = await self._alerter.look(now)
            if self._metrics is not None:
                self._metrics.alerts.show(told)

    def _show_nothing(self) -> None:
        if self._metrics is not None:
            self._metrics.backlog.count = None
            self._metrics.alerts.forget()
            self._metrics.ticks.forget_breakers()
