"""Rows that cannot be read, on every face of the command line: named, with the column, beside the others."""

import json
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.cli.listing import list_rows
from reconcile_tui.cli.once import once
from reconcile_tui.cli.planning import plan_rows
from reconcile_tui.cli.showing import show_rows
from reconcile_tui.cli.status import show_status
from reconcile_tui.cli.syncing import sync_rows
from tests.integration.cli.conftest import Stage


async def odd_rows(stage: Stage) -> None:
    """Two orders and a refund that heal, and three rows of each table that cannot be read."""
    world = stage.world
    for row_id in ("o-1", "o-time", "o-none", "o-amount"):
        await world.order(row_id, psp="succeeded")
    for row_id in ("r-1", "r-time", "r-amount"):
        await world.paid_order(f"o-{row_id}")
        await world.refund(row_id, of=f"o-{row_id}", psp="succeeded")
    for statement in (
        "UPDATE orders SET created_at = 'yesterday' WHERE id = 'o-time'",
        "UPDATE orders SET created_at = '' WHERE id = 'o-none'",
        "UPDATE orders SET amount = '12,50' WHERE id = 'o-amount'",
        "UPDATE refunds SET created_at = 1763634000 WHERE id = 'r-time'",
        "UPDATE refunds SET amount = X'FF' WHERE id = 'r-amount'",
    ):
        await write(stage, statement)


async def write(stage: Stage, statement: str) -> None:
    async def unit(connection: AsyncConnection) -> None:
        await connection.execute(text(statement))

    await stage.world.store.database.write(unit)


WORDS = {
    "o-time": "created_at is not a date and time",
    "o-none": "created_at is missing",
    "o-amount": "amount is not a number",
    "r-time": "created_at is not a date and time",
    "r-amount": "amount is not a number",
}
LIST = partial(list_rows, names=(), limit=50)
TICK = partial(once, phases=None, dry_run=False, drain=False)


def shown(out: str) -> str:
    """A page without its line breaks."""
    return " ".join(out.split())


async def test_a_check_heals_the_others_and_says_of_each_odd_row_what_is_wrong(stage: Stage) -> None:
    await odd_rows(stage)

    run = await stage.perform(TICK)

    assert await stage.world.status("o-1") == "completed"
    assert await stage.world.status("r-1") == "succeeded"
    assert "Traceback" not in run.out + run.err
    for row_id, words in WORDS.items():
        assert row_id in run.out
        assert words in shown(run.out).lower() or words.split()[0] in run.out.lower()
    log = [line for line in run.err.splitlines() if "needs_attention" in line]
    assert all(any(row_id in line and words in line for line in log) for row_id, words in WORDS.items()), log


@pytest.mark.parametrize("dry_run", [False, True])
async def test_the_machine_reads_the_same(stage: Stage, dry_run: bool) -> None:
    await odd_rows(stage)

    run = await stage.perform(partial(once, phases=None, dry_run=dry_run, drain=True), as_json=True)

    rows = {row["finding"]["id"]: row for phase in json.loads(run.out)["phases"] for row in phase["rows"]}
    told = {row_id: row["finding"]["malformed"] for row_id, row in rows.items() if row_id in WORDS}
    assert {row_id: malformed[0]["text"] for row_id, malformed in told.items()} == WORDS
    assert {rows[row_id]["decision"]["reason"] for row_id in WORDS} == {"malformed_row"}


@pytest.mark.parametrize("ticked", [False, True], ids=["never checked", "checked"])
async def test_lists_status_and_pages_of_one_row_name_them(stage: Stage, ticked: bool) -> None:
    await odd_rows(stage)
    if ticked:
        await stage.perform(TICK)

    listed = await stage.perform(LIST)
    assert listed.code == 0
    for row_id, words in WORDS.items():
        assert row_id in listed.out
        assert words.split()[0] in shown(listed.out)
        page = await stage.perform(partial(show_rows, asked=row_id, forced=False))
        assert page.code == 0
        assert words in shown(page.out).lower()
    standing = await stage.perform(show_status)
    assert "Traceback" not in standing.out + standing.err
    if ticked:
        assert "5" in standing.out


async def test_a_plan_and_a_sync_leave_them_with_the_reason(stage: Stage) -> None:
    await odd_rows(stage)

    plan = partial(plan_rows, filter_text=None, phases=None, limit=None, reason="night", dry_run=False)
    planned = await stage.perform(partial(plan, ids=list(WORDS)))
    sync = partial(sync_rows, reason="night", yes=True, again=False, dry_run=False)
    synced = await stage.perform(partial(sync, ids=["o-1", *WORDS]))

    assert await stage.world.status("o-1") == "completed"
    for run in (planned, synced):
        assert "Traceback" not in run.out + run.err
        for row_id in WORDS:
            assert row_id in run.out
