"""Where real daemons are put to the proof: a shop on PostgreSQL, a PSP in its own process, and orders that
keep coming. Nothing here is simulated but the PSP's answers.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, ColumnElement, and_, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.store.tables import journal
from reconcile_tui.demo.psp.generated import generated_payment
from reconcile_tui.demo.psp.keys import API_KEY
from reconcile_tui.demo.shop import orders
from tests.bench.psp_process import running_psp

PATIENCE = 60.0
"""Real seconds until a proof gives up waiting."""


@dataclass(kw_only=True)
class Ground:
    """A shop and its PSP. `made`: how many orders came so far."""

    url: URL
    psp_url: str
    folder: Path
    store: Store
    settings: dict[str, str] = field(default_factory=dict)
    made: int = 0

    async def start(self, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
        """Start the program."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "reconcile_tui",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "DATABASE_URL": self.url.render_as_string(hide_password=False),
                "RECONCILE_TIMEZONE": "UTC",
                "HYPERSWITCH_ENABLED": "true",
                "HYPERSWITCH_BASE_URL": self.psp_url,
                "HYPERSWITCH_API_KEY": API_KEY,
                "RECONCILE_INTERVAL": "1s",
                "RECONCILE_PSP_RATE": "1000",
                **self.settings,
                **settings,
            },
        )

    async def orders_come(self, count: int) -> None:
        """So many orders whose payment succeeded two hours ago, and whose webhook was lost."""
        at = datetime.now(UTC) - timedelta(hours=2)
        rows = []
        for number in range(self.made, self.made + count):
            it = generated_payment(number)
            rows.append(
                {
                    "id": f"o-{number}",
                    "status": "pending",
                    "payment_id": it.payment_id,
                    "amount": it.amount,
                    "currency": it.currency,
                    "customer_email": f"customer-{number}@example.com",
                    "created_at": at,
                    "updated_at": at,
                }
            )

        async def unit(connection: AsyncConnection) -> None:
            await connection.execute(insert(orders), rows)

        await self.store.database.write(unit)
        self.made += count

    async def all_are_healed(self) -> None:
        """Wait until no order is pending."""
        await self._none_pending(orders.c.status == "pending")

    async def is_healed(self, row_id: str) -> None:
        """Wait until this order is not pending."""
        await self._none_pending(and_(orders.c.status == "pending", orders.c.id == row_id))

    async def _none_pending(self, which: ColumnElement[bool]) -> None:
        query = select(func.count()).where(which)

        async def pending(connection: AsyncConnection) -> int:
            return int((await connection.execute(query)).scalar_one())

        async with asyncio.timeout(PATIENCE):
            while await self.store.database.read(pending):  # noqa: ASYNC110 a database sets no event
                await asyncio.sleep(0.05)

    async def applied(self) -> Counter[int]:
        """How many orders were applied how often: `{1: 40}` where each of 40 was applied once."""
        query = select(func.count()).where(journal.c.step == Step.APPLIED).group_by(journal.c.row_id)

        async def unit(connection: AsyncConnection) -> Counter[int]:
            return Counter((await connection.execute(query)).scalars())

        return await self.store.database.read(unit)


@asynccontextmanager
async def a_ground(url: URL, folder: Path, *, orders: int, latency_ms: float = 0) -> AsyncIterator[Ground]:
    """A shop over a database with the tables, and a PSP that knows so many payments to come."""
    store = Store.at(url)
    try:
        async with running_psp(orders, latency_ms=latency_ms) as psp:
            yield Ground(url=url, psp_url=psp.url, folder=folder, store=store)
    finally:
        await store.close()
