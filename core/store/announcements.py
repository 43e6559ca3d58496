"""Announcements: each time this tool, in any process, wrote something, whoever listens hears of it.

PostgreSQL tells (LISTEN and NOTIFY), SQLite does not. Nothing may rest on it: behind a pooler nobody listens
(`core.store.pooler`), and a process tells no more than five times a second.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import psycopg

from reconcile_tui.core.store.database import Database

_SHORTEST: Final = 0.5
_LONGEST: Final = 30.0
"""Seconds before a lost connection is opened again: the first time, doubled each time, and at most."""


async def announcements(database: Database) -> AsyncGenerator[None]:
    """One item for each thing that was written, and one whenever listening begins: what was written before
    was not told. Ends where the database tells of nothing; a lost connection is opened again.
    """
    wait = _SHORTEST
    while True:
        try:
            connection = await database.backend.listening(database.url, database.limits)
            if connection is None:
                return
            async with connection, aclosing(connection.notifies()) as notices:
                wait = _SHORTEST
                yield
                async for _ in notices:
                    yield
        except psycopg.Error:
            # Why it is away is told by whoever reads: without this connection the lists are polled.
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST)
