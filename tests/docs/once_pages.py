"""The golden pages of `--once`, written anew by `python -m tests.docs.once_pages`, to be read in the diff."""

import asyncio
import tempfile
from pathlib import Path

from sqlalchemy import URL

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.demo.shop import create_shop
from tests.integration.cli.test_once import GOLDEN, WIDTHS, a_tick, an_incident, printed
from tests.world import World


async def main() -> None:
    """Write each page."""
    for width in WIDTHS:
        with tempfile.TemporaryDirectory() as folder:
            url = URL.create("sqlite", database=str(Path(folder) / "shop.sqlite3"))
            database = Database(url)
            await create_shop(database)
            await migrate(database)
            await database.close()
            async with World.at(url) as world:
                await an_incident(world)
                page = printed(await a_tick(world), width=width)
        (GOLDEN / f"once_{width}.txt").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
