"""The row under the cursor: it is followed, its history comes behind, and it can be told to others."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.wording import reason_words
from reconcile_tui.screens.triage.first_line import FirstLine
from reconcile_tui.screens.triage.row_panel.known import Known
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from reconcile_tui.screens.triage.screen import TriageScreen
from tests.builders import span
from tests.dashboards import SMALL, app_of, desk_of, opened_dashboard, read_again, until
from tests.looking import look_at_all
from tests.nasty import painted
from tests.world import World


@pytest.fixture(autouse=True)
def a_terminal_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither tmux nor SSH nor a display, wherever the tests run."""
    for name in ("TMUX", "STY", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TERM_PROGRAM", raising=False)


async def two_orders(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded")
    await world.order("o-2", stuck_for="45m", psp="failed")


def panel_of(pilot: Pilot[int]) -> RowPanel:
    return app_of(pilot).screen.query_one(RowPanel)


def known_of(pilot: Pilot[int]) -> Known:
    known = panel_of(pilot).known
    assert known is not None
    return known


async def history_came(pilot: Pilot[int], row_id: str) -> None:
    def has_come() -> bool:
        known = panel_of(pilot).known
        return known is not None and known.listed.ref.row_id == row_id and known.history is not None

    await until(pilot, has_come)


async def test_the_panel_follows_the_cursor(world: World) -> None:
    await two_orders(world)

    async with opened_dashboard(world) as pilot:
        assert known_of(pilot).listed.ref.row_id == "o-1"
        await look_at_all(pilot)
        await pilot.press("j")
        assert known_of(pilot).listed.ref.row_id == "o-2"
        assert "did not take 42.00 EUR" in (known_of(pilot).sentence or "")


async def test_only_the_row_where_the_cursor_rests_has_its_history_read(world: World) -> None:
    for number in range(20):
        await world.order(f"o-{number}", stuck_for=f"{90 - number}m", psp="succeeded")
    desk = desk_of(world)
    asked: list[str] = []
    records = desk.records

    class Counted:
        def __getattr__(self, name: str) -> object:
            return getattr(records, name)

        async def of_row(self, ref: object) -> object:
            asked.append(str(ref))
            return await records.of_row(ref)  # type: ignore[arg-type]

    async with opened_dashboard(world, desk=replace(desk, records=Counted())) as pilot:  # type: ignore[arg-type]
        await history_came(pilot, "o-0")
        asked.clear()
        for _ in range(19):
            await pilot.press("j")
        await history_came(pilot, "o-19")

    assert asked[-1] == "order o-19"
    assert len(asked) < 19


async def test_what_another_process_does_to_the_row_shows_up_in_its_history(either_world: World) -> None:
    await two_orders(either_world)

    async with opened_dashboard(either_world) as pilot:
        await history_came(pilot, "o-1")
        await either_world.store.controls.pause(
            actor="bob", reason="the release", now=either_world.clock.now()
        )
        await either_world.sync("o-1")
        await read_again(pilot)
        await until(pilot, lambda: bool((history := known_of(pilot).history) and history.entries))
        history = known_of(pilot).history
        assert history is not None
        assert [entry.outcome for entry in history.entries] == ["refused"]


async def test_webhooks_that_came_for_the_row_are_part_of_its_history(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded", amount_received=1)
    await world.real_webhook("pay_o-1")
    await world.order("o-2", stuck_for="1h", psp="processing")
    await world.real_webhook("pay_o-2")

    async with opened_dashboard(world) as pilot:
        await history_came(pilot, "o-1")
        assert "webhook payment_succeeded arrived: not applied, its amounts" in unwrapped(pilot)
        await pilot.press("j")
        await history_came(pilot, "o-2")
        assert "webhook payment_processing arrived: nothing to do, it is not" in unwrapped(pilot)


def unwrapped(pilot: Pilot[int]) -> str:
    """What the panel paints, as one line."""
    lines = (line.rpartition("│")[2] for line in painted(app_of(pilot)).splitlines())
    return " ".join(" ".join(lines).split())


async def test_a_figure_turns_stale_while_nobody_reads(world: World) -> None:
    await two_orders(world)

    async with opened_dashboard(world) as pilot:
        await look_at_all(pilot)
        assert "● PSP read 0 s ago, last known" in painted(app_of(pilot))
        with app_of(pilot).live.hold_looks():
            world.clock.advance(span("2m"))
            panel_of(pilot).follow()
            await pilot.pause()
            assert "▲ PSP read 2 min ago, last known, stale" in painted(app_of(pilot))


async def test_the_sentence_and_both_sides_are_seen_on_a_small_terminal(world: World) -> None:
    await two_orders(world)

    async with opened_dashboard(world, size=SMALL) as pilot:
        await look_at_all(pilot)
        seen = painted(app_of(pilot))
        assert "Stripe took 42.00 EUR" in seen
        assert "≠ status         pending" in seen
        assert "= amount         42.00 EUR" in seen
        await pilot.press("enter")
        assert panel_of(pilot).has_focus
        await pilot.press("end")
        assert "History" in painted(app_of(pilot))
        await pilot.press("enter")
        assert not panel_of(pilot).has_focus
    assert await world.status("o-1") == "pending"


async def test_y_copies_the_story_with_the_rows_ids(world: World) -> None:
    await two_orders(world)

    async with opened_dashboard(world) as pilot:
        await look_at_all(pilot)
        await pilot.press("y")
        story, ids, where = app_of(pilot).clipboard.split("\n")

    assert story.startswith("Stripe took 42.00 EUR (the PSP says succeeded")
    assert ids == "order o-1 · payment id pay_o-1"
    assert where == "shop-eu (production), 2026-11-20 12:00:00 UTC"


async def test_over_ssh_the_text_is_shown_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    await two_orders(world)

    async with opened_dashboard(world) as pilot:
        await look_at_all(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert "Stripe took 42.00 EUR" in app_of(pilot).screen.query_one(TextArea).text
        await pilot.press("escape")
        assert app_of(pilot).screen.query(RowPanel)


async def test_capital_y_copies_the_first_line_for_the_channel(world: World) -> None:
    for number in range(10):
        await world.order(f"o-{number}", stuck_for=f"{31 + number}m", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        first_line = app_of(pilot).screen.query_one(FirstLine)
        await until(pilot, lambda: first_line.headline is not None and first_line.is_current)
        await pilot.press("Y")
        copied = app_of(pilot).clipboard.split("\n")

    assert "payment webhooks from stripe stopped at 11:20 UTC: 10 orders, 420.00 EUR, +1/min" in copied
    assert "In all: 10 rows hang, 420.00 EUR." in copied
    assert copied[-1] == "shop-eu (production), as of 2026-11-20 12:00:00 UTC, 0 s ago"


async def test_o_shows_and_copies_the_psps_page(world: World) -> None:
    await two_orders(world)

    async with opened_dashboard(world, psp_page="https://psp.example/p/{payment_id}") as pilot:
        await pilot.press("o")
        await until(pilot, lambda: bool(app_of(pilot).screen.query(TextArea)))
        assert app_of(pilot).screen.query_one(TextArea).text == "https://psp.example/p/pay_o-1"
        assert app_of(pilot).clipboard == "https://psp.example/p/pay_o-1"


async def test_refunds_are_told_of_while_orders_are_seen(world: World) -> None:
    for number in range(8):
        await world.paid_order(f"o-{number}")
        await world.refund(f"r-{number}", of=f"o-{number}", stuck_for=f"{31 + number}m", psp="succeeded")

    async with opened_dashboard(world) as pilot:
        first_line = app_of(pilot).screen.query_one(FirstLine)
        await until(pilot, lambda: first_line.headline is not None and first_line.is_current)
        assert "refund webhooks stopped at 11:22 UTC: 8 refunds" in painted(app_of(pilot))


async def test_escape_leaves_the_row_that_has_the_whole_room(world: World) -> None:
    await two_orders(world)

    async with opened_dashboard(world) as pilot:
        screen = app_of(pilot).screen
        assert isinstance(screen, TriageScreen)
        assert "shrink" not in {active.binding.action for active in screen.active_bindings.values()}
        await pilot.press("space", "enter")
        await until(pilot, lambda: "esc Back to the list" in painted(app_of(pilot)))

        await pilot.press("escape")

        assert not screen.is_reading
        assert screen.table.has_focus
        assert len(screen.table.roster.marks) == 1


async def test_why_a_row_needs_a_person_is_told_whole_on_a_small_terminal(world: World) -> None:
    await world.order("o-1", stuck_for="2h", psp="succeeded", amount_received=1)
    await world.tick()
    reason = reason_words(Reason.RECEIVED_MISMATCH)

    async with opened_dashboard(world, size=SMALL) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: "Needs a person" in painted(app_of(pilot)))
        lines = painted(app_of(pilot)).split("\n")
    [above] = [number for number, line in enumerate(lines) if "Needs a person" in line]
    told = " ".join(line.strip() for line in lines[above : above + 3])
    assert f"{reason}. Nobody has acknowledged it." in told
    assert any(reason[:29] in line for line in lines[:above])
