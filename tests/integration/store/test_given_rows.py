"""Rows given as one parameter: exact, refused as a whole where they cannot be, and one execution a group."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL, Engine, event, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import Check
from reconcile_tui.core.store.checks import CheckedRow, write_checks
from reconcile_tui.core.store.database import Database, is_about_values
from reconcile_tui.core.store.given_rows import NulGiven, insertion
from reconcile_tui.core.store.tables import checks, journal
from tests.builders import NOW
from tests.world import World, outcomes, ref

ROWS = 48
OF_A_GROUP = 42
"""Executions: nine to ten a row, when each row was one of its own."""
TEXTS = (
    "",
    "plain",
    "quotes \" and \\ and ' and %s and :name and $1",
    "lines\nand\ttabs \x01\x7f",
    "literally \\u0000 and \\\\u0000",
    "é 漢字 🎉 e\u0301 \u2028 \ufeff \uffff",
    '[1] {"a": null} null true',
)


@pytest.fixture
async def database(database_url: URL) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def written(database: Database, rows: list[dict[str, Any]]) -> list[Any]:
    """The rows as they are read after they were written by one statement."""
    given = database.backend.given([c for c in journal.c if c.name != "id"])

    async def unit(connection: AsyncConnection) -> list[Any]:
        await insertion(given, journal).run(connection, rows)
        return list(await connection.execute(select(journal).order_by(journal.c.id)))

    return await database.write(unit)


def an_entry(**values: Any) -> dict[str, Any]:
    who = {"actor": "a", "actor_kind": "daemon"}
    return {"at": NOW, "step": "outcome", "kind": "order", "row_id": "o-1", "psp_id": "p"} | who | values


async def test_every_value_arrives_as_it_was_given(database: Database) -> None:
    odd = NOW + timedelta(microseconds=1)
    ids = (2**63 - 1, -(2**63), 0, 2**53 + 1)
    documents: tuple[dict[str, Any], ...] = (
        {"note": "é\u2028\\u0000", "n": 2**60, "none": None, "list": [True, "x"]},
        {},
    )
    entries = [an_entry(detail=told, row_id=f"o-{told}") for told in TEXTS]
    entries += [an_entry(intent_id=number, at=odd) for number in ids]
    entries += [an_entry(before=document, after=None) for document in documents]

    rows = await written(database, entries)

    assert [row.detail for row in rows[: len(TEXTS)]] == list(TEXTS)
    assert [row.row_id for row in rows[: len(TEXTS)]] == [f"o-{told}" for told in TEXTS]
    assert [(row.intent_id, row.at) for row in rows[len(TEXTS) :][: len(ids)]] == [(i, odd) for i in ids]
    assert [(row.before, row.after) for row in rows[-2:]] == [(document, None) for document in documents]


@pytest.mark.parametrize("told", ["\ud800", "x\udcff"])
async def test_what_no_database_holds_is_refused_with_all_that_goes_with_it(
    database: Database, told: str
) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 the driver's own, or ours
        await written(database, [an_entry(), an_entry(detail=told)])

    assert is_about_values(caught.value)
    assert [row.detail for row in await written(database, [an_entry(detail="alone")])] == ["alone"]


@pytest.mark.parametrize("told", ["a\0b", "\0", "\\\0", "\1\0\1\2\1\3"])
async def test_a_nul_arrives_where_the_database_keeps_one(database: Database, told: str) -> None:
    """SQLite's JSON functions would cut the text there, without a word."""
    if database.backend.name == "sqlite":
        assert [row.detail for row in await written(database, [an_entry(detail=told)])] == [told]
        return
    with pytest.raises(NulGiven) as caught:
        await written(database, [an_entry(detail=told)])
    assert is_about_values(caught.value)


async def test_a_row_that_comes_twice_is_written_once(database: Database) -> None:
    """The guard lets the first one through; where the writer holds the row, the last one stands."""

    def look(detail: str, expected: int | None) -> CheckedRow:
        return CheckedRow(ref=ref("o-1"), check=Check(psp_id="pay_1", detail=detail), expected=expected)

    async def unit(connection: AsyncConnection) -> list[Any]:
        backend = database.backend
        await write_checks(connection, backend, [look("first", 0), look("slower", 0)])
        guarded = (await connection.execute(select(checks.c.detail, checks.c.version))).one()
        await write_checks(connection, backend, [look("one", None), look("other", None)])
        await write_checks(connection, backend, [look("too late", 1)])
        return [
            tuple(guarded),
            tuple((await connection.execute(select(checks.c.detail, checks.c.version))).one()),
        ]

    assert await database.write(unit) == [("first", 1), ("other", 2)]


async def test_a_group_is_healed_by_a_handful_of_executions(world: World) -> None:
    for number in range(ROWS):
        await world.order(f"o-{number}", psp="succeeded")
    plan = await world.plan(*(f"o-{number}" for number in range(ROWS)))

    with counting() as executions:
        receipt = await world.reconciler().apply(plan)

    assert set(outcomes(receipt).values()) == {"fixed"}
    assert executions[0] <= OF_A_GROUP, executions


async def test_a_group_with_rows_that_the_shop_refuses_is_taken_apart_by_halves(world: World) -> None:
    for number in range(ROWS):
        await world.order(f"o-{number}", psp="succeeded")
    await refuse_changes(world, "o-13", "o-31")
    plan = await world.plan(*(f"o-{number}" for number in range(ROWS)))

    with counting() as executions:
        came = outcomes(await world.reconciler().apply(plan))

    assert {row_id for row_id, outcome in came.items() if outcome != "fixed"} == {"o-13", "o-31"}
    assert came["o-13"] == came["o-31"] == "undelivered"
    assert await world.status("o-13") == await world.status("o-31") == "pending"
    assert [await world.steps(f"o-{number}") for number in (12, 13)] == [
        ["intended", "applied", "fixed"],
        ["intended", "undelivered"],
    ]
    assert executions[0] <= OF_A_GROUP + 20 * 15, executions


@contextmanager
def counting() -> Iterator[list[int]]:
    """How many executions the drivers were asked for: one for each set of parameters."""
    counted = [0]

    def count(*call: Any) -> None:
        counted[0] += len(call[3]) if call[5] else 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield counted
    finally:
        event.remove(Engine, "before_cursor_execute", count)


async def refuse_changes(world: World, *row_ids: str) -> None:
    """From now on the shop's database lets nobody change these orders."""
    named = ", ".join(f"'{row_id}'" for row_id in row_ids)
    if world.url.get_backend_name() == "sqlite":
        raises = "BEGIN SELECT RAISE(ABORT, 'of its own'); END"
        statements = [f"CREATE TRIGGER trouble BEFORE UPDATE ON orders WHEN NEW.id IN ({named}) {raises}"]
    else:
        body = f"BEGIN IF NEW.id IN ({named}) THEN RAISE EXCEPTION 'of its own'; END IF; RETURN NEW; END"
        statements = [
            f"CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            "CREATE TRIGGER trouble BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION trouble()",
        ]

    async def unit(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement))

    await world.store.database.write(unit)
