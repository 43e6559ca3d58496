"""`sync`: a plan over these rows, a person's yes, exactly that plan applied, and a receipt."""

import getpass
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reconcile_tui.bootstrap import Program, opened_program
from reconcile_tui.cli.asking import confirmed
from reconcile_tui.cli.described import actor_document, row_document
from reconcile_tui.cli.document_parts import WarningDocument
from reconcile_tui.cli.documents import PlanDocument, SyncDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.receipt import Ended, exit_code, groups, needs_somebody, receipt
from reconcile_tui.cli.row_ids import exactly, rows_with_id
from reconcile_tui.cli.sync_page import plan_page, receipt_page
from reconcile_tui.cli.warned import Warnings, of_breaker, of_rows, of_shop
from reconcile_tui.core.apply import Receipt
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.outcomes import Refusal
from reconcile_tui.core.plan import Plan
from reconcile_tui.core.planning import Planning
from reconcile_tui.core.policy import Actor, ActorKind, Role
from reconcile_tui.core.wording import refusal_words
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.settings import operator_name


async def sync_rows(
    work: Work, *, ids: Sequence[str], yes: bool, reason: str | None, dry_run: bool, again: bool = False
) -> int:
    """Plan, ask, apply, print."""
    actor = Actor(
        name=operator_name(work.settings, login=getpass.getuser),
        kind=ActorKind.OPERATOR,
        role=work.settings.role,
    )
    if not dry_run and (refused := _refused_at_once(work, actor, yes=yes)) is not None:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    warned = Warnings(work.listener())
    async with opened_program(work.settings, listener=warned) as program:
        asked = await _rows_asked_for(program, ids)
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
            exit_code=ExitCode.NO_SUCH_ROW if asked.unknown else ExitCode.USAGE,
        )
        if asked.unknown or asked.ambiguous:
            return _not_exact(work, document)
        with work.rows_end("Reading the PSP", rows=len(asked.refs)):
            planning = await program.reconciler.plan(
                asked.refs, actor, reason=reason, dry_run=dry_run, should_stop=work.stop.requested
            )
        document = document.model_copy(update={"plan": plan_document(planning.plan, reason)})
        if not work.output.as_json:
            work.output.write(plan_page(document, reported=work.reported))
        may_apply = not dry_run and planning.tripped is None and not work.stop.requested()
        came = None
        if may_apply and planning.plan.to_apply:
            if not (yes or await _agreed(work, document)):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The rows that ids mean."""

    refs: tuple[RowRef, ...]
    unknown: tuple[str, ...]
    ambiguous: dict[str, tuple[str, ...]]


def plan_document(plan: Plan, reason: str | None) -> PlanDocument:
    """A plan as it is printed before anybody agrees to it."""
    events = Counter(row.action.event.value for row in plan.to_apply if row.action is not None)
    return PlanDocument(
        plan_id=plan.plan_id,
        made_at=plan.made_at,
        reason=reason,
        rows=tuple(row_document(row, now=plan.made_at) for row in plan.rows),
        to_apply=groups(plan.to_apply),
        left_out=groups(row for row in plan.rows if row.action is None),
        events=dict(sorted(events.items())),
    )


def _refused_at_once(work: Work, actor: Actor, *, yes: bool) -> tuple[str, ...] | None:
    """Why nothing is even planned: a plan's forced reads have effects of their own."""
    if actor.role is Role.VIEWER:
        return (f"Refused: {refusal_words(Refusal.ROLE)}.", "--dry-run shows the plan as last known.")
    if not yes and (work.output.as_json or not work.output.can_ask):
        return (
            "Refused: nobody can be asked here, and --yes was not given.",
            "Look at the plan with --dry-run, then add --yes.",
        )
    return None


async def _rows_asked_for(program: Program, ids: Sequence[str]) -> _Asked:
    found = {asked: await rows_with_id(program.store, asked) for asked in dict.fromkeys(ids)}
    return _Asked(
        refs=tuple(dict.fromkeys(refs[0] for refs in found.values() if len(refs) == 1)),
        unknown=tuple(asked for asked, refs in found.items() if not refs),
        ambiguous={
            asked: tuple(exactly(ref) for ref in refs) for asked, refs in found.items() if len(refs) > 1
        },
    )


def _not_exact(work: Work, document: SyncDocument) -> int:
    """Some ids mean no row, or several: all of them are said, and nothing is done."""
    for each in document.unknown_ids:
        work.output.tell(f"{ExitCode.NO_SUCH_ROW.meaning.capitalize()}: {each}")
    for each, forms in document.ambiguous_ids.items():
        work.output.tell(f"Several rows have the id {each}; say which: {', '.join(forms)}")
    work.output.tell("Nothing was read from the PSP and nothing was applied.")
    if work.output.as_json:
        work.output.show(document, receipt_page)
    return document.exit_code


async def _agreed(work: Work, document: SyncDocument) -> bool:
    rows = sum(group.rows for group in document.plan.to_apply) if document.plan else 0
    what = f"\nApply this to {rows} row{'' if rows == 1 else 's'}"
    if document.place.production:
        where = harmless(document.place.context or "this database")
        return await confirmed(work.output.err, f"{what} in PRODUCTION, {where}?", word="yes")
    return await confirmed(work.output.err, f"{what}?")


def _with_receipt(
    document: SyncDocument, came: Receipt | None, planning: Planning, warned: Sequence[WarningDocument]
) -> SyncDocument:
    results = {row.planned.ref: row.result for row in came.rows} if came else {}
    ended = [
        Ended(planned=row, result=results.get(row.ref), tripped=planning.tripped)
        for row in planning.plan.rows
    ]
    warnings = [*warned, *of_rows(ended)]
    if planning.tripped is not None:
        warnings.append(of_breaker("sync", planning.tripped))
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
