"""Every exit code, by a real run of the program."""

import json
from functools import partial
from pathlib import Path

from sqlalchemy import URL

from reconcile_tui.cli.once import once
from reconcile_tui.cli.showing import show_rows
from reconcile_tui.cli.syncing import sync_rows
from reconcile_tui.demo.psp.faults import server_error
from tests.integration.cli.conftest import Stage

TICK = partial(once, phases=None, dry_run=False, drain=False)


async def test_0_when_everything_was_healed(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    run = await stage.run("--once")

    assert (run.code, await stage.world.status("o-1")) == (0, "completed")
    assert "pending → completed" in run.out
    assert "reconcile.order.fixed" in run.err


async def test_0_when_nothing_is_due_and_when_a_row_only_waits_on_its_customer(stage: Stage) -> None:
    assert (await stage.perform(TICK)).code == 0
    await stage.world.order("o-1", psp="requires_payment_method")
    assert (await stage.perform(TICK)).code == 0


async def test_2_when_a_setting_is_wrong_and_nothing_is_written_to_stdout(stage: Stage) -> None:
    run = await stage.run("--once", RECONCILE_INTERVAL="soon")

    assert (run.code, run.out) == (2, "")
    assert "RECONCILE_INTERVAL" in run.err
    assert "Traceback" not in run.err


async def test_3_when_a_person_must_look(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded", amount=4200)
    stage.world.book.payments.clear()
    await stage.world.order("o-2", psp="partially_captured")

    run = await stage.run("--once")

    assert run.code == 3
    assert await stage.world.status("o-1") == "pending"


async def test_4_and_nothing_is_changed_when_the_key_is_wrong(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.world.paid_order("o-2")
    await stage.world.orphan("r-1", of="o-2")

    run = await stage.run("--once", "--json", HYPERSWITCH_API_KEY="snd_somebody_elses_key")

    document = json.loads(run.out)
    assert run.code == document["exit_code"] == 4
    assert (await stage.world.status("o-1"), await stage.world.status("r-1")) == ("pending", "pending")
    first = document["receipt"]["warnings"][0]
    assert first["kind"] == "breaker"
    assert "the PSP refuses the key" in first["text"]


async def test_4_when_the_psp_is_down_for_every_row_that_was_read(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    stage.world.psp.faults.always("*", server_error())

    assert (await stage.perform(TICK)).code == 4


async def test_5_when_the_tools_own_tables_are_missing(stage: Stage, tmp_path: Path) -> None:
    empty = tmp_path / "empty.sqlite3"
    empty.touch()
    url = URL.create("sqlite", database=str(empty))

    run = await stage.run("list", DATABASE_URL=url.render_as_string())

    assert (run.code, run.out) == (5, "")
    assert "init-db" in run.err


async def test_5_when_there_is_no_such_database_file_and_none_is_made(stage: Stage, tmp_path: Path) -> None:
    mistyped = tmp_path / "shpo.sqlite3"
    url = URL.create("sqlite", database=str(mistyped))

    run = await stage.run("list", DATABASE_URL=url.render_as_string())

    assert (run.code, run.out) == (5, "")
    assert "There is no such database file." in run.err
    assert "init-db" not in run.err
    assert not mistyped.exists()


async def test_6_when_nobody_can_confirm_and_when_a_viewer_asks(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    unconfirmed = await stage.run("sync", "o-1")
    by_viewer = partial(sync_rows, ids=["o-1"], yes=True, reason=None, dry_run=False)
    viewer = await stage.perform(by_viewer, RECONCILE_ROLE="viewer")
    tick = await stage.perform(TICK, RECONCILE_ROLE="viewer")

    assert [unconfirmed.code, viewer.code, tick.code] == [6, 6, 6]
    assert await stage.world.status("o-1") == "pending"
    assert not stage.world.psp.traffic.counts


async def test_6_and_who_paused_it_when_everything_is_paused(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    now = stage.world.clock.now()
    await stage.world.store.controls.pause(actor="bob", reason="migration", now=now)

    run = await stage.perform(TICK)

    assert (run.code, await stage.world.status("o-1")) == (6, "pending")
    assert "paused by bob: migration" in run.out


async def test_7_when_an_id_matches_no_row_and_then_nothing_at_all_is_applied(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    run = await stage.run("sync", "o-1", "o-404", "--yes")

    assert (run.code, await stage.world.status("o-1")) == (7, "pending")
    assert "o-404" in run.err
    assert (await stage.perform(partial(show_rows, asked="o-404", forced=False))).code == 7
