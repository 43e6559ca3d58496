"""A daemon's log after a tick: a backlog that takes long, and rows that nobody looks at."""

from reconcile_tui.chronicle import Log
from reconcile_tui.core.backlog_wording import FASTER, NAME_THEM, slow_words, unmapped_words
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.core.slow_backlog import slow_backlog
from reconcile_tui.core.store.status_words import UnmappedWord
from reconcile_tui.core.store.store import Store


class BacklogTold:
    """Tells a slow backlog after each tick, and words that the mapping does not name when they change."""

    def __init__(self, *, store: Store, policy: Policy, log: Log) -> None:
        self._store = store
        self._policy = policy
        self._log = log
        self._unmapped: tuple[UnmappedWord, ...] = ()

    async def after_tick(self, came: TickReport | Exception) -> None:
        """A tick ended.

        Raises:
            One of `core.store.database.DATABASE_TROUBLE`: the database cannot be used; nothing is told.
        """
        if isinstance(came, Exception):
            return
        now = await self._store.database.now()
        if (slow := await slow_backlog(self._store, self._policy, now=now)) is not None:
            rows = {f"{name}_due": count for name, count in slow.due.items()}
            takes = round(slow.takes.total_seconds())
            self._log.warning(
                "reconcile.backlog.slow",
                detail=slow_words(slow),
                takes_seconds=takes,
                next_step=FASTER,
                **rows,
            )
        unmapped = await self._store.status_words.unmapped(now=now)
        if unmapped and unmapped != self._unmapped:
            self._log.warning(
                "reconcile.statuses.unmapped", detail=unmapped_words(unmapped), next_step=NAME_THEM
            )
        self._unmapped = unmapped
