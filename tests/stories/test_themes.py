"""The themes: whatever a line says can be read in each of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from textual.color import Color
from textual.widget import Widget

from reconcile_tui.app import ReconcileApp
from reconcile_tui.remembered import RememberedChoices
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.sheet.sheet import Sheet
from reconcile_tui.screens.themes import THEMES
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from reconcile_tui.screens.triage.table import RowTable
from tests.dashboards import until

LEAST: Final = 0.3
"""Between the brightness of a text and of what is behind it, of 1."""


@asynccontextmanager
async def never_opens() -> AsyncIterator[Desk]:
    await asyncio.Event().wait()
    yield  # type: ignore[misc]


def unreadable(widget: Widget) -> Iterator[str]:
    """The parts of a widget whose text is hardly told from its background."""
    for name in sorted(widget.COMPONENT_CLASSES):
        part = widget.get_component_rich_style(name, partial=True)
        style = widget.rich_style + part if part.bgcolor is None else widget.get_component_rich_style(name)
        assert style.color is not None
        assert style.bgcolor is not None
        text, behind = (Color.from_rich_color(color) for color in (style.color, style.bgcolor))
        if abs(text.brightness - behind.brightness) < LEAST:
            yield name


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_what_is_said_quietly_can_be_read_too(theme: str) -> None:
    app = ReconcileApp(never_opens)
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query(RowTable)))
        app.theme = theme
        await pilot.pause()
        table, panel = app.screen.query_one(RowTable), app.screen.query_one(RowPanel)
        assert [*unreadable(table), *unreadable(panel)] == []

        sheet = Sheet()
        await app.screen.mount(sheet)
        assert [*unreadable(sheet)] == []


async def test_a_theme_that_was_chosen_stays(tmp_path: Path) -> None:
    def opened() -> ReconcileApp:
        return ReconcileApp(never_opens, choices=RememberedChoices(tmp_path / "choices.json"))

    app = opened()
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query(RowTable)))
        app.theme = "reconcile-light"
        await app.errands.ended()

    assert opened().theme == "reconcile-light"
