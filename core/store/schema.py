"""The schema of the tool's own tables: migrated by Alembic, never created behind its back.

Whether it is there is asked without Alembic, which only a migration loads: every other command starts the
sooner, and is the smaller.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import ColumnClause, Connection, column, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.own_tables import VERSION_TABLE

_SCRIPTS = Path(__file__).parent / "migrations"
VERSION: Final = "0006"
"""The migration that this version of the program wants: the newest."""


class SchemaOutdated(Exception):
    """The tool's tables are missing, older or newer than this version. `found` None: missing."""

    def __init__(self, found: str | None, wanted: str) -> None:
        super().__init__(f"the reconcile_ tables are at {found or 'nothing'}, this version wants {wanted}")
        self.found = found
        self.wanted = wanted


class MigrationFailed(Exception):
    """The tables could not be brought to this version; why, in Alembic's words."""


async def migrate(database: Database) -> tuple[str | None, str]:
    """Bring the tool's tables to this version; what they were at, and what they are at now.

    Raises:
        SchemaOutdated: they are of a newer version, which this program does not know.
        MigrationFailed: they are of no version that ever was.
        MisplacedTables: there is a set of them already, elsewhere, or no schema to make them in.
    """
    from alembic import command  # noqa: PLC0415 only a migration needs it
    from alembic.config import Config  # noqa: PLC0415 as above
    from alembic.util.exc import CommandError  # noqa: PLC0415 as above

    def run(connection: Connection) -> tuple[str | None, str]:
        before = _found(connection, database.backend.own_schema)
        if before is not None and before > VERSION:
            raise SchemaOutdated(before, VERSION)
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise MigrationFailed(str(error)) from error
        return before, VERSION

    async def unit(connection: AsyncConnection) -> tuple[str | None, str]:
        await database.backend.migrate_in_one_schema(connection)
        return await connection.run_sync(run)

    return await database.write(unit)


async def require_schema(database: Database) -> None:
    """Pass where the tool's tables are at this version.

    Raises:
        SchemaOutdated: they are not; `migrate` mends it.
    """

    async def unit(connection: AsyncConnection) -> str | None:
        schema = await database.backend.find_own_tables(connection)
        return await connection.run_sync(_found, schema)

    found = await database.read(unit)
    if found != VERSION:
        raise SchemaOutdated(found, VERSION)


def _found(connection: Connection, schema: str | None) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE, schema):
        return None
    version: ColumnClause[str] = column("version_num")
    versions = table(VERSION_TABLE, schema=schema)
    found: str | None = connection.execute(select(version).select_from(versions)).scalar()
    return found
