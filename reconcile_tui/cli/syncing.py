"""`sync`: a plan over these rows, a person's yes, exactly that plan applied, and a receipt."""

from collections.abc import Sequence
from datetime import datetime

from reconcile_tui.bootstrap import Program, opened_program
from reconcile_tui.cli.acting import operator, refused_to_viewer
from reconcile_tui.cli.asking import agreed_to_apply, agreed_to_read, set_aside
from reconcile_tui.cli.described import actor_document, row_document
from reconcile_tui.cli.document_parts import WarningDocument
from reconcile_tui.cli.documents import SyncDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.plan_document import plan_document
from reconcile_tui.cli.receipt import Ended, exit_code, needs_somebody, receipt
from reconcile_tui.cli.row_ids import rows_asked_for
from reconcile_tui.cli.sync_page import plan_page, receipt_page
from reconcile_tui.cli.warned import Warnings, of_rows, of_shop, of_unread
from reconcile_tui.core.apply import Receipt
from reconcile_tui.core.findings import FindingClass, RowRef
from reconcile_tui.core.plan import Plan
from reconcile_tui.core.planning import Planning
from reconcile_tui.core.policy import Actor
from reconcile_tui.exit_codes import ExitCode


async def sync_rows(
    work: Work, *, ids: Sequence[str], yes: bool, reason: str | None, dry_run: bool, again: bool = False
) -> int:
    """Plan, ask, apply, print."""
    actor = operator(work.settings)
    if not dry_run and (refused := _refused_at_once(work, actor, yes=yes)) is not None:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    warned = Warnings(work.listener())
    async with opened_program(work.settings, listener=warned) as program:
        asked = await rows_asked_for(program.store, ids)
        document = SyncDocument(
            place=work.place,
            actor=actor_document(actor),
            dry_run=dry_run,
            unknown_ids=asked.unknown,
            ambiguous_ids=asked.ambiguous,
            plan=None,
            confirmed=False,
            rows=(),
            receipt=None,
            exit_code=asked.exit_code,
        )
        if not asked.are_exact:
            work.output.tell(*asked.complaints())
            if work.output.as_json:
                work.output.show(document, receipt_page)
            return document.exit_code
        blocked = None if dry_run else await program.reconciler.blocked_until()
        if blocked is not None and not (yes or await agreed_to_read(work.output.err, blocked)):
            work.output.tell("Not confirmed: nothing was read, and nothing applied.")
            return ExitCode.REFUSED
        with work.rows_end("Reading the PSP", rows=len(asked.refs)):
            planning = await program.reconciler.plan(
                asked.refs,
                actor,
                reason=reason,
                dry_run=dry_run,
                should_stop=work.stop.requested,
                through_block=blocked is not None,
            )
        plan = plan_document(planning.plan, reason, closed_at=await _closed_at(program, planning.plan))
        document = document.model_copy(update={"plan": plan})
        if not work.output.as_json:
            work.output.write(plan_page(document, reported=work.reported))
        may_apply = not dry_run and planning.may_apply and not work.stop.requested()
        came = None
        if may_apply and planning.plan.to_apply:
            rows, knowingly = len(planning.plan.to_apply), set_aside(plan.rows)
            if not (yes or await agreed_to_apply(work.output.err, rows, work.place, knowingly=knowingly)):
                work.output.tell("Not confirmed: nothing was applied.")
                return ExitCode.REFUSED
            with work.rows_end("Applying"):
                came = await program.reconciler.apply(
                    planning.plan, again=again, should_stop=work.stop.requested
                )
    document = _with_receipt(document, came, planning, warned.heard)
    if work.output.as_json:
        work.output.show(document, receipt_page)
    else:
        work.output.write(receipt_page(document))
    return document.exit_code


async def _closed_at(program: Program, plan: Plan) -> dict[RowRef, datetime]:
    """When rows of a plan that are final already became so, as far as the journal knows."""
    final = [row.ref for row in plan.rows if row.finding.cls in (FindingClass.FINAL, FindingClass.WATCHED)]
    outcomes = await program.store.journal_search.latest_outcomes(final) if final else {}
    return {ref: entry.at for ref, entry in outcomes.items() if entry.outcome and entry.outcome.closes}


def _refused_at_once(work: Work, actor: Actor, *, yes: bool) -> tuple[str, ...] | None:
    """Why nothing is even planned: a plan's forced reads have effects of their own."""
    if (refused := refused_to_viewer(actor, instead="--dry-run shows the plan as last known.")) is not None:
        return refused
    if not yes and (work.output.as_json or not work.output.can_ask):
        return (
            "Refused: nobody can be asked here, and --yes was not given.",
            "Look at the plan with --dry-run, then add --yes.",
        )
    return None


def _with_receipt(
    document: SyncDocument, came: Receipt | None, planning: Planning, warned: Sequence[WarningDocument]
) -> SyncDocument:
    results = {row.planned.ref: row.result for row in came.rows} if came else {}
    ended = [
        Ended(planned=row, result=results.get(row.ref), tripped=planning.tripped)
        for row in planning.plan.rows
    ]
    warnings = [*warned, *of_rows(ended)]
    warnings += of_unread("sync", planning)
    shut = came.shut if came else None
    if shut is not None:
        warnings.append(of_shop(shut))
    sums = receipt(ended, warnings=warnings, would=document.dry_run)
    concluded = [row for row in ended if row.result is not None]
    now = planning.plan.made_at
    return document.model_copy(
        update={
            "confirmed": came is not None,
            "rows": tuple(row_document(row.planned, now=now, result=row.result) for row in concluded),
            "receipt": sums,
            "exit_code": exit_code(
                ended,
                left=needs_somebody(sums),
                tripped=planning.tripped is not None,
                shut=shut is not None,
            ),
        }
    )
