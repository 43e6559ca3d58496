"""What is wrong with tables, in words: not there, elsewhere, of another version, not this user's to use."""

import re

from reconcile_tui.core.store.own_tables import MisplacedTables, NoSchema, SetElsewhere
from reconcile_tui.core.store.schema import SchemaOutdated
from reconcile_tui.core.store.shop_tables import ShopTablesMissing
from reconcile_tui.error_text import ErrorText, of_database

CLOSED_SCHEMA = "no schema has been selected to create in"
"""What PostgreSQL says of the one schema of a search path that its user may not even use."""
_INIT_DB = "Run reconcile-tui init-db."
_OWN_TABLES = "reconcile_"
_MISSING = re.compile(
    r'(?P<kind>relation|column|no such table:|no such column:|table|no column named) ?"?(?P<name>[\w.]+)"?'
)
_DENIED = re.compile(r"(?P<kind>schema|table|relation|sequence|view) (?P<name>\S+)")


def about_tables(error: BaseException, database: str) -> ErrorText | None:
    """What the program itself found out about the tables; None: the error is about something else."""
    match error:
        case SchemaOutdated():
            return _outdated(error, database)
        case MisplacedTables():
            return _misplaced(error, database)
        case ShopTablesMissing():
            return _of_another_shop(error, database)
        case _:
            return None


def missing(words: str, on_what: str) -> ErrorText:
    """A table or column that is not there: the tool's own, or one that the mapping names.

    Args:
        words: what the database said.
    """
    found = _MISSING.search(words)
    name = found["name"] if found else ""
    if name.rpartition(".")[2].startswith(_OWN_TABLES):
        return of_database("The tool's own tables are not there.", on_what, _INIT_DB)
    return of_database(
        "The shop's tables are not as the mapping says.",
        on_what,
        "Check DATABASE_URL, the search path of its user, and [mapping] against the shop's tables.",
    )


def denied(words: str, statement: str, on_what: str) -> ErrorText:
    """A right that the database's user does not have.

    Args:
        words: what the database said.
        statement: what it was asked to do.
    """
    return of_database("The database's user may not do this.", on_what, _grant(words, statement))


def _grant(words: str, statement: str) -> str:
    found = _DENIED.search(words)
    kind, name = (found["kind"], found["name"]) if found else ("", "")
    if CLOSED_SCHEMA in words:
        return "Let its owner run: GRANT USAGE, CREATE ON SCHEMA … TO the user of DATABASE_URL."
    if "must be owner" in words:
        return "Run init-db as the database user that made the tool's own tables: their owner alone may."
    if kind == "schema" and statement.lstrip().upper().startswith("CREATE"):
        return (
            f"Let its owner run: GRANT USAGE, CREATE ON SCHEMA {name} TO the user of DATABASE_URL. Or name "
            "another schema with RECONCILE_SCHEMA."
        )
    if kind == "schema":
        return f"Let its owner run: GRANT USAGE ON SCHEMA {name} TO the user of DATABASE_URL."
    if kind == "sequence":
        return f"Grant USAGE on the sequences of the reconcile_ tables, {name} among them."
    return "Grant SELECT and UPDATE on the shop's tables, and everything on the reconcile_ tables."


def _outdated(error: SchemaOutdated, database: str) -> ErrorText:
    if error.found is None:
        return of_database("The tool's own tables are not there.", database, _INIT_DB)
    on_what = f"{database}: they are at {error.found}, this version wants {error.wanted}"
    if error.found > error.wanted:
        what, next_step = "The tool's own tables belong to a newer version.", "Install the newer version."
        return of_database(what, on_what, next_step)
    return of_database("The tool's own tables belong to an older version.", on_what, _INIT_DB)


def _misplaced(error: MisplacedTables, database: str) -> ErrorText:
    """The tool's own tables, and the schema where they are or should be."""
    places = " and ".join(error.schemas)
    match error:
        case NoSchema(named=None):
            return of_database(
                "The search path names no schema that is there: the tool's own tables can stand nowhere.",
                database,
                "Set RECONCILE_SCHEMA, or give the database's user a search path (ALTER ROLE … SET).",
            )
        case NoSchema(named=named):
            return of_database(
                f"The database has no schema {named}.",
                database,
                "Make it (CREATE SCHEMA), or set RECONCILE_SCHEMA to one that is there.",
            )
        case SetElsewhere(named=named):
            return of_database(
                f"The tool's own tables are in the schema {places} already.",
                f"{database}: RECONCILE_SCHEMA says {named}",
                f"Set RECONCILE_SCHEMA={error.schemas[0]}, or leave it out. No second set was made: a pause "
                "in one does not bind who uses the other.",
            )
        case _:
            return of_database(
                f"The database has several sets of the tool's own tables: in the schemas {places}.",
                database,
                "Set RECONCILE_SCHEMA to one of them, the same for every process, and remove the others: "
                "a pause in one does not bind who uses another.",
            )


def _of_another_shop(error: ShopTablesMissing, database: str) -> ErrorText:
    elsewhere = [
        f"{table} is in the schema {' and in '.join(schemas)}"
        for table, schemas in error.elsewhere.items()
        if schemas
    ]
    hint = (
        f" ({'; '.join(elsewhere)}: set its schema in [mapping], or the user's search path)"
        if elsewhere
        else ""
    )
    return of_database(
        f"The shop's tables are not there: {', '.join(error.tables)}. Nothing was made.",
        database,
        f"Check DATABASE_URL, and the names in [mapping]{hint}.",
    )
