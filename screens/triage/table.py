"""The row table: draws the lines of a roster that are in view, each when it is painted.

It holds no rows. Its first line, the headings, stays; below it the roster's rows scroll.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size, clamp
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.cells import sized
from reconcile_tui.screens.desk.lists import ListedRow, Tab
from reconcile_tui.screens.triage.columns import COLUMNS, GAP, FittedColumn, Sight, fit, usual_columns
from reconcile_tui.screens.triage.ordering import ColumnId, Order
from reconcile_tui.screens.triage.roster import Roster

CURSOR, MARK, RANGE, ACTING = "▶", "●", "┆", "»"
"""Signs in front of a row: nothing is said by colour alone."""

_SIGNS: Final = 4
"""Cells for the signs, a gap included."""
_HEADINGS: Final = 1
"""Lines above the rows."""
_MOST_DRAWN: Final = 500
"""Lines kept as they were painted."""


class RowTable(ScrollView, can_focus=True, inherit_bindings=False):
    """The rows of a tab.

    Attributes:
        columns: what is shown of each, as far as there is room.
        needs: how wide the contents of some columns are.
        notice: what stands in place of rows where none is seen; one entry a line.
        sight_of: a row with what is known beside it, asked for each line that is painted.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-table--row",
        "row-table--marked",
        "row-table--cursor",
        "row-table--cursor-blurred",
        "row-table--heading",
        "row-table--muted",
        "row-table--good",
        "row-table--warning",
        "row-table--bad",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="up"),
        Binding("down,j", "move(1)", "Down", show=False, id="down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="page_down"),
        Binding("home,g", "to(0)", "First row", show=False, id="first"),
        Binding("end,G", "to(-1)", "Last row", show=False, id="last"),
        Binding("space", "mark", "Mark", id="mark", tooltip="Mark the row under the cursor, or unmark it"),
        Binding("v", "range", "Range", show=False, id="range", tooltip="Begin a range; again: mark it"),
        Binding(
            "A", "mark_all", "Mark all", show=False, id="mark_all", tooltip="Mark all rows in the filter"
        ),
        Binding("I", "invert", "Invert marks", show=False, id="invert_marks"),
        Binding("escape", "let_go", "Unmark all", show=False, id="let_go", tooltip="Range, marks, filter"),
        Binding(
            "less_than_sign",
            "sort_by(-1)",
            "Sort by the column before",
            show=False,
            id="sort_left",
            key_display="<",
        ),
        Binding(
            "greater_than_sign",
            "sort_by(1)",
            "Sort by the next column",
            show=False,
            id="sort_right",
            key_display=">",
        ),
        Binding("R", "reverse", "Reverse the order", show=False, id="reverse"),
    ]

    roster: reactive[Roster] = reactive(lambda: Roster(Tab.ORDERS), always_update=True)
    columns: reactive[tuple[ColumnId, ...]] = reactive(usual_columns(Tab.ORDERS))
    needs: reactive[Mapping[ColumnId, int]] = reactive(dict)
    notice: reactive[tuple[str, ...]] = reactive(())

    @dataclass
    class CursorMoved(Message):
        """The cursor stands on another row; None: on nothing."""

        ref: RowRef | None

    @dataclass
    class CursorDisplaced(Message):
        """A key was not taken for the row that came under the cursor by itself. `gone`: the one before."""

        gone: RowRef
        by: RowRef

    @dataclass
    class MarksChanged(Message):
        """Rows were marked, or marks taken away."""

    @dataclass
    class ViewMoved(Message):
        """Other rows are in view. `refs`: those, the cursor's first."""

        refs: tuple[RowRef, ...]

    @dataclass
    class OrderWanted(Message):
        """The rows are wanted in another order."""

        order: Order

    @dataclass
    class FilterLeft(Message):
        """Every row is wanted again."""

    def __init__(self, *, sight_of: Callable[[ListedRow], Sight] | None = None) -> None:
        super().__init__()
        self.sight_of = sight_of or self._bare_sight
        self._fitted: tuple[FittedColumn, ...] = ()
        self._room = 0
        self._styles_in_use: dict[tuple[str, str], Style] = {}
        self._drawn: dict[RowRef, _Drawn] = {}
        self._settled: tuple[Roster | None, int] = (None, -1)
        self._held: RowRef | None = None
        self._held_line = 0
        self._in_view: Sequence[RowRef] = ()
        self._cursor_told: RowRef | None = None

    # What the roster is now, and where in it we are.

    def watch_roster(self) -> None:
        """The roster changed, or is another one."""
        self._settle()
        self.refresh()

    def watch_columns(self) -> None:
        """Other columns are wanted."""
        self._fit()
        self.refresh()

    def watch_needs(self) -> None:
        """There is more to show."""
        self._fit()

    def on_resize(self) -> None:
        """There is more room, or less."""
        self._fit()
        self._settled = (self._settled[0], -1)
        self._settle()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows are in view because somebody scrolled."""
        super().watch_scroll_y(old_value, new_value)
        self._hold()
        self._tell_view()

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._styles_in_use.clear()
        self._drawn.clear()

    @property
    def rows_in_view(self) -> int:
        """How many rows there is room for."""
        return max(self.size.height - _HEADINGS, 1)

    def _settle(self) -> None:
        """Follow the roster: whatever came or left above, the cursor's row stays on its line of the screen;
        where it is out of view, the first row in view does."""
        roster = self.roster
        known, revision = self._settled
        if known is roster and revision == roster.revision:
            return
        self.set_reactive(Widget.virtual_size, Size(self.size.width, len(roster.visible) + _HEADINGS))
        top = self._top() if known is roster else roster.cursor_index - self.rows_in_view // 2
        top = int(clamp(top, 0, self.max_scroll_y))
        self.set_scroll(None, top)
        self.set_reactive(Widget.scroll_target_y, top)
        self._settled = (roster, roster.revision)
        self._hold()
        self._tell_cursor()
        self._tell_view()
        self.call_later(self._tell_scrollbar)

    def _top(self) -> int:
        """Which row is to be the first in view."""
        if self._held is None:
            return self.roster.cursor_index - self._held_line
        index = self.roster.index_of(self._held)
        return self.scroll_offset.y if index is None else index

    def _hold(self) -> None:
        """Remember which row has to stay where it is seen. None is the cursor's, whichever that is then."""
        top, visible = self.scroll_offset.y, self.roster.visible
        line = self.roster.cursor_index - top
        in_view = 0 <= line < self.rows_in_view
        self._held = visible[top] if not in_view and top < len(visible) else None
        self._held_line = line if in_view else 0

    def _tell_scrollbar(self) -> None:
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = self.virtual_size.height
            self.vertical_scrollbar.window_size = self.size.height
            self.vertical_scrollbar.position = self.scroll_y

    def _tell_view(self) -> None:
        top = self.scroll_offset.y
        in_view = self.roster.visible[top : top + self.rows_in_view]
        if in_view != self._in_view:
            self._in_view = in_view
            cursor = self.roster.cursor
            first = (cursor,) if cursor is not None and cursor in in_view else ()
            self.post_message(self.ViewMoved((*first, *(ref for ref in in_view if ref != cursor))))

    def _tell_cursor(self) -> None:
        cursor = self.roster.cursor
        if cursor != self._cursor_told:
            self._cursor_told = cursor
            self.post_message(self.CursorMoved(cursor))

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`escape` is ours only while there is something to let go."""
        if action == "let_go":
            roster = self.roster
            return roster.anchor is not None or bool(roster.marks) or bool(roster.wanted)
        return super().check_action(action, parameters)

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self._put_cursor(self.roster.cursor_index + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many pages."""
        self._put_cursor(self.roster.cursor_index + by * max(self.rows_in_view - 1, 1))

    def action_to(self, index: int) -> None:
        """Put the cursor there; -1: on the last row."""
        self._put_cursor(len(self.roster.visible) - 1 if index == -1 else index)

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go on."""
        if self.roster.cursor is not None and self._is_meant():
            self.roster.toggle(self.roster.cursor)
            self.refresh_lines(self.roster.cursor_index + _HEADINGS)
            self.post_message(self.MarksChanged())
            self.action_move(1)

    def action_range(self) -> None:
        """Begin a range at the cursor; the second time mark all from there to the cursor."""
        roster = self.roster
        if roster.cursor is None or not self._is_meant():
            return
        if roster.anchor is None or roster.index_of(roster.anchor) is None:
            roster.anchor = roster.cursor
            self._marks_changed()
            return
        roster.mark_between(roster.anchor, roster.cursor)
        roster.anchor = None
        self._marks_changed()

    def action_mark_all(self) -> None:
        """Mark every row that the filter means."""
        self.roster.mark_all()
        self._marks_changed()

    def action_invert(self) -> None:
        """Mark what is not marked."""
        self.roster.invert_marks()
        self._marks_changed()

    def action_let_go(self) -> None:
        """Give up the range, else the marks, else the filter."""
        roster = self.roster
        if roster.anchor is not None:
            roster.anchor = None
            self._marks_changed()
        elif roster.marks:
            roster.clear_marks()
            self._marks_changed()
        elif roster.wanted:
            self.post_message(self.FilterLeft())

    def action_sort_by(self, by: int) -> None:
        """Sort by a neighbour of the column that is sorted by now."""
        shown = [fitted.column.id for fitted in self._fitted]
        now = self.roster.order.column
        at = shown.index(now) if now in shown else (-1 if by > 0 else 0)
        self.post_message(self.OrderWanted(Order(shown[(at + by) % len(shown)])))

    def action_reverse(self) -> None:
        """From the other end."""
        now = self.roster.order
        self.post_message(self.OrderWanted(Order(now.column, not now.is_reversed)))

    def _is_meant(self) -> bool:
        """Whether a key can be meant for the row under the cursor."""
        gone, by = self.roster.just_displaced(), self.roster.cursor
        if gone is None or by is None:
            return True
        self.post_message(self.CursorDisplaced(gone, by))
        return False

    def _put_cursor(self, index: int) -> None:
        self._settle()
        before = self.roster.cursor_index
        self.roster.move_to(index)
        here, top = self.roster.cursor_index, self.scroll_offset.y
        if here < top:
            self.scroll_to(y=here, animate=False, force=True)
        elif here >= top + self.rows_in_view:
            self.scroll_to(y=here - self.rows_in_view + 1, animate=False, force=True)
        self._hold()
        self._tell_cursor()
        for line in (before, here) if self.roster.anchor is None else ():
            self.refresh_lines(line + _HEADINGS)
        if self.roster.anchor is not None:
            self.refresh()

    def _marks_changed(self) -> None:
        self.refresh()
        self.post_message(self.MarksChanged())

    # Mouse.

    def on_click(self, event: events.Click) -> None:
        """A heading sorts, a sign marks, shift marks all up to here, and the cursor comes."""
        self._settle()
        event.stop()
        if event.y < _HEADINGS:
            self._sort_by_heading(event.x)
            return
        index = event.y - _HEADINGS + self.scroll_offset.y
        if index >= len(self.roster.visible):
            return
        before, here = self.roster.cursor, self.roster.visible[index]
        self._put_cursor(index)
        if event.shift and before is not None:
            self.roster.mark_between(before, here)
            self._marks_changed()
        elif event.x < _SIGNS:
            self.roster.toggle(here)
            self._marks_changed()

    def _sort_by_heading(self, x: int) -> None:
        at = _SIGNS
        for fitted in self._fitted:
            at += fitted.width + GAP
            if _SIGNS <= x < at:
                now = self.roster.order
                again = now.column is fitted.column.id and not now.is_reversed
                self.post_message(self.OrderWanted(Order(fitted.column.id, again)))
                return

    # Lines.

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._settled != (self.roster, self.roster.revision):
            self._settle()
            self.call_later(self.refresh)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self._room
        if y < _HEADINGS:
            return self._headings(width)
        visible = self.roster.visible
        index = y - _HEADINGS + self.scroll_offset.y
        if not visible:
            return self._notice_line(y - _HEADINGS, width)
        row = self.roster.row(visible[index]) if index < len(visible) else None
        if row is None:
            return Strip.blank(width, self._style("row", ""))
        return self._row(index, row, width)

    def _row(self, index: int, row: ListedRow, width: int) -> Strip:
        """A line, made anew only where it is another than the last time: scrolling moves most as they are."""
        roster = self.roster
        ref = roster.visible[index]
        is_cursor, is_marked = index == roster.cursor_index, ref in roster.marks
        state = "marked" if is_marked else "row"
        if is_cursor:
            state = "cursor" if self.has_focus else "cursor-blurred"
        mark = MARK if is_marked else RANGE if self._is_in_range(index) else " "
        sight = self.sight_of(row)
        drawn = self._drawn.get(ref)
        if drawn is None or not drawn.is_of(sight, state, mark):
            if len(self._drawn) > _MOST_DRAWN:
                self._drawn.clear()
            drawn = _Drawn(sight, state, mark, self._line(sight, state, mark, width))
            self._drawn[ref] = drawn
        return drawn.strip

    def _line(self, sight: Sight, state: str, mark: str, width: int) -> Strip:
        plain = self._style(state, "")
        sign = CURSOR if state.startswith("cursor") else " "
        segments = [Segment(f"{sign}{mark}{ACTING if sight.acting else ' '} ", plain)]
        for fitted in self._fitted:
            text, style = fitted.column.cell(sight)
            cell = sized(text, fitted.width, to_the_right=fitted.column.to_the_right)
            segments.append(Segment(cell + " " * GAP, self._style(state, style)))
        return Strip(segments).adjust_cell_length(width, plain)

    def _is_in_range(self, index: int) -> bool:
        anchor = self.roster.anchor
        start = self.roster.index_of(anchor) if anchor is not None else None
        if start is None:
            return False
        end = self.roster.cursor_index
        return min(start, end) <= index <= max(start, end)

    def _headings(self, width: int) -> Strip:
        order = self.roster.order
        style = self._style("heading", "")
        texts = [" " * _SIGNS]
        for fitted in self._fitted:
            column = fitted.column
            sign = (
                ""
                if column.id is not order.column
                else f" {'▼' if column.falls != order.is_reversed else '▲'}"
            )
            room = fitted.width - len(sign)
            heading = sized(column.heading, min(room, len(column.heading))) + sign
            texts.append(sized(heading, fitted.width, to_the_right=column.to_the_right) + " " * GAP)
        return Strip([Segment("".join(texts), style)]).adjust_cell_length(width, style)

    def _notice_line(self, line: int, width: int) -> Strip:
        style = self._style("row", "")
        at = line - 1
        text = self.notice[at] if 0 <= at < len(self.notice) else ""
        if at > 0:
            style = self._style("row", "muted")
        return Strip([Segment(" " * _SIGNS + text, style)]).adjust_cell_length(width, style)

    def _fit(self) -> None:
        columns = [COLUMNS[each] for each in self.columns]
        # Without the scrollbar, which would hide the mark of what was cut.
        self._room = self.scrollable_content_region.width
        self._fitted = fit(columns, self._room - _SIGNS, needs=self.needs)
        self._drawn.clear()

    @property
    def columns_shown(self) -> tuple[ColumnId, ...]:
        """The columns that have room."""
        return tuple(fitted.column.id for fitted in self._fitted)

    def _style(self, state: str, name: str) -> Style:
        style = self._styles_in_use.get((state, name))
        if style is None:
            style = self.get_component_rich_style(f"row-table--{state}")
            if name not in ("", "plain") and not state.startswith("cursor"):
                style += self.get_component_rich_style(f"row-table--{name}", partial=True)
            self._styles_in_use[state, name] = style
        return style

    def _bare_sight(self, row: ListedRow) -> Sight:
        return Sight(row=row, now=self.roster.now())


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A line that was painted, and of what."""

    sight: Sight
    state: str
    mark: str
    strip: Strip

    def is_of(self, sight: Sight, state: str, mark: str) -> bool:
        """Whether it would be painted the same: ages are told in whole seconds."""
        before = self.sight
        return (
            before.row is sight.row
            and before.looked is sight.looked
            and before.acting is sight.acting
            and self.state == state
            and self.mark == mark
            and before.decimals == sight.decimals
            and before.now.replace(microsecond=0) == sight.now.replace(microsecond=0)
        )
