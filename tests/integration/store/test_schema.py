"""The migrations make exactly the tables that the code uses, and leave the shop's alone."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, inspect, text

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.own_tables import VERSION_TABLE
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.core.store.tables import metadata
from reconcile_tui.demo.shop import metadata as shop_metadata


def ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    return kind != "table" or ((name or "").startswith("reconcile_") and name != VERSION_TABLE)


async def test_the_migrations_make_the_tables_that_the_code_uses(database_url: URL) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        return list(compare_metadata(context, metadata))

    database = Database(database_url)
    try:
        assert await database.run_sync(differences) == []
    finally:
        await database.close()


async def test_migrating_adds_the_tools_tables_and_touches_none_of_the_shop(database_url: URL) -> None:
    def without_ours(connection: Connection) -> None:
        metadata.drop_all(connection)
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))

    def shape(connection: Connection) -> dict[str, list[str]]:
        inspector = inspect(connection)
        return {
            name: [str(column) for column in inspector.get_columns(name)]
            + sorted(str(index["name"]) for index in inspector.get_indexes(name))
            for name in shop_metadata.tables
        }

    database = Database(database_url)
    try:
        await database.run_sync(without_ours)
        before = await database.run_sync(shape)
        assert await migrate(database) == (None, "0006")
        assert await database.run_sync(shape) == before
        tables = await database.run_sync(lambda connection: inspect(connection).get_table_names())
        assert set(tables) == {*shop_metadata.tables, *metadata.tables, VERSION_TABLE}
    finally:
        await database.close()
