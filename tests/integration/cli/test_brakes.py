"""`pause`, `resume`, `status` and `runs`, and what they say to people and to scripts."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from reconcile_tui.cli.brake_documents import PauseDocument, ResumeDocument, RunsDocument, StatusDocument
from reconcile_tui.cli.once import once
from reconcile_tui.cli.pausing import pause, resume
from reconcile_tui.cli.status import list_runs, show_status
from reconcile_tui.core.moments import spoken
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.daemons import Daemon, DaemonState
from tests.integration.cli.conftest import Ended, Stage

TICK = partial(once, phases=None, dry_run=False, drain=False)
PAUSE = partial(pause, reason="release", connector=None, until=None)
HOW_SPELT = "see whether the PSP spells it so."
RESUME = partial(resume, reason=None, connector=None)


async def a_daemon(stage: Stage, **what: Any) -> None:
    """A daemon that waits for its next tick says that it is alive."""
    now = stage.world.clock.now()
    facts: dict[str, Any] = {
        "holder": "shop-1:4711:abc",
        "state": DaemonState.WAITING,
        "mode": Mode.HEAL,
        "dispatch": "database",
        "version": "0.1.0",
        "interval": timedelta(hours=1),
        "started_at": now - timedelta(days=1),
        "heartbeat_at": now,
        "next_tick_at": now + timedelta(minutes=48),
    }
    await stage.world.store.daemons.beat(Daemon(**(facts | what)))


async def status(stage: Stage, **more: str) -> StatusDocument:
    run = await stage.perform(show_status, as_json=True, **more)
    document = StatusDocument.model_validate(json.loads(run.out))
    assert run.code == document.exit_code, run.err
    return document


async def paused(stage: Stage, **how: Any) -> PauseDocument:
    run = await stage.perform(partial(PAUSE, **how), as_json=True)
    assert run.code == 0, run.err
    return PauseDocument.model_validate(json.loads(run.out))


async def resumed(stage: Stage, **how: Any) -> ResumeDocument:
    run = await stage.perform(partial(RESUME, **how), as_json=True)
    assert run.code == 0, run.err
    return ResumeDocument.model_validate(json.loads(run.out))


def said(run: Ended) -> str:
    return " ".join(run.out.split())


async def test_a_pause_binds_the_next_tick_and_resuming_lets_it_go_on(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    page = await stage.perform(PAUSE)
    assert (await stage.perform(TICK)).code == 6
    lifted = await stage.perform(RESUME)
    assert (await stage.perform(TICK)).code == 0

    assert "Paused: everything, no end, by alice: “release”" in said(page)
    assert "nothing is healed until somebody resumes" in said(page)
    assert "Resumed: everything goes on with the next tick." in said(lifted)
    assert await stage.world.status("o-1") == "completed"


async def test_a_pause_with_an_end_warns_of_nothing_and_replaces_the_one_before(stage: Stage) -> None:
    await paused(stage)

    document = await paused(stage, reason="migration", until=spoken("2h"))

    assert document.warnings == ()
    assert document.replaced is not None
    assert (document.replaced.by, document.replaced.reason) == ("alice", "release")
    assert document.pause.until is not None
    assert document.pause.until - document.pause.since == timedelta(hours=2)


@pytest.mark.parametrize(
    ("connector", "warned"),
    [
        ("adyen", ()),
        ("Adyen", ("No look ever met the connector Adyen; did you mean adyen?",)),
        ("adyn", ("No look ever met the connector adyn; did you mean adyen?",)),
        ("paypal", (f"No look ever met the connector paypal (those met are adyen): {HOW_SPELT}",)),
    ],
)
async def test_a_connector_that_no_look_ever_met_is_paused_all_the_same_and_warned_of(
    stage: Stage, connector: str, warned: tuple[str, ...]
) -> None:
    await stage.world.order("o-1", psp="processing", connector="adyen")
    await stage.perform(TICK)

    document = await paused(stage, connector=connector, until=spoken("2h"))

    assert document.warnings == warned
    [pause] = await stage.world.store.controls.pauses(now=stage.world.clock.now())
    assert pause.connector == connector


async def test_resuming_where_nothing_is_paused_is_no_error_and_says_what_is_paused_still(
    stage: Stage,
) -> None:
    await paused(stage, connector="adyen")

    document = await resumed(stage)
    page = await stage.perform(RESUME)

    assert document.lifted is None
    assert [each.connector for each in document.still_paused] == ["adyen"]
    assert "There was no pause of everything: nothing had to be lifted." in said(page)
    assert "reconcile-tui resume --connector adyen lifts it." in said(page)


async def test_a_viewer_neither_pauses_nor_resumes(stage: Stage) -> None:
    await paused(stage)

    runs = [await stage.perform(command, RECONCILE_ROLE="viewer") for command in (PAUSE, RESUME)]

    assert [(run.code, run.out) for run in runs] == [(6, ""), (6, "")]
    assert "a viewer may look, not resume" in runs[1].err
    assert "Ask an operator." in runs[1].err
    assert len(await stage.world.store.controls.pauses(now=stage.world.clock.now())) == 1


async def test_a_moment_that_is_over_pauses_nothing(stage: Stage) -> None:
    run = await stage.perform(partial(PAUSE, until=spoken("2020-01-01")))

    assert (run.code, run.out) == (2, "")
    assert "2020-01-01: that is not to come" in run.err
    assert await stage.world.store.controls.pauses(now=stage.world.clock.now()) == []


async def test_status_is_0_where_nobody_needs_to_look_and_needs_no_psp(stage: Stage) -> None:
    await a_daemon(stage)
    await stage.world.order("o-1", psp="succeeded")

    document = await status(stage, HYPERSWITCH_ENABLED="", HYPERSWITCH_BASE_URL="", HYPERSWITCH_API_KEY="")

    assert (document.exit_code, document.level) == (0, "healthy")
    assert document.sentence.startswith("The daemon did not sweep yet, and the next tick is in 4")
    assert {each.name: each.rows for each in document.classes}["orders"] == 1
    assert [money.text for money in document.money_at_risk] == ["42.00 EUR"]
    assert not stage.world.psp.traffic.counts


async def test_status_is_3_where_a_row_needs_a_person_until_somebody_has_seen_it(stage: Stage) -> None:
    await a_daemon(stage)
    await stage.world.order("o-1", psp="partially_captured")
    await stage.perform(TICK)

    before = await status(stage)
    [item] = await stage.world.store.attention.open_items(limit=1)
    now = stage.world.clock.now()
    await stage.world.store.attention.acknowledge(item, actor="alice", reason="seen", now=now)

    assert (before.exit_code, before.sentence) == (3, "1 row needs a person.")
    assert (await status(stage)).exit_code == 0


async def test_status_is_6_while_everything_is_paused_and_3_while_a_connector_is(stage: Stage) -> None:
    await a_daemon(stage)

    await paused(stage, connector="adyen")
    of_adyen = await status(stage)
    await paused(stage)
    everything = await status(stage)

    assert (of_adyen.exit_code, of_adyen.concerns[0].kind) == (3, "connector_paused")
    assert (everything.exit_code, everything.level) == (6, "paused")
    assert [pause.connector for pause in everything.pauses] == [None, "adyen"]


async def test_status_is_9_and_loud_where_no_daemon_sweeps(stage: Stage) -> None:
    nobody = await stage.perform(show_status)
    await a_daemon(stage, heartbeat_at=stage.world.clock.now() - timedelta(hours=3))
    silent = await stage.perform(show_status)

    assert (nobody.code, silent.code) == (9, 9)
    assert "✗ NOT HEALTHY No daemon runs: nothing is healed by itself." in said(nobody)
    assert "✗ NOT HEALTHY The daemon has been silent for 3 h" in said(silent)
    assert "Start one: reconcile-tui --daemon." in said(silent)


async def test_a_daemon_is_silent_after_twice_its_lease(stage: Stage) -> None:
    await a_daemon(stage, heartbeat_at=stage.world.clock.now() - timedelta(seconds=90))

    assert (await status(stage)).exit_code == 9
    assert (await status(stage, RECONCILE_SWEEP_LEASE="2m")).exit_code == 0


async def test_status_is_9_where_the_breaker_ended_the_last_tick(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.perform(TICK, HYPERSWITCH_API_KEY="snd_somebody_elses_key")

    document = await status(stage)

    assert document.exit_code == 9
    assert document.last_tick is not None
    assert document.last_tick.troubles == ("orders, refunds, orphans: the PSP refuses the key",)
    assert "breaker" in [each.kind for each in document.concerns]


async def test_status_is_5_where_the_database_is_away(stage: Stage) -> None:
    run = await stage.perform(show_status, DATABASE_URL=f"sqlite:///{stage.folder}/nowhere/shop.db")

    assert (run.code, run.out) == (5, "")


async def test_how_long_the_psp_is_to_be_left_alone_is_told(stage: Stage) -> None:
    await a_daemon(stage)
    now = stage.world.clock.now()
    await stage.world.store.controls.block(until=now + timedelta(minutes=5), actor="daemon", now=now)

    page = await stage.perform(show_status)

    assert "the PSP asked to be left alone" in said(page)
    assert (await status(stage)).blocked_until == now + timedelta(minutes=5)


async def test_what_the_psp_asked_for_is_lifted_by_name_and_no_pause_with_it(stage: Stage) -> None:
    now = stage.world.clock.now()
    await stage.world.store.controls.block(until=now + timedelta(minutes=5), actor="daemon", now=now)
    await paused(stage)

    document = await resumed(stage, psp=True)
    again = await stage.perform(partial(RESUME, psp=True))

    assert (document.psp, document.blocked_until) == (True, now + timedelta(minutes=5))
    assert [each.connector for each in document.still_paused] == [None]
    assert "The PSP had not asked to be left alone" in said(again)
    assert (await status(stage)).blocked_until is None


async def test_runs_tells_each_tick_and_what_became_of_one_that_died(stage: Stage) -> None:
    empty = await stage.perform(partial(list_runs, limit=20))
    await stage.world.order("o-1", psp="succeeded")
    await stage.perform(TICK, RECONCILE_MODE="observe")
    await stage.perform(TICK)
    now = stage.world.clock.now()
    await stage.world.store.runs.start(
        actor="daemon", mode=Mode.HEAL, now=now - timedelta(hours=3), holder="shop-1:1:abc"
    )

    run = await stage.perform(partial(list_runs, limit=2), as_json=True)
    page = await stage.perform(partial(list_runs, limit=20))

    assert "none is on record" in said(empty)
    died, healed = RunsDocument.model_validate(json.loads(run.out)).runs
    assert (died.state, died.took_seconds, died.finished_at) == ("silent", None, None)
    assert (healed.state, healed.did, healed.by) == ("ended", "1 fixed", "alice")
    assert healed.counts == {"decision.sync": 1, "outcome.fixed": 1}
    assert "never ended" in page.out
    assert "would be changed" in page.out


async def test_the_commands_run_as_a_program(stage: Stage) -> None:
    first = await stage.run("pause", "--reason", "release", "--until", "2h", "--json")
    second = await stage.run("status")

    assert json.loads(first.out)["pause"]["reason"] == "release"
    assert second.code == 9
    assert "Everything is paused by alice" in said(second)
