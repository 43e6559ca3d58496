"""The incident screen: totals, the backlog over time, what stuck rows have in common, what was done."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Final

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from reconcile_tui.core.breakdown import Aspect, Bar
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words
from reconcile_tui.core.store.schema import SchemaOutdated
from reconcile_tui.core.wording import spoken_age
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.header.header import Header
from reconcile_tui.screens.help.footer import KeysFooter
from reconcile_tui.screens.incident.bars import Bars
from reconcile_tui.screens.incident.gathering import STUCK_IN, Gathered, gather
from reconcile_tui.screens.incident.plot import plotted
from reconcile_tui.screens.incident.told import tick_words, told_lines
from reconcile_tui.screens.incident.totals import total_lines
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.live.pace import pace_after

WINDOWS: Final = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 7 * 24))

_MOST_LINES: Final = 40
_HIGH: Final = 8
_CAVEAT: Final = (
    "Rows that healed before this program first looked at them are on no record, and in no point of this. "
    "A row counts as gone when it was seen to be over."
)


class _Pages(VerticalScroll, inherit_bindings=False):
    """The parts, one below the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_home", "Top", show=False),
        Binding("end", "scroll_end", "Bottom", show=False),
    ]


class IncidentScreen(Screen[Bar | None]):
    """What is going on. It is dismissed with the bar whose rows are to be seen."""

    CSS_PATH = "incident.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-widest")]  # noqa: RUF012 textual's own
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,i", "leave", "Back", id="leave"),
        Binding("left_square_bracket", "window(-1)", "Shorter", key_display="["),
        Binding("right_square_bracket", "window(1)", "Longer", key_display="]"),
        Binding("pagedown", "page(1)", "Further down", show=False),
        Binding("pageup", "page(-1)", "Further up", show=False),
        Binding("r", "reread", "Re-read", id="reread"),
        Binding("e", "export", "Export", id="export", tooltip="Write it down for the post-mortem"),
    ]

    app = getters.app(Dashboard)
    pages = getters.query_one("#pages", VerticalScroll)

    def __init__(self) -> None:
        super().__init__()
        self.gathered: Gathered | None = None
        self._window = 1
        self._put_before: dict[str, str] = {}
        self._counted: object = None
        self._ended = 0.0
        self._rest = 0.0
        self._follows: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield Static("", id="headline", markup=False)
        with _Pages(id="pages", can_focus=False):
            yield Static("", id="totals", classes="part", markup=False)
            yield Static("", id="plot", classes="part", markup=False)
            with Grid(id="bars", classes="part"):
                yield from map(Bars, Aspect)
            yield Static("", id="told", classes="part", markup=False)
            yield Static(_CAVEAT, id="caveat", classes="part", markup=False)
        yield KeysFooter()

    def on_mount(self) -> None:
        self.app.changed.subscribe(self, self._on_change)
        self._say("Reading what is stuck, and what was done …")
        self._show_totals()
        self.query(Bars).first().focus(scroll_visible=False)
        self.action_reread()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A text can be copied once one is selected."""
        return action != "copy_text" or bool(self.get_selected_text())

    def action_leave(self) -> None:
        """Back to the lists."""
        self.dismiss(None)

    def action_reread(self) -> None:
        """Read and count again."""
        self._count()

    def action_window(self, by: int) -> None:
        """Look back for longer, or for shorter."""
        self._window = min(max(self._window + by, 0), len(WINDOWS) - 1)
        self._count()

    def action_page(self, by: int) -> None:
        """See what stands below, or above."""
        height = self.pages.size.height
        self.pages.scroll_relative(y=by * max(height - 2, 1), animate=False)

    def action_export(self) -> None:
        """Write the incident down for the post-mortem."""
        from reconcile_tui.screens.exporting.asking import export_incident  # noqa: PLC0415 opened rarely

        export_incident(self.app, began=self.gathered.began if self.gathered else None)

    @on(Bars.Chosen)
    def _see(self, event: Bars.Chosen) -> None:
        if event.bar.wanted is None:
            self.app.say("These are several groups in one: no filter means exactly them.")
        else:
            self.dismiss(event.bar)

    def _count(self) -> None:
        """Read and count now, whatever is being counted already."""
        self._counted = self._what_is_listed()
        self._gather()

    @work(exclusive=True, group="gathering")
    async def _gather(self) -> None:
        desk, clock = self.app.desk, self.app.clock
        if desk is None:
            self._say(f"The database is not open yet: {self._reread_key} reads again.")
            return
        began, trouble = clock.monotonic(), ""
        try:
            self.gathered = await gather(desk, self.app.live.rosters, WINDOWS[self._window])
        except (*DATABASE_TROUBLE, SchemaOutdated) as error:
            words = str(error) if isinstance(error, SchemaOutdated) else trouble_words(error)
            kept = " What is shown is older." if self.gathered else ""
            trouble = f"The database did not answer: {harmless(words)}.{kept} {self._reread_key} reads again."
        finally:
            self._ended, place = clock.monotonic(), desk.place
            pace = pace_after(self._ended - began, refresh=place.refresh, stale_after=place.stale_after)
            self._rest = pace.soonest
        if not self.is_running:
            # Closed meanwhile: nothing of it is left to be painted.
            return
        if trouble:
            self._say(trouble)
            return
        self._show()
        self._follow()

    def _on_change(self, change: Change) -> None:
        if change is Change.OVERVIEW:
            self._show_totals()
        if change in (Change.OVERVIEW, Change.ROWS):
            self._follow()

    def _follow(self) -> None:
        """Count again once the lists changed, after a rest of many times what counting took."""
        is_counting = any(worker.group == "gathering" and not worker.is_finished for worker in self.workers)
        if is_counting or self._follows is not None or self._counted == self._what_is_listed():
            return
        left = self._ended + self._rest - self.app.clock.monotonic()
        self._follows = self.set_timer(max(left, 0.001), self._follow_now)

    def _follow_now(self) -> None:
        self._follows = None
        if self._counted != self._what_is_listed():
            self._count()

    def _what_is_listed(self) -> object:
        """Equal for as long as counting again would come to the same."""
        live = self.app.live
        if live.overview is None:
            return None
        figures = tuple(live.overview.tabs[tab] for tab in STUCK_IN)
        return live.overview.newest_entry, figures, len(live.looks)

    def on_resize(self) -> None:
        """What is drawn to fit is drawn anew."""
        self._show_totals()
        self._show_plot()

    def _show_plot(self) -> None:
        if self.gathered is not None:
            high = _HIGH if self.size.height >= 30 else _HIGH - 3
            lines = plotted(self.gathered.points, width=self.size.width - 4, height=high)
            self._put("plot", ["Stuck rows over time (UTC)", *lines])

    def _show(self) -> None:
        shown = self.gathered
        if shown is None:
            return
        desk = self.app.desk
        where = harmless(desk.place.name, limit=40) if desk is not None else ""
        present = shown.points[-1].stuck
        began = _since(shown) if present else ""
        self._say(
            f"{where}: {present:,} stuck{began} · read {shown.at:%Y-%m-%d %H:%M:%S} UTC"
            f" · the last {spoken_age(shown.window)}"
        )
        self._show_totals()
        self._show_plot()
        for bars in self.query(Bars):
            bars.bars = shown.bars[bars.aspect]
        self._show_told(shown)

    def _show_totals(self) -> None:
        overview = self.app.live.overview
        self._put(
            "totals",
            total_lines(overview, width=self.size.width - 4) if overview else ["Nothing is known yet."],
        )

    def _show_told(self, shown: Gathered) -> None:
        lines = told_lines(shown.told)
        ticks = tick_words(shown.told)
        if not lines:
            self._put("told", [f"What was done: nothing is on record in this time. {ticks}"])
            return
        rest, export = len(lines) - _MOST_LINES, self.app.key("export", "e")
        more = [f"and {rest:,} more: {export} writes all down"] if rest > 0 else []
        told = [f"{line.at:%m-%d %H:%M}  {line.who}: {line.what}" for line in lines[:_MOST_LINES]]
        self._put("told", [f"What was done, the newest first (UTC). {ticks}", *told, *more])

    def _put(self, part: str, lines: Sequence[str]) -> None:
        text = "\n".join(lines)
        if self._put_before.get(part) != text:
            self._put_before[part] = text
            self.query_one(f"#{part}", Static).update(Content(text))

    @property
    def _reread_key(self) -> str:
        return self.app.key("reread", "r")

    def _say(self, words: str) -> None:
        self.query_one("#headline", Static).update(Content(words))


def _since(shown: Gathered) -> str:
    """Since when something has been stuck, as far back as was looked."""
    if shown.began is None:
        return ""
    if shown.began <= shown.points[0].at:
        return f", some for longer than {spoken_age(shown.window)}"
    day = "" if shown.began.date() == shown.at.date() else f"{shown.began:%m-%d} "
    return f", since {day}{shown.began:%H:%M} UTC"
