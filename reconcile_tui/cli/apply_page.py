"""The pages of `apply`: what the file would do, before anybody agrees to it, and the receipt."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import RenderableType

from reconcile_tui.cli.document_parts import ActorDocument, PlaceDocument
from reconcile_tui.cli.documents import ApplyDocument, PlanFileDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import RowsTable, ago, heading, receipt_parts, where, who
from reconcile_tui.cli.sync_page import rows_of, sums_of


def file_page(
    document: PlanFileDocument,
    place: PlaceDocument,
    actor: ActorDocument,
    *,
    now: datetime,
    reason: str | None,
) -> Iterator[RenderableType]:
    """The plan as it stands in the file.

    Args:
        now: UTC, database clock.
        reason: why, as the journal will have it.
    """
    plan = document.plan
    yield where(place, "apply", who(actor))
    yield foreign(f"Database {place.database}, PSP {place.psp}", style="dim")
    yield foreign(f"Plan {plan.plan_id}, made {ago(plan.made_at, now)} by {document.made_by.name}")
    yield from rows_of(plan)
    yield from sums_of(plan.model_copy(update={"reason": reason}))


def apply_page(document: ApplyDocument) -> Iterator[RenderableType]:
    """What was done."""
    if document.rows:
        yield heading("Done")
        yield RowsTable(document.rows)
    yield from receipt_parts(document.receipt)
