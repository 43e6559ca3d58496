"""Texts of others on the first screen: visible, harmless, cut; never a style, a link or an action."""

import pytest
from textual.pilot import Pilot

from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from tests.dashboards import SMALL, app_of, opened_dashboard, until
from tests.looking import look_at_all
from tests.nasty import ANSI, BIDI, CLICK, RED, assert_harmless, nasty_world, painted
from tests.world import World

WHOLE = (160, 70)
"""So high that nothing of a row is below the edge."""

TABS = [tab for tab in Tab if tab.holds_rows]


@pytest.mark.parametrize("size", [WHOLE, pytest.param(SMALL, marks=pytest.mark.proof)])
async def test_every_tab_and_row_shows_hostile_text_as_text(world: World, size: tuple[int, int]) -> None:
    await nasty_world(world)

    async with opened_dashboard(world, size=size) as pilot:
        app = app_of(pilot)
        seen = ""
        for tab in TABS:
            await show(pilot, tab)
            for number, ref in enumerate(app.live.rosters[tab].visible):
                await shown_whole(pilot, ref, with_history=number < 3)
                assert_harmless(app)
                seen += painted(app)
                await pilot.press("j")
        assert app.is_running

    assert CLICK in seen
    assert RED in seen
    assert "\x1b" not in seen
    assert ANSI.replace("\x1b", "␛")[:9] in seen
    assert BIDI[0] not in seen
    assert "\\u202e" in seen
    assert "x…" in seen
    assert "␀" in seen


async def show(pilot: Pilot[int], tab: Tab) -> None:
    """Another tab is seen, with everything read and looked at."""
    app = app_of(pilot)
    await pilot.press(str(list(Tab).index(tab) + 1))
    await until(pilot, lambda: app.live.tab is tab and len(app.live.rosters[tab]) > 0)
    await look_at_all(pilot)


async def shown_whole(pilot: Pilot[int], ref: RowRef, *, with_history: bool) -> None:
    """The panel shows this row; with its history, which comes once the cursor rests."""
    panel = app_of(pilot).screen.query_one(RowPanel)

    def is_shown() -> bool:
        known = panel.known
        return (
            known is not None and known.listed.ref == ref and (known.history is not None or not with_history)
        )

    await until(pilot, is_shown)
