"""Rows that others write about while they are looked for: each is found once all the same."""

from typing import Any

import psycopg
from sqlalchemy import event, update
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.tables import checks
from tests.world import World, decisions


async def test_a_row_that_changes_lanes_between_two_questions_is_found_once(world: World) -> None:
    await world.order("o-1", psp="processing")
    await world.tick()
    await reopened(world)
    moved: list[str] = []

    def move(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "FROM orders LEFT OUTER JOIN" in statement and not moved:
            moved.append(statement)
            address = world.url.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(address) as other:
                other.execute("UPDATE reconcile_checks SET next_due = last_read_at")

    engine = world.store.database._engine.sync_engine
    event.listen(engine, "after_cursor_execute", move)

    report = await world.tick()

    assert moved, "the first lane was not asked for"
    assert decisions(report) == {"o-1": "still_pending"}


async def reopened(world: World) -> None:
    """The shop opened a row again whose check was over: it is as new."""

    async def unit(connection: AsyncConnection) -> None:
        await connection.execute(update(checks).values(next_due=None))

    await world.store.database.write(unit)
