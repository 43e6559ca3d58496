"""A batch in a real terminal, and every way to end the program from outside at every stage of it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web
from sqlalchemy import URL, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.dispatch.handlers import ShopHandlers
from reconcile_tui.core.store import tables
from reconcile_tui.demo.psp import Latency
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.screens.glance import GLANCE_SECONDS
from tests.integration.cli.conftest import HeldClock, Stage, a_stage
from tests.stories.terminal.program import Program

ROWS: Final = ("o-1", "o-2")
A_MOMENT: Final = 5.0
"""Seconds, on a machine that is at other things too: a read of the PSP alone may take 30."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The program in its terminal, and those whom it waits for."""

    program: Program
    psp: HeldClock
    shop: HeldShop

    async def reads(self) -> None:
        """The question is there, and the PSP does not answer."""
        self.program.presses("AS")
        await self.program.shows("0 of 2 read")

    async def asks(self) -> None:
        """The plan is whole, and nobody agreed to it."""
        self.psp.go.set()
        self.program.presses("AS")
        await self.program.shows("Type 2, then y")

    async def applies(self) -> None:
        """One row is at the shop, the other waits for it."""
        await self.asks()
        # Of the real program it is a real moment, in which nobody can have looked.
        await asyncio.sleep(2 * GLANCE_SECONDS)
        self.program.presses("2y")
        await asyncio.wait_for(self.shop.arrived.wait(), 30)

    async def tells(self) -> None:
        """Both rows are done, and the receipt is shown."""
        self.shop.go.set()
        await self.applies()
        await self.program.shows("Receipt: 2 rows")


STAGES: Final[dict[str, tuple[Callable[[Scene], Awaitable[None]], int]]] = {
    "while the PSP is read": (Scene.reads, 0),
    "over a plan that nobody agreed to": (Scene.asks, 0),
    "in mid batch": (Scene.applies, 1),
    "over the receipt": (Scene.tells, 2),
}
"""How to get there, and how many rows are done by the time that the program ended."""

ENDS: Final[dict[str, tuple[Callable[[Program], None], ExitCode]]] = {
    "SIGTERM": (lambda program: program.gets(signal.SIGTERM), ExitCode.TERMINATED),
    "SIGHUP": (lambda program: program.gets(signal.SIGHUP), ExitCode.HUNG_UP),
    "the terminal is gone": (Program.hang_up, ExitCode.HUNG_UP),
}


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


SOONEST: Final = {
    ("while the PSP is read", "SIGTERM"),
    ("over a plan that nobody agreed to", "the terminal is gone"),
    ("in mid batch", "SIGHUP"),
    ("over the receipt", "SIGTERM"),
}
"""Each stage and each end once; the rest of them are proven at leisure."""


@pytest.mark.parametrize(
    ("when", "how"),
    [
        pytest.param(when, how, marks=() if (when, how) in SOONEST else pytest.mark.proof)
        for when in STAGES
        for how in ENDS
    ],
)
async def test_nothing_half_done_or_unconfirmed_is_left(
    shop_url: URL, tmp_path: Path, when: str, how: str
) -> None:
    (gets_there, done), (happens, code) = STAGES[when], ENDS[how]
    psp = HeldClock()
    async with (
        a_stage(shop_url, tmp_path, clock=psp) as stage,
        HeldShop(stage.world.handlers).opened() as shop,
    ):
        stage.world.psp.latency = Latency(connector_median=1)
        for row in ROWS:
            await stage.world.order(row, stuck_for="2h", psp="succeeded", known="processing")
        async with Program.started(folder=tmp_path, env=settings(stage, shop)) as program:
            await program.shows(ROWS[-1])
            await gets_there(Scene(program=program, psp=psp, shop=shop))

            happens(program)
            shop.go.set()

            assert await program.ended(seconds=A_MOMENT) == code
            assert how == "the terminal is gone" or program.is_restored
        assert sorted([await stage.world.status(row) for row in ROWS]) == sorted(
            ["completed"] * done + ["pending"] * (len(ROWS) - done)
        )
        for row in ROWS:
            steps = await stage.world.steps(row)
            assert steps[-1:] != ["intended"]
            assert ("fixed" in steps) == (await stage.world.status(row) == "completed")
        assert await leases(stage) == 0


async def leases(stage: Stage) -> int:
    """How many rows somebody acts on, or would seem to."""

    async def unit(connection: AsyncConnection) -> int:
        query = select(func.count()).select_from(tables.leases).where(tables.leases.c.name.like("row:%"))
        return (await connection.execute(query)).scalar_one()

    return await stage.world.store.database.read(unit)
