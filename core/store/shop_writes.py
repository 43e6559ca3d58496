"""The only statements that change the shop's tables, each guarded by the state that was seen."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, and_, bindparam, func, inspect, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.statuses import Kind, OrderStatus, RefundStatus
from reconcile_tui.core.store.backends import Backend
from reconcile_tui.core.store.given_rows import NulGiven, SetStatement
from reconcile_tui.core.store.rows import keys_of
from reconcile_tui.core.store.shop import OrdersTable, RefundsTable, Shop, is_one_of
from reconcile_tui.core.transitions import Change


class GuardLost(Exception):
    """A row is not what the transition saw: nothing of the unit may stay."""


class ShopWrites:
    """Guarded changes of rows. Each method is part of a caller's transaction."""

    def __init__(self, shop: Shop, backend: Backend) -> None:
        self._shop = shop
        self._backend = backend
        self._statements: dict[_Alike, SetStatement] = {}
        self._room: _Room | None = None

    async def make(self, connection: AsyncConnection, changes: Sequence[Change], *, now: datetime) -> None:
        """Make all of `changes`.

        Raises:
            GuardLost: a row's status or PSP id is another than `Change` says; the caller rolls back.
        """
        if "error_message" not in self._shop.refunds.c:
            changes = [replace(change, error_message=None) for change in changes]
        groups: dict[_Alike, list[Change]] = defaultdict(list)
        for change in changes:
            groups[_Alike.of(change)].append(change)
        for alike, group in groups.items():
            if alike.tells_error:
                await self._make_with_text(connection, alike, group, now=now)
            else:
                await self._make_alike(connection, alike, group, now=now)

    async def _make_with_text(
        self, connection: AsyncConnection, alike: "_Alike", group: Sequence[Change], *, now: datetime
    ) -> None:
        """The same for changes with an `error_message`: cut to its column, and left out where the database
        does not take it. A text never keeps a refund from healing."""
        if self._room is None:
            self._room = await connection.run_sync(_room_for_text, self._shop.refunds.table)
        cut = [replace(change, error_message=self._room.cut(change.error_message)) for change in group]
        try:
            async with connection.begin_nested():
                await self._make_alike(connection, alike, cut, now=now)
        except (DBAPIError, NulGiven) as error:
            if isinstance(error, DBAPIError) and (
                error.connection_invalidated or self._backend.may_run_again(error, 1)
            ):
                raise
        else:
            return
        self._room = None
        if len(group) > 1:
            for change in group:
                await self._make_with_text(connection, alike, [change], now=now)
            return
        without = [replace(change, error_message=None) for change in group]
        await self._make_alike(connection, _Alike.of(without[0]), without, now=now)

    async def _make_alike(
        self, connection: AsyncConnection, alike: "_Alike", group: Sequence[Change], *, now: datetime
    ) -> None:
        statement = self._statements.get(alike)
        if statement is None:
            statement = self._statements[alike] = self._statement(alike)
        id_type = self._of(alike).mapping.id_type
        keys = keys_of([change.ref.row_id for change in group], id_type)
        rows = [_values(change, key) for change, key in zip(group, keys, strict=True)]
        more = {_NOW: now} if "updated_at" in self._of(alike).c else {}
        changed = len((await statement.run(connection, rows, **more)).all())
        if changed != len(group):
            raise GuardLost(f"{changed} of {len(group)} rows were as they had been seen")

    def _of(self, alike: "_Alike") -> OrdersTable | RefundsTable:
        return self._shop.orders if alike.kind is Kind.ORDER else self._shop.refunds

    def _statement(self, alike: "_Alike") -> SetStatement:
        """One for all rows that change alike; the row's own values are given. It answers with their ids."""
        match alike.before, alike.after, self._of(alike):
            case OrderStatus(), OrderStatus(), OrdersTable() as table:
                words, word = table.mapping.words[alike.before], table.mapping.word_for(alike.after)
                psp_id = table.c.payment_id
            case RefundStatus(), RefundStatus(), RefundsTable() as table:
                words, word = table.mapping.words[alike.before], table.mapping.word_for(alike.after)
                psp_id = table.c.refund_id
            case _:
                raise TypeError(f"{alike.kind}: {alike.before} does not become {alike.after}")
        given = self._backend.given(
            [
                Column("row_id", table.c.id.type),
                Column("psp_id", Text),
                *([Column("adopted", Text)] if alike.adopts else []),
                *([Column("message", Text)] if alike.tells_error else []),
            ]
        )
        values: dict[str, Any] = {"status": word}
        if alike.adopts:
            values["refund_id"] = given.c.adopted
        if alike.tells_error:
            values["error_message"] = given.c.message
        if "updated_at" in table.c:
            values["updated_at"] = bindparam(_NOW, type_=table.c.updated_at.type)
        as_seen = and_(
            table.c.id == given.c.row_id,
            is_one_of(table.c.status, words),
            func.coalesce(psp_id, "") == given.c.psp_id,
        )
        return SetStatement(update(table.table).where(as_seen).values(values).returning(table.c.id), given)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alike:
    """What changes have in common that one statement makes."""

    kind: Kind
    before: OrderStatus | RefundStatus
    after: OrderStatus | RefundStatus
    adopts: bool
    tells_error: bool

    @classmethod
    def of(cls, change: Change) -> "_Alike":
        return cls(
            kind=change.ref.kind,
            before=change.before,
            after=change.after,
            adopts=change.adopted is not None,
            tells_error=change.error_message is not None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """How many characters a text column holds; None: any number."""

    characters: int | None

    def cut(self, text: str | None) -> str | None:
        return None if text is None else text[: self.characters]


def _room_for_text(connection: Connection, refunds: Table) -> _Room:
    """The room for an `error_message`, as the database has the column at this moment."""
    name = refunds.c.error_message.name
    for column in inspect(connection).get_columns(refunds.name, schema=refunds.schema):
        if column["name"] == name:
            # A domain stands for the type that it restricts.
            kind = getattr(column["type"], "data_type", column["type"])
            return _Room(characters=getattr(kind, "length", None))
    return _Room(characters=None)


_NOW = "now"


def _values(change: Change, key: Any) -> dict[str, Any]:
    return {
        "row_id": key,
        "psp_id": change.psp_id,
        **({"adopted": change.adopted} if change.adopted is not None else {}),
        **({"message": change.error_message} if change.error_message is not None else {}),
    }
