"""The row panel: the row under the cursor, side by side with the PSP's truth.

It draws what is known, line by line, and asks for the rest behind: no paint waits for anything.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import ClassVar, Final

from rich.style import Style
from textual import getters, work
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.lists import AttentionMark, ListedRow
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.triage.row_panel.blocks import Tone
from reconcile_tui.screens.triage.row_panel.known import History, Known
from reconcile_tui.screens.triage.row_panel.page import NOBODY, page
from reconcile_tui.screens.triage.row_panel.painting import painted

_RESTS_AFTER: Final = 0.15
"""Seconds that the cursor stands on a row before its history is asked for."""

_AGES_EVERY: Final = 1.0
"""Seconds between two looks at the clock: the ages of the figures grow."""


def _class_of(tone: Tone) -> str:
    return f"row-panel--{tone}"


class RowPanel(ScrollView, can_focus=True, inherit_bindings=False):
    """The row under the cursor of the list that is seen, or another one.

    Args:
        of: which row, as it was read last; by default the one under the cursor.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {*map(_class_of, Tone)}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False),
        Binding("down,j", "scroll_down", "Down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home,g", "scroll_home", "Top", show=False),
        Binding("end,G", "scroll_end", "Bottom", show=False),
    ]
    DEFAULT_CSS = """
    RowPanel {
        overflow-x: hidden;
        overflow-y: scroll;
        padding: 0 1;
        & > .row-panel--strong { text-style: bold; }
        & > .row-panel--dim { text-style: dim; }
        & > .row-panel--differs { color: $text-warning; text-style: bold; }
        & > .row-panel--stale { color: $text-warning; }
        & > .row-panel--bad { color: $text-error; text-style: bold; }
        & > .row-panel--good { color: $text-success; }
    }
    """

    app = getters.app(Dashboard)
    known: reactive[Known | None] = reactive(None, always_update=True)

    def __init__(self, *, of: Callable[[], ListedRow | None] | None = None) -> None:
        super().__init__()
        self._of = of or self._under_cursor
        self._is_of_a_list = of is None
        self._strips: Sequence[Strip] = ()
        self._base = Style.null()
        self._history: History | None = None
        self._history_failed = False
        self._reads_history_of: RowRef | None = None
        self._rest: Timer | None = None
        self._newest_entry = 0

    def on_mount(self) -> None:
        self.app.changed.subscribe(self, self._on_change)
        self.set_interval(_AGES_EVERY, self._grow_older)

    def follow(self) -> None:
        """Show the row under the cursor."""
        listed = self._of()
        ref = listed.ref if listed is not None else None
        if ref != (self.known.listed.ref if self.known else None):
            self.scroll_home(animate=False, immediate=True)
            self._ask_for_history()
        self.known = self._what_is_known(listed)

    def watch_known(self) -> None:
        """Other facts, or another row."""
        self._lay_out()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._lay_out)

    def on_resize(self) -> None:
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self._base
        index = y + self.scroll_offset.y
        if index >= len(self._strips):
            return Strip.blank(width, base)
        return self._strips[index].adjust_cell_length(width).apply_style(base)

    def _under_cursor(self) -> ListedRow | None:
        roster = self.app.live.roster
        return roster.row(roster.cursor) if roster is not None and roster.cursor is not None else None

    @property
    def _ref(self) -> RowRef | None:
        listed = self._of()
        return listed.ref if listed is not None else None

    def _what_is_known(self, listed: ListedRow | None) -> Known | None:
        if listed is None:
            return None
        live, ref = self.app.live, listed.ref
        overview = live.overview
        acting = overview.acting if overview is not None else ()
        of_this_row = self._history is not None and self._history.ref == ref
        return Known(
            listed=listed,
            now=self.app.clock.now(),
            ahead=overview.at - overview.read_at if overview is not None else timedelta(0),
            looked=live.looks.get(listed.ref),
            acting=next((each for each in acting if each.ref == ref), None),
            may_write=self.app.desk is None or self.app.desk.place.may_write,
            daemon_heals=live.daemon_heals,
            history=self._history if of_this_row else None,
            history_failed=self._history_failed and not of_this_row,
            reread_key=self.app.key("reread", "r") if self._is_of_a_list else "r",
        )

    def _lay_out(self) -> None:
        """Break the page into lines of this width; what is in view is drawn when it is painted."""
        blocks = page(self.known) if self.known is not None else NOBODY
        styles = {tone: self.get_component_rich_style(_class_of(tone), partial=True) for tone in Tone}
        width = self.scrollable_content_region.width
        self._strips = painted(blocks, width=width, styles=styles, console=self.app.console)
        self._base = self.rich_style
        # Not by assignment, which lays the whole screen out anew: the bar is there whatever it shows.
        self.set_reactive(Widget.virtual_size, Size(width, len(self._strips)))
        bar = self.vertical_scrollbar
        bar.window_virtual_size, bar.window_size = len(self._strips), self.size.height
        self.refresh()

    def _grow_older(self) -> None:
        if self.known is not None and self.known.now != self.app.clock.now():
            self.follow()

    def _on_change(self, change: Change) -> None:
        mark = self._mark
        self.follow()
        newest = self.app.live.overview.newest_entry if self.app.live.overview is not None else 0
        if newest > self._newest_entry or mark != self._mark:
            self._newest_entry = newest
            self._ask_for_history()

    @property
    def _mark(self) -> AttentionMark | None:
        return self.known.listed.attention if self.known is not None else None

    def _ask_for_history(self) -> None:
        """Ask once the cursor rests: over rows that it passes nothing is read."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_RESTS_AFTER, self._cursor_rests)

    def _cursor_rests(self) -> None:
        desk, listed = self.app.desk, self._of()
        if desk is None or listed is None:
            return
        ref = listed.ref
        if self._reads_history_of is not None:
            self._ask_for_history()
            return
        self._reads_history_of = ref
        self._read_history(desk, ref, listed.finding.row.psp_id)

    @work(group="history")
    async def _read_history(self, desk: Desk, ref: RowRef, psp_id: str | None) -> None:
        # Loads the database's client; an open desk has loaded it already, the first paint has not.
        from reconcile_tui.core.store.database import DATABASE_TROUBLE  # noqa: PLC0415
        from reconcile_tui.core.store.schema import SchemaOutdated  # noqa: PLC0415

        try:
            entries, actions = await desk.records.of_row(ref)
            webhooks = await desk.records.webhooks(ref, psp_id) if psp_id is not None else ()
        except (*DATABASE_TROUBLE, SchemaOutdated):
            self._history_failed = True
        else:
            self._history_failed = False
            if ref == self._ref:
                self._history = History(ref=ref, entries=entries, actions=actions, webhooks=webhooks)
        finally:
            self._reads_history_of = None
        if self.is_running:
            self.follow()
