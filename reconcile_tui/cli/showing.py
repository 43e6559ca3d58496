"""`show`: everything about a row. The PSP is read as last known, unless the processor is to be asked too."""

from collections.abc import Sequence
from datetime import datetime

from reconcile_tui.bootstrap import Program, opened_program
from reconcile_tui.cli.acting import operator
from reconcile_tui.cli.described import (
    attention_document,
    entry_document,
    row_document,
    webhook_document,
)
from reconcile_tui.cli.document_parts import FieldDocument, FindingDocument, PspDocument, RowDocument
from reconcile_tui.cli.documents import ShowDocument, ShownDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.row_ids import rows_with_id
from reconcile_tui.cli.show_page import show_page
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.statuses import Kind
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
    row = row_document(planned, now=now)
    psp_ids = [psp_id for psp_id in (row.finding.psp_id,) if psp_id]
    items = await store.attention.open_items(limit=1, refs=[ref])
    return ShownDocument(
        row=row,
        sides=tuple(sides(row)),
        attention=attention_document(items[0]) if items else None,
        history=tuple(entry_document(entry) for entry in await store.journal.history(ref)),
        webhooks=tuple(webhook_document(each) for each in await store.webhook_log.about(psp_ids))
        if psp_ids
        else (),
    )


def sides(row: RowDocument) -> Sequence[FieldDocument]:
    """The row and the PSP's answer, fact by fact. Where one side does not know, nothing differs."""
    finding, psp = row.finding, row.psp
    if psp is not None and psp.answer == "orphan_evidence":
        return _sides_of_orphan(finding, psp)
    money, their_money = finding.money, psp.money if psp else None
    follows = row.decision.kind in ("still_pending", "already_resolved")
    status = _field("status", finding.status, psp.status if psp else None, same=follows)
    facts = [
        status,
        _field("amount", money.text if money else None, their_money.text if their_money else None),
        _field("payment id", finding.payment_id, psp.payment_id if psp else None),
    ]
    if finding.kind is Kind.REFUND:
        theirs = psp.id if psp and psp.answer == "refund" else None
        facts.append(_field("refund id", finding.psp_id, theirs))
        order = f"{finding.order_id}, {finding.order_status}" if finding.order_id else None
        facts.append(_field("order", order, None))
    return facts


def _sides_of_orphan(finding: FindingDocument, psp: PspDocument) -> Sequence[FieldDocument]:
    """An orphan has no other side yet: what can be compared is its order and the payment."""
    order, payment = finding.order_money, psp.money
    listed = psp.listed_refunds
    claimed = f"{listed}, {psp.claimed_refunds} of them claimed by other rows" if listed else "none"
    return (
        _field("status", finding.status, None),
        _field("amount", finding.money.text if finding.money else None, None),
        _field("refunds listed", None, claimed),
        _field("order", finding.order_id, None),
        _field("order's status", finding.order_status, psp.status, same=True),
        _field("order's amount", order.text if order else None, payment.text if payment else None),
        _field("payment id", finding.payment_id, psp.payment_id),
    )


def _field(name: str, local: str | None, psp: str | None, *, same: bool | None = None) -> FieldDocument:
    known = local is not None and psp is not None
    differs = known and (local != psp if same is None else not same)
    return FieldDocument(name=name, local=local, psp=psp, differs=differs)
