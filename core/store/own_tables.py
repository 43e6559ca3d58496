"""Where the tool's own tables stand in a PostgreSQL database: in one schema, found by name, always qualified.

Two sets would be two brakes: a pause in one does not bind who uses the other. So nobody's `search_path`
decides: the one set is looked for in every schema.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.tables import metadata

VERSION_TABLE: Final = "reconcile_schema_version"
"""Every set has one."""

_SCHEMAS: Final = text(
    "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relname = :set AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_temp%'"
    " ORDER BY n.nspname"
).bindparams(set=VERSION_TABLE)
"""The schemas that hold a set; every role may ask."""
_MIGRATION_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('reconcile-tui init-db', 0))")
"""It ends with the transaction, and so holds behind PgBouncer's transaction mode."""
_WHERE_TO_MIGRATE: Final = text(
    "SELECT CASE WHEN CAST(:named AS text) IS NULL THEN current_schema()"
    " ELSE (SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = :named) END"
)
_MIGRATE_IN: Final = text("SELECT set_config('search_path', quote_ident(:schema), true)")


class MisplacedTables(Exception):
    """The tool's own tables do not stand in one known schema; nothing was read and nothing was written.

    Attributes:
        schemas: where sets of them stand.
    """

    def __init__(self, words: str, schemas: Sequence[str]) -> None:
        super().__init__(words)
        self.schemas = tuple(schemas)


class SeveralSets(MisplacedTables):
    """Nobody said which of several sets is meant."""

    def __init__(self, schemas: Sequence[str]) -> None:
        super().__init__(f"the schemas {' and '.join(schemas)} each have a set of reconcile_ tables", schemas)


class SetElsewhere(MisplacedTables):
    """The settings name another schema than the one that holds the set."""

    def __init__(self, schemas: Sequence[str], named: str) -> None:
        words = f"the reconcile_ tables stand in the schema {' and '.join(schemas)}, not in {named}"
        super().__init__(words, schemas)
        self.named = named


class NoSchema(MisplacedTables):
    """There is no schema in which the tables could be made."""

    def __init__(self, named: str | None) -> None:
        words = f"there is no schema {named}" if named else "the search path names no schema that there is"
        super().__init__(words, ())
        self.named = named


def schema_of_tables(found: Sequence[str], named: str | None) -> str | None:
    """The schema that holds the tool's own tables, or is to hold them; None: wherever the next ones are made.

    Args:
        found: the schemas that hold a set.
        named: what the settings say.

    Raises:
        SetElsewhere, SeveralSets: see there.
    """
    if named is not None:
        if found and named not in found:
            raise SetElsewhere(found, named)
        return named
    if len(found) > 1:
        raise SeveralSets(found)
    return found[0] if found else None


class OwnTables:
    """How the statements of an engine name the tool's own tables: with their schema, once it is known.

    Attributes:
        schema: None: nobody found them yet.
    """

    def __init__(self, named: str | None) -> None:
        self._named = named
        self._engine: Engine | None = None
        self.schema: str | None = None

    def qualify(self, engine: Engine) -> None:
        """Let every statement of `engine` name the schema."""
        self._engine = engine
        engine.dialect.identifier_preparer.schema_for_object = self._schema_of

    async def find(self, connection: AsyncConnection) -> str | None:
        """Look where they stand; every statement from now on names that schema.

        Raises:
            MisplacedTables: there are several sets, or there is one elsewhere than the settings say.
        """
        found = (await connection.execute(_SCHEMAS)).scalars().all()
        # A process stays with the set that it found, as long as it is there.
        known = self.schema if self.schema in found else None
        self._stand_in(schema_of_tables(found, self._named or known))
        return self.schema

    def forget(self) -> None:
        """They are not where they were: the next transaction looks for them again."""
        self._stand_in(None)

    async def migrate_in_one(self, connection: AsyncConnection) -> str:
        """Let this transaction alone make and alter them, in the one schema where they are or are to be.

        Raises:
            MisplacedTables: as `find`, or there is no schema to make them in.
        """
        # Two at once would each make a set, in the schemas of their own search paths.
        await connection.execute(_MIGRATION_LOCK)
        wanted = await self.find(connection)
        schema: str | None = (await connection.execute(_WHERE_TO_MIGRATE, {"named": wanted})).scalar_one()
        if schema is None:
            raise NoSchema(wanted)
        await connection.execute(_MIGRATE_IN, {"schema": schema})
        self._stand_in(schema)
        return schema

    def _stand_in(self, schema: str | None) -> None:
        if schema != self.schema and self._engine is not None:
            self._engine.clear_compiled_cache()
        self.schema = schema

    def _schema_of(self, named: Any) -> Any:
        """What SQLAlchemy asks of each table and sequence that it writes into a statement."""
        return self.schema if getattr(named, "metadata", None) is metadata else named.schema
