"""The totals: how much is stuck of each class, the money in it, and the oldest."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from reconcile_tui.core.money import Money
from reconcile_tui.core.wording import age
from reconcile_tui.screens.desk.lists import Overview, Tab, TabFigures


def total_lines(overview: Overview, *, width: int) -> tuple[str, ...]:
    """A line a class that has rows, and the money at risk below them; more lines where it has many
    currencies."""
    listed = [(tab, overview.tabs[tab]) for tab in Tab if tab.holds_rows and tab in overview.tabs]
    lines = [
        line
        for tab, figures in listed
        if figures.rows
        for line in _with_money(_head(tab, figures, overview.at), figures.money, width)
    ]
    return (*lines, *_with_money(f"{'Money at risk':<{_HEAD}}", overview.money_at_risk, width))


_HEAD: Final = 42


def _head(tab: Tab, figures: TabFigures, now: datetime) -> str:
    oldest = f"oldest {age(now - figures.oldest)}" if figures.oldest is not None else ""
    note = "not at risk" if tab is Tab.CUSTOMER else oldest
    return f"{tab.heading:<20}{figures.rows:>8,}  {note:<12}"


def _with_money(head: str, money: Iterable[Money], width: int) -> Iterator[str]:
    """No amount is broken over two lines."""
    line = head
    for amount in [str(each) for each in money] or ["none"]:
        if len(line) > len(head) and len(line) + len(amount) + 3 > width:
            yield line
            line = " " * len(head)
        line += f" · {amount}" if len(line) > len(head) else amount
    yield line
