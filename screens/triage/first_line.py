"""The first line: what broke, since when, how much money, is it growing, which key to press.

What it says is found behind, in slices, when the lists changed; painting it takes what was found last.
"""

import asyncio
import time
from typing import ClassVar, Final

from rich.text import Text
from textual import getters, work
from textual.reactive import reactive
from textual.widget import Widget

from reconcile_tui.core.headline import Headline
from reconcile_tui.core.headline_wording import headline_words
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.lists import Overview, Tab
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.triage.causes import Causes

_SOONEST, _LATEST = 0.5, 5.0
"""Seconds between two findings, at least and at most; in between a tenth of the time is spent on them."""

_TIMES: Final = 10


class FirstLine(Widget):
    """The answer, before anything else is read.

    Attributes:
        is_current: whether it tells of everything that changed so far.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"first-line--bad", "first-line--good", "first-line--key"}
    DEFAULT_CSS = """
    FirstLine {
        height: 1;
        padding: 0 1;
        & > .first-line--bad { color: $text-error; text-style: bold; }
        & > .first-line--good { color: $text-success; }
        & > .first-line--key { text-style: bold; }
    }
    """

    app = getters.app(Dashboard)
    headline: reactive[Headline | None] = reactive(None)

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()
        self.is_current = False

    def on_mount(self) -> None:
        self.app.changed.subscribe(self, self._on_change)
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())
        self.set_interval(1.0, self.refresh)
        self._keep_finding()

    def render(self) -> Text:
        """What was found last, as much of it as there is room for."""
        headline = self.headline
        if headline is None:
            return self._before_anything()
        is_bad = bool(headline.causes or headline.attention or headline.story)
        style = self.get_component_rich_style(f"first-line--{'bad' if is_bad else 'good'}", partial=True)
        sign, key = ("▲ " if is_bad else "✓ "), self._key(headline)
        room = self.size.width - len(sign) - len(key)
        told = headline_words(headline, now=self.app.clock.now())
        words = next((each for each in told if Text(each).cell_len <= room), told[-1])
        body = Text(f"{sign}{words}", style, no_wrap=True)
        body.truncate(max(room + len(sign), 1), overflow="ellipsis")
        return body.append(key, self.get_component_rich_style("first-line--key", partial=True))

    def _before_anything(self) -> Text:
        """What is said while nothing was read."""
        trouble = self.app.live.trouble
        if trouble is None:
            return Text("Reading what hangs…", no_wrap=True)
        style = self.get_component_rich_style("first-line--bad", partial=True)
        text = Text(f"▲ Nothing is known yet: {trouble}", style, no_wrap=True)
        text.truncate(max(self.size.width, 1), overflow="ellipsis")
        return text

    def _key(self, headline: Headline) -> str:
        """Which key to press, as it is bound."""
        if headline.story is not None and headline.story.is_all:
            return ""
        if headline.causes and headline.causes[0].is_burst:
            action, what = "incident", "incident"
        elif headline.causes:
            action, what = "dry_run", "dry run"
        elif headline.attention:
            action, what = "tab_attention", "attention"
        else:
            return ""
        bound = (each for each in self.screen.active_bindings.values() if each.binding.id == action)
        display = next((self.app.get_key_display(each.binding) for each in bound), None)
        return f" · {display} {what}" if display is not None else ""

    def _on_change(self, change: Change) -> None:
        if self.headline is None:
            self.refresh()
        if change in (Change.OVERVIEW, Change.ROWS, Change.LOOKS, Change.TROUBLE):
            self.is_current = False
            self._changed.set()

    @work(group="headline")
    async def _keep_finding(self) -> None:
        causes = Causes(self.app.live)
        while True:
            await self._changed.wait()
            self._changed.clear()
            began = time.perf_counter()
            found = await self._find(causes)
            self.is_current = found and not self._changed.is_set()
            spent = time.perf_counter() - began if found else 0.0
            await asyncio.sleep(min(max(_SOONEST, _TIMES * spent), _LATEST))

    def _rows_are_coming(self, overview: Overview) -> bool:
        """Whether the list that is seen was counted and not read yet: its rows tell more in a moment."""
        live = self.app.live
        figures = overview.tabs.get(live.tab)
        is_empty = live.roster is not None and len(live.roster) == 0
        return live.rounds == 0 and is_empty and figures is not None and figures.rows > 0

    async def _find(self, causes: Causes) -> bool:
        """Whether there was anything to find it in yet."""
        # They load the database's client; an open desk has loaded it already, the first paint has not.
        from reconcile_tui.core.store.database import DATABASE_TROUBLE  # noqa: PLC0415
        from reconcile_tui.core.store.schema import SchemaOutdated  # noqa: PLC0415
        from reconcile_tui.screens.triage.stories import story_of  # noqa: PLC0415

        desk, overview = self.app.desk, self.app.live.overview
        if desk is None or overview is None or self._rows_are_coming(overview):
            return False
        found = self.headline.causes if self.headline is not None else ()
        try:
            found = await causes.found(desk, overview)
        except (*DATABASE_TROUBLE, SchemaOutdated):
            self.log.warning("the causes could not be read; the last ones stay")
        tab = Tab.ATTENTION
        self.headline = Headline(
            at=overview.at,
            read_at=overview.read_at,
            causes=found,
            story=story_of(self.app.live),
            stuck=overview.stuck,
            money=overview.money_at_risk,
            attention=overview.tabs[tab].loud if tab in overview.tabs else 0,
        )
        return True
