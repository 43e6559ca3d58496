"""A line to a database, which can be cut: what is away is the way there, on SQLite too."""

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Dialect
from sqlalchemy.exc import OperationalError

from reconcile_tui.core.store.database import Database, Unit

T = TypeVar("T")


class Line(Database):
    """The way to a database, which can be cut. The connections are another's."""

    def __init__(self, real: Database) -> None:
        self.backend = real.backend
        self.url = real.url
        self.clock = real.clock
        self.limits = real.limits
        self.is_cut = False
        self._real = real

    @property
    def dialect(self) -> Dialect:
        return self._real.dialect

    async def read(self, unit: Unit[T]) -> T:
        return await self._through(lambda: self._real.read(unit))

    async def write(self, unit: Unit[T], *, repeatable: bool = False, announced: bool = True) -> T:
        return await self._through(lambda: self._real.write(unit, repeatable=repeatable, announced=announced))

    async def now(self) -> datetime:
        return await self._through(self._real.now)

    async def close(self) -> None:
        """Nothing of its own is open."""

    async def _through(self, call: Callable[[], Awaitable[T]]) -> T:
        if self.is_cut:
            raise OperationalError(
                "a statement", None, sqlite3.OperationalError("connection failed: refused")
            )
        return await call()
