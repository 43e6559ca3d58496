"""The filter bar: one line to type a filter in, told at once where it is wrong."""

from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from reconcile_tui.core.filter import Filter
from reconcile_tui.core.filter_grammar import FilterInvalid, parse_filter
from reconcile_tui.screens.field import Field
from reconcile_tui.screens.triage.filter_words import HOW, FilterSuggester, problem_words


class FilterBar(Vertical):
    """Where a filter is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    line = getters.query_one(Input)
    help = getters.query_one("#filter-help", Static)

    @dataclass
    class Wanted(Message):
        """Only these rows are wanted."""

        wanted: Filter

    @dataclass
    class Left(Message):
        """The filter in force stays."""

    def compose(self) -> ComposeResult:
        yield Field(placeholder="filter", suggester=FilterSuggester(), compact=True, select_on_focus=False)
        yield Static(HOW, id="filter-help", markup=False)

    def open(self, wanted: Filter) -> None:
        """Type a filter, beginning with the one in force."""
        self.display = True
        self.line.value = str(wanted)
        self.line.cursor_position = len(self.line.value)
        self.screen.set_focus(self.line)  # at once: the next key is part of the filter

    def action_leave(self) -> None:
        """Leave the filter as it is."""
        self.display = False
        self.post_message(self.Left())

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        event.stop()
        problem = self._problem(event.value)
        self.help.update(problem or HOW)
        self.help.set_class(problem is not None, "-wrong")

    @on(Input.Submitted)
    def _apply(self, event: Input.Submitted) -> None:
        event.stop()
        if self._problem(event.value) is None:
            self.display = False
            self.post_message(self.Wanted(parse_filter(event.value)))

    def _problem(self, text: str) -> str | None:
        try:
            parse_filter(text)
        except FilterInvalid as error:
            return problem_words(error)
        return None
