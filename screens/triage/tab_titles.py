"""The titles of the tabs: key, name, count, and the money at risk below, as wide as there is room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconcile_tui.core.money import Money
from reconcile_tui.screens.desk.lists import Tab, TabFigures

_SHORT: Final = {
    Tab.ORDERS: "Orders",
    Tab.REFUNDS: "Refunds",
    Tab.ORPHANS: "Orphans",
    Tab.ATTENTION: "Attention",
    Tab.CUSTOMER: "Waiting",
    Tab.HISTORY: "History",
}
_MOST_COUNTED: Final = 1000
"""Entries of the history are counted no further."""


@dataclass(frozen=True, slots=True)
class Title:
    """A tab as it is drawn: two lines in so many cells."""

    tab: Tab
    name: str
    money: str
    width: int


def titles(figures: Mapping[Tab, TabFigures] | None, width: int) -> tuple[Title, ...]:
    """The titles in the longest words for which there is room.

    Args:
        figures: None where nothing was read yet: then no count is told.
        width: cells for all of them.
    """
    known = figures or {}
    made: tuple[Title, ...] = ()
    # In the shortest words there is no room for the money of each.
    for in_words, in_full in ((True, True), (True, False), (False, False)):
        made = tuple(_title(tab, known.get(tab), in_words, in_full) for tab in Tab)
        spare = width - sum(title.width for title in made)
        if spare >= 0:
            each = spare // len(Tab) if in_words else 0
            return tuple(_title(tab, known.get(tab), in_words, in_full, more_room=each) for tab in Tab)
    return made


def money_words(money: Sequence[Money], *, room: int) -> str:
    """As many amounts as there is room for, at least one, and how many currencies more: `4,210.00 EUR +2`."""
    words = ""
    for count in range(len(money)):
        left = len(money) - count - 1
        longer = ", ".join(str(each) for each in money[: count + 1]) + (f" +{left}" if left else "")
        if words and len(longer) > room:
            break
        words = longer
    return words


def short_count(count: int) -> str:
    """A number in few digits: `98`, `1,204`, `100k`. Never more than there are."""
    if count < 10_000:
        return f"{count:,}"
    return f"{count // 1000}k" if count < 1_000_000 else f"{count // 1_000_000}M"


def _title(
    tab: Tab, figures: TabFigures | None, in_words: bool, in_full: bool, *, more_room: int = 0
) -> Title:
    number = list(Tab).index(tab) + 1
    heading = tab.heading if in_words else _SHORT[tab]
    count = _count(tab, figures, in_full) if figures is not None else ""
    name = f"{number} {heading}{f' {count}' if count else ''}"
    money = money_words(figures.money, room=len(name) + more_room) if figures is not None and in_words else ""
    return Title(tab, name, money, max(len(name), len(money)) + (2 if in_words else 1))


def _count(tab: Tab, figures: TabFigures, in_full: bool) -> str:
    if tab is Tab.HISTORY:
        if not figures.rows or not in_full:
            return ""
        some = f"{_MOST_COUNTED - 1}+" if figures.rows >= _MOST_COUNTED else f"{figures.rows}"
        return f"{some} in 24 h"
    count = f"{figures.rows:,}" if in_full else short_count(figures.rows)
    return f"{count} !{short_count(figures.loud)}" if figures.loud else count
