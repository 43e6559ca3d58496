"""The golden pages of the records: `python -m tests.docs.record_pages` writes them anew, to be read."""

import asyncio
import tempfile
from pathlib import Path

from sqlalchemy import URL

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.demo.shop import create_shop
from tests.integration.cli.test_record_pages import GOLDEN, pages
from tests.integration.nights import a_night
from tests.world import World


async def main() -> None:
    """Write each page."""
    with tempfile.TemporaryDirectory() as folder:
        url = URL.create("sqlite", database=str(Path(folder) / "shop.sqlite3"))
        database = Database(url)
        await create_shop(database)
        await migrate(database)
        await database.close()
        async with World.at(url) as world:
            await a_night(world)
            for name, page in (await pages(world)).items():
                (GOLDEN / name).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
