"""`show`: everything about a row. The PSP is read as last known, unless the processor is to be asked too."""

from datetime import datetime

from reconcile_tui.bootstrap import Program, opened_program
from reconcile_tui.cli.acting import operator
from reconcile_tui.cli.described import (
    attention_document,
    entry_document,
    row_document,
    webhook_document,
)
from reconcile_tui.cli.document_parts import FieldDocument
from reconcile_tui.cli.documents import ShowDocument, ShownDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.row_ids import rows_with_id
from reconcile_tui.cli.show_page import show_page
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.sides import sides
from reconcile_tui.exit_codes import ExitCode


async def show_rows(work: Work, *, asked: str, forced: bool) -> int:
    """Print every row with this id."""
    actor = operator(work.settings)
    listener = work.listener() if forced else work.progress
    async with opened_program(work.settings, listener=listener) as program:
        refs = await rows_with_id(program.store, asked)
        with work.progress.shown("Reading the PSP", rows=len(refs)):
            planning = await program.reconciler.plan(refs, actor, dry_run=not forced)
            shown = [await _shown(program, row, planning.plan.made_at) for row in planning.plan.rows]
    unreadable = any(row.psp is not None and row.psp.answer == "unreadable" for row in (s.row for s in shown))
    code = ExitCode.PSP_UNREADABLE if unreadable else ExitCode.OK
    document = ShowDocument(
        place=work.place,
        at=planning.plan.made_at,
        asked=asked,
        matches=tuple(shown),
        exit_code=code if shown else ExitCode.NO_SUCH_ROW,
    )
    if not shown:
        work.output.tell(f"{ExitCode.NO_SUCH_ROW.meaning.capitalize()}: {asked}")
    if shown or work.output.as_json:
        work.output.show(document, show_page)
    return document.exit_code


async def _shown(program: Program, planned: PlannedRow, now: datetime) -> ShownDocument:
    store, ref = program.store, planned.ref
    items = await store.attention.open_items(limit=1, refs=[ref])
    psp_id = planned.finding.row.psp_id
    webhooks = await store.webhook_log.about([psp_id], kind=ref.kind) if psp_id else []
    row = row_document(
        planned,
        now=now,
        attention=items[0].reason if items else None,
        came_in_vain=any(each.came_in_vain for each in webhooks),
    )
    return ShownDocument(
        row=row,
        sides=tuple(
            FieldDocument(name=fact.name, local=fact.local, psp=fact.psp, differs=fact.differs)
            for fact in sides(planned.finding, planned.state)
        ),
        attention=attention_document(items[0]) if items else None,
        history=tuple(entry_document(entry) for entry in await store.journal.history(ref)),
        webhooks=tuple(webhook_document(each) for each in webhooks),
    )
