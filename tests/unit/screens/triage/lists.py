"""Lists of rows to test with."""

from collections.abc import Iterable
from datetime import timedelta

from reconcile_tui.core.findings import Check, RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.screens.desk.lists import ListedRow, Tab
from reconcile_tui.screens.triage.roster import Roster
from tests.builders import NOW, a_finding, an_order
from tests.clocks import SkippingClock

HOSTILE = (
    *("[@click=app.quit]x[/]", "[red]x[/red]", "\x1b[31mred", "\x1b]52;c;eA==\x07", "a\u202ecba\u2066"),
    *("x" * 10_000, "a\x00b", "wide 日本 " * 30, "e" + "\u0301" * 40, "two\nlines\r\n", "\ud800"),
)
"""What others may have written into an id, a status or a name."""


def a_row(
    row_id: str,
    *,
    stuck_for: str = "45m",
    amount: int | None = 4200,
    currency: str = "EUR",
    psp_status: str | None = "processing",
    connector: str | None = "adyen",
) -> ListedRow:
    """An order of a list; `psp_status=None`: never read."""
    check = (
        Check(
            psp_id="pay_1",
            reads=1,
            last_read_at=NOW - timedelta(minutes=5),
            psp_read_at=NOW - timedelta(minutes=5),
            psp_status=psp_status,
            connector=connector,
            decision="still_pending",
            detail="processor",
        )
        if psp_status is not None
        else None
    )
    order = an_order(row_id, stuck_for=stuck_for, amount=amount, currency=currency)
    return ListedRow(a_finding(order, check=check))


def ref(row_id: str) -> RowRef:
    return RowRef(Kind.ORDER, row_id)


async def a_roster(*rows: ListedRow, slice_length: float = 0.002) -> Roster:
    """A list that was read once."""
    roster = Roster(Tab.ORDERS, clock=SkippingClock(NOW), slice_length=slice_length)
    await read(roster, rows)
    return roster


async def read(roster: Roster, rows: Iterable[ListedRow]) -> None:
    """The list is read anew, and is these rows."""
    roster.begin_pass()
    await roster.take(list(rows))
    await roster.end_pass()


def seen(roster: Roster) -> list[str]:
    """The ids that are seen, in their order."""
    return [each.row_id for each in roster.visible]
