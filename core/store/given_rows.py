"""Rows given to a statement as one JSON parameter: one execution for a whole group of rows.

A parameter for each value would make a statement as long as its group, and one execution a row costs the
processor more than everything else that a heal does. Texts arrive exactly as they are, or not at all: what
JSON cannot carry (a NUL, a lone surrogate) is refused for the whole set, and the caller takes it apart.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, CursorResult, Dialect, FromClause, Select, Table, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from reconcile_tui.core.store.moments import Document, UtcMoment

GIVEN: Final = "given"
"""The name of the parameter, and of the rows in the statement."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class NulGiven(ValueError):
    """A text with a NUL, which PostgreSQL keeps in no text."""


@dataclass(frozen=True, slots=True, eq=False)
class GivenRows:
    """What a statement selects from, and how rows become its parameter.

    Args:
        source: the rows as a table.
        encoders: for every column what makes a value one that JSON holds; None: it is one.
    """

    source: FromClause
    encoders: Mapping[str, Callable[[Any], Any] | None]

    @property
    def c(self) -> ReadOnlyColumnCollection[str, Any]:
        return self.source.c

    def selected(self) -> Select[Any]:
        """The rows as they are, in their order."""
        # SQLite would take the ON of ON CONFLICT for a join's, were there no WHERE.
        return select(*self.source.c).where(true())

    def parameter(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """The parameter that holds `rows`; what a row has no value for is NULL.

        Raises:
            NulGiven: one of its texts holds a NUL.
            KeyError: a row has a value for no column.
        """
        encoders = self.encoders
        document = _encode(
            [
                {
                    name: value if (encode := encoders[name]) is None else encode(value)
                    for name, value in row.items()
                    if value is not None
                }
                for row in rows
            ]
        )
        if "\\u0000" in document and _NUL.search(document):
            raise NulGiven("a text holds a NUL character")
        return {GIVEN: document}


@dataclass(frozen=True, slots=True, eq=False)
class SetStatement:
    """A statement over given rows."""

    statement: Any
    given: GivenRows

    async def run(
        self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]], **more: Any
    ) -> CursorResult[Any]:
        """Run it once, for all of `rows`. `more`: its other parameters."""
        result: CursorResult[Any] = await connection.execute(
            self.statement, self.given.parameter(rows) | more
        )
        return result


def encoders_of(columns: Iterable[Column[Any]], dialect: Dialect) -> dict[str, Callable[[Any], Any] | None]:
    """How values of these columns go into JSON: moments and documents as the database stores them."""
    return {column.name: _encoder(column, dialect) for column in columns}


def without_nul(text: Any) -> Any:
    """A text that SQLite's JSON functions do not cut at a NUL; unambiguous."""
    if not isinstance(text, str) or not ("\0" in text or "\1" in text):
        return text
    return text.replace("\1", "\1\2").replace("\0", "\1\3")


def insertion(given: GivenRows, table: Table) -> SetStatement:
    """Insert given rows as they are."""
    names = list(given.c.keys())
    return SetStatement(table.insert().from_select(names, given.selected()), given)


def _encoder(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    match column.type:
        case UtcMoment():
            stored = column.type.dialect_impl(dialect).bind_processor(dialect)
            if stored is None:
                raise TypeError(f"{column} takes any value")
            return lambda moment: said if isinstance(said := stored(moment), str) else said.isoformat()
        case Document():
            return Document.encoded
        case _:
            return None
