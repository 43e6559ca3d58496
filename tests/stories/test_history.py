"""The history: what was done, found again; one record in full; a list written into a file."""

import asyncio
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from reconcile_tui.app import ReconcileApp
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.store.actions import Action
from reconcile_tui.core.store.journal_entries import Authorship, Entry
from reconcile_tui.core.store.journal_search import JournalFilter
from reconcile_tui.core.store.plans import AppliedPlan
from reconcile_tui.core.store.webhook_log import LoggedWebhook, Source, log_webhooks
from reconcile_tui.core.transitions import Effect
from reconcile_tui.demo import shop
from reconcile_tui.desk.records import StoreRecords
from reconcile_tui.screens.exporting.sheets import RECORD_COLUMNS, ROW_COLUMNS
from reconcile_tui.screens.history.lines import line_of
from reconcile_tui.screens.history.record_screen import RecordScreen
from reconcile_tui.screens.history.view import HistoryView
from reconcile_tui.screens.receipt.batch_receipt import Section
from reconcile_tui.screens.receipt.screen import ReceiptScreen
from tests.dashboards import app_of, desk_of, opened_dashboard, settled, until
from tests.world import ALICE, World, ref


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRecords(StoreRecords):
    """Records that answer a screen about a row only once it is being closed, and its parts are gone."""

    asking: list[ReconcileApp] = field(default_factory=list)
    answered: list[RowRef] = field(default_factory=list)

    async def of_row(self, ref: RowRef) -> tuple[Sequence[Entry], Sequence[Action]]:
        screen = self.asking[0].screen if self.asking else None
        while isinstance(screen, RecordScreen) and screen.query("#fields"):  # noqa: ASYNC110 nothing tells of it
            await asyncio.sleep(0)
        if isinstance(screen, RecordScreen):
            self.answered.append(ref)
        return (), ()


async def the_history(pilot: Pilot[int]) -> HistoryView:
    """The history, once it was read."""
    await pilot.press("6")
    await until(pilot, lambda: bool(app_of(pilot).screen.query(HistoryView)))
    view = app_of(pilot).screen.query_one(HistoryView)
    await until(pilot, lambda: view.reading.started)
    return view


def lines_of(view: HistoryView) -> list[str]:
    return [f"{line.who}: {line.what}" for line in map(line_of, view.reading.records)]


def written(folder: Path, name: str) -> list[Path]:
    """The files that were written."""
    return list(folder.glob(name))


def text_of(pilot: Pilot[int]) -> str:
    return str(app_of(pilot).screen.query_one("#fields", Static).render())


async def yesterdays_plan(world: World) -> None:
    """Three rows that alice applied yesterday: two healed, one changed meanwhile; then a pause, a tick."""
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="failed")
    await world.order("o-3", psp="succeeded")
    reconciler = world.reconciler()
    plan = await world.plan("o-1", "o-2", "o-3", reconciler=reconciler)
    await world.change(shop.orders, "o-3", amount=1)
    await reconciler.apply(plan)
    world.later("23h")
    await world.store.controls.pause(actor="bob", reason="a release", now=world.clock.now())
    world.later("1h")
    await world.tick()


async def test_a_plan_of_yesterday_is_found_again_as_a_receipt(either_world: World) -> None:
    await yesterdays_plan(either_world)

    async with opened_dashboard(either_world) as pilot:
        view = await the_history(pilot)
        lines = lines_of(view)
        assert lines[1] == "bob: paused everything, without an end “a release”"
        assert lines[2] == "alice: 3 rows: 2 fixed, 1 changed"
        await pilot.press("j", "j", "enter")
        await until(pilot, lambda: isinstance(app_of(pilot).screen, ReceiptScreen))

        receipt = app_of(pilot).screen
        assert isinstance(receipt, ReceiptScreen)
        assert receipt.receipt.actor == "alice"
        assert [row.ref.row_id for row in receipt.receipt.of(Section.FIXED)] == ["o-1", "o-2"]
        assert [row.ref.row_id for row in receipt.receipt.of(Section.LEFT)] == ["o-3"]
        await pilot.press("escape", "1")
        await pilot.pause()
        assert not view.display
        assert app_of(pilot).screen.query_one("#body").display


async def test_an_entry_is_opened_in_full_with_its_siblings(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.sync("o-1")

    async with opened_dashboard(world) as pilot:
        view = await the_history(pilot)
        await pilot.press("x")
        await until(pilot, lambda: view.reading.started and len(view.reading) > 1)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app_of(pilot).screen, RecordScreen))
        await until(pilot, lambda: "Every step" in text_of(pilot))

        told = text_of(pilot)
        assert "≠ status                   pending → completed" in told
        assert "intended" in told
        assert "amount_received" in told


async def test_the_history_is_filtered(either_world: World) -> None:
    await yesterdays_plan(either_world)

    async with opened_dashboard(either_world) as pilot:
        view = await the_history(pilot)
        await pilot.press("slash", *"actor:bob", "enter")
        await until(pilot, lambda: view.reading.started and len(view.reading) == 1)
        assert lines_of(view) == ["bob: paused everything, without an end “a release”"]
        await pilot.press("slash")
        app_of(pilot).screen.query_one("#asked", Input).value = "nonsense:1"
        await pilot.press("enter")
        await settled(pilot)
        assert len(view.reading) == 1
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(view.reading) > 1)


async def test_a_webhook_about_nothing_we_know_is_listed(world: World) -> None:
    about_nothing = LoggedWebhook(
        received_at=world.clock.now(),
        source=Source.PSP,
        event_id="evt_1",
        event_type="payment_succeeded",
        kind=None,
        psp_id="pay_\x1b[31munknown",
        ref=None,
        effect=Effect.NO_ROW,
        payload={"amount": 1},
        digest="00",
    )
    database = world.store.database
    await database.write(lambda connection: log_webhooks(connection, database.backend, [about_nothing]))

    async with opened_dashboard(world) as pilot:
        view = await the_history(pilot)

        assert lines_of(view) == [
            "PSP: webhook payment_succeeded about something pay_␛[31munknown, which no row has"
        ]


async def test_older_records_come_as_one_scrolls(world: World) -> None:
    for number in range(130):
        await world.store.controls.pause(actor=f"bob-{number}", reason="x", now=world.clock.now())
        world.later("1m")

    async with opened_dashboard(world) as pilot:
        view = await the_history(pilot)
        assert len(view.reading) == 100
        await pilot.press("G")
        await until(pilot, lambda: len(view.reading) == 130)

        assert lines_of(view)[-1].startswith("bob-0:")
        assert len(set(lines_of(view))) == 130
        assert lines_of(view)[view.reading.cursor].startswith("bob-30:")


async def test_what_is_read_for_a_screen_that_was_closed_meanwhile_is_let_go(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.sync("o-1")
    desk = desk_of(world)
    assert isinstance(desk.records, StoreRecords)
    facts = {each.name: getattr(desk.records, each.name) for each in fields(StoreRecords)}
    records = LateRecords(**facts)

    async with opened_dashboard(world, desk=replace(desk, records=records)) as pilot:
        view = await the_history(pilot)
        await pilot.press("x")
        await until(pilot, lambda: any("applied" in line for line in lines_of(view)))
        records.asking.append(app_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RecordScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, RecordScreen))
        await pilot.pause()

        assert records.answered == [ref("o-1")]
        assert app_of(pilot).failure is None


async def test_lists_are_written_into_files(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await world.order("=HYPERLINK(1)", payment_id="pay_1", psp="succeeded", stuck_for="2h")
    await world.order("o-2", amount=1999, psp="succeeded")
    await world.order("o-3", psp="succeeded")
    await world.sync("o-3")

    async with opened_dashboard(world) as pilot:
        await until(pilot, lambda: not app_of(pilot).live.is_looking)
        await pilot.press("e", "y")
        await settled(pilot)
        await pilot.press("j", "space", "e", "tab", "down", "y")
        await settled(pilot)
        await the_history(pilot)
        await pilot.press("e", "y")
        await settled(pilot)

    (rows,) = written(tmp_path, "reconcile-orders*.csv")
    first, second = csv.DictReader(rows.read_text(encoding="utf-8").splitlines())
    assert list(first) == list(ROW_COLUMNS)
    assert (first["id"], first["money.minor"], first["money.text"]) == ("'=HYPERLINK(1)", "4200", "42.00 EUR")
    assert second["pending_since"] == "2026-11-20T11:15:00Z"
    looked = (second["last_look.psp_status"], second["last_look.psp_read_at"], second["last_look.connector"])
    assert looked == ("succeeded", "2026-11-20T12:00:00Z", "stripe"), "what is seen is what is written"
    (marked,) = written(tmp_path, "reconcile-orders*.json")
    document = json.loads(marked.read_text(encoding="utf-8"))
    assert (document["list"], [row["id"] for row in document["rows"]]) == ("Stuck orders", ["o-2"])
    (history,) = written(tmp_path, "reconcile-history*.csv")
    (plan,) = csv.DictReader(history.read_text(encoding="utf-8").splitlines())
    assert list(plan) == list(RECORD_COLUMNS)
    assert (plan["record"], plan["by"], plan["outcomes"]) == ("plan", "alice", '{"fixed": 1}')


async def test_nothing_is_written_over(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    await world.order("o-1", psp="succeeded")
    there = tmp_path / "reconcile-orders-20261120T120000Z.csv"
    there.write_text("mine", encoding="utf-8")

    async with opened_dashboard(world) as pilot:
        await pilot.press("e", "y")
        await settled(pilot)

        said = [note.message for note in app_of(pilot)._notifications]
        assert any("it stays as it is" in str(message) for message in said)
    assert there.read_text(encoding="utf-8") == "mine"


async def test_a_plan_says_what_its_rows_came_to_last(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.sync("o-1")

    (plan,) = await world.store.plans.newest(JournalFilter(), limit=10)

    assert isinstance(plan, AppliedPlan)
    assert (plan.rows, plan.closed, plan.open) == (1, 1, 0)


async def test_a_plan_keeps_its_reason_when_another_process_ends_it(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    by = Authorship(actor=ALICE, plan_id=plan.plan_id, reason="adyen is back")
    now, lease = world.clock.now(), world.policy.lease
    await world.store.journal.intend(plan.rows, by=by, holder="dead", now=now, lease=lease)
    world.later("61s")
    await world.tick()

    (found,) = await world.store.plans.newest(JournalFilter(), limit=10)

    assert (found.reason, found.closed) == ("adyen is back", 1)


async def test_the_history_has_no_key_for_a_row_of_the_lists(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    async with opened_dashboard(world) as pilot:
        screen = app_of(pilot).screen
        assert "s" in screen.active_bindings
        await pilot.press("6")
        await until(pilot, lambda: "x" in screen.active_bindings)
        assert set(screen.active_bindings).isdisjoint({"s", "S", "d", "a", "c"})
        assert {"i", "w", "p", "question_mark", "slash", "e", "r"} <= set(screen.active_bindings)
