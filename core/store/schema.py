"""The schema of the tool's own tables: migrated by Alembic, never created behind its back."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from reconcile_tui.core.store.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "reconcile_schema_version"


class SchemaOutdated(Exception):
    """The tool's tables are missing, older or newer than this version. `found` None: missing."""

    def __init__(self, found: str | None, wanted: str) -> None:
        super().__init__(f"the reconcile_ tables are at {found or 'nothing'}, this version wants {wanted}")
        self.found = found
        self.wanted = wanted


async def migrate(database: Database) -> tuple[str | None, str]:
    """Bring the tool's tables to this version; what they were at, and what they are at now."""

    def run(connection: Connection) -> tuple[str | None, str]:
        before = _found(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before, _wanted()

    return await database.run_sync(run)


async def require_schema(database: Database) -> None:
    """Pass where the tool's tables are at this version.

    Raises:
        SchemaOutdated: they are not; `migrate` mends it.
    """
    found = await database.read(lambda connection: connection.run_sync(_found))
    if found != _wanted():
        raise SchemaOutdated(found, _wanted())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _found(connection: Connection) -> str | None:
    return MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE}
    ).get_current_revision()


@cache
def _wanted() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError(f"no migrations in {_SCRIPTS}")
    return head
