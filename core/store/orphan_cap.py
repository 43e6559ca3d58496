"""How much of the cap on failed orphans is taken: by the journal, and by the marks of what it withheld.

Counted by the database and never by a process: ticks, drains, daemons and `--once` have one cap together.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.orphan_cap import CapUse
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.policy import ActorKind
from reconcile_tui.core.statuses import Kind, RefundStatus
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.core.store.shop import Shop, as_key
from reconcile_tui.core.store.tables import checks, journal, leases

_MAY_HAVE_FAILED_IT: Final = (Step.INTENDED, Step.RESUMED, Step.APPLIED, Step.DELIVERED)

_SURELY_NOT_FAILED: Final = (
    Outcome.CHANGED,
    Outcome.REFUSED,
    Outcome.UNREADABLE,
    Outcome.ALREADY_RESOLVED,
)

_MOST_SLACK: Final = timedelta(minutes=1)

_GUARD: Final = "orphan_cap"
"""A name among the leases that whoever counts and writes intents inserts and deletes again: another one's
insert waits for the end of that transaction. Two that count at once would each see room for all of theirs."""


class OrphanCapQuery:
    """What is taken of the cap."""

    def __init__(self, database: Database, shop: Shop) -> None:
        self._database = database
        self._shop = shop

    async def use(self, *, interval: timedelta) -> CapUse:
        """What is taken at this moment, by the database's clock."""

        async def unit(connection: AsyncConnection) -> CapUse:
            now = await self._database.clock.now(connection)
            return await self.use_in(connection, now=now, interval=interval)

        return await self._database.read(unit)

    async def use_in(self, connection: AsyncConnection, *, now: datetime, interval: timedelta) -> CapUse:
        """The same, as part of the caller's transaction. `now`: UTC, database clock."""
        # Two checks an interval apart write their entries a little sooner or later in it.
        slack = min(interval / 60, _MOST_SLACK)
        failed = await self._failed(connection, since=now - interval + slack)
        return CapUse(failed=failed, withheld=await self._withheld(connection))

    async def locked(self, connection: AsyncConnection, *, now: datetime) -> None:
        """Make others that count wait, until the end of the caller's transaction."""
        values = {"name": _GUARD, "holder": "", "fence": 1, "expires_at": now, "intent_id": None}
        await connection.execute(insert(leases), values)
        await connection.execute(delete(leases).where(leases.c.name == _GUARD))

    async def _failed(self, connection: AsyncConnection, *, since: datetime) -> frozenset[str]:
        """Orphans that daemons failed since then, or are about to. What surely failed none does not count,
        and an intent that nobody concluded does, however old."""
        later = journal.alias("later")
        its_intent = func.coalesce(journal.c.intent_id, journal.c.id)
        not_failed = exists().where(
            later.c.kind == journal.c.kind,
            later.c.row_id == journal.c.row_id,
            later.c.id > journal.c.id,
            later.c.intent_id == its_intent,
            later.c.outcome.in_([outcome.value for outcome in _SURELY_NOT_FAILED]),
        )
        by_daemons = select(journal.c.row_id).where(
            journal.c.event == Event.ORPHAN_FAILED.value, journal.c.actor_kind == ActorKind.DAEMON.value
        )
        steps = journal.c.step.in_([step.value for step in _MAY_HAVE_FAILED_IT])
        recent = by_daemons.where(journal.c.at > since, steps, ~not_failed)
        under_way = by_daemons.join(leases, leases.c.intent_id == journal.c.id)
        found = [
            *(await connection.execute(recent)).scalars(),
            *(await connection.execute(under_way)).scalars(),
        ]
        return frozenset(found)

    async def _withheld(self, connection: AsyncConnection) -> frozenset[str]:
        """Orphans that are open still, of those that the cap withheld."""
        refunds = self._shop.refunds
        is_orphan = (
            refunds.has_status(RefundStatus.PENDING),
            func.coalesce(refunds.c.refund_id, "") == "",
        )
        query = (
            select(checks.c.row_id)
            .join(refunds.table, refunds.c.id == as_key(checks.c.row_id, refunds.c.id))
            .where(checks.c.kind == Kind.REFUND.value, checks.c.capped_at.is_not(None), *is_orphan)
        )
        return frozenset((await connection.execute(query)).scalars())
