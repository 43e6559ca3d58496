"""The outside: metrics, health and alerts of a daemon, each where the settings ask for it.

Opened before the first tick, so that an address that cannot be used is told of before anything is changed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final

from reconcile_tui import __version__
from reconcile_tui.alerts.alerter import Alerter
from reconcile_tui.alerts.levels import Thresholds
from reconcile_tui.alerts.message import AlertPlace
from reconcile_tui.alerts.webhook import AlertWebhook
from reconcile_tui.bootstrap import Measure, Program, Unmeasured
from reconcile_tui.chronicle import Log
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener, chained
from reconcile_tui.daemon.health import Health
from reconcile_tui.daemon.lookout import Lookout
from reconcile_tui.error_text import ErrorText
from reconcile_tui.metrics.health import Verdict, liveness, readiness
from reconcile_tui.metrics.metrics import Build, Metrics
from reconcile_tui.metrics.server import serving
from reconcile_tui.settings import Settings, outbound

_HANGS_AFTER: Final = timedelta(minutes=10)
"""A tick that tells nothing for as long hangs, where no time-out of the settings is longer."""


class Outside:
    """What a daemon shows and tells.

    Attributes:
        metrics: None where they are served nowhere.
        measure: what measures for them.

    Args:
        context: its name, for people.
        explain: an error in words.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        context: str | None,
        clock: Clock,
        explain: Callable[[BaseException], ErrorText],
        log: Log,
    ) -> None:
        self._settings = settings
        self._place = AlertPlace(context=context, production=settings.production)
        self._thresholds = Thresholds(backlog=settings.alert_backlog, attention=settings.alert_attention)
        self._clock = clock
        self._explain = explain
        self._log = log
        self._lookout: Lookout | None = None
        self.metrics = Metrics(self._build(), clock) if settings.metrics_address is not None else None
        self.measure: Measure = self.metrics or Unmeasured()

    def heard_by(self, listener: Listener) -> Listener:
        """A listener that tells the metrics too."""
        return listener if self.metrics is None else chained(listener, self.metrics)

    async def after_tick(self, came: TickReport | Exception) -> None:
        """A tick ended; the daemon's loop calls it."""
        if self._lookout is not None:
            await self._lookout.after_tick(came)

    @asynccontextmanager
    async def opened(self, program: Program, health: Callable[[], Health]) -> AsyncIterator[None]:
        """Serve, and look out, for as long as the daemon runs.

        Raises:
            MetricsAddressRefused: the address of the metrics cannot be used.
        """
        async with AsyncExitStack() as stack:
            if self.metrics is not None and self._settings.metrics_address is not None:
                self.metrics.health.ask = health
                self.metrics.budget.ask = lambda: program.budget.use
                await stack.enter_async_context(
                    serving(
                        self._settings.metrics_address,
                        registry=self.metrics.registry,
                        liveness=partial(self._liveness, self.metrics, health),
                        readiness=lambda: readiness(health()),
                        log=self._log,
                    )
                )
            alerter = self._alerter(program.store, stack)
            if self.metrics is not None or alerter is not None:
                self._lookout = Lookout(
                    store=program.store,
                    policy=program.reconciler.policy,
                    clock=self._clock,
                    has_turn=lambda: health().has_turn,
                    metrics=self.metrics,
                    alerter=alerter,
                    explain=self._explain,
                    log=self._log,
                )
                await stack.enter_async_context(_under_way(self._lookout))
            yield

    def _alerter(self, store: Store, stack: AsyncExitStack) -> Alerter | None:
        if self._settings.alert_url is None:
            return None
        webhook = AlertWebhook(self._settings.alert_url, outbound=outbound(self._settings))
        stack.push_async_callback(webhook.aclose)
        return Alerter(
            database=store.database,
            alerts=store.alerts,
            messenger=webhook,
            thresholds=self._thresholds,
            place=self._place,
            log=self._log,
        )

    def _build(self) -> Build:
        return Build(
            version=__version__,
            mode=self._settings.mode,
            dispatch=self._settings.dispatch.value,
            interval=self._settings.interval,
            thresholds=self._thresholds,
        )

    def _liveness(self, metrics: Metrics, health: Callable[[], Health]) -> Verdict:
        return liveness(health(), silent_for=metrics.ticks.silent_for, limit=self._hangs_after())

    def _hangs_after(self) -> timedelta:
        """Twice what one row may take at most: its read, its delivery, its effect and its statements."""
        settings = self._settings
        a_row = (
            settings.psp_total_timeout
            + settings.webhook_grace
            + settings.webhook_timeout
            + settings.settle_timeout
            + settings.database_statement_timeout
        )
        return max(_HANGS_AFTER, 2 * a_row)


@asynccontextmanager
async def _under_way(lookout: Lookout) -> AsyncIterator[None]:
    task = asyncio.create_task(lookout.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
