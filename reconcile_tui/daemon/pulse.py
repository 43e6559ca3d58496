"""The pulse: several times a lease the turn is tended, and the daemon says that it is alive.

It goes on beside the ticks. A database that is away is told of once, and asked again at the next beat.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconcile_tui.chronicle import Log
from reconcile_tui.core.clock import Clock
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.daemons import Daemon, DaemonState
from reconcile_tui.core.store.database import DATABASE_TROUBLE
from reconcile_tui.core.store.own_tables import MisplacedTables
from reconcile_tui.core.store.schema import SchemaOutdated, require_schema
from reconcile_tui.core.store.store import Store
from reconcile_tui.daemon.health import Situation
from reconcile_tui.daemon.turn import TurnKeeper
from reconcile_tui.daemon.waiting import first
from reconcile_tui.error_text import ErrorText

BEATS = 3
"""Beats a lease: two may be late before the turn is lost."""

FORGOTTEN_AFTER = timedelta(hours=1)
"""How long a daemon that fell silent is still listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a daemon is, as others see it. `holder` names the process; `dispatch`: `database` or `http`."""

    holder: str
    mode: Mode
    dispatch: str
    version: str
    interval: timedelta


class Pulse:
    """Beats until it is cancelled.

    Args:
        lease: of the turn.
        explain: an error in words.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        identity: Identity,
        turn: TurnKeeper,
        situation: Situation,
        lease: timedelta,
        explain: Callable[[BaseException], ErrorText],
        log: Log,
    ) -> None:
        self._store = store
        self._clock = clock
        self._identity = identity
        self._turn = turn
        self._situation = situation
        self._every = lease.total_seconds() / BEATS
        self._explain = explain
        self._log = log
        self._soon = asyncio.Event()
        self._told_that_it_is_away = False
        self._started_at: datetime | None = None
        self._cleaned_at: datetime | None = None

    def beat_soon(self) -> None:
        """Something changed that others should see."""
        self._soon.set()

    async def run(self) -> None:
        """Beat for ever.

        Raises:
            SchemaOutdated: the tool's own tables are not there, or are another version's.
            MisplacedTables: nobody knows which set of them is meant.
        """
        while True:
            self._soon.clear()
            try:
                await self._beat()
            except (SchemaOutdated, MisplacedTables):
                raise
            except DATABASE_TROUBLE as error:
                self._is_away(error)
            except Exception as error:  # noqa: BLE001 the daemon outlives a defect
                self._log.error("reconcile.daemon.heartbeat_failed", **self._explain(error).fields())
                self._log.debug("reconcile.error", exc_info=error)
            else:
                self._is_back()
            await first(self._clock.sleep(self._every), self._soon.wait())

    async def _beat(self) -> None:
        if not (self._situation.tables_fit and self._turn.holds()):
            await require_schema(self._store.database)
            self._situation.tables_fit = True
        await self._turn.tend()
        time = await DatabaseTime.of(self._store.database, self._clock)
        now = time.now()
        if self._situation.state is DaemonState.SWEEPING:
            await self._store.runs.heartbeat(holder=self._identity.holder, now=now)
        await self._store.daemons.beat(self._daemon(now))
        if self._turn.holds() and (self._cleaned_at is None or now - self._cleaned_at > FORGOTTEN_AFTER):
            self._cleaned_at = now
            await self._store.daemons.forget_silent(since=now - FORGOTTEN_AFTER)

    def _daemon(self, now: datetime) -> Daemon:
        """What is written down of this daemon. `now`: UTC, database clock."""
        self._started_at = self._started_at or now
        due = self._situation.next_tick
        return Daemon(
            holder=self._identity.holder,
            state=self._situation.state,
            mode=self._identity.mode,
            dispatch=self._identity.dispatch,
            version=self._identity.version,
            interval=self._identity.interval,
            started_at=self._started_at,
            heartbeat_at=now,
            next_tick_at=None if due is None else now + timedelta(seconds=due - self._clock.monotonic()),
            last_error=self._situation.last_error,
        )

    def _is_away(self, error: Exception) -> None:
        self._situation.database_answers = False
        if self._told_that_it_is_away:
            return
        self._told_that_it_is_away = True
        text = self._explain(error)
        self._log.error(
            "reconcile.daemon.database_away", **text.fields(), asked_again_every_seconds=round(self._every, 1)
        )
        self._log.debug("reconcile.error", exc_info=error)

    def _is_back(self) -> None:
        self._situation.database_answers = True
        if self._told_that_it_is_away:
            self._told_that_it_is_away = False
            self._log.info("reconcile.daemon.database_back")
