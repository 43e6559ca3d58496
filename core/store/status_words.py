"""Words of the shop's status columns that no mapping names: rows that nobody looks at.

One grouped query over both tables, asked seldom: it reads every row whose word is not known.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.shop_values import Trouble, read_text
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.shop import OrdersTable, RefundsTable, Shop
from reconcile_tui.core.store.shop_times import AsStored

KNOWN_FOR: Final = timedelta(minutes=15)
"""How long an answer stands: words come with a release of the shop's, not by the minute."""
PATIENCE: Final = timedelta(seconds=5)
"""How long the query may take. Where it takes longer, nothing is said of words."""
MOST_WORDS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmappedWord:
    """A word that no status of the mapping has, and how many rows say it. `word`: foreign text."""

    kind: Kind
    word: str
    rows: int


class StatusWords:
    """Counts the words, and remembers the answer."""

    def __init__(self, database: Database, shop: Shop) -> None:
        self._database = database
        self._query = union_all(
            _unmapped(Kind.ORDER, shop.orders), _unmapped(Kind.REFUND, shop.refunds)
        ).limit(MOST_WORDS)
        self._known: tuple[UnmappedWord, ...] = ()
        self._asked_at: datetime | None = None

    async def unmapped(self, *, now: datetime) -> tuple[UnmappedWord, ...]:
        """The words that nobody maps or ignores, the one of the most rows first.

        Args:
            now: UTC, database clock.
        """
        if self._asked_at is None or not timedelta(0) <= now - self._asked_at < KNOWN_FOR:
            self._known = await self._ask()
            self._asked_at = now
        return self._known

    async def _ask(self) -> tuple[UnmappedWord, ...]:
        bound = self._database.backend.statement_bound(PATIENCE)

        async def unit(connection: AsyncConnection) -> list[UnmappedWord]:
            if bound is not None:
                await connection.execute(bound)
            return [
                UnmappedWord(kind=Kind(kind), word=_spoken(stored), rows=rows)
                for kind, stored, rows in await connection.execute(self._query)
            ]

        try:
            found = await self._database.read(unit)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return ()
        return tuple(sorted(found, key=lambda each: (-each.rows, each.kind, each.word)))


def _unmapped(kind: Kind, table: OrdersTable | RefundsTable) -> Select[Any]:
    mapping = table.mapping
    known = [*(word for words in mapping.words.values() for word in words), *mapping.ignored_words]
    word: ColumnElement[Any] = AsStored(table.c.status)
    named = and_(word.is_not(None), word.in_([literal(each) for each in known]))
    query = select(literal(kind.value).label("kind"), word.label("word"), func.count().label("rows"))
    return query.where(or_(word.is_(None), ~named)).group_by(word)


def _spoken(stored: object) -> str:
    word = read_text(stored)
    return "" if word is None or isinstance(word, Trouble) else word
