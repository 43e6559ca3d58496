"""`demo-db`: the demo shop's tables and the rows of its incident, in a new file or an empty database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text
from sqlalchemy import URL, inspect
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.cli.documents import DemoDbDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.output import foreign
from reconcile_tui.core.store.database import Database
from reconcile_tui.demo.filling import fill
from reconcile_tui.demo.incident import SEED, demo_rows
from reconcile_tui.demo.shop import create_shop, metadata
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.settings.database_url import parse_database_url, shown


async def make_demo_db(work: Work, *, target: str) -> int:
    """Make it, or refuse where orders or refunds are there."""
    try:
        url = _url(target)
    except ValueError as error:
        work.output.tell(f"PATH|URL cannot be used: {error}.")
        return ExitCode.USAGE
    database = Database(url, limits=work.settings.database_limits(), pooler=work.settings.database_pooler)
    try:
        there = await _tables_there(database)
        if there:
            work.output.tell(
                f"Refused: {shown(url)} has {' and '.join(there)} already.",
                "Nothing was changed. Name a new file, or an empty database.",
            )
            return ExitCode.REFUSED
        with work.progress.shown("Filling the demo shop"):
            incident = demo_rows(SEED, datetime.now(UTC))
            await create_shop(database)
            await fill(database, incident)
    finally:
        await database.close()
    document = DemoDbDocument(
        database=shown(url),
        orders=len(incident.orders),
        refunds=len(incident.refunds),
        reported=incident.reported,
        exit_code=ExitCode.OK,
    )
    work.output.show(document, demo_db_page)
    return ExitCode.OK


def demo_db_page(document: DemoDbDocument) -> Iterator[RenderableType]:
    """What was made."""
    yield foreign(f"{document.orders} orders and {document.refunds} refunds are in {document.database}.")
    yield foreign(document.reported)
    yield Text("Next: DATABASE_URL to that and RECONCILE_TIMEZONE to UTC, then reconcile-tui init-db.")


def _url(target: str) -> URL:
    """A URL, or the path of a file.

    Raises:
        ValueError: a URL that cannot be used; the message does not repeat it.
    """
    if "://" in target:
        return parse_database_url(target)
    return URL.create("sqlite+aiosqlite", database=str(Path(target)))


async def _tables_there(database: Database) -> list[str]:
    async def unit(connection: AsyncConnection) -> list[str]:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        return [name for name in metadata.tables if name in names]

    return await database.read(unit)
