"""Texts of others on every screen behind the first: visible, harmless, cut; in files too."""

import csv
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import URL
from textual.pilot import Pilot

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.plans import AppliedPlan
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.desk.rehearsal import RehearsedRow
from reconcile_tui.screens.history.view import HistoryView
from reconcile_tui.screens.progress.screen import BatchScreen
from reconcile_tui.screens.receipt.screen import ReceiptScreen
from reconcile_tui.screens.rehearsal.cards import Briefing, ScoreCard
from tests.dashboards import USUAL, app_of, desk_of, opened_dashboard, read_again, settled, until
from tests.nasty import ANSI, BIDI, CLICK, LONG, NUL, OSC, RED, assert_harmless, nasty_world, painted
from tests.situations import a_daemon
from tests.stories.batches import asked, over
from tests.stories.held import Gate, held_desk
from tests.stories.places import SESSIONS, Place, arrive, at_rest
from tests.world import World

HOSTILE: Final = f"{CLICK}{ANSI}{OSC}{BIDI}{NUL}"
WHERE: Final[dict[str, Any]] = {
    "context": HOSTILE,
    "database": f"postgresql://{RED}{ANSI}@db/{CLICK}",
    "psp": f"https://{CLICK}{OSC}",
    "shop": HOSTILE,
    "theme": HOSTILE,
    "keymap": {HOSTILE: "x", "sync": HOSTILE, "pause": f"x,{RED}"},
    "psp_page": f"https://psp.example/{CLICK}/{{payment_id}}",
}
BY_NAME: Final[dict[str, Place]] = {place.name: place for session in SESSIONS for place in session.places}
FOREIGN: Final = (
    *("the lists", "the attention list", "a row in full", "the columns", "what happened", "opening a row"),
    *("the brake", "an acknowledgement", "an export", "help", "the palette", "the incident", "the history"),
    *("a record", "a whole plan", "a plan's reason", "a dry run"),
)
MOST_X: Final = 4_000
"""Of the ten thousand of a long text, on a screen that shows it in several places."""


@pytest.fixture
async def hostile(shop_url: URL, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[World]:
    """A shop, a PSP, a daemon and colleagues who write nothing but harm."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "linux")
    async with World.at(shop_url) as world:
        await nasty_world(world)
        await world.store.daemons.beat(a_daemon(HOSTILE, last_error=f"{HOSTILE}{LONG}"[:2000]))
        yield world


def assert_tame(pilot: Pilot[int], seen: list[str]) -> None:
    """What is painted is harmless and cut, toasts too."""
    assert_harmless(pilot.app)
    now = painted(pilot.app)
    assert now.count("x") < MOST_X
    seen.append(now)


async def test_every_screen_shows_hostile_text_as_text(hostile: World) -> None:
    seen: list[str] = []

    async with opened_dashboard(hostile, size=USUAL, desk=desk_of(hostile, **WHERE), toasts=True) as pilot:
        assert_tame(pilot, seen)
        assert "There is no theme" in seen[-1]
        for name in FOREIGN:
            await arrive(pilot, BY_NAME[name])
            assert_tame(pilot, seen)
        for key in ("y", "o", "Y", "r", "a"):
            await arrive(pilot, BY_NAME["the lists"])
            await pilot.press(key)
            await at_rest(pilot)
            assert_tame(pilot, seen)
        assert pilot.app.is_running

    everything = "\n".join(seen)
    assert CLICK in everything
    assert RED in everything
    assert "\\u202e" in everything


async def test_a_record_and_an_old_receipt_show_hostile_text_as_text(hostile: World) -> None:
    seen: list[str] = []

    async with opened_dashboard(hostile, desk=desk_of(hostile, **WHERE), toasts=True) as pilot:
        await arrive(pilot, BY_NAME["the history"])
        reading = pilot.app.screen.query_one(HistoryView).reading
        for place, record in enumerate(reading.records):
            reading.move_to(place)
            await pilot.press("enter")
            await at_rest(pilot)
            if isinstance(record, AppliedPlan):
                await until(pilot, lambda: isinstance(pilot.app.screen, ReceiptScreen))
            assert_tame(pilot, seen)
            await pilot.press("escape")
    assert any("Receipt" in each and RED[:3] in each for each in seen)


async def test_a_batch_over_hostile_rows_shows_them_as_text(hostile: World) -> None:
    now = hostile.clock.now()
    await hostile.store.controls.resume(actor=HOSTILE, now=now)
    seen: list[str] = []
    gate = Gate()

    async with opened_dashboard(hostile, desk=hostile_held(hostile, gate), toasts=True) as pilot:
        await pilot.press("A", "S")
        await asked(pilot)
        assert_tame(pilot, seen)
        await pilot.press("9", "9", "y", "backspace", "backspace")
        screen = pilot.app.screen
        rows = screen._consent.rows  # type: ignore[attr-defined]
        await pilot.press(*str(rows), "y")
        await until(pilot, lambda: gate.waiting > 0 and isinstance(pilot.app.screen, BatchScreen))
        await settled(pilot)
        assert_tame(pilot, seen)
        await pilot.press("ctrl+q")
        assert_tame(pilot, seen)
        await pilot.press("escape")
        gate.open()
        await over(pilot)
        assert_tame(pilot, seen)
        await pilot.press("y", "escape")
        await read_again(pilot)
        assert_tame(pilot, seen)
        await pilot.press("escape", "E")
        assert_tame(pilot, seen)


def hostile_held(world: World, gate: Gate) -> Desk:
    """A desk whose deliveries wait, in a place of a hostile name."""
    desk = held_desk(world, deliveries=gate)
    return replace(desk, place=desk_of(world, **(WHERE | {"keymap": {}})).place)


@pytest.mark.parametrize("tab", [Tab.ORDERS, Tab.ORPHANS, Tab.ATTENTION, Tab.HISTORY])
async def test_a_list_is_written_down_harmlessly(hostile: World, tmp_path: Path, tab: Tab) -> None:
    async with opened_dashboard(hostile, desk=desk_of(hostile, **WHERE)) as pilot:
        await pilot.press(str(list(Tab).index(tab) + 1))
        await settled(pilot)
        for choice in ([], ["down"]):
            await pilot.press("e", "tab", *choice, "tab", "tab", "y")
            await settled(pilot)

    (table,), (document,) = written_in(tmp_path, "reconcile-*.csv"), written_in(tmp_path, "reconcile-*.json")
    for written in (table, document):
        text = written.read_text(encoding="utf-8-sig")
        assert CLICK in text or RED in text
        assert_plain(text)
    assert json.loads(document.read_text(encoding="utf-8"))["rows"]
    cells = [cell for row in csv.reader(table.read_text(encoding="utf-8-sig").splitlines()) for cell in row]
    assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in cells)


async def test_the_incident_is_written_down_harmlessly(hostile: World, tmp_path: Path) -> None:
    async with opened_dashboard(hostile, desk=desk_of(hostile, **WHERE)) as pilot:
        await arrive(pilot, BY_NAME["the incident"])
        await pilot.press("e", "tab", "tab", "tab", "y")
        await settled(pilot)

    (written,) = written_in(tmp_path, "incident*")
    assert_plain(written.read_text(encoding="utf-8"))


def written_in(folder: Path, pattern: str) -> list[Path]:
    """The files of this name."""
    return list(folder.glob(pattern))


def assert_plain(text: str) -> None:
    """No character does anything but show."""
    assert all(line.isprintable() for line in text.split("\n")), [
        line for line in text.split("\n") if not line.isprintable()
    ][:3]


class HostileRehearsal:
    """A rehearsal that is won, told in hostile words."""

    reported = f"{HOSTILE}{LONG}"

    async def rows(self) -> Sequence[RehearsedRow]:
        ref = RowRef(Kind.ORDER, HOSTILE)
        other = RowRef(Kind.ORDER, LONG)
        healed: dict[str, Any] = {"is_open": False, "can_heal": True, "by_person": True, "money": None}
        return [
            RehearsedRow(ref=ref, **healed, mistake=f"{HOSTILE}{LONG}"),
            RehearsedRow(ref=other, is_open=True, can_heal=False, money=None, why_left=f"{HOSTILE}{LONG}"),
        ]


async def test_the_cards_of_a_rehearsal_show_hostile_text_as_text(hostile: World) -> None:
    seen: list[str] = []
    desk = replace(desk_of(hostile, **(WHERE | {"keymap": {}})), rehearsal=HostileRehearsal())

    async with opened_dashboard(hostile, desk=desk) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Briefing))
        assert_tame(pilot, seen)
        await pilot.press("x")
        await read_again(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, ScoreCard))
        assert_tame(pilot, seen)
        assert app_of(pilot).is_running
