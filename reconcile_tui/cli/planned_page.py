"""The page of `plan`, on stderr beside the file: what the plan would do, and what it leaves out."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from rich.console import RenderableType
from rich.text import Text

from reconcile_tui.cli.document_parts import PlaceDocument, WarningDocument
from reconcile_tui.cli.documents import PlanFileDocument, SelectionDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import GroupsTable, heading, warning_lines, where, who
from reconcile_tui.cli.sync_page import sums_of
from reconcile_tui.core.duration import format_duration

_NEVER_READ = (
    "more that nobody ever looked at, so that connector, status and reason are not known: "
    "reconcile-tui --once looks at them, and changes nothing with RECONCILE_MODE=observe."
)


def planned_page(
    document: PlanFileDocument,
    place: PlaceDocument,
    warnings: Sequence[WarningDocument],
    *,
    max_age: timedelta,
) -> Iterator[RenderableType]:
    """What stands in the file, in sums.

    Args:
        max_age: how long the file may be applied.
    """
    how = "plan, dry run, as last known" if document.dry_run else "plan"
    yield where(place, how, who(document.made_by))
    yield foreign(f"Database {place.database}, PSP {place.psp}", style="dim")
    yield Text(_chosen(document.selection))
    if document.selection.unread:
        yield Text(f"{_rows(document.selection.unread)} {_NEVER_READ}", style="yellow")
    yield from sums_of(document.plan)
    if document.plan.left_out:
        rows = sum(group.rows for group in document.plan.left_out)
        yield heading("Left out", _rows(rows))
        yield GroupsTable(document.plan.left_out)
    if warnings:
        yield heading("Warnings")
        yield warning_lines(warnings)
    yield Text.assemble(("\nNext: ", "bold"), _next_step(document, max_age))


def _chosen(selection: SelectionDocument) -> str:
    if selection.ids:
        return f"{_rows(selection.taken)} by id."
    if not selection.matched:
        return "No stuck row matches."
    matched = f"{_rows(selection.matched)} match{'es' if selection.matched == 1 else ''}"
    if selection.taken == selection.matched:
        return f"{matched}."
    return f"{matched}; the oldest {selection.taken} were taken (--limit)."


def _next_step(document: PlanFileDocument, max_age: timedelta) -> str:
    if document.dry_run:
        return "plan without --dry-run; apply refuses what was not asked of the processors."
    if not document.plan.to_apply:
        return "reconcile-tui list says what is stuck, and why."
    return f"read the file, then reconcile-tui apply FILE, within {format_duration(max_age)}."


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"
