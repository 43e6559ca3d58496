"""What stories about batches share: the screens on the way, and what they say."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from textual.pilot import Pilot
from textual.widgets import Static

from reconcile_tui.core.store import tables
from reconcile_tui.screens.batch.batch import Batch, Stage
from reconcile_tui.screens.confirm.screen import ConfirmScreen
from reconcile_tui.screens.glance import GLANCE_SECONDS
from reconcile_tui.screens.progress.screen import BatchScreen
from reconcile_tui.screens.sheet.sheet import Sheet
from tests.clocks import SkippingClock
from tests.dashboards import app_of, until
from tests.world import World

ON_RECORD = (tables.journal, tables.leases, tables.webhook_log, tables.actions, tables.controls)


async def asked(pilot: Pilot[int]) -> ConfirmScreen:
    """Wait until the confirmation shows a whole plan, and somebody has looked at it."""
    await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen) and pilot.app.screen.is_seen)
    screen = pilot.app.screen
    assert isinstance(screen, ConfirmScreen)
    looked_at(pilot)
    return screen


def looked_at(pilot: Pilot[int]) -> None:
    """So much time goes by as anybody takes who looks at what is painted."""
    clock = app_of(pilot).clock
    assert isinstance(clock, SkippingClock)
    clock.advance(timedelta(seconds=GLANCE_SECONDS))


async def confirmed(pilot: Pilot[int], rows: int) -> Batch:
    """Agree to a plan over so many rows, and wait for its receipt."""
    await asked(pilot)
    await pilot.press(*(str(rows) if rows > 1 else ""), "y")
    return await over(pilot)


async def over(pilot: Pilot[int]) -> Batch:
    """Wait until the batch is over, and its receipt shown."""

    def its_receipt() -> bool:
        batch = app_of(pilot).batches.latest
        shown = isinstance(pilot.app.screen, BatchScreen) and said(pilot, "title").startswith("Receipt")
        return batch is not None and batch.stage is Stage.ENDED and shown

    await until(pilot, its_receipt)
    batch = app_of(pilot).batches.latest
    assert batch is not None
    return batch


def said(pilot: Pilot[int], place: str) -> str:
    """What one part of the screen says."""
    return str(pilot.app.screen.query_one(f"#{place}", Static).content)


def listed(pilot: Pilot[int]) -> str:
    """What the sheet says, seen or not, in one line."""
    return " ".join(pilot.app.screen.query_one(Sheet).text.split())


async def on_record(world: World) -> dict[str, Any]:
    """Every row of the shop, and everything that the tool ever wrote down but its looks, to compare."""

    async def unit(connection: AsyncConnection) -> dict[str, Any]:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table))] for table in ON_RECORD
        }

    return {"shop": await world.rows()} | await world.store.database.read(unit)
