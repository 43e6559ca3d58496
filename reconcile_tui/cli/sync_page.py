"""The pages of `sync`: the plan, before anybody agrees to it, and the receipt."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from reconcile_tui.cli.documents import PlannedDocument, SyncDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import GroupsTable, RowsTable, heading, receipt_parts, where, who
from reconcile_tui.core.wording import next_step, reason_words


def plan_page(document: SyncDocument, *, reported: str | None = None) -> Iterator[RenderableType]:
    """What would be applied, row by row, what is left out and why, and the events that will be sent."""
    how = "dry run, as last known" if document.dry_run else "plan"
    yield where(document.place, how, who(document.actor))
    if document.place.database is not None:
        to = f", events go to {document.place.shop}" if document.place.shop else ""
        yield foreign(f"Database {document.place.database}, PSP {document.place.psp}{to}", style="dim")
    if reported is not None:
        yield foreign(reported)
    if document.plan is None:
        return
    yield from rows_of(document.plan)
    yield from sums_of(document.plan)


def receipt_page(document: SyncDocument) -> Iterator[RenderableType]:
    """What was done."""
    if document.dry_run:
        if document.receipt is not None:
            yield Text.assemble(("\nNext: ", "bold"), document.receipt.next_step)
        return
    if document.rows:
        yield heading("Done")
        yield RowsTable(document.rows)
    if document.receipt is not None:
        yield from receipt_parts(document.receipt)


def rows_of(plan: PlannedDocument) -> Iterator[RenderableType]:
    """A plan row by row."""
    applied = [row for row in plan.rows if row.decision.event is not None]
    left = [row for row in plan.rows if row.decision.event is None]
    if applied:
        yield heading("Would change")
        yield RowsTable(applied)
    if left:
        yield heading("Left out")
        yield RowsTable(left)


def sums_of(plan: PlannedDocument) -> Iterator[RenderableType]:
    """What a plan would make of how many, and the events that will be sent."""
    if plan.to_apply:
        yield heading("What becomes of how many")
        yield GroupsTable(plan.to_apply)
        sent = ", ".join(f"{count} {event}" for event, count in plan.events.items())
        yield Text.assemble(("Events: ", "bold"), sent)
        yield from _knowingly(plan)
    else:
        yield Text("\nThere is nothing to apply.")
    if plan.reason is not None:
        yield Text.assemble(("Reason: ", "bold"), foreign(plan.reason))


def _knowingly(plan: PlannedDocument) -> Iterator[RenderableType]:
    """What only a person may do, knowing what speaks against it: once more, where the question is asked."""
    for row in plan.rows:
        decision = row.decision
        if decision.event is not None and decision.reason is not None:
            told = f"! {row.finding.kind} {row.finding.id}: {reason_words(decision.reason)}."
            yield foreign(f"{told} {next_step(decision.reason)}", limit=400, style="bold yellow")
