"""Alembic's entry: migrates the tool's own tables on the connection it is handed."""

from alembic import context
from sqlalchemy import Connection

from reconcile_tui.core.store.own_tables import VERSION_TABLE
from reconcile_tui.core.store.tables import metadata


def run() -> None:
    """Migrate; the caller's transaction commits."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        include_name=lambda name, kind, _: kind != "table" or (name or "").startswith("reconcile_"),
    )
    context.run_migrations()


run()
