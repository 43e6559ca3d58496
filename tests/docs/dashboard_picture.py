"""docs/dashboard.svg: the first screen over the demo's incident, by the program's own export.

`python -m tests.docs.dashboard_picture --write` writes it.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.demo.shop import create_shop
from tests.dashboards import USUAL, app_of, opened_dashboard, settled, the_demo
from tests.world import World

PICTURE: Final = Path(__file__).parents[2] / "docs" / "dashboard.svg"
MEND: Final = ".venv/bin/python -m tests.docs.dashboard_picture --write"


async def picture(url: URL) -> str:
    """The screen as SVG, over a shop at `url` whose tables are empty."""
    async with World.at(url) as world:
        await the_demo(world)
        async with opened_dashboard(world, size=USUAL) as pilot:
            await settled(pilot)
            await pilot.press(*["down"] * 18)
            await settled(pilot)
            return app_of(pilot).export_screenshot()


async def _in_a_folder(folder: str) -> str:
    url = URL.create("sqlite", database=str(Path(folder) / "shop.sqlite3"))
    database = Database(url)
    try:
        await create_shop(database)
        await migrate(database)
    finally:
        await database.close()
    return await picture(url)


def _on_any_machine() -> None:
    """One time zone and one terminal."""
    os.environ.pop("NO_COLOR", None)
    os.environ.update({"TZ": "UTC", "TERM": "xterm-256color", "COLORTERM": "truecolor"})
    time.tzset()


def main(arguments: list[str]) -> None:
    _on_any_machine()
    with tempfile.TemporaryDirectory() as folder:
        svg = asyncio.run(_in_a_folder(folder))
    if "--write" in arguments:
        PICTURE.write_text(svg, encoding="utf-8")
    else:
        sys.stdout.write(svg)


if __name__ == "__main__":
    main(sys.argv[1:])
