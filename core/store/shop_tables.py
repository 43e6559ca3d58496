"""Whether a database is a shop's at all, before anything is made in it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.mapping import ShopMapping


class ShopTablesMissing(Exception):
    """The database does not hold the tables that the mapping names.

    Attributes:
        tables: their names.
        elsewhere: the schemas that hold a table of such a name, for each.
    """

    def __init__(self, elsewhere: Mapping[str, Sequence[str]]) -> None:
        super().__init__(f"no such table: {', '.join(elsewhere)}")
        self.tables = tuple(elsewhere)
        self.elsewhere = elsewhere


async def require_shop_tables(database: Database, mapping: ShopMapping) -> None:
    """Pass where the shop's tables are there.

    Raises:
        ShopTablesMissing: one of them is not.
        sqlalchemy.exc.DBAPIError: the database cannot be used, or its user may not look.
    """

    async def unit(connection: AsyncConnection) -> dict[str, Sequence[str]]:
        elsewhere: dict[str, Sequence[str]] = {}
        for table in (mapping.orders, mapping.refunds):
            if not await database.backend.time_columns(connection, table.table, table.schema):
                name = f"{table.schema}.{table.table}" if table.schema else table.table
                elsewhere[name] = await database.backend.schemas_with(connection, table.table)
        return elsewhere

    elsewhere = await database.read(unit)
    if elsewhere:
        raise ShopTablesMissing(elsewhere)
