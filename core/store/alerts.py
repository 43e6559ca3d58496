"""Alerts in the database: each is changed by compare-and-set, so that two daemons do not both tell people."""

from typing import Any

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.alerts import Alert, AlertName
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.tables import alerts


class Alerts:
    """The alerts that last, and those whose end nobody was told yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[AlertName, Alert]:
        """Every alert that is written down."""
        query = select(alerts).where(alerts.c.name.in_(list(AlertName)))

        async def unit(connection: AsyncConnection) -> dict[AlertName, Alert]:
            return {
                AlertName(row.name): Alert(
                    name=AlertName(row.name),
                    since=row.since,
                    peak=row.peak,
                    told_at=row.told_at,
                    ended_at=row.ended_at,
                    claimed_until=row.claimed_until,
                )
                for row in await connection.execute(query)
            }

        return await self._database.read(unit)

    async def swap(self, before: Alert | None, after: Alert | None) -> bool:
        """Write `after` where `before` is still what is written; False: somebody else was faster.

        Args:
            before: None: there must be none.
            after: None: forget it.
        """
        statement: Any
        if before is not None and after is not None:
            statement = update(alerts).where(_is(before)).values(**_values(after))
        elif before is not None:
            statement = delete(alerts).where(_is(before))
        elif after is not None:
            insert = self._database.backend.upsert(alerts).on_conflict_do_nothing(index_elements=["name"])
            statement = insert.values(**_values(after))
        else:
            return True

        async def unit(connection: AsyncConnection) -> bool:
            written = await connection.execute(statement.returning(alerts.c.name))
            return written.scalar_one_or_none() is not None

        return await self._database.write(unit)


def _values(alert: Alert) -> dict[str, Any]:
    return {
        "name": alert.name.value,
        "since": alert.since,
        "peak": alert.peak,
        "told_at": alert.told_at,
        "ended_at": alert.ended_at,
        "claimed_until": alert.claimed_until,
    }


def _is(alert: Alert) -> Any:
    return and_(*(alerts.c[key].is_not_distinct_from(value) for key, value in _values(alert).items()))
