"""Every reason for which a plan file is not taken, by a real run: nothing is read, nothing is applied."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from reconcile_tui.plan_file import LARGEST_FILE
from tests.integration.cli.conftest import Ended, Stage
from tests.integration.cli.plan_files import PlanFile, apply, plan, planned
from tests.integration.cli.terminal import in_a_terminal

NO_MORE: Mapping[str, str] = MappingProxyType({})


@pytest.fixture
async def file(stage: Stage) -> PlanFile:
    """A plan of one order whose webhook was lost."""
    await stage.world.order("o-1", psp="succeeded")
    return await planned(stage)


async def refused(stage: Stage, file: PlanFile, settings: Mapping[str, str] = NO_MORE) -> Ended:
    """How an apply of it ends that leaves everything as it is; what it says, in one line."""
    asked = sum(stage.world.psp.traffic.counts.values())
    run = await stage.perform(apply(file.path), as_json=False, **settings)
    assert (run.out, await stage.world.status("o-1")) == ("", "pending")
    assert await stage.world.history("o-1") == []
    assert sum(stage.world.psp.traffic.counts.values()) == asked
    assert "Traceback" not in run.err
    return replace(run, err=" ".join(run.err.split()))


def moved(file: PlanFile, by: timedelta) -> None:
    """The same plan as it would be, had it been made at another time."""

    def change(content: Any) -> None:
        made_at = datetime.fromisoformat(content["plan"]["made_at"]) + by
        content["plan"]["made_at"] = made_at.isoformat()

    file.remake(change)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"event": "payment.succeeded"', '"event": "payment.failed"'),
        ('"amount": 4200', '"amount": 9200'),
        ('"status": "pending"', '"status": "failed"'),
        ('"name": "alice"', '"name": "mallory"'),
        ('"id": "o-1"', '"id": "o-2"'),
        ('"document": "plan",', '"document":  "plan",'),
        ('"format": 1,', '"format": 1,\n  "more": null,'),
        ('"facts": [', '"facts": [7,'),
    ],
)
async def test_a_file_that_was_edited(stage: Stage, file: PlanFile, old: str, new: str) -> None:
    file.edit(old, new)

    run = await refused(stage, file)

    assert run.code == 6
    assert "The plan's seal does not fit: it was edited by hand, or made with another API key." in run.err
    assert "Make a new plan: reconcile-tui plan > FILE." in run.err


async def test_a_file_made_with_another_key(stage: Stage, file: PlanFile) -> None:
    run = await refused(stage, file, {"HYPERSWITCH_API_KEY": "snd_another_accounts_key"})

    assert run.code == 6
    assert "made with another API key" in run.err


async def test_a_file_of_another_context(stage: Stage, file: PlanFile) -> None:
    (stage.folder / "reconcile.toml").write_text("[context.prod]\n")

    run = await refused(stage, file)

    assert run.code == 6
    assert "The plan was made in another place: its context is not the one in use." in run.err
    assert "made in none in use prod" in run.err


async def test_a_file_of_another_database(stage: Stage, file: PlanFile, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    other.write_bytes((tmp_path / "shop.sqlite3").read_bytes())

    run = await refused(stage, file, {"DATABASE_URL": f"sqlite:///{other}"})

    assert run.code == 6
    assert "its database is not the one in use" in run.err
    assert str(other) in run.err.replace(" ", "")


async def test_a_file_of_another_psp(stage: Stage, file: PlanFile) -> None:
    run = await refused(stage, file, {"HYPERSWITCH_BASE_URL": f"{stage.world.psp.url}/other"})

    assert run.code == 6
    assert "its PSP is not the one in use" in run.err


async def test_a_file_that_is_too_old(stage: Stage, file: PlanFile) -> None:
    moved(file, timedelta(minutes=-16))

    run = await refused(stage, file)

    assert run.code == 6
    assert "The plan is too old: it was made 16m ago; RECONCILE_PLAN_MAX_AGE allows 15m." in run.err


async def test_an_older_one_is_taken_where_the_settings_allow_it(stage: Stage, file: PlanFile) -> None:
    moved(file, timedelta(minutes=-16))

    run = await stage.perform(apply(file.path), RECONCILE_PLAN_MAX_AGE="20m")

    assert (run.code, await stage.world.status("o-1")) == (0, "completed")


async def test_a_file_of_the_future(stage: Stage, file: PlanFile) -> None:
    moved(file, timedelta(minutes=5))

    run = await refused(stage, file)

    assert run.code == 6
    assert "The plan is of the future" in run.err


async def test_a_file_made_by_a_dry_run(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    file = await planned(stage, dry_run=True)

    run = await refused(stage, file)

    assert stage.world.psp.traffic.forced == 0
    assert run.code == 6
    assert "made by a dry run" in run.err


async def test_a_viewer_applies_no_file_and_makes_none_but_by_a_dry_run(stage: Stage, file: PlanFile) -> None:
    run = await refused(stage, file, {"RECONCILE_ROLE": "viewer"})
    makes = await stage.perform(plan(), RECONCILE_ROLE="viewer")
    looks = await stage.perform(plan(dry_run=True), RECONCILE_ROLE="viewer")

    assert (run.code, makes.code, makes.out) == (6, 6, "")
    assert "Refused: a viewer may look, not apply." in run.err
    assert json.loads(looks.out)["dry_run"] is True


async def test_nobody_who_can_be_asked_and_no_yes(stage: Stage, file: PlanFile) -> None:
    run = await stage.perform(apply(file.path, yes=False))

    assert (run.code, run.out) == (6, "")
    assert "nobody can be asked here" in run.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "This is no plan file: it is empty."),
        ("{", "This is no plan file: it is not JSON (line 1)."),
        ("[" * 100_000, "This is no plan file: it is nested too deeply."),
        ('{"document": "plan", "format": 1, "x": ' + "9" * 10_000 + "}", "a number in it is too large."),
        ('{"document": "plan", "format": 1, "x": NaN}', "a number in it is not whole."),
        ('{"document": "plan", "document": "plan"}', "a key stands in it twice."),
        ('{"document": "sync"}', "it is another document of this program, and no plan."),
        ('{"document": "plan", "format": 7}', "The plan file has the format 7, not 1."),
    ],
)
async def test_what_is_no_plan_file_is_a_wrong_command_line(
    stage: Stage, file: PlanFile, text: str, said: str
) -> None:
    file.path.write_text(text)

    run = await refused(stage, file)

    assert run.code == 2
    assert said in run.err


async def test_files_that_cannot_be_read(stage: Stage, file: PlanFile) -> None:
    file.path.write_bytes(b" " * (LARGEST_FILE + 1))
    large = await refused(stage, file)
    file.path.unlink()
    missing = await refused(stage, file)

    assert (large.code, missing.code) == (2, 2)
    assert "larger than 8 MiB" in large.err
    assert "The file cannot be read: No such file or directory." in missing.err


async def test_a_file_is_taken_from_stdin(stage: Stage, file: PlanFile) -> None:
    run = await stage.feed(file.path.read_bytes(), "apply", "-", "--yes")

    assert (run.code, await stage.world.status("o-1")) == (0, "completed")
    assert "pending → completed" in run.out


async def test_anything_but_a_whole_yes_is_no_in_production(stage: Stage, file: PlanFile) -> None:
    code, screen = await in_a_terminal(stage, "y\n", "apply", str(file.path), RECONCILE_PRODUCTION="true")

    assert (code, await stage.world.status("o-1")) == (6, "pending")
    assert "Apply this to 1 row in PRODUCTION, this database?" in screen
    assert "[yes/N]" in screen
    assert "Not confirmed: nothing was applied." in screen
    assert await stage.world.history("o-1") == []


async def test_a_yes_applies_the_file(stage: Stage, file: PlanFile) -> None:
    code, screen = await in_a_terminal(stage, "y\n", "apply", str(file.path))

    assert (code, await stage.world.status("o-1")) == (0, "completed")
    assert "made" in screen
    assert "by alice" in screen
