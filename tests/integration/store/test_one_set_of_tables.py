"""The tool's own tables stand in one schema, whatever anybody's search path: one set, one brake."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, select
from sqlalchemy.exc import ProgrammingError

from reconcile_tui.cli.acknowledging import acknowledge
from reconcile_tui.cli.choices import ListName
from reconcile_tui.cli.execution import Command
from reconcile_tui.cli.init_db import init_database
from reconcile_tui.cli.journal import JournalAsked, show_journal
from reconcile_tui.cli.listing import list_rows
from reconcile_tui.cli.once import once
from reconcile_tui.cli.pausing import pause
from reconcile_tui.cli.showing import show_rows
from reconcile_tui.cli.status import list_runs, show_status
from reconcile_tui.cli.syncing import sync_rows
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.own_tables import SetElsewhere, SeveralSets, schema_of_tables
from reconcile_tui.core.store.schema import migrate, require_schema
from reconcile_tui.core.store.tables import controls, metadata
from reconcile_tui.exit_codes import ExitCode
from tests.integration.cli.conftest import Stage, a_stage
from tests.postgres_pool import PostgresPool

OWN = "Till 2"
"""A name that must be quoted."""
OTHER = "elsewhere"


@pytest.fixture
def url(postgres_pool: PostgresPool) -> Iterator[URL]:
    """The tool's tables in a schema that nobody's search path names, and one that somebody's does."""
    with postgres_pool.database() as url:
        tables = [*metadata.tables, "reconcile_schema_version"]
        moved = [f'ALTER TABLE {name} SET SCHEMA "{OWN}"' for name in tables]
        run(url, f'CREATE SCHEMA "{OWN}"', f"CREATE SCHEMA {OTHER}", *moved)
        yield url


@pytest.fixture
async def stage(url: URL, tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(url, tmp_path) as stage:
        yield stage


def run(url: URL, *statements: str) -> list[tuple[str, ...]]:
    """Run statements; what the last one answers."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        *before, last = statements
        for statement in before:
            connection.execute(statement.encode())
        answer = connection.execute(last.encode())
        return answer.fetchall() if answer.description else []


def on_another_path(url: URL) -> str:
    """The same database for somebody whose own schema comes first."""
    options = {"options": f"-csearch_path={OTHER},public"}
    return url.update_query_dict(options).render_as_string(hide_password=False)


def sets_of_tables(url: URL) -> list[str]:
    found = run(url, "SELECT schemaname FROM pg_tables WHERE tablename = 'reconcile_controls' ORDER BY 1")
    return [schema for (schema,) in found]


async def test_every_face_finds_the_set_that_its_search_path_does_not_name(stage: Stage) -> None:
    world = stage.world
    await world.order("o-1", psp="succeeded")
    await world.paid_order("o-2")
    await world.refund("r-2", of="o-2", psp="failed")
    await world.order("o-3", psp="partially_captured")
    everything = partial(once, phases=None, dry_run=False, drain=False)

    assert (await stage.perform(everything)).code == ExitCode.LEFT
    assert (await world.status("o-1"), await world.status("r-2")) == ("completed", "failed")
    commands: list[Command] = [
        show_status,
        partial(list_runs, limit=5),
        partial(list_rows, names=list(ListName), limit=5),
        partial(show_rows, asked="o-3", forced=False),
        partial(acknowledge, ids=["o-3"], reason="seen", until=None),
        partial(show_journal, asked=JournalAsked(ids=["o-1"])),
        partial(sync_rows, ids=["o-3"], yes=True, reason="a look", dry_run=False),
    ]
    for command in commands:
        ran = await stage.perform(command)
        assert ran.code != ExitCode.DATABASE, ran.err


async def test_a_pause_binds_who_has_another_search_path(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    paused = await stage.perform(
        partial(pause, reason="an incident", connector=None, until=None),
        DATABASE_URL=on_another_path(stage.world.url),
    )
    ticked = await stage.perform(partial(once, phases=None, dry_run=False, drain=False))

    assert paused.code == ExitCode.OK
    assert "an incident" in ticked.out + ticked.err
    assert await stage.world.status("o-1") == "pending"


async def test_init_db_makes_no_second_set_and_says_where_the_first_is(stage: Stage) -> None:
    by_path = await stage.perform(init_database, DATABASE_URL=on_another_path(stage.world.url))
    by_name = await stage.perform(init_database, RECONCILE_SCHEMA=OTHER)

    assert (by_path.code, by_name.code) == (ExitCode.OK, ExitCode.DATABASE)
    assert "nothing to do" in by_path.out
    assert f"in the schema {OWN} already" in by_name.err
    assert sets_of_tables(stage.world.url) == [OWN]


async def test_a_set_that_is_moved_under_a_process_is_found_again(url: URL) -> None:
    database = Database(url)
    try:
        await require_schema(database)
        run(url, f'ALTER SCHEMA "{OWN}" RENAME TO moved')

        with pytest.raises(ProgrammingError):
            await database.read(lambda connection: connection.execute(select(controls)))
        await database.read(lambda connection: connection.execute(select(controls)))
    finally:
        await database.close()


async def test_two_that_are_made_at_once_are_one(url: URL) -> None:
    run(url, f'DROP SCHEMA "{OWN}" CASCADE')
    ours = Database(url)
    others = Database(url.update_query_dict({"options": f"-csearch_path={OTHER}"}))
    try:
        await asyncio.gather(migrate(ours), migrate(others))
        assert sets_of_tables(url) == [ours.backend.own_schema] == [others.backend.own_schema]
    finally:
        await ours.close()
        await others.close()


async def test_they_are_made_in_the_schema_that_is_named_and_in_none_that_is_not_there(
    stage: Stage,
) -> None:
    run(stage.world.url, f'DROP SCHEMA "{OWN}" CASCADE')

    missing = await stage.perform(init_database, RECONCILE_SCHEMA="nowhere")
    made = await stage.perform(init_database, RECONCILE_SCHEMA=OTHER)
    found = await stage.perform(show_status)

    assert (missing.code, made.code) == (ExitCode.DATABASE, ExitCode.OK)
    assert "CREATE SCHEMA" in missing.err
    assert sets_of_tables(stage.world.url) == [OTHER]
    assert found.code == ExitCode.NOT_HEALTHY, found.err


async def test_of_two_sets_none_is_used_until_somebody_names_one(stage: Stage) -> None:
    run(stage.world.url, f"CREATE TABLE {OTHER}.reconcile_schema_version (version_num text)")

    unnamed = await stage.perform(show_status)
    named = await stage.perform(show_status, RECONCILE_SCHEMA=OWN)

    assert unnamed.code == ExitCode.DATABASE
    assert OWN in unnamed.err
    assert OTHER in unnamed.err
    assert named.code == ExitCode.NOT_HEALTHY, named.err


@pytest.mark.parametrize(
    ("found", "named", "schema"),
    [((), None, None), (("a",), None, "a"), (("a",), "a", "a"), (("a", "b"), "b", "b"), ((), "a", "a")],
)
def test_which_schema_it_is(found: tuple[str, ...], named: str | None, schema: str | None) -> None:
    assert schema_of_tables(found, named) == schema


def test_which_schema_cannot_be_told() -> None:
    with pytest.raises(SeveralSets):
        schema_of_tables(("a", "b"), None)
    with pytest.raises(SetElsewhere):
        schema_of_tables(("a",), "b")
