"""A batch in a real terminal, and an SSH line that drops in its middle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import URL

from reconcile_tui.core.dispatch.handlers import ShopHandlers
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.screens.confirm.screen import GLANCE_SECONDS
from tests.integration.cli.conftest import Stage, a_stage
from tests.stories.terminal.program import Program


class HeldShop:
    """The shop's endpoint: it takes an event, and answers when it is let go."""

    def __init__(self, handlers: ShopHandlers) -> None:
        self.arrived = asyncio.Event()
        self.go = asyncio.Event()
        self.url = ""
        self._handlers = handlers

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["HeldShop"]:
        app = web.Application()
        app.router.add_post("/webhooks", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            self.url = f"http://{host}:{port}/webhooks"
            yield self
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.arrived.set()
        await self.go.wait()
        await self._handlers.process_payment_webhook(body)
        return web.Response(text="ok")


def settings(stage: Stage, shop: HeldShop) -> dict[str, str]:
    return stage.settings(
        RECONCILE_DISPATCH="http",
        RECONCILE_WEBHOOK_URL=shop.url,
        RECONCILE_WEBHOOK_GRACE="1s",
        HYPERSWITCH_MERCHANT_ID=stage.world.book.merchant_id,
        HYPERSWITCH_WEBHOOK_KEY="key_of_the_profile",
        RECONCILE_WEBHOOK_CONCURRENCY="1",
    )


@pytest.fixture
def shop_url(sqlite_template: Path, tmp_path: Path) -> URL:
    """An SQLite shop with empty tables, the tool's own beside them."""
    path = tmp_path / "shop.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    return URL.create("sqlite", database=str(path))


async def test_a_line_that_drops_in_mid_batch_lets_the_row_under_way_end_and_begins_no_other(
    shop_url: URL, tmp_path: Path
) -> None:
    rows = ("o-1", "o-2", "o-3")
    async with a_stage(shop_url, tmp_path) as stage, HeldShop(stage.world.handlers).opened() as shop:
        for row in rows:
            await stage.world.order(row, stuck_for="2h", psp="succeeded")
        async with Program.started(folder=tmp_path, env=settings(stage, shop)) as program:
            await program.shows("o-3")
            program.presses("A")
            program.presses("S")
            await program.shows("Type 3, then y")
            # Of the real program it is a real moment, in which nobody can have looked.
            await asyncio.sleep(2 * GLANCE_SECONDS)
            program.presses("3y")
            await asyncio.wait_for(shop.arrived.wait(), 30)

            program.hang_up()
            shop.go.set()

            assert await program.ended() == ExitCode.HUNG_UP
        assert sorted([await stage.world.status(row) for row in rows]) == ["completed", "pending", "pending"]
        [healed] = [row for row in rows if await stage.world.status(row) == "completed"]
        assert (await stage.world.steps(healed))[-1] == "fixed"
        later = stage.world.clock.now() + timedelta(hours=1)
        assert not await stage.world.store.journal.abandoned(now=later, limit=10)
