"""The tabs of the triage screen, each with its count and its money at risk."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Tab as TabTitle
from textual.widgets import Tabs

from reconcile_tui.screens.desk.lists import Tab


class TriageTabs(Widget):
    """Which list is seen."""

    @dataclass
    class Chosen(Message):
        """Another tab is to be seen."""

        tab: Tab

    def compose(self) -> ComposeResult:
        yield Tabs(*(TabTitle(tab.heading, id=tab.value) for tab in Tab))

    def show(self, tab: Tab) -> None:
        """Put the light on a tab."""
        self.query_one(Tabs).active = tab.value

    @on(Tabs.TabActivated)
    def _chosen(self, event: Tabs.TabActivated) -> None:
        self.post_message(self.Chosen(Tab(event.tab.id or "")))
