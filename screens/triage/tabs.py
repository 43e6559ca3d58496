"""The tabs of the triage screen, each with its key, its count and its money at risk."""

from collections.abc import Iterator
from dataclasses import dataclass

from textual import getters
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from reconcile_tui.core.wording import spoken_age
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.lists import Tab, TabFigures
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.triage.tab_titles import Title, money_words, titles

_ACTIVE = "bold reverse"
_LOUD = "bold $warning"
_CALM = "$text-muted"


class TriageTabs(Widget):
    """Which list is seen. Two lines: the names with their counts, and the money below."""

    DEFAULT_CSS = """
    TriageTabs {
        height: 2;
        width: 1fr;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    app = getters.app(Dashboard)
    active: reactive[Tab] = reactive(Tab.ORDERS)

    @dataclass
    class Chosen(Message):
        """Another tab is to be seen."""

        tab: Tab

    def on_mount(self) -> None:
        self.active = self.app.live.tab
        self.app.changed.subscribe(self, self._on_change)

    def show(self, tab: Tab) -> None:
        """See a tab."""
        if tab is not self.active:
            self.active = tab
            self.post_message(self.Chosen(tab))

    def on_click(self, event: Click) -> None:
        """The tab that is under the mouse."""
        left = 0
        for title in self._titles():
            if left <= event.x < left + title.width:
                self.show(title.tab)
            left += title.width

    def render(self) -> Content:
        shown = self._titles()
        names = Content("").join(self._heading(title) for title in shown)
        money = Content("").join(self._money(shown))
        return Content("\n").join((names, money))

    def _on_change(self, change: Change) -> None:
        if change in (Change.OVERVIEW, Change.ROWS):
            self.refresh()

    def _titles(self) -> tuple[Title, ...]:
        overview = self.app.live.overview
        return titles(overview.tabs if overview is not None else None, self.size.width)

    def _heading(self, title: Title) -> Content:
        words = f" {title.name}".ljust(title.width)
        if title.tab is self.active:
            return Content.styled(words, _ACTIVE)
        figures = self._figures(title.tab)
        return Content.styled(words, _LOUD if figures is not None and figures.loud else "")

    def _money(self, shown: tuple[Title, ...]) -> Iterator[Content]:
        if any(title.money for title in shown):
            for title in shown:
                yield Content.styled(f" {title.money}".ljust(title.width), _CALM)
            return
        figures = self._figures(self.active)
        if figures is not None and figures.rows and self.active is not Tab.HISTORY:
            yield Content.styled(f" {self.active.heading}: {self._in_full(figures)}", _CALM)

    def _in_full(self, figures: TabFigures) -> str:
        """The seen tab's figures, where there is no room for each tab's."""
        overview = self.app.live.overview
        since = figures.oldest
        oldest = f"oldest {spoken_age(overview.at - since)}" if overview is not None and since else ""
        taken = len(f" {self.active.heading}:  · {oldest}")
        money = money_words(figures.money, room=self.size.width - taken)
        return " · ".join(part for part in (money, oldest) if part) or "no amounts"

    def _figures(self, tab: Tab) -> TabFigures | None:
        overview = self.app.live.overview
        return overview.tabs.get(tab) if overview is not None else None
