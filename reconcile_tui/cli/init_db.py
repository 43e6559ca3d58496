"""`init-db`: the tool's own tables, brought to this version; the indexes a shop should add, as SQL."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from reconcile_tui.bootstrap import opened_store
from reconcile_tui.cli.documents import InitDbDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.page_parts import where
from reconcile_tui.cli.shop_indexes import shop_indexes
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.core.store.shop_tables import require_shop_tables
from reconcile_tui.exit_codes import ExitCode


async def init_database(work: Work) -> int:
    """Migrate, and say from which version to which; only beside a shop's tables."""
    async with opened_store(work.settings, schema=False) as store:
        with work.progress.shown("Migrating"):
            await require_shop_tables(store.database, store.shop.mapping)
            before, after = await migrate(store.database)
        warning = store.database.backend.warning()
    if warning is not None:
        work.output.tell(f"{warning}.")
    document = InitDbDocument(
        place=work.place, version_before=before, version_after=after, shop_indexes=(), exit_code=ExitCode.OK
    )
    work.output.show(document, init_page)
    return ExitCode.OK


async def print_indexes(work: Work) -> int:
    """Print the indexes; the database is not even opened."""
    async with opened_store(work.settings, schema=False, may_create=True) as store:
        statements = shop_indexes(store.shop, store.database.dialect)
    document = InitDbDocument(
        place=work.place,
        version_before=None,
        version_after=None,
        shop_indexes=statements,
        exit_code=ExitCode.OK,
    )
    work.output.show(document, indexes_page)
    return ExitCode.OK


def init_page(document: InitDbDocument) -> Iterator[RenderableType]:
    """What was migrated."""
    yield where(document.place, document.place.database or "")
    before, after = document.version_before, document.version_after
    if before == after:
        yield Text(f"The tool's own tables are at version {after} already: nothing to do.")
    elif before is None:
        yield Text(f"The tool's own tables were made, at version {after}.")
    else:
        yield Text(f"The tool's own tables went from version {before} to {after}.")
    yield Text("init-db --print-shop-indexes prints the indexes to add to the shop's tables.", style="dim")


def indexes_page(document: InitDbDocument) -> Iterator[RenderableType]:
    """SQL alone, so that it can be piped."""
    for statement in document.shop_indexes:
        yield Text(f"{statement};")
